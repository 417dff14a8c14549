//! The report in the page: its pages as pictures, its text for whoever cannot see them, a download, and never a
//! file by surprise.

use super::PatientPages;
use super::downloads::size_in_words;
use super::visit::{Visit, failed};
use crate::layout::{self, Page, Words, document};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use diffusion::{Act, BlobName, Grant, Served};
use exam::dates::Zone;
use maud::{Markup, html};

pub(super) async fn show(State(pages): State<PatientPages>, visit: Visit) -> Response {
    let words = visit.words.clone();
    let (grant, served) = match visit.serve(Act::ReadReport).await {
        Ok(served) => served,
        Err(response) => return response,
    };
    let text = match text_of(&pages, &grant, served).await {
        Ok(text) => text,
        Err(error) => return failed(&words, &error),
    };
    let title = words.t("report-title");
    let body = html! {
        p .back { a href="/examen" { (words.t("back-exam")) } }
        h1 { (title) }
        (content(&words, &grant, text.as_deref()))
    };
    let page = Page { title: &title, address: "/examen/rapport", open: true, script: None };
    document(&words, &page, body).into_response()
}

fn content(words: &Words, grant: &Grant, text: Option<&str>) -> Markup {
    let Some(report) = &grant.publication().report else {
        return html! { p { (words.t("exam-no-report")) } };
    };
    let validated = words.date(Zone::EuropeParis.date_of(report.validated_at));
    let download = grant.blob(&BlobName::Report).map(|blob| size_in_words(words, blob.size_bytes));
    let picture = if text.is_some() { "report-page" } else { "report-page-no-text" };
    html! {
        p .facts { span { (words.with("report-validated", &[("date", &validated)])) } }
        @if report.corrected { p .aside { (words.t("exam-corrected")) } }
        @if let Some(size) = download {
            p { a .button.plain href="/examen/rapport.pdf" download { (words.with("report-download", &[("size", &size)])) } }
        }
        div .sheets { @for page in 1..=report.pages {
            img src={ "/examen/rapport/page/" (page) } alt=(words.with(picture, &[("page", &page.to_string())]))
                loading=(if page > 1 { "lazy" } else { "eager" });
        } }
        @if let Some(text) = text {
            section .report-text aria-labelledby="texte" {
                h2 #texte { (words.t("report-text")) }
                div lang="fr" { @for paragraph in text.split("\n\n").filter(|text| !text.trim().is_empty()) {
                    p { (paragraph.trim()) }
                } }
            }
        }
    }
}

async fn text_of(
    pages: &PatientPages,
    grant: &Grant,
    served: Served,
) -> Result<Option<String>, diffusion::DiffusionError> {
    if grant.blob(&BlobName::ReportText).is_none() {
        return Ok(None);
    }
    let bytes = pages.diffusion.read_whole(served, &BlobName::ReportText).await?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Some(text).filter(|text| !text.trim().is_empty()))
}

/// One page of the report as a picture.
pub(super) async fn page(State(pages): State<PatientPages>, Path(page): Path<String>, visit: Visit) -> Response {
    let words = visit.words.clone();
    let Ok(page) = page.parse::<u32>() else { return layout::missing(&words) };
    let served = match visit.serve(Act::ReadReport).await {
        Ok((_, served)) => served,
        Err(response) => return response,
    };
    match pages.diffusion.read_whole(served, &BlobName::ReportPage(page)).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, "image/png")], bytes).into_response(),
        Err(error) => failed(&words, &error),
    }
}
