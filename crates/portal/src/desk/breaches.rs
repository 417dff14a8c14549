//! Breaches, for the data-protection officer: the seventy-two hours, and who was touched.

use super::frame::{Words, page};
use super::place::Path;
use super::requests::spreadsheet;
use super::{DeskPages, Staff, failed};
use archive::ArchiveError;
use archive::desk::Who;
use archive::rights_desk::TouchedBy;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;

pub(super) async fn show(State(pages): State<DeskPages>, Staff(who): Staff, words: Words) -> Response {
    let known = match pages.rights.breaches(&who).await {
        Ok(known) => known,
        Err(error) => return failed(&error),
    };
    let body = html! {
        h1 { (words.t("desk-breaches")) }
        ul { @for told in &known { li {
            a href={ "/violations/" (told.breach.breach) } { (told.breach.words) } " — " (clock(&words, told))
        } } }
        @if known.is_empty() { p .empty { (words.t("desk-breaches-none")) } }
        (form(&words))
    };
    page(&pages, &words, Some(&who), "desk-breaches", body).into_response()
}

fn clock(words: &Words, told: &TouchedBy) -> Markup {
    let by = [("by", told.notify_by.map(|by| words.instant(by)).unwrap_or_default())];
    let (class, shape, key) = match (&told.breach.end, told.late) {
        (Some(_), _) => ("green", "●", "desk-breach-decided"),
        (None, true) => ("red", "■", "desk-breach-late"),
        (None, false) => ("amber", "▲", "desk-breach-open"),
    };
    html! { span class={ "chip " (class) } { span aria-hidden="true" { (shape) " " } (words.with(key, &by)) } }
}

fn form(words: &Words) -> Markup {
    let moment = |id: &'static str, key: &str| {
        html! { label for=(id) { (words.t(key)) } input id=(id) name=(id) type="datetime-local" required; }
    };
    html! { section .panel aria-labelledby="nouvelle" {
        h2 #nouvelle { (words.t("desk-breach-new")) }
        p .help { (words.t("desk-breach-help")) }
        form .stack method="post" action="/violations" {
            label for="mots" { (words.t("desk-breach-words")) }
            input #mots name="mots" required maxlength="500" autocomplete="off";
            (moment("connue", "desk-breach-known"))
            (moment("debut", "desk-breach-from"))
            (moment("fin", "desk-breach-until"))
            label for="compte" { (words.t("desk-breach-account")) }
            input #compte name="compte" maxlength="100" autocomplete="off";
            label for="examen" { (words.t("desk-breach-exam")) }
            input #examen name="examen" maxlength="40" autocomplete="off";
            button { (words.t("desk-breach-save")) }
        }
    } }
}

pub(super) async fn one(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Path(breach): Path<Uuid>,
) -> Response {
    match pages.rights.breach(&who, breach).await {
        Ok(told) => page(&pages, &words, Some(&who), "desk-breaches", body(&words, &told)).into_response(),
        Err(error) => failed(&error),
    }
}

fn body(words: &Words, told: &TouchedBy) -> Markup {
    let breach = &told.breach;
    html! {
        p { a href="/violations" { (words.t("desk-breaches")) } }
        h1 { (breach.words) }
        p { (clock(words, told)) }
        dl .facts {
            dt { (words.t("desk-breach-known")) } dd { (words.instant(breach.known_at)) }
            dt { (words.t("desk-breach-from")) } dd { (words.instant(breach.from)) }
            dt { (words.t("desk-breach-until")) } dd { (words.instant(breach.until)) }
            @if let Some(account) = &breach.account { dt { (words.t("desk-breach-account")) } dd { (account) } }
        }
        @if let Some(end) = &breach.end {
            p { strong { (end.words) } " — " (words.instant(end.at)) " — " (words.with("desk-by", &[("login", end.by.clone())])) }
        } @else {
            form .stack method="post" action={ "/violations/" (breach.breach) "/decider" } {
                label for="mots" { (words.t("desk-breach-decision")) }
                input #mots name="mots" required maxlength="500" autocomplete="off";
                button { (words.t("desk-breach-decide")) }
            }
        }
        h2 { (words.with("desk-breach-people", &[("count", told.people.len().to_string())])) }
        p { a href={ "/violations/" (breach.breach) "/personnes" } { (words.t("desk-breach-export")) } }
        table {
            thead { tr { @for key in ["desk-col-patient", "desk-breach-accesses", "desk-breach-first", "desk-breach-last"] {
                th scope="col" { (words.t(key)) } } } }
            tbody { @for person in &told.people { tr {
                th scope="row" { @if person.name.is_empty() { (words.t("desk-no-name")) } @else { (person.name) } }
                td .number { (person.accesses) }
                td { (words.instant(person.first)) } td { (words.instant(person.last)) }
            } } }
        }
    }
}

pub(super) async fn people(State(pages): State<DeskPages>, Staff(who): Staff, Path(breach): Path<Uuid>) -> Response {
    match pages.rights.breach_table(&who, breach).await {
        Ok(table) => spreadsheet("personnes-concernees.csv", table),
        Err(error) => failed(&error),
    }
}

/// What the form of a breach brings.
#[derive(Deserialize)]
pub(super) struct Declared {
    mots: String,
    connue: String,
    debut: String,
    fin: String,
    #[serde(default)]
    compte: String,
    #[serde(default)]
    examen: String,
}

pub(super) async fn declare(State(pages): State<DeskPages>, Staff(who): Staff, Form(form): Form<Declared>) -> Response {
    let moments = [&form.connue, &form.debut, &form.fin].map(|text| crate::messages::local_instant(text));
    let [Some(known), Some(from), Some(until)] = moments else { return StatusCode::BAD_REQUEST.into_response() };
    match declared(&pages, &who, &form, (known, from, until)).await {
        Ok(breach) => Redirect::to(&format!("/violations/{breach}")).into_response(),
        Err(error) => failed(&error),
    }
}

async fn declared(
    pages: &DeskPages,
    who: &Who,
    form: &Declared,
    (known, from, until): (OffsetDateTime, OffsetDateTime, OffsetDateTime),
) -> Result<Uuid, ArchiveError> {
    let mut breach = pages.rights.new_breach(who, form.mots.clone(), known);
    (breach.from, breach.until) = (from, until);
    breach.account = Some(form.compte.trim().to_lowercase()).filter(|account| !account.is_empty());
    if !form.examen.trim().is_empty() {
        breach.exam = Some(pages.rights.exam_numbered(who, &form.examen).await?);
    }
    pages.rights.declare_breach(who, breach).await
}

/// What was decided.
#[derive(Deserialize)]
pub(super) struct Decided {
    mots: String,
}

pub(super) async fn decide(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(breach): Path<Uuid>,
    Form(form): Form<Decided>,
) -> Response {
    match pages.rights.end_breach(&who, breach, form.mots).await {
        Ok(()) => Redirect::to(&format!("/violations/{breach}")).into_response(),
        Err(error) => failed(&error),
    }
}
