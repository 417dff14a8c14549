//! What goes with every answer: nothing of a person is cached, framed, indexed or told to another site; and how a request
//! shows that it comes from our own pages.

use crate::routes::Cache;
use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

/// What a page may load: its own scripts, styles and pictures, and nothing else from anywhere.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The same for the viewer's page, whose codecs are WebAssembly in workers, whose pictures are made on the spot.
pub const VIEWER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'";

const ALWAYS: [(&str, &str); 7] = [
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-robots-tag", "noindex, nofollow, noarchive"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()",
    ),
];

/// Middleware around everything a side answers: `no-store` but where the table of routes lets the route say, and the rest.
pub async fn private(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.extensions().get::<Cache>() != Some(&Cache::Shared) || !response.status().is_success() {
        set(&mut response, "cache-control", "no-store");
    }
    dress(&mut response);
    response
}

fn dress(response: &mut Response) {
    for (name, value) in ALWAYS {
        set(response, name, value);
    }
    if !response.headers().contains_key(header::CONTENT_SECURITY_POLICY) {
        set(response, "content-security-policy", PAGE_POLICY);
    }
}

fn set(response: &mut Response, name: &'static str, value: &'static str) {
    response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
}

/// Whether a request says, by `Sec-Fetch-Site` or by `Origin`, that it comes from our own pages. A browser always says
/// one of them; a client that says neither is no browser, carries no cookie it was not given, and is refused too.
pub(crate) fn is_ours(headers: &HeaderMap, uri: &Uri) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let host = text(HOST).or_else(|| uri.authority().map(|authority| authority.as_str()));
    let origin = text(ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}
