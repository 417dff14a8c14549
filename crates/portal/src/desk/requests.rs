//! What people ask of their data: the open requests with both clocks, one request with its next step.

use super::frame::{Words, page};
use super::place::Path;
use super::{DeskPages, Staff, failed};
use archive::desk::{Role, Who};
use archive::rights_desk::{RequestCounts, RequestLine, RequestShown};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use exam::requests::{IdentityProof, Kind, State as Stage, Urgency};
use maud::{Markup, html};
use uuid::Uuid;

pub(super) fn handles(who: &Who) -> bool {
    matches!(who.role, Role::Desk | Role::DataProtection)
}

/// On the desk's first page: how many wait, and how many are late.
pub(super) fn notice(words: &Words, counts: RequestCounts) -> Markup {
    let figures =
        [("open", counts.open.to_string()), ("late", counts.late.to_string()), ("soon", counts.soon.to_string())];
    let class = match (counts.late, counts.soon) {
        (1.., _) => "red",
        (0, 1..) => "amber",
        _ => "",
    };
    html! { @if counts.open > 0 {
        p class=(class) { a href="/demandes" { (words.with("desk-requests-notice", &figures)) } }
    } }
}

pub(super) async fn show(State(pages): State<DeskPages>, Staff(who): Staff, words: Words) -> Response {
    let lines = match pages.rights.open(&who).await {
        Ok(lines) => lines,
        Err(error) => return failed(&error),
    };
    let body = html! {
        h1 { (words.t("desk-requests")) }
        p .help { (words.t("desk-requests-help")) }
        @if lines.is_empty() {
            p .empty { (words.t("desk-requests-none")) }
        } @else {
            table {
                thead { tr { @for key in ["desk-col-patient", "desk-request-what", "desk-request-received", "desk-request-law",
                    "desk-request-gdpr", "desk-col-state"] { th scope="col" { (words.t(key)) } } } }
                tbody { @for line in &lines { (row(&words, line)) } }
            }
        }
        @if who.role == Role::DataProtection {
            p { a href="/demandes/registre" { (words.t("desk-requests-register")) } }
            p { a href="/violations" { (words.t("desk-breaches")) } }
        }
    };
    page(&pages, &words, Some(&who), "desk-requests", body).into_response()
}

fn row(words: &Words, line: &RequestLine) -> Markup {
    html! { tr {
        th scope="row" { a href={ "/demandes/" (line.request.request) } { (line.patient_name) } }
        td { (words.t(&format!("request-{}", line.request.kind.key()))) }
        td { (words.instant(line.request.asked_at)) }
        td { (line.clocks.law.map(|(day, _)| words.date(day)).unwrap_or_default()) }
        td { (words.date(line.clocks.gdpr)) }
        td { (chip(words, line)) }
    } }
}

/// By shape and word, never by colour alone.
fn chip(words: &Words, line: &RequestLine) -> Markup {
    let days = [("days", line.days_left.unsigned_abs().to_string())];
    let (class, shape, key) = match line.urgency {
        Urgency::InTime => ("green", "●", "desk-request-days"),
        Urgency::Soon => ("amber", "▲", "desk-request-days"),
        Urgency::Late => ("red", "■", "desk-request-late"),
    };
    html! {
        span class={ "chip " (class) } { span aria-hidden="true" { (shape) " " } (words.with(key, &days)) } " "
        (words.t(&format!("request-state-{}", line.request.state.key())))
    }
}

pub(super) async fn one(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Path(request): Path<Uuid>,
) -> Response {
    match pages.rights.show(&who, request).await {
        Ok(found) => page(&pages, &words, Some(&who), "desk-request", body(&words, &found)).into_response(),
        Err(error) => failed(&error),
    }
}

fn body(words: &Words, found: &RequestShown) -> Markup {
    let (line, request) = (&found.line, &found.line.request);
    html! {
        p { a href="/demandes" { (words.t("desk-requests-back")) } }
        h1 { (words.t(&format!("request-{}", request.kind.key()))) " — " (line.patient_name) }
        @if request.state.is_open() { p { (chip(words, line)) } }
        @else { p { strong { (words.t(&format!("request-state-{}", request.state.key()))) } } }
        (facts(words, found))
        @if let Some(end) = &request.end {
            section { h2 { (words.t("desk-request-answer")) } p { (end.words) }
                p .help { (words.instant(end.at)) " — " (words.with("desk-by", &[("login", end.by.clone())])) } }
        }
        @if request.state.is_open() {
            @match &request.identity {
                None => (identity_form(words, request.request)),
                Some(_) if request.kind == Kind::Access => (package(words, line)),
                Some(_) => (super::request_forms::ending(words, request.request, "repondre", "desk-request-done", "desk-request-done-go")),
            }
            (super::request_forms::ending(words, request.request, "refuser", "desk-request-refuse-why", "desk-request-refuse"))
        }
    }
}

fn facts(words: &Words, found: &RequestShown) -> Markup {
    let (line, request) = (&found.line, &found.line.request);
    html! { dl .facts {
        dt { (words.t("desk-col-birth")) } dd { (words.birth(found.person.patient.traits.birth_date)) }
        dt { (words.t("desk-request-asker")) }
        dd { (words.t(&format!("asker-{}", request.asker.key()))) @if let Some(name) = &request.name { " — " (name) } }
        @if !request.asked.is_empty() { dt { (words.t("desk-request-words")) } dd { (request.asked) } }
        dt { (words.t("desk-request-received")) }
        dd { (words.instant(request.asked_at)) " — " (words.with("desk-by", &[("login", request.by.clone())])) }
        @if let Some((day, reason)) = line.clocks.law {
            dt { (words.t("desk-request-law")) }
            dd { (words.date(day)) " — " (words.t(match reason {
                exam::requests::LawReason::Recent => "desk-request-law-recent",
                exam::requests::LawReason::Old => "desk-request-law-old",
            })) }
        }
        dt { (words.t("desk-request-gdpr")) } dd { (words.date(line.clocks.gdpr)) }
        @if let Some(not_before) = line.clocks.not_before {
            dt { (words.t("desk-request-not-before")) } dd { (words.instant(not_before)) }
        }
        dt { (words.t("desk-request-identity")) }
        dd { @match &request.identity {
            Some(check) => { (words.t(&format!("proof-{}", check.how.key()))) " — " (words.instant(check.at)) " — "
                (words.with("desk-by", &[("login", check.by.clone())])) }
            None => strong { (words.t("desk-request-identity-missing")) },
        } }
        @if request.kind == Kind::Access {
            dt { (words.t("desk-request-price")) }
            dd { (words.t(if found.free { "desk-request-free" } else { "desk-request-not-first" })) }
        }
        dt { (words.t("desk-exams")) }
        dd { ul { @for exam in &found.person.exams { li { a href={ "/examen/" (exam.id) } { (exam.title) }
            @if let Some(date) = exam.date { " — " (words.date(date)) } } } } }
    } }
}

pub(super) fn proofs(words: &Words, id: &str) -> Markup {
    html! { select id=(id) name="preuve" required {
        option value="" { (words.t("desk-request-choose")) }
        @for proof in IdentityProof::ALL { option value=(proof.key()) { (words.t(&format!("proof-{}", proof.key()))) } }
    } }
}

fn identity_form(words: &Words, request: Uuid) -> Markup {
    html! { section .panel aria-labelledby="identite" {
        h2 #identite { (words.t("desk-request-identity")) }
        p .help { (words.t("desk-request-identity-help")) }
        form .stack method="post" action={ "/demandes/" (request) "/identite" } {
            label for="preuve" { (words.t("desk-request-proof")) }
            (proofs(words, "preuve"))
            button { (words.t("desk-request-identity-go")) }
        }
    } }
}

fn package(words: &Words, line: &RequestLine) -> Markup {
    let request = &line.request;
    let to = |act: &str| format!("/demandes/{}/{act}", request.request);
    html! { section .panel aria-labelledby="dossier" {
        h2 #dossier { (words.t("desk-request-package")) }
        @if let Some(progress) = line.progress {
            p role="status" { (words.with("desk-request-progress", &[("done", progress.exams_done.to_string()),
                ("exams", progress.exams.to_string()), ("files", progress.files.to_string())])) }
            p { a href=(format!("/demandes/{}", request.request)) { (words.t("desk-request-refresh")) } }
        } @else {
            @if let (Some(made), Stage::Prepared) = (&request.package, request.state) {
                p { (words.with("desk-request-ready", &[("size", (made.size_bytes / 1_000_000 + 1).to_string()),
                    ("at", words.instant(made.at))])) }
                @if line.may_be_delivered {
                    form method="post" action=(to("dossier")) { button { (words.t("desk-request-download")) } }
                    (super::request_forms::ending(words, request.request, "remise", "desk-request-to-whom", "desk-request-delivered"))
                } @else { p .amber { (words.t("desk-request-too-early")) } }
            }
            form method="post" action=(to("preparer")) {
                button .quiet[request.state == Stage::Prepared] {
                    (words.t(if request.state == Stage::Prepared { "desk-request-prepare-again" } else { "desk-request-prepare" }))
                }
            }
            p .help { (words.t("desk-request-package-help")) }
        }
    } }
}

pub(super) async fn register(State(pages): State<DeskPages>, Staff(who): Staff) -> Response {
    match pages.rights.register(&who).await {
        Ok(table) => spreadsheet("registre-des-demandes.csv", table),
        Err(error) => failed(&error),
    }
}

/// A table to be saved.
pub(super) fn spreadsheet(name: &str, table: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, disposition)], table).into_response()
}
