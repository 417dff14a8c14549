//! Who has looked: one sentence for each event.

use super::PatientPages;
use super::visit::{Visit, refused};
use crate::layout::{Page, Words, document};
use crate::messages::full_instant;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use diffusion::{Act, Consultation, ConsultedBy};
use maud::{Markup, html};

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
            li {
                span .when { (full_instant(words.lang, line.at)) }
                span { (sentence(&words, line)) }
                a .proof href=(format!("/examen/consultations/preuve/{}.tlog-proof", line.leaf)) download {
                    (words.t("looked-proof"))
                    span .unseen { " – " (full_instant(words.lang, line.at)) }
                }
            }
        } }
        p .aside { (words.t("looked-limits")) }
        (to_keep(&words))
    };
    let page = Page { title: &title, address: "/examen/consultations", open: true, script: None };
    document(&words, &page, body).into_response()
}

/// What lets the reader check all of it without us.
fn to_keep(words: &Words) -> Markup {
    let offers = [("verifier", "verifier"), ("preuves", "proofs"), ("recu", "receipt")];
    html! {
        h2 { (words.t("looked-keep-title")) }
        p { (words.t("looked-keep")) }
        ul .offers { @for (address, key) in offers {
            li {
                a href=(format!("/examen/consultations/{address}")) download { (words.t(&format!("looked-{key}"))) }
                p { (words.t(&format!("looked-{key}-hint"))) }
            }
        } }
        form .since action="/examen/consultations/croissance" method="get" {
            label for="depuis" { (words.t("looked-growth")) }
            p .hint #depuis-hint { (words.t("looked-growth-hint")) }
            input #depuis name="depuis" inputmode="numeric" pattern="[0-9]{1,15}" required aria-describedby="depuis-hint";
            button type="submit" { (words.t("looked-growth-button")) }
        }
    }
}

fn sentence(words: &Words, line: &Consultation) -> String {
    let who = match &line.by {
        ConsultedBy::Sheet { own: true, qr: false } => words.t("looked-own"),
        ConsultedBy::Sheet { own: true, qr: true } => words.t("looked-own-qr"),
        ConsultedBy::Sheet { own: false, qr: false } => words.t("looked-other-sheet"),
        ConsultedBy::Sheet { own: false, qr: true } => words.t("looked-other-sheet-qr"),
        ConsultedBy::Named(name) => match line.basis {
            Some(basis) => words.with(&format!("looked-as-{}", basis.word()), &[("name", name)]),
            None => words.with("looked-named", &[("name", name)]),
        },
        ConsultedBy::Invited => words.t("looked-invited"),
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
        Act::Prove => "looked-prove",
        Act::Share => "looked-share",
        Act::EndShare => "looked-end-share",
        Act::Emergency => "looked-emergency",
        Act::Refusal => "looked-refusal",
        Act::Other => "looked-other",
    };
    words.with(key, &[("who", &who)])
}
