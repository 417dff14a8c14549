//! Figures of the practice, drawn here, without a script.

use super::billing::euros;
use super::day::date_of;
use super::frame::{Words, page};
use super::requests::spreadsheet;
use super::{DeskPages, Staff, failed_practice};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use practice::figures::Figures;
use serde::Deserialize;
use time::{Date, Duration};

/// Which time.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    du: String,
    au: String,
}

impl Asked {
    /// The last thirty days, unless said otherwise.
    fn days(&self, pages: &DeskPages) -> (Date, Date) {
        let until = date_of(&self.au).unwrap_or_else(|| pages.practice.today());
        let from = date_of(&self.du).unwrap_or_else(|| until.checked_sub(Duration::days(30)).unwrap_or(until));
        (from.min(until), until)
    }
}

pub(super) async fn show(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Query(asked): Query<Asked>,
) -> Response {
    let (from, until) = asked.days(&pages);
    let figures = match pages.practice.figures(&who, from, until).await {
        Ok(figures) => figures,
        Err(error) => return failed_practice(&error),
    };
    let query = format!("?du={from}&au={until}");
    let body = html! {
        h1 { (words.t("desk-figures")) }
        form .search method="get" action="/chiffres" {
            label for="du" { (words.t("desk-figures-from")) } input #du type="date" name="du" value=(from);
            label for="au" { (words.t("desk-figures-until")) } input #au type="date" name="au" value=(until);
            button { (words.t("desk-search-go")) }
        }
        (money(&words, &figures))
        (plots(&words, &figures))
        p { a href={ "/chiffres/livre.csv" (query) } { (words.t("desk-figures-books")) } }
        p { a href={ "/chiffres/controle.csv" (query) } { (words.t("desk-figures-control")) } }
    };
    page(&pages, &words, Some(&who), "desk-figures", body).into_response()
}

fn money(words: &Words, figures: &Figures) -> Markup {
    html! { dl .facts {
        dt { (words.t("desk-figures-charged")) } dd .number #facture { (euros(words, figures.charged)) }
        dt { (words.t("desk-figures-received")) } dd .number #recu { (euros(words, figures.received)) }
        dt { (words.t("desk-figures-owed")) } dd .number #du-total { (euros(words, figures.owed)) }
        dt { (words.t("desk-figures-ageing")) }
        dd .number { @for (days, sum) in ["≤ 30", "≤ 60", "≤ 90", "> 90"].into_iter().zip(figures.ageing) {
            (words.with("desk-figures-age", &[("days", days.to_owned())])) " " (euros(words, sum)) "; " } }
    } }
}

fn plots(words: &Words, figures: &Figures) -> Markup {
    let count = |value: i64| value.to_string();
    let exams: Vec<_> = figures.exams.iter().map(|(class, n)| (words.t(&format!("class-{class}")), *n)).collect();
    let delays: Vec<_> = figures.delays.iter().map(|(days, n)| (delay(words, *days), *n)).collect();
    let choices: Vec<_> =
        figures.choices.iter().map(|(key, n)| (words.t(&format!("desk-choice-was-{key}")), *n)).collect();
    let receipts: Vec<_> =
        figures.receipts.iter().map(|(from, n)| (words.t(&format!("desk-paid-from-{from}")), *n)).collect();
    let rejections: Vec<_> = figures.rejections.iter().map(|(code, n)| (code.clone(), *n)).collect();
    html! {
        (bars(words, "desk-figures-exams", &exams, count))
        (bars(words, "desk-figures-delays", &delays, count))
        (bars(words, "desk-figures-choices", &choices, count))
        (bars(words, "desk-figures-receipts", &receipts, |cents| euros(words, cents)))
        (bars(words, "desk-figures-rejections", &rejections, count))
    }
}

fn delay(words: &Words, days: u8) -> String {
    let figure = if days >= 7 { "7+".to_owned() } else { days.to_string() };
    words.with("desk-figures-days", &[("days", figure)])
}

/// Bars beside their figures: what the picture says, the table says too.
fn bars(words: &Words, title: &str, rows: &[(String, i64)], shown: impl Fn(i64) -> String) -> Markup {
    let most = rows.iter().map(|(_, value)| (*value).max(0)).max().unwrap_or(0).max(1);
    html! { section .panel {
        h2 { (words.t(title)) }
        @if rows.is_empty() { p .empty { (words.t("desk-figures-none")) } } @else {
            table { tbody { @for (name, value) in rows { tr {
                th scope="row" { (name) } td .number { (shown(*value)) }
                td { svg .plot viewBox="0 0 400 20" width="400" height="20" aria-hidden="true" focusable="false" {
                    rect x="0" y="0" height="20" width=((*value).max(0) * 400 / most) fill="#0b5c7d" {}
                } }
            } } } }
        }
    } }
}

pub(super) async fn books(State(pages): State<DeskPages>, Staff(who): Staff, Query(asked): Query<Asked>) -> Response {
    let (from, until) = asked.days(&pages);
    match pages.practice.books(&who, from, until).await {
        Ok(table) => spreadsheet("livre-des-factures.csv", table),
        Err(error) => failed_practice(&error),
    }
}

pub(super) async fn control(State(pages): State<DeskPages>, Staff(who): Staff, Query(asked): Query<Asked>) -> Response {
    let (from, until) = asked.days(&pages);
    match pages.practice.control_file(&who, from, until).await {
        Ok(table) => spreadsheet("controle-archivage.csv", table),
        Err(error) => failed_practice(&error),
    }
}
