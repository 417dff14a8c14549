//! The certificate of a destruction: a page for people, and the same facts as JSON for who keeps them.

use super::frame::{Words, page};
use super::place::Path;
use super::retention::{failed, path_key, people, person, size};
use super::{DeskPages, Staff};
use ::retention::{Certificate, Destruction, ExamId};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use uuid::Uuid;

pub(super) async fn show(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Path(exam): Path<Uuid>,
) -> Response {
    match pages.retention.certificate_of(&person(&who), ExamId(exam)).await {
        Ok(Some(found)) => page(&pages, &words, Some(&who), "desk-certificate", body(&words, &found)).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(&error),
    }
}

pub(super) async fn json(State(pages): State<DeskPages>, Staff(who): Staff, Path(exam): Path<Uuid>) -> Response {
    let found = pages.retention.certificate_of(&person(&who), ExamId(exam)).await;
    match found.and_then(|found| found.map(|one| ::retention::certificate::readable(&one.certificate)).transpose()) {
        Ok(Some(text)) => {
            let name = format!("inline; filename=\"certificat-{exam}.json\"");
            ([(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_DISPOSITION, name)], text).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(&error),
    }
}

fn body(words: &Words, found: &Destruction) -> Markup {
    let certificate = &found.certificate;
    let bytes = certificate.objects.iter().map(|object| object.size_bytes).sum();
    let reasons = certificate.reasons.iter().map(|reason| words.t(&format!("why-{reason}"))).collect::<Vec<_>>();
    let facts: [(&str, Markup); 12] = [
        ("desk-certificate-id", html! { code { (certificate.certificate) } }),
        ("desk-certificate-exam", html! { a href={ "/examen/" (certificate.exam) } { (certificate.exam) } }),
        ("desk-certificate-path", html! { (words.t(path_key(certificate.path))) }),
        ("desk-retention-why", html! { (reasons.join(" ; ")) }),
        (
            "desk-retention-kept-until",
            html! { (certificate.kept_until.map_or_else(|| "—".into(), |day| words.date(day))) },
        ),
        ("desk-certificate-proposed", html! { (words.instant(certificate.proposed_at)) }),
        ("desk-certificate-doomed", html! { (words.instant(certificate.doomed_at)) }),
        ("desk-certificate-decided", html! { (words.instant(certificate.destroyed_at)) }),
        (
            "desk-certificate-finished",
            html! { (found.finished_at.map_or_else(|| words.t("desk-certificate-unfinished"), |at| words.instant(at))) },
        ),
        ("desk-certificate-places", html! { (certificate.placements.join(", ")) }),
        ("desk-certificate-leaf", html! { (found.leaf) }),
        ("desk-certificate-policies", html! { code { (certificate.policies) } }),
    ];
    html! {
        h1 { (words.t("desk-certificate")) }
        p .help { (words.t("desk-certificate-help")) }
        dl .facts .digests { @for (key, fact) in &facts { dt { (words.t(key)) } dd { (fact) } } }
        h2 { (words.t("desk-certificate-approvals")) }
        (people(words, &certificate.approvals))
        h2 { (words.t("desk-certificate-erased")) }
        p { (words.with("desk-certificate-count", &[
            ("objects", certificate.objects.len().to_string()),
            ("instances", certificate.instances.len().to_string()),
            ("size", size(bytes)),
        ])) }
        (objects(words, certificate))
        p { a href={ "/examen/" (certificate.exam) "/certificat.json" } { (words.t("desk-certificate-json")) } }
        p { a href="/conservation" { (words.t("desk-certificate-back")) } }
    }
}

fn objects(words: &Words, certificate: &Certificate) -> Markup {
    html! {
        table .digests {
            thead { tr {
                th scope="col" { (words.t("desk-certificate-object")) }
                th scope="col" { (words.t("desk-certificate-size")) }
                th scope="col" { "SHA-256" }
            } }
            tbody { @for object in &certificate.objects { tr {
                th scope="row" { code { (object.object) } }
                td { (size(object.size_bytes)) }
                td { code { (object.sha256) } }
            } } }
        }
    }
}
