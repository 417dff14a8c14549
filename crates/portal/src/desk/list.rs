//! The exams, newest first, found by name, number or birth date.

use super::frame::{Words, page};
use super::{DeskPages, Staff, failed};
use archive::desk::{DeskQuery, ExamLine};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

/// The search form.
#[derive(Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    attente: Option<String>,
    #[serde(default)]
    suite: Option<String>,
}

pub(super) async fn show(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Query(asked): Query<Asked>,
) -> Response {
    let query = DeskQuery {
        text: asked.q.clone(),
        waiting: asked.attente.is_some(),
        locked: false,
        after: asked.suite.clone(),
    };
    let found = match pages.desk.exams(&who, query).await {
        Ok(found) => found,
        Err(error) => return failed(&error),
    };
    // The exams are shown even when the requests cannot be counted.
    let asked_of_us = pages.rights.counts(&who).await.unwrap_or_default();
    let body = html! {
        h1 { (words.t("desk-exams")) }
        (super::requests::notice(&words, asked_of_us))
        form .search method="get" action="/" role="search" {
            label for="q" { (words.t("desk-search")) }
            input #q type="search" name="q" value=(asked.q) autocomplete="off" autofocus;
            label .check { input type="checkbox" name="attente" value="oui" checked[asked.attente.is_some()]; (words.t("desk-only-waiting")) }
            button { (words.t("desk-search-go")) }
        }
        (super::prescribers::count(&pages, &words).await)
        (super::emergencies::count(&pages, &words, &who).await)
        @if found.lines.is_empty() {
            p .empty { (words.t("desk-none")) }
        } @else {
            table {
                thead { tr {
                    th scope="col" { (words.t("desk-col-patient")) } th scope="col" { (words.t("desk-col-birth")) }
                    th scope="col" { (words.t("desk-col-exam")) } th scope="col" { (words.t("desk-col-date")) }
                    th scope="col" { (words.t("desk-col-images")) } th scope="col" { (words.t("desk-col-state")) }
                } }
                tbody { @for line in &found.lines { (row(&words, line)) } }
            }
        }
        @if let Some(next) = &found.next {
            // The key of the next page is opaque; the search words stay in the form, not in the link.
            form method="get" action="/" {
                input type="hidden" name="q" value=(asked.q);
                input type="hidden" name="suite" value=(next);
                button { (words.t("desk-next")) }
            }
        }
    };
    page(&pages, &words, Some(&who), "desk-exams", body).into_response()
}

fn row(words: &Words, line: &ExamLine) -> Markup {
    let name = if line.patient_name.is_empty() { words.t("desk-no-name") } else { line.patient_name.clone() };
    html! {
        tr {
            th scope="row" { a href={ "/examen/" (line.id) } { (name) } }
            td { (words.birth(line.birth_date)) }
            td { (line.title) }
            td { (line.date.map(|date| words.date(date)).unwrap_or_default()) }
            td .number { (line.instances) }
            td { (states(words, line)) }
        }
    }
}

/// State by shape and word, never by colour alone.
fn states(words: &Words, line: &ExamLine) -> Markup {
    let chips = [
        (line.waiting, "?", "desk-waiting", "amber"),
        (line.locked, "▲", "desk-locked", "amber"),
        (line.held, "■", "desk-held", "amber"),
        (line.published, "●", "desk-published", "green"),
        (line.expired, "○", "desk-expired", "amber"),
        (line.reported, "¶", "desk-reported", "green"),
    ];
    html! {
        @for (_, shape, key, level) in chips.into_iter().filter(|chip| chip.0) {
            span class={ "chip " (level) } { span aria-hidden="true" { (shape) " " } (words.t(key)) } " "
        }
    }
}
