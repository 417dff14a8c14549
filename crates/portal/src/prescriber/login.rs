//! The login: by the provider, or by an account the group has opened. One answer for every refusal.

use super::frame::{PLAIN, Page, document};
use super::{cookie, failed, to_login};
use crate::layout::Words;
use crate::patient::PatientPages;
use crate::patient::cookie::set;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{ConnectInfo, Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use diffusion::{LocalAttempt, ProToken};
use maud::{Markup, html};
use serde::Deserialize;
use std::net::SocketAddr;

/// Where somebody goes once logged in.
const NEXT: &str = "/professionnel/suite";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    rpps: String,
    mot: String,
    code: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Returned {
    code: String,
    state: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Note {
    None,
    Refused,
    Unreachable,
}

pub(super) async fn door(State(pages): State<PatientPages>, words: Words, headers: HeaderMap) -> Response {
    let session = match cookie::session(&headers, pages.secure_cookies) {
        Some(token) => pages.diffusion.pro_session(&token).await,
        None => Ok(None),
    };
    match session {
        Ok(Some(_)) => Redirect::to("/professionnel/examens").into_response(),
        Ok(None) => page(&pages, &words, Note::None, StatusCode::OK),
        Err(error) => failed(&words, &error),
    }
}

/// The address of a form, reloaded or bookmarked, leads back to the door.
pub(super) async fn again() -> Response {
    to_login()
}

/// To the provider.
pub(super) async fn begin(State(pages): State<PatientPages>, words: Words) -> Response {
    match pages.diffusion.begin_openid().await {
        Ok(Some(start)) => {
            let mut response = Redirect::to(&start.url).into_response();
            set(&mut response, &cookie::login_begun(&start.secret, pages.secure_cookies));
            response
        }
        Ok(None) => to_login(),
        Err(error) => {
            tracing::warn!(%error, "a login could not begin");
            page(&pages, &words, Note::Unreachable, StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// Back from the provider, rightly or not. The page that follows is ours: from it the browser sends the session along.
pub(super) async fn back(
    State(pages): State<PatientPages>,
    words: Words,
    headers: HeaderMap,
    returned: Result<Query<Returned>, QueryRejection>,
) -> Response {
    let secure = pages.secure_cookies;
    let returned = returned.map(|Query(returned)| returned).unwrap_or_default();
    let secret = cookie::login(&headers, secure).unwrap_or_default();
    let mut response = match pages.diffusion.finish_openid(&secret, &returned.state, &returned.code).await {
        Ok(Some(token)) => entered(&words, &token, secure),
        Ok(None) => page(&pages, &words, Note::Refused, StatusCode::FORBIDDEN),
        Err(error) => {
            tracing::error!(%error, "a login could not be judged");
            page(&pages, &words, Note::Refused, StatusCode::FORBIDDEN)
        }
    };
    set(&mut response, &cookie::login_over(secure));
    response
}

fn entered(words: &Words, token: &ProToken, secure: bool) -> Response {
    let title = words.t("pro-entered");
    let body = html! { h1 { (title) } p { a .button href=(NEXT) { (words.t("pro-continue")) } } };
    let page = Page { title: &title, leads_to: Some(NEXT), ..PLAIN };
    let mut response = document(words, &page, body).into_response();
    set(&mut response, &cookie::opened(token, secure));
    response
}

/// An account of the group's.
pub(super) async fn local(
    State(pages): State<PatientPages>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    words: Words,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let Typed { rpps, mot, code } = typed.map(|Form(typed)| typed).unwrap_or_default();
    let attempt = LocalAttempt { rpps, password: mot, code, client: client.ip() };
    match pages.diffusion.open_local(&attempt).await {
        Ok(Some(token)) => {
            let mut response = Redirect::to(NEXT).into_response();
            set(&mut response, &cookie::opened(&token, pages.secure_cookies));
            response
        }
        Ok(None) => page(&pages, &words, Note::Refused, StatusCode::FORBIDDEN),
        Err(error) => {
            tracing::error!(%error, "a login could not be judged");
            page(&pages, &words, Note::Refused, StatusCode::FORBIDDEN)
        }
    }
}

/// To the exam that was wanted before the login, or to the list.
pub(super) async fn next(State(pages): State<PatientPages>, headers: HeaderMap) -> Response {
    let secure = pages.secure_cookies;
    let Some(token) = cookie::session(&headers, secure) else { return to_login() };
    if !matches!(pages.diffusion.pro_session(&token).await, Ok(Some(_))) {
        return to_login();
    }
    let to = match cookie::wanted(&headers, secure) {
        Some(exam) => format!("/professionnel/examen/{exam}"),
        None => "/professionnel/examens".to_owned(),
    };
    let mut response = Redirect::to(&to).into_response();
    set(&mut response, &cookie::want_nothing(secure));
    response
}

pub(super) async fn leave(State(pages): State<PatientPages>, headers: HeaderMap) -> Response {
    if let Some(token) = cookie::session(&headers, pages.secure_cookies)
        && let Err(error) = pages.diffusion.close_pro(&token).await
    {
        tracing::error!(%error, "a professional's session could not be closed on the server");
    }
    let mut response = to_login();
    set(&mut response, &cookie::ended(pages.secure_cookies));
    response
}

fn page(pages: &PatientPages, words: &Words, note: Note, status: StatusCode) -> Response {
    let title = words.t("prescribers-title");
    let body = html! {
        (notice(words, note))
        h1 { (title) }
        p .intro { (words.t("pro-intro")) }
        @if pages.diffusion.has_openid() {
            p { a .button.wide-button href="/professionnel/connexion" { (words.t("pro-openid")) } }
            details .local open[note == Note::Refused] { summary { (words.t("pro-local")) } (local_form(words)) }
        } @else {
            h2 { (words.t("pro-local")) }
            (local_form(words))
        }
        p .aside { (words.t("pro-no-account")) }
    };
    (status, document(words, &Page { title: &title, ..PLAIN }, body)).into_response()
}

fn notice(words: &Words, note: Note) -> Markup {
    let key = match note {
        Note::None => return html! {},
        Note::Refused => "pro-refused",
        Note::Unreachable => "pro-unreachable",
    };
    html! { div .notice role="alert" tabindex="-1" autofocus { p { (words.t(key)) } } }
}

fn local_form(words: &Words) -> Markup {
    html! {
        form method="post" action="/professionnel/entrer" {
            div .field {
                label for="rpps" { (words.t("pro-rpps")) }
                input #rpps name="rpps" type="text" inputmode="numeric" autocomplete="username" maxlength="20" required;
            }
            div .field {
                label for="mot" { (words.t("pro-password")) }
                input #mot name="mot" type="password" autocomplete="current-password" maxlength="80" required;
            }
            div .field {
                label for="code" { (words.t("pro-code")) }
                p .hint #code-aide { (words.t("pro-code-hint")) }
                input #code name="code" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="8" required
                    aria-describedby="code-aide";
            }
            button .main type="submit" { (words.t("pro-enter")) }
        }
    }
}
