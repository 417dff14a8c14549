//! The door: three fields, any form of typing, one answer for every refusal. It works without JavaScript; with
//! it, a scanned QR needs the birth date only, and mistakes show while typing.

use super::verification::next_page;
use super::{PatientPages, cookie};
use crate::layout::{Page, Words, document};
use axum::extract::rejection::FormRejection;
use axum::extract::{ConnectInfo, Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use diffusion::{Attempt, BirthDate, DiffusionError, Opened, QrAttempt};
use exam::{AccessCode, ExamNumber};
use maud::{Markup, html};
use serde::Deserialize;
use std::net::SocketAddr;

/// What the forms bring. Missing fields are empty.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    numero: String,
    code: String,
    jour: String,
    mois: String,
    annee: String,
    jeton: String,
}

/// What is to be looked at again, from the form alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Note {
    None,
    Refused,
    Closed,
    Number,
    Code,
    Birth,
}

pub(super) async fn show(words: Words) -> Response {
    door(&words, &Typed::default(), Note::None, StatusCode::OK)
}

pub(super) async fn closed(words: Words) -> Response {
    door(&words, &Typed::default(), Note::Closed, StatusCode::OK)
}

/// The address of a form, reloaded or bookmarked, leads back to the door.
pub(super) async fn again() -> Redirect {
    Redirect::to("/")
}

pub(super) async fn open(
    State(pages): State<PatientPages>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    words: Words,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let typed = typed.map(|Form(typed)| typed).unwrap_or_default();
    // What cannot be a number or a code, by its check symbol alone, is said at once and counts for nothing.
    if ExamNumber::parse(&digits_meant(&typed.numero)).is_err() {
        return door(&words, &typed, Note::Number, StatusCode::UNPROCESSABLE_ENTITY);
    }
    if AccessCode::parse(&typed.code).is_err() {
        return door(&words, &typed, Note::Code, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let Some(birth_date) = birth_date(&typed) else {
        return door(&words, &typed, Note::Birth, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let attempt = Attempt { number: typed.numero.clone(), code: typed.code.clone(), birth_date, client: client.ip() };
    answer(&pages, &words, &typed, pages.diffusion.open(&attempt).await).await
}

pub(super) async fn open_by_qr(
    State(pages): State<PatientPages>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    words: Words,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let typed = typed.map(|Form(typed)| typed).unwrap_or_default();
    let Some(birth_date) = birth_date(&typed) else {
        return door(&words, &typed, Note::Birth, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let attempt = QrAttempt { token: typed.jeton.clone(), birth_date, client: client.ip() };
    answer(&pages, &words, &typed, pages.diffusion.open_by_qr(&attempt).await).await
}

pub(super) async fn close(State(pages): State<PatientPages>, headers: HeaderMap) -> Response {
    if let Some(token) = cookie::visit(&headers, pages.secure_cookies)
        && let Err(error) = pages.diffusion.close(&token).await
    {
        tracing::error!(%error, "a visit could not be closed on the server");
    }
    let mut response = Redirect::to("/ferme").into_response();
    cookie::set(&mut response, &cookie::ended(pages.secure_cookies));
    response
}

/// Whatever went wrong, even on our side, a refusal is worded the same.
async fn answer(
    pages: &PatientPages,
    words: &Words,
    typed: &Typed,
    opened: Result<Opened, DiffusionError>,
) -> Response {
    match opened {
        Ok(Opened::Session(token)) => {
            let mut response = Redirect::to(next_page(pages, words, &token).await).into_response();
            cookie::set(&mut response, &cookie::opened(&token, pages.secure_cookies));
            response
        }
        Ok(Opened::Refused) => door(words, typed, Note::Refused, StatusCode::FORBIDDEN),
        Err(error) => {
            tracing::error!(%error, "the door could not judge an attempt");
            door(words, typed, Note::Refused, StatusCode::FORBIDDEN)
        }
    }
}

fn birth_date(typed: &Typed) -> Option<BirthDate> {
    let year = typed.annee.trim().parse::<i32>().ok().filter(|year| (1850..=2200).contains(year))?;
    let part = |text: &str, most: u8| match text.trim() {
        "" => Some(None),
        text => text.parse::<u8>().ok().filter(|part| (1..=most).contains(part)).map(Some),
    };
    Some(BirthDate { year, month: part(&typed.mois, 12)?, day: part(&typed.jour, 31)? })
}

/// Letters that look like digits are those digits, as in the code.
fn digits_meant(typed: &str) -> String {
    let meant = |c: char| match c {
        'o' | 'O' => '0',
        'i' | 'I' | 'l' | 'L' => '1',
        other => other,
    };
    typed.chars().take(64).map(meant).collect()
}

fn door(words: &Words, typed: &Typed, note: Note, status: StatusCode) -> Response {
    let title = words.t("door-title");
    let by_qr = !typed.jeton.is_empty();
    let body = html! {
        (notice(words, note))
        div #porte hidden[by_qr] {
            h1 { (title) }
            (sheet_figure(words))
            (form_of_three(words, typed, note))
        }
        div #porte-qr hidden[!by_qr] {
            h1 { (words.t("door-qr-title")) }
            p .intro { (words.t("door-qr-intro")) }
            (form_of_qr(words, typed, note))
            p .instead { a #sans-qr href="/" { (words.t("door-qr-other")) } }
        }
    };
    let page = Page { title: &title, address: "/", open: false, script: Some("door.js") };
    (status, document(words, &page, body)).into_response()
}

/// The summary that takes the focus: what happened, what can be done.
fn notice(words: &Words, note: Note) -> Markup {
    let field = |id: &str, key: &str| html! { p { a href={ "#" (id) } { (words.t(key)) } } };
    let (title, text) = match note {
        Note::None => return html! {},
        Note::Closed => {
            let text = html! { p { (words.t("door-closed")) } };
            return html! { div .notice.calm role="status" { h2 { (words.t("door-closed-title")) } (text) } };
        }
        Note::Refused => {
            ("door-refused-title", html! { p { (words.t("door-refused")) } p { (words.t("door-refused-help")) } })
        }
        Note::Number => ("door-check-title", field("numero", "door-check-number")),
        Note::Code => ("door-check-title", field("code", "door-check-code")),
        Note::Birth => ("door-check-title", field("annee", "door-check-birth")),
    };
    html! {
        div .notice role="alert" tabindex="-1" autofocus aria-labelledby="note" { h2 #note { (words.t(title)) } (text) }
    }
}

fn form_of_three(words: &Words, typed: &Typed, note: Note) -> Markup {
    html! {
        form method="post" action="/ouvrir" novalidate {
            div .field {
                label for="numero" { (words.t("door-number")) }
                p .hint #numero-aide { (words.t("door-number-hint")) }
                input #numero.grouped name="numero" type="text" inputmode="numeric" autocomplete="off" spellcheck="false"
                    maxlength="40" required value=(typed.numero) aria-describedby="numero-aide numero-faute"
                    aria-invalid=[(note == Note::Number).then_some("true")];
                p .fault #numero-faute aria-live="polite" data-faute=(words.t("door-check-number")) {
                    @if note == Note::Number { (words.t("door-check-number")) }
                }
            }
            div .field {
                label for="code" { (words.t("door-code")) }
                p .hint #code-aide { (words.t("door-code-hint")) }
                // A code that was typed is never sent back.
                input #code.grouped name="code" type="text" autocomplete="off" autocapitalize="characters"
                    spellcheck="false" maxlength="40" required aria-describedby="code-aide code-faute"
                    aria-invalid=[(note == Note::Code).then_some("true")];
                p .fault #code-faute aria-live="polite" data-faute=(words.t("door-check-code")) {
                    @if note == Note::Code { (words.t("door-check-code")) }
                }
            }
            (birth_boxes(words, typed, note, ""))
            button .main type="submit" { (words.t("door-open")) }
        }
    }
}

fn form_of_qr(words: &Words, typed: &Typed, note: Note) -> Markup {
    html! {
        form method="post" action="/ouvrir-qr" novalidate {
            input #jeton type="hidden" name="jeton" value=(typed.jeton);
            (birth_boxes(words, typed, note, "qr-"))
            button .main type="submit" { (words.t("door-open")) }
        }
    }
}

fn birth_boxes(words: &Words, typed: &Typed, note: Note, prefix: &str) -> Markup {
    let boxes = [
        ("jour", "door-day", "2", "bday-day", &typed.jour),
        ("mois", "door-month", "2", "bday-month", &typed.mois),
        ("annee", "door-year", "4", "bday-year", &typed.annee),
    ];
    let wrong = note == Note::Birth;
    html! {
        fieldset .birth aria-describedby={ (prefix) "naissance-aide" } {
            legend { (words.t("door-birth")) }
            p .hint id={ (prefix) "naissance-aide" } { (words.t("door-birth-hint")) }
            div .boxes { @for (name, key, length, purpose, value) in boxes {
                div class={ "box box-" (length) } {
                    label for={ (prefix) (name) } { (words.t(key)) }
                    input id={ (prefix) (name) } name=(name) type="text" inputmode="numeric" maxlength=(length)
                        autocomplete=(purpose) value=(value) required[name == "annee"]
                        aria-invalid=[(wrong && name == "annee").then_some("true")];
                }
            } }
            @if wrong { p .fault { (words.t("door-check-birth")) } }
        }
    }
}

/// What to take in hand, with a drawing of the sheet and its frame at the bottom of the page.
fn sheet_figure(words: &Words) -> Markup {
    html! {
        div .sheet {
            svg viewBox="0 0 88 112" width="88" height="112" aria-hidden="true" focusable="false" {
                rect x="1" y="1" width="86" height="110" rx="5" fill="#fff" stroke="#b9c6cc" stroke-width="1.5" {}
                g fill="#d6dfe3" {
                    rect x="12" y="13" width="34" height="5" rx="2.5" {}
                    @for (y, width) in [(27, 64), (35, 60), (43, 63), (51, 42)] {
                        rect x="12" y=(y) width=(width) height="3" rx="1.5" {}
                    }
                }
                rect x="9" y="68" width="70" height="34" rx="4" fill="#e4f1f2" stroke="#0b5563" stroke-width="1.8" {}
                g fill="#0b5563" {
                    rect x="15" y="75" width="26" height="4" rx="2" {}
                    rect x="15" y="84" width="34" height="4" rx="2" {}
                    rect x="15" y="92" width="20" height="3" rx="1.5" opacity=".5" {}
                    path d="M58 75h6v6h-6zM67 75h6v6h-6zM58 84h6v6h-6zM67 84h2.5v2.5h-2.5zM70.5 87.5h2.5v2.5h-2.5z" {}
                }
            }
            p .intro { (words.t("door-intro")) }
        }
    }
}
