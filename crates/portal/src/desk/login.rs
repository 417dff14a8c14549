//! Who is at the desk: login, logout, the cookie between them.

use super::frame::{Words, page};
use super::{DeskPages, failed};
use archive::desk::Login;
use axum::extract::{ConnectInfo, Form, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;
use std::net::SocketAddr;

fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-accueil" } else { "accueil" }
}

/// The token of the request's cookie.
pub(super) fn token(parts: &Parts, pages: &DeskPages) -> Option<String> {
    from_headers(&parts.headers, pages)
}

fn from_headers(headers: &HeaderMap, pages: &DeskPages) -> Option<String> {
    token_of(headers, pages.secure_cookies)
}

/// The token of a request to what else is served beside these pages.
pub fn token_of(headers: &HeaderMap, secure_cookies: bool) -> Option<String> {
    let name = cookie_name(secure_cookies);
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(n, value)| *n == name && value.len() == 64).map(|(_, value)| value.to_owned())
}

fn cookie(pages: &DeskPages, value: &str, seconds: u32) -> String {
    let secure = if pages.secure_cookies { "; Secure" } else { "" };
    let name = cookie_name(pages.secure_cookies);
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

/// What the form brings.
#[derive(Deserialize)]
pub(super) struct Entered {
    login: String,
    password: String,
}

pub(super) async fn show(State(pages): State<DeskPages>, words: Words) -> Response {
    form(&pages, &words, false)
}

fn form(pages: &DeskPages, words: &Words, refused: bool) -> Response {
    let body = html! {
        h1 { (words.t("desk-login")) }
        @if refused { p .error role="alert" { (words.t("desk-login-refused")) } }
        form .login method="post" action="/connexion" {
            label for="login" { (words.t("desk-login-name")) }
            input #login name="login" autocomplete="username" autocapitalize="none" required autofocus;
            label for="password" { (words.t("desk-login-password")) }
            input #password type="password" name="password" autocomplete="current-password" required;
            button { (words.t("desk-login-go")) }
        }
    };
    let status = if refused { StatusCode::FORBIDDEN } else { StatusCode::OK };
    (status, page(pages, words, None, "desk-login", body)).into_response()
}

pub(super) async fn enter(
    State(pages): State<DeskPages>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    words: Words,
    Form(entered): Form<Entered>,
) -> Response {
    match pages.desk.login(&entered.login, &entered.password, address.ip()).await {
        Ok(Login::Welcome(token)) => {
            ([(SET_COOKIE, cookie(&pages, &token.0, 10 * 3600))], Redirect::to("/")).into_response()
        }
        Ok(Login::Refused) => form(&pages, &words, true),
        Err(error) => failed(&error),
    }
}

pub(super) async fn leave(State(pages): State<DeskPages>, headers: HeaderMap) -> Response {
    if let Some(token) = from_headers(&headers, &pages) {
        pages.desk.logout(&token);
    }
    left(&pages)
}

pub(super) async fn leave_everywhere(State(pages): State<DeskPages>, headers: HeaderMap) -> Response {
    if let Some(token) = from_headers(&headers, &pages) {
        pages.desk.logout_everywhere(&token);
    }
    left(&pages)
}

fn left(pages: &DeskPages) -> Response {
    ([(SET_COOKIE, cookie(pages, "", 0))], Redirect::to("/connexion")).into_response()
}
