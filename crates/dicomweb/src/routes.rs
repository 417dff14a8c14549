//! The routes over the port.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::middleware::{from_fn, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json};
use serde::Serialize;

use crate::accept;
use crate::answer;
use crate::number::number;
use crate::port::{Grant, SeriesInfo, WebCopy};
use crate::refusal::Refusal;

type Port = State<Arc<dyn WebCopy>>;

/// The list of series as served.
#[derive(Serialize)]
struct SeriesList {
    version: u32,
    series: Vec<SeriesInfo>,
}

const SERIES: &str = "/series.json";
const METADATA: &str = "/series/{series}/metadata";
const FRAME: &str = "/series/{series}/instances/{instance}/frames/{frame}";
const THUMBNAIL: &str = "/series/{series}/thumbnail";
const SCREEN: &str = "/series/{series}/screen";

/// Every path of [`routes`], for the table of whoever nests them.
pub const PATHS: [&str; 5] = [SERIES, METADATA, FRAME, THUMBNAIL, SCREEN];

/// The router of the viewer's data, to be nested (`/images/data`) under a middleware that inserts
/// `Extension<Grant>`. Only GET and HEAD, only [`PATHS`].
pub fn routes(copies: Arc<dyn WebCopy>) -> Router {
    Router::new()
        .route(SERIES, get(series))
        .route(METADATA, get(metadata))
        .route(FRAME, get(frame))
        .route(THUMBNAIL, get(thumbnail))
        .route(SCREEN, get(screen))
        .fallback(nothing)
        .method_not_allowed_fallback(nothing)
        .layer(from_fn(only_granted))
        .layer(map_response(answer::dress))
        .with_state(copies)
}

/// Without a grant nothing exists, whatever the path and the method.
async fn only_granted(request: Request, next: Next) -> Response {
    if request.extensions().get::<Grant>().is_some() {
        next.run(request).await
    } else {
        Refusal::NotFound.into_response()
    }
}

async fn nothing() -> Refusal {
    Refusal::NotFound
}

async fn series(State(copies): Port, Extension(grant): Extension<Grant>) -> Result<Response, Refusal> {
    let series = copies.series(&grant).await?;
    Ok(Json(SeriesList { version: 1, series }).into_response())
}

async fn metadata(
    State(copies): Port,
    Extension(grant): Extension<Grant>,
    Path(series): Path<String>,
) -> Result<Response, Refusal> {
    let bytes = copies.metadata_gz(&grant, wanted(&series)?).await?;
    Ok(answer::gzipped("application/dicom+json", bytes))
}

async fn frame(
    State(copies): Port,
    Extension(grant): Extension<Grant>,
    Path((series, instance, frame)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let form = accept::form(accepted).ok_or(Refusal::NotAcceptable)?;
    let found = copies.frame(&grant, wanted(&series)?, wanted(&instance)?, wanted(&frame)?).await?;
    Ok(answer::frame(found, form))
}

async fn thumbnail(
    State(copies): Port,
    Extension(grant): Extension<Grant>,
    Path(series): Path<String>,
) -> Result<Response, Refusal> {
    let bytes = copies.thumbnail(&grant, wanted(&series)?).await?;
    Ok(answer::plain("image/jpeg", bytes))
}

async fn screen(
    State(copies): Port,
    Extension(grant): Extension<Grant>,
    Path(series): Path<String>,
) -> Result<Response, Refusal> {
    let bytes = copies.screen(&grant, wanted(&series)?).await?;
    Ok(answer::plain("image/jpeg", bytes))
}

fn wanted(text: &str) -> Result<u32, Refusal> {
    number(text).ok_or(Refusal::NotFound)
}
