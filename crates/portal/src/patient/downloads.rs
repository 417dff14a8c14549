//! What may be taken away: pictures for anyone, DICOM files for a doctor, the report alone.

use super::PatientPages;
use super::visit::{Visit, failed};
use crate::layout::{Page, Words, document};
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use diffusion::{Act, BlobName, Download, Grant, Look};
use maud::{Markup, html};

pub(super) async fn show(visit: Visit) -> Response {
    let words = visit.words.clone();
    // The list of what could be taken shows nothing of the exam but its size; the takings are traced.
    let Look::Online(grant) = &visit.look else { return crate::layout::missing(&words) };
    let title = words.t("download-title");
    let body = html! {
        p .back { a href="/examen" { (words.t("back-exam")) } }
        h1 { (title) }
        p .intro { (words.t("download-intro")) }
        (offers(&words, grant))
    };
    let page = Page { title: &title, address: "/examen/telechargements", open: true, script: None };
    document(&words, &page, body).into_response()
}

fn offers(words: &Words, grant: &Grant) -> Markup {
    let blobs = || grant.publication().blobs.iter();
    let originals: u64 =
        blobs().filter(|blob| matches!(blob.name, BlobName::Bundle(_))).map(|blob| blob.size_bytes).sum();
    let report = grant.blob(&BlobName::Report).map(|blob| size_in_words(words, blob.size_bytes));
    let pictures = grant.publication().series.iter().any(|series| series.frames > 0);
    let size = size_in_words(words, originals);
    let zip = words.with("download-zip-size", &[("size", &size)]);
    html! {
        ul .offers {
            @if pictures {
                @let hint = words.t("download-images-hint");
                (offer(words, "/examen/images.zip", "download-images", &hint, &words.t("download-zip")))
            }
            @if originals > 0 {
                (offer(words, "/examen/dicom.zip", "download-dicom", &words.t("download-dicom-hint"), &zip))
            }
            @if let Some(size) = report {
                @let hint = words.with("download-report-hint", &[("size", &size)]);
                (offer(words, "/examen/rapport.pdf", "download-report", &hint, ""))
            }
        }
    }
}

fn offer(words: &Words, href: &str, title: &str, hint: &str, form: &str) -> Markup {
    html! {
        li {
            a href=(href) download { (words.t(title)) }
            p { (hint) }
            @if !form.is_empty() { p .hint { (form) } }
        }
    }
}

/// A length people can compare: two figures at most.
pub(super) fn size_in_words(words: &Words, bytes: u64) -> String {
    let steps = [(1_000_000_000, "size-giga"), (1_000_000, "size-mega"), (1_000, "size-kilo"), (1, "size-bytes")];
    let (unit, key) = steps.into_iter().find(|(unit, _)| bytes >= *unit).unwrap_or((1, "size-bytes"));
    let tenths = (bytes.saturating_mul(10) + unit / 2) / unit;
    let mark = if words.lang == crate::messages::Lang::Fr { ',' } else { '.' };
    let figure = match (tenths / 10, tenths % 10) {
        (whole, tenth) if whole < 10 && tenth > 0 && unit > 1 => format!("{whole}{mark}{tenth}"),
        (whole, tenth) => (whole + u64::from(tenth >= 5)).to_string(),
    };
    words.with(key, &[("n", &figure)])
}

pub(super) async fn dicom(State(pages): State<PatientPages>, visit: Visit) -> Response {
    let words = visit.words.clone();
    match visit.serve(Act::DownloadDicom).await {
        Ok((_, served)) => match pages.diffusion.dicom_zip(served).await {
            Ok(download) => sent(download),
            Err(error) => failed(&words, &error),
        },
        Err(response) => response,
    }
}

pub(super) async fn images(State(pages): State<PatientPages>, visit: Visit) -> Response {
    let words = visit.words.clone();
    match visit.serve(Act::DownloadImages).await {
        Ok((_, served)) => match pages.diffusion.images_zip(served).await {
            Ok(download) => sent(download),
            Err(error) => failed(&words, &error),
        },
        Err(response) => response,
    }
}

pub(super) async fn report(State(pages): State<PatientPages>, visit: Visit) -> Response {
    let words = visit.words.clone();
    match visit.serve(Act::DownloadReport).await {
        Ok((_, served)) => match pages.diffusion.report_pdf(served).await {
            Ok(download) => sent(download),
            Err(error) => failed(&words, &error),
        },
        Err(response) => response,
    }
}

/// Always a file to keep, never a page of ours: whatever its bytes are, they run nothing here.
pub(crate) fn sent(download: Download) -> Response {
    let mut response = Response::new(Body::from_stream(download.body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(download.media_type));
    if let Ok(value) = format!("attachment; filename=\"{}\"", download.file_name).parse() {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    if let Some(size) = download.size_bytes {
        headers.insert(header::CONTENT_LENGTH, size.into());
    }
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        header::HeaderValue::from_static("sandbox; default-src 'none'; frame-ancestors 'none'"),
    );
    response
}
