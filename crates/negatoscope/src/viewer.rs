//! The viewer's page and files, under `/images` behind the patient's session.

use axum::Router;
use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use dicomweb::WebCopy;
use portal::ViewerPlace;
use portal::messages::Lang;
use portal::patient::Viewer;
use rust_embed::RustEmbed;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(RustEmbed)]
#[folder = "../../viewer/dist"]
#[allow_missing = true]
struct Built;

#[derive(Deserialize)]
struct Chunk {
    file: String,
    #[serde(default)]
    css: Vec<String>,
    #[serde(default, rename = "isEntry")]
    is_entry: bool,
}

/// The page at `/`, the data under `/data`, and the program.
pub fn viewer(copies: Arc<dyn WebCopy>) -> Viewer {
    Viewer { page: Router::new().route("/", get(page)).nest("/data", dicomweb::routes(copies)), files: file }
}

/// The shell that the script fills.
async fn page(request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let lang = Lang::of_request(&parts);
    let place = parts.extensions.get::<ViewerPlace>().cloned();
    let place = place.unwrap_or_else(|| ViewerPlace { base: "/images/data/".into(), back: "/examen".into() });
    let Some(entry) = entry() else {
        return (StatusCode::NOT_FOUND, "the viewer is not built").into_response();
    };
    let (title, without) = match lang {
        Lang::Fr => (
            "Vos images",
            "Pour afficher les images, ce navigateur doit accepter JavaScript. Sans lui, vous pouvez les télécharger depuis la page de l'examen.",
        ),
        Lang::En => (
            "Your images",
            "To show the images this browser must accept JavaScript. Without it, you can download them from the exam's page.",
        ),
    };
    let styles: String =
        entry.css.iter().map(|file| format!("<link rel=\"stylesheet\" href=\"/images/{file}\">")).collect();
    Html(format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>{styles}\
         <script type=\"module\" src=\"/images/{script}\"></script></head>\
         <body><div id=\"viewer\" data-base=\"{base}\" data-back=\"{back}\"></div><noscript><p>{without} <a href=\"{back}\">←</a></p></noscript>\
         </body></html>",
        lang = lang.tag(),
        script = entry.file,
        base = place.base,
        back = place.back,
    ))
    .into_response()
}

fn entry() -> Option<Chunk> {
    let manifest = Built::get("manifest.json")?;
    let chunks: BTreeMap<String, Chunk> = serde_json::from_slice(&manifest.data).ok()?;
    chunks.into_values().find(|chunk| chunk.is_entry)
}

/// A file of the program, the same for everybody: cached, and served without a session.
fn file(name: String, headers: HeaderMap) -> Response {
    // Only what was built is here: no path of the disk is ever made from the name.
    let whole = format!("assets/{name}");
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let compressed = [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(encoding, ending)| {
        let wanted = accepted.split(',').any(|one| one.split(';').next().is_some_and(|one| one.trim() == encoding));
        let file = if wanted { Built::get(&format!("{whole}.{ending}")) } else { None };
        file.map(|file| (file, Some(encoding)))
    });
    let found = compressed.or_else(|| Built::get(&whole).map(|file| (file, None)));
    let Some((file, encoding)) = found else { return StatusCode::NOT_FOUND.into_response() };
    let kind = match name.rsplit('.').next() {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let mut response = file.data.into_owned().into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    // The name holds a digest of the content.
    let long = HeaderValue::from_static("private, max-age=31536000, immutable");
    response.headers_mut().insert(CACHE_CONTROL, long);
    response
}
