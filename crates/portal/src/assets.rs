//! Styles, scripts and pictures, embedded in the binary under names that change with their content.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use std::collections::HashMap;
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

struct Names {
    /// `site.css` → `/assets/site-1a2b3c4d.css`.
    addresses: HashMap<String, String>,
    /// `site-1a2b3c4d.css` → `site.css`.
    files: HashMap<String, String>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names { addresses: HashMap::new(), files: HashMap::new() };
    for file in Files::iter() {
        let Some(content) = Files::get(&file) else { continue };
        let mark: String = content.metadata.sha256_hash().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let (stem, extension) = file.rsplit_once('.').unwrap_or((&file, ""));
        let marked = format!("{stem}-{mark}.{extension}");
        names.addresses.insert(file.to_string(), format!("/assets/{marked}"));
        names.files.insert(marked, file.to_string());
    }
    names
});

/// The address of a file of `assets/`, with the mark of its content.
pub(crate) fn address(file: &str) -> &'static str {
    NAMES.addresses.get(file).map_or("/assets/missing", String::as_str)
}

/// The text of a file of `assets/`, to be put into another one.
pub(crate) fn text(file: &str) -> String {
    Files::get(file).map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default()
}

/// One asset: the same for everybody and for ever, since another content has another name.
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let file = NAMES.files.get(&name).and_then(|file| Some((media_type(file), Files::get(file)?)));
    let Some((media_type, file)) = file else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, file.data.into_owned()).into_response()
}

fn media_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
