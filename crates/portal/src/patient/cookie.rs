//! The two cookies: the visit's secret, and the language.

use crate::messages::{LANGUAGE_COOKIE, Lang};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use diffusion::SessionToken;

/// A visit lasts no longer than this in the browser; the server judges it at each request anyway.
const VISIT_SECONDS: u32 = 8 * 3600;
const YEAR_SECONDS: u32 = 365 * 24 * 3600;

/// Over TLS the name itself forbids another host or path to set it (RFC 6265bis §4.1.3.2).
fn visit_name(secure: bool) -> &'static str {
    if secure { "__Host-examen" } else { "examen" }
}

/// The secret of the visit that a request belongs to, if it says so.
pub(super) fn visit(headers: &HeaderMap, secure: bool) -> Option<SessionToken> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, value)| *name == visit_name(secure) && value.len() == 64)?;
    Some(SessionToken::from_cookie(value))
}

/// Opens the visit in the browser.
pub(super) fn opened(token: &SessionToken, secure: bool) -> String {
    written(visit_name(secure), token.secret(), VISIT_SECONDS, "Strict", secure)
}

/// Ends it.
pub(super) fn ended(secure: bool) -> String {
    written(visit_name(secure), "", 0, "Strict", secure)
}

/// Remembers the language.
pub(super) fn language(lang: Lang, secure: bool) -> String {
    written(LANGUAGE_COOKIE, lang.tag(), YEAR_SECONDS, "Lax", secure)
}

/// Adds a cookie to an answer.
pub(crate) fn set(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

fn written(name: &str, value: &str, seconds: u32, same_site: &str, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}; Max-Age={seconds}{secure}")
}
