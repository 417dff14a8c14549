//! What goes with every answer: nothing of a person is cached, framed, indexed or told to another site; and
//! what is asked of every POST: that it comes from our own pages.

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

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

/// Middleware for pages with something personal, or leading to it: `no-store` and the rest.
pub async fn private(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    set(&mut response, "cache-control", "no-store");
    dress(&mut response);
    response
}

/// Middleware for what is the same for everybody (assets): the rest, with the answer's own caching.
pub async fn public(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
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

/// Middleware that refuses a change asked for by another site: anything but GET and HEAD must say, by
/// `Sec-Fetch-Site` or by `Origin`, that it comes from our own pages. A browser always says one of them; a client
/// that says neither is no browser, carries no cookie it was not given, and is let through by neither.
pub async fn same_origin(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) || is_ours(&request) {
        next.run(request).await
    } else {
        tracing::info!("a form from another site was refused");
        StatusCode::FORBIDDEN.into_response()
    }
}

fn is_ours(request: &Request) -> bool {
    let text = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let host = text(HOST).or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    let origin = text(ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}
