//! Who has looked: one sentence for each event.

use super::PatientPages;
use super::visit::{Visit, refused};
use crate::layout::{Page, Words, document};
use crate::messages::full_instant;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use diffusion::{Act, Consultation, ConsultedBy};
use maud::html;

pub(super) async fn show(State(pages): State<PatientPages>, visit: Visit) -> Response {
    let words = visit.words.clone();
    let list = match pages.diffusion.who_looked(&visit.token).await {
        Ok(list) => list,
        Err(denied) => return refused(&words, &denied),
    };
    let title = words.t("looked-title");
    let body = html! {
        p .back { a href="/examen" { (words.t("back-exam")) } }
        h1 { (title) }
        p .intro { (words.t("looked-intro")) }
        @if list.is_empty() { p { (words.t("looked-none")) } }
        ol .looked { @for line in &list {
            li { span .when { (full_instant(words.lang, line.at)) } span { (sentence(&words, line)) } }
        } }
        p .aside { (words.t("looked-limits")) }
    };
    let page = Page { title: &title, address: "/examen/consultations", open: true, script: None };
    document(&words, &page, body).into_response()
}

fn sentence(words: &Words, line: &Consultation) -> String {
    let who = match &line.by {
        ConsultedBy::Sheet { own: true, qr: false } => words.t("looked-own"),
        ConsultedBy::Sheet { own: true, qr: true } => words.t("looked-own-qr"),
        ConsultedBy::Sheet { own: false, qr: false } => words.t("looked-other-sheet"),
        ConsultedBy::Sheet { own: false, qr: true } => words.t("looked-other-sheet-qr"),
        ConsultedBy::Named(name) => words.with("looked-named", &[("name", name)]),
        ConsultedBy::Unknown => words.t("looked-unknown"),
    };
    let key = match line.act {
        Act::Open => "looked-open",
        Act::List => "looked-list",
        Act::ViewImages => "looked-images",
        Act::ReadReport => "looked-report",
        Act::DownloadReport => "looked-download-report",
        Act::DownloadDicom => "looked-download-dicom",
        Act::DownloadImages => "looked-download-images",
        Act::ReadTrace => "looked-trace",
        Act::Recall => "looked-recall",
        Act::Refusal => "looked-refusal",
        Act::Other => "looked-other",
    };
    words.with(key, &[("who", &who)])
}
