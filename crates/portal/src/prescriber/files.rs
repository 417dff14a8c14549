//! What an exam is made of: pages of the report, files to take away, and the viewer with its data. Each request is
//! judged again, and traced before its first byte.

use super::{ViewerPlace, denied, exam_of, failed, to_login, token_of};
use crate::headers::VIEWER_POLICY;
use crate::layout::{self, Words};
use crate::patient::PatientPages;
use crate::patient::downloads::sent;
use crate::routes::fits;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use diffusion::{Act, BlobName, Served};
use tower::ServiceExt;

async fn served(
    pages: &PatientPages,
    words: &Words,
    headers: &HeaderMap,
    exam: &str,
    act: Act,
) -> Result<Served, Response> {
    let token = token_of(headers, pages).ok_or_else(to_login)?;
    let exam = exam_of(exam).ok_or_else(|| layout::missing(words))?;
    let grant = pages.diffusion.pro_grant(&token, exam).await.map_err(|refused| denied(pages, words, &refused))?;
    pages.diffusion.serve(&grant, act).await.map_err(|error| failed(words, &error))
}

/// One page of the report as a picture.
pub(super) async fn page(
    State(pages): State<PatientPages>,
    Path((exam, page)): Path<(String, String)>,
    words: Words,
    headers: HeaderMap,
) -> Response {
    let Ok(page) = page.parse::<u32>() else { return layout::missing(&words) };
    match served(&pages, &words, &headers, &exam, Act::ReadReport).await {
        Ok(served) => match pages.diffusion.read_whole(served, &BlobName::ReportPage(page)).await {
            Ok(bytes) => ([(header::CONTENT_TYPE, "image/png")], bytes).into_response(),
            Err(error) => failed(&words, &error),
        },
        Err(response) => response,
    }
}

pub(super) async fn report(
    State(pages): State<PatientPages>,
    Path(exam): Path<String>,
    words: Words,
    headers: HeaderMap,
) -> Response {
    match served(&pages, &words, &headers, &exam, Act::DownloadReport).await {
        Ok(served) => pages.diffusion.report_pdf(served).await.map_or_else(|error| failed(&words, &error), sent),
        Err(response) => response,
    }
}

pub(super) async fn dicom(
    State(pages): State<PatientPages>,
    Path(exam): Path<String>,
    words: Words,
    headers: HeaderMap,
) -> Response {
    match served(&pages, &words, &headers, &exam, Act::DownloadDicom).await {
        Ok(served) => pages.diffusion.dicom_zip(served).await.map_or_else(|error| failed(&words, &error), sent),
        Err(response) => response,
    }
}

pub(super) async fn images(
    State(pages): State<PatientPages>,
    Path(exam): Path<String>,
    words: Words,
    headers: HeaderMap,
) -> Response {
    match served(&pages, &words, &headers, &exam, Act::DownloadImages).await {
        Ok(served) => pages.diffusion.images_zip(served).await.map_or_else(|error| failed(&words, &error), sent),
        Err(response) => response,
    }
}

/// The viewer's page.
pub(super) async fn viewer_root(
    State(pages): State<PatientPages>,
    Path(exam): Path<String>,
    words: Words,
    request: Request,
) -> Response {
    if !request.uri().path().ends_with('/') {
        let Some(exam) = exam_of(&exam) else { return layout::missing(&words) };
        return Redirect::to(&format!("/professionnel/examen/{exam}/images/")).into_response();
    }
    through(&pages, &words, &exam, "", request).await
}

/// What the viewer loads.
pub(super) async fn viewer(
    State(pages): State<PatientPages>,
    Path((exam, rest)): Path<(String, String)>,
    words: Words,
    request: Request,
) -> Response {
    through(&pages, &words, &exam, &rest, request).await
}

/// To the viewer's own routes, with a grant made for this request.
async fn through(pages: &PatientPages, words: &Words, exam: &str, rest: &str, request: Request) -> Response {
    let Some(viewer) = pages.images.clone() else { return layout::missing(words) };
    // What has no line in the viewer's own table is not there.
    if !rest.is_empty() && !dicomweb::PATHS.iter().any(|line| fits(&format!("data{line}"), rest)) {
        return layout::missing(words);
    }
    let served = match served(pages, words, request.headers(), exam, Act::ViewImages).await {
        Ok(served) => served,
        Err(response) => return response,
    };
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let Ok(uri) = format!("/{rest}{query}").parse::<Uri>() else { return layout::missing(words) };
    let (parts, body) = request.into_parts();
    let mut inner = Request::new(body);
    (*inner.method_mut(), *inner.uri_mut(), *inner.headers_mut()) = (parts.method, uri, parts.headers);
    let at = format!("/professionnel/examen/{exam}");
    let extensions = inner.extensions_mut();
    extensions.insert(words.clone());
    extensions.insert(dicomweb::Grant { publication: served.publication(), leaf: served.leaf() });
    extensions.insert(ViewerPlace { base: format!("{at}/images/data/"), back: at });
    let Ok(mut response) = viewer.page.oneshot(inner).await;
    if !response.headers().contains_key(header::CONTENT_SECURITY_POLICY) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(VIEWER_POLICY));
    }
    response
}
