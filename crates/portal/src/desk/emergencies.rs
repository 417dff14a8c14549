//! Emergency openings: each is looked at by a person, who says what they found.

use super::frame::{Words, page};
use super::place::Path;
use super::{DeskPages, Staff, failed};
use archive::desk::{EmergencyVerdict, Relation, RelationKind, Role, Who};
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

const PAGE: &str = "/urgences";

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Reviewed {
    avis: String,
    mots: String,
}

pub(super) async fn show(State(pages): State<DeskPages>, Staff(who): Staff, words: Words) -> Response {
    let list = match pages.desk.emergencies(&who).await {
        Ok(list) => list,
        Err(error) => return failed(&error),
    };
    let body = html! {
        h1 { (words.t("desk-emergencies")) }
        p { (words.t("desk-emergencies-why")) }
        @if list.waiting.is_empty() { p .empty { (words.t("desk-emergencies-none")) } }
        @for one in &list.waiting { (waiting(&words, one)) }
        @if !list.reviewed.is_empty() {
            h2 { (words.t("desk-emergencies-reviewed")) }
            @for one in &list.reviewed { (reviewed(&words, one)) }
        }
    };
    page(&pages, &words, Some(&who), "desk-emergencies", body).into_response()
}

fn what(words: &Words, one: &Relation) -> Markup {
    let RelationKind::Emergency { rpps, name, reason } = &one.what else { return html! {} };
    html! {
        dl .facts {
            dt { (words.t("desk-emergency-who")) } dd { (name) " " span .number { (rpps) } }
            dt { (words.t("desk-emergency-when")) } dd { (words.instant(one.at)) }
            dt { (words.t("desk-emergency-reason")) } dd { (reason) }
        }
    }
}

fn waiting(words: &Words, one: &Relation) -> Markup {
    let id = one.relation;
    html! {
        section .panel .amber aria-labelledby=(id) {
            h2 #(id) { (words.t("desk-emergency-waits")) }
            (what(words, one))
            form .stack method="post" action={ (PAGE) "/" (id) "/revoir" } {
                label for={ "avis-" (id) } { (words.t("desk-emergency-verdict")) }
                select id={ "avis-" (id) } name="avis" required {
                    option value="" { "—" }
                    option value="justifie" { (words.t("desk-emergency-justified")) }
                    option value="injustifie" { (words.t("desk-emergency-unjustified")) }
                }
                label for={ "mots-" (id) } { (words.t("desk-emergency-words")) }
                input id={ "mots-" (id) } name="mots" required maxlength="500" autocomplete="off";
                button { (words.t("desk-emergency-review")) }
            }
        }
    }
}

fn reviewed(words: &Words, one: &Relation) -> Markup {
    let Some(review) = &one.review else { return html! {} };
    let key = match review.verdict {
        EmergencyVerdict::Justified => "desk-emergency-justified",
        EmergencyVerdict::Unjustified => "desk-emergency-unjustified",
    };
    html! {
        section .panel {
            (what(words, one))
            p { strong { (words.t(key)) } " — " (review.words) " — " (review.by) ", " (words.instant(review.at)) }
        }
    }
}

pub(super) async fn review(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(relation): Path<Uuid>,
    Form(form): Form<Reviewed>,
) -> Response {
    let verdict = match form.avis.as_str() {
        "justifie" => EmergencyVerdict::Justified,
        "injustifie" => EmergencyVerdict::Unjustified,
        _ => return StatusCode::UNPROCESSABLE_ENTITY.into_response(),
    };
    match pages.desk.review_emergency(&who, relation, verdict, form.mots).await {
        Ok(()) => Redirect::to(PAGE).into_response(),
        Err(error) => failed(&error),
    }
}

/// On the first page of who may review: how many wait.
pub(super) async fn count(pages: &DeskPages, words: &Words, who: &Who) -> Markup {
    if !matches!(who.role, Role::Radiologist | Role::DataProtection) {
        return html! {};
    }
    let waiting = pages.desk.emergencies_waiting().await.unwrap_or_else(|error| {
        tracing::error!(%error, "the emergency openings cannot be counted");
        0
    });
    html! {
        @if waiting > 0 {
            p .amber { a href=(PAGE) { (words.with("desk-emergencies-count", &[("n", waiting.to_string())])) } }
        }
    }
}
