//! Prescribers whom orders name by a code of the sender's own: matched with an RPPS by a person, never by name.

use super::frame::{Words, page};
use super::{DeskPages, Staff, failed};
use ::exam::ids::Rpps;
use archive::desk::{PrescriberCode, UnmatchedPrescriber};
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

const PAGE: &str = "/prescripteurs";

/// What the form brings.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Matched {
    code: String,
    rpps: String,
    fin: Option<String>,
}

pub(super) async fn show(State(pages): State<DeskPages>, Staff(who): Staff, words: Words) -> Response {
    shown(&pages, &who, &words, "").await
}

async fn shown(pages: &DeskPages, who: &archive::desk::Who, words: &Words, wrong: &str) -> Response {
    let codes = match pages.desk.prescriber_codes(who).await {
        Ok(codes) => codes,
        Err(error) => return failed(&error),
    };
    let body = html! {
        h1 { (words.t("desk-prescribers")) }
        @if !wrong.is_empty() { p role="alert" { (words.with("desk-prescriber-wrong", &[("code", wrong.to_owned())])) } }
        p { (words.t("desk-prescribers-why")) }
        @if codes.unmatched.is_empty() { p .empty { (words.t("desk-prescribers-none")) } } @else {
            @for one in &codes.unmatched { (waiting(words, one)) }
        }
        @if !codes.matched.is_empty() {
            h2 { (words.t("desk-prescribers-matched")) }
            @for one in &codes.matched { (known(words, one)) }
        }
    };
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    (status, page(pages, words, Some(who), "desk-prescribers", body)).into_response()
}

fn waiting(words: &Words, one: &UnmatchedPrescriber) -> Markup {
    let latest = one.latest.map(|date| words.date(date)).unwrap_or_default();
    let figures =
        [("code", one.code.clone()), ("name", one.name.clone()), ("n", one.exams.to_string()), ("date", latest)];
    let id = format!("rpps-{}", one.code);
    html! {
        form .choice method="post" action=(PAGE) {
            input type="hidden" name="code" value=(one.code);
            span { (words.with("desk-prescriber-line", &figures)) }
            label for=(id) { "RPPS" }
            input id=(id) type="text" name="rpps" inputmode="numeric" maxlength="14" autocomplete="off" required;
            button { (words.t("desk-prescriber-match")) }
        }
    }
}

fn known(words: &Words, one: &PrescriberCode) -> Markup {
    let rpps = one.rpps.clone().unwrap_or_default();
    html! {
        form .choice method="post" action=(PAGE) {
            input type="hidden" name="code" value=(one.code);
            input type="hidden" name="fin" value="oui";
            span { (words.with("desk-prescriber-known", &[("code", one.code.clone()), ("rpps", rpps)])) }
            button { (words.t("desk-prescriber-end")) }
        }
    }
}

pub(super) async fn matched(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Form(matched): Form<Matched>,
) -> Response {
    let rpps = match (matched.fin.is_some(), Rpps::parse(&matched.rpps)) {
        (true, _) => None,
        (false, Ok(rpps)) => Some(rpps.as_str().to_owned()),
        (false, Err(_)) => return shown(&pages, &who, &words, &matched.code).await,
    };
    match pages.desk.match_prescriber(&who, &matched.code, rpps).await {
        Ok(()) => Redirect::to(PAGE).into_response(),
        Err(error) => failed(&error),
    }
}

/// The count on the desk's first page, where one waits.
pub(super) async fn count(pages: &DeskPages, words: &Words) -> Markup {
    let waiting = pages.desk.unmatched_prescribers().await.unwrap_or_else(|error| {
        tracing::error!(%error, "the prescribers not matched cannot be counted");
        0
    });
    html! {
        @if waiting > 0 {
            p { a href=(PAGE) { (words.with("desk-prescribers-count", &[("n", waiting.to_string())])) } }
        }
    }
}
