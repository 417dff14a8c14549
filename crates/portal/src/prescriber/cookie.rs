//! The space's cookies. Over TLS each has the `__Host-` prefix. The session is for requests of our own pages alone; only
//! the login under way comes along from the provider's page.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use diffusion::ProToken;
use uuid::Uuid;

/// A session lasts no longer than this in the browser; the server judges it at each request anyway.
const SESSION_SECONDS: u32 = 10 * 3600;
/// A login under way.
const LOGIN_SECONDS: u32 = 10 * 60;

fn name(plain: &str, secure: bool) -> String {
    if secure { format!("__Host-{plain}") } else { plain.to_owned() }
}

fn read(headers: &HeaderMap, plain: &str, secure: bool) -> Option<String> {
    let wanted = name(plain, secure);
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == wanted && value.len() <= 256).map(|(_, value)| value.to_owned())
}

fn written(plain: &str, value: &str, seconds: u32, same_site: &str, secure: bool) -> String {
    let (name, mark) = (name(plain, secure), if secure { "; Secure" } else { "" });
    format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}; Max-Age={seconds}{mark}")
}

/// The session a request says it belongs to.
pub(super) fn session(headers: &HeaderMap, secure: bool) -> Option<ProToken> {
    read(headers, "professionnel", secure).filter(|value| value.len() == 64).map(ProToken::from_cookie)
}

pub(super) fn opened(token: &ProToken, secure: bool) -> String {
    written("professionnel", token.secret(), SESSION_SECONDS, "Strict", secure)
}

pub(super) fn ended(secure: bool) -> String {
    written("professionnel", "", 0, "Strict", secure)
}

/// The login under way.
pub(super) fn login(headers: &HeaderMap, secure: bool) -> Option<String> {
    read(headers, "connexion", secure)
}

pub(super) fn login_begun(secret: &str, secure: bool) -> String {
    written("connexion", secret, LOGIN_SECONDS, "Lax", secure)
}

pub(super) fn login_over(secure: bool) -> String {
    written("connexion", "", 0, "Lax", secure)
}

/// The exam to open once logged in: an opaque id that opens nothing by itself.
pub(super) fn wanted(headers: &HeaderMap, secure: bool) -> Option<Uuid> {
    Uuid::try_parse(&read(headers, "suite", secure)?).ok()
}

pub(super) fn want(exam: Uuid, secure: bool) -> String {
    written("suite", &exam.to_string(), LOGIN_SECONDS, "Strict", secure)
}

pub(super) fn want_nothing(secure: bool) -> String {
    written("suite", "", 0, "Strict", secure)
}
