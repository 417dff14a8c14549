//! The one-time code: where it was sent, the six digits, and what to do when it does not come.

use super::visit::refused;
use super::{PatientPages, cookie};
use crate::layout::{Page, Words, document, missing};
use crate::messages::Lang;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use diffusion::{FactorView, Language, MaskedContact, Proof, Sending, SessionToken};
use maud::{Markup, html};
use serde::Deserialize;

/// Where the page is.
pub(super) const PAGE: &str = "/verification";

/// What the forms bring.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    code: String,
    contact: String,
}

/// The language of a message to whoever reads this page.
pub(super) fn language(words: &Words) -> Language {
    match words.lang {
        Lang::Fr => Language::French,
        Lang::En => Language::English,
    }
}

pub(super) async fn show(State(pages): State<PatientPages>, words: Words, headers: HeaderMap) -> Response {
    answer(&pages, &words, &headers, None, StatusCode::OK).await
}

pub(super) async fn prove(
    State(pages): State<PatientPages>,
    words: Words,
    headers: HeaderMap,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let Some(token) = cookie::visit(&headers, pages.secure_cookies) else { return missing(&words) };
    let typed = typed.map(|Form(typed)| typed).unwrap_or_default();
    let note = match pages.diffusion.prove(&token, &typed.code).await {
        Ok(Proof::Passed) => return Redirect::to("/examen").into_response(),
        Ok(Proof::Wrong) => "factor-wrong",
        Ok(Proof::Over) => "factor-over",
        Err(denied) => return refused(&words, &denied),
    };
    answer(&pages, &words, &headers, Some(note), StatusCode::FORBIDDEN).await
}

pub(super) async fn send(
    State(pages): State<PatientPages>,
    words: Words,
    headers: HeaderMap,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let Some(token) = cookie::visit(&headers, pages.secure_cookies) else { return missing(&words) };
    let typed = typed.map(|Form(typed)| typed).unwrap_or_default();
    let contact = Some(typed.contact.as_str()).filter(|contact| !contact.is_empty());
    let note = match pages.diffusion.send_code(&token, contact, language(&words)).await {
        Ok(Sending::Sent) => "factor-sent-again",
        Ok(Sending::TooSoon) => "factor-too-soon",
        Ok(Sending::Nowhere | Sending::Undelivered) => "factor-undelivered",
        Err(denied) => return refused(&words, &denied),
    };
    answer(&pages, &words, &headers, Some(note), StatusCode::OK).await
}

/// Where a session that was just opened goes: to its exam, or to its one-time code, which is on its way to the first
/// contact by then.
pub(super) async fn next_page(pages: &PatientPages, words: &Words, token: &SessionToken) -> &'static str {
    match pages.diffusion.factor(token).await {
        Ok(None) => "/examen",
        Ok(Some(view)) => {
            if !view.contacts.is_empty()
                && let Err(error) = pages.diffusion.send_code(token, None, language(words)).await
            {
                tracing::error!(%error, "a one-time code could not be made");
            }
            PAGE
        }
        // The page itself says what is wrong.
        Err(_) => PAGE,
    }
}

async fn answer(
    pages: &PatientPages,
    words: &Words,
    headers: &HeaderMap,
    note: Option<&'static str>,
    status: StatusCode,
) -> Response {
    let Some(token) = cookie::visit(headers, pages.secure_cookies) else { return missing(words) };
    match pages.diffusion.factor(&token).await {
        Ok(Some(view)) => (status, page(words, &view, note)).into_response(),
        Ok(None) => Redirect::to("/examen").into_response(),
        Err(denied) => refused(words, &denied),
    }
}

fn page(words: &Words, view: &FactorView, note: Option<&'static str>) -> Markup {
    let title = words.t("factor-title");
    let body = html! {
        @if let Some(note) = note {
            div .notice role="alert" tabindex="-1" autofocus { p { (words.t(note)) } }
        }
        h1 { (title) }
        @if view.contacts.is_empty() {
            p { (words.t("factor-nowhere")) }
        } @else {
            p .intro { (words.t(if view.sent { "factor-intro" } else { "factor-intro-unsent" })) }
            (code_form(words, view))
            (sending(words, view))
            p .aside { (words.t("factor-lost")) }
        }
    };
    document(words, &Page { title: &title, address: PAGE, open: true, script: None }, body)
}

fn code_form(words: &Words, view: &FactorView) -> Markup {
    html! {
        @if let [only] = view.contacts.as_slice() { p { strong { (only.masked) } } }
        form method="post" action="/verification" {
            div .field {
                label for="code" { (words.t("factor-code")) }
                p .hint #code-aide { (words.t("factor-code-hint")) }
                input #code name="code" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="12"
                    required spellcheck="false" aria-describedby="code-aide";
            }
            button .main type="submit" { (words.t("factor-open")) }
        }
    }
}

fn sending(words: &Words, view: &FactorView) -> Markup {
    html! {
        section .resend aria-labelledby="renvoi" {
            h2 #renvoi { (words.t("factor-again-title")) }
            p { (words.t("factor-again")) }
            @for contact in &view.contacts { (resend(words, contact)) }
        }
    }
}

fn resend(words: &Words, contact: &MaskedContact) -> Markup {
    html! {
        form method="post" action="/verification/envoyer" {
            input type="hidden" name="contact" value=(contact.id);
            button .button.plain type="submit" { (words.with("factor-send-to", &[("contact", &contact.masked)])) }
        }
    }
}
