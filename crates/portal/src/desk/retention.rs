//! The end of the archive: what goes and why, who must agree, what is in its grace, certificates.

use super::frame::{Words, page};
use super::place::Path;
use super::{DeskPages, Staff};
use ::retention::lists::Overview;
use ::retention::{
    Approval, ErasureItem, ErasureList, ErasurePath, ExamId, ItemState, ListState, Person, RetentionError, Role,
};
use archive::desk::Who;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

pub(super) fn person(who: &Who) -> Person {
    Person { login: who.login.clone(), role: who.role }
}

fn may_act(who: &Who) -> bool {
    matches!(who.role, Role::DataProtection | Role::Administrator | Role::Radiologist)
}

pub(super) async fn show(State(pages): State<DeskPages>, Staff(who): Staff, words: Words) -> Response {
    match pages.retention.overview(&person(&who)).await {
        Ok(found) => {
            let body = overview(&words, &who, &found);
            page(&pages, &words, Some(&who), "desk-retention", body).into_response()
        }
        Err(error) => failed(&error),
    }
}

fn overview(words: &Words, who: &Who, found: &Overview) -> Markup {
    let of = |state: ListState| found.lists.iter().filter(move |list| list.state == state).collect::<Vec<_>>();
    let stopped = found.today.as_ref().is_some_and(|(_, day)| day.stopped.is_some() && day.lifted_by.is_none());
    html! {
        h1 { (words.t("desk-retention")) }
        p .help { (words.t("desk-retention-help")) }
        @if stopped {
            section .amber {
                h2 { (words.t("desk-retention-stopped")) }
                p { (words.t("desk-retention-stopped-help")) }
                @if who.role == Role::DataProtection {
                    form method="post" action="/conservation/plafond" { button { (words.t("desk-retention-lift")) } }
                }
            }
        }
        (forecast(words, found))
        (table(words, "desk-retention-waiting", &of(ListState::Proposed)))
        (table(words, "desk-retention-approved", &of(ListState::Approved)))
        (rule(words, who, found))
        (certificates(words, found))
        (batches(words, who, found))
    }
}

fn forecast(words: &Words, found: &Overview) -> Markup {
    let days = [
        ("desk-retention-today", found.today.as_ref().map(|(_, day)| day)),
        ("desk-retention-tomorrow", found.tomorrow.as_ref()),
    ];
    html! {
        dl .facts { @for (key, day) in days {
            dt { (words.t(key)) }
            dd { @match day {
                None => (words.t("desk-retention-unforeseen")),
                Some(day) => (words.with("desk-retention-foreseen", &[
                    ("proposals", day.proposals.to_string()), ("destructions", day.destructions.to_string()),
                ])),
            } }
        } }
    }
}

fn table(words: &Words, title: &str, lists: &[&ErasureList]) -> Markup {
    html! {
        section {
            h2 { (words.t(title)) }
            @if lists.is_empty() { p .empty { (words.t("desk-retention-none")) } } @else {
                ul { @for list in lists {
                    li {
                        a href={ "/conservation/" (list.list) } { (words.date(list.day)) " — " (words.t(path_key(list.path))) }
                        " — " (words.with("desk-retention-lines", &[("count", list.exams.to_string())]))
                        " — " (size(list.size_bytes))
                        @if let Some(until) = list.grace_until {
                            " — " (words.with("desk-retention-grace", &[("until", words.instant(until))]))
                        }
                    }
                } }
            }
        }
    }
}

fn rule(words: &Words, who: &Who, found: &Overview) -> Markup {
    let approved = found.rule.as_ref().is_some_and(|rule| rule.approved);
    let approvals = found.rule.as_ref().map(|rule| rule.approvals.as_slice()).unwrap_or_default();
    html! {
        section {
            h2 { (words.t("desk-retention-rule")) }
            p .help { (words.t("desk-retention-rule-help")) }
            (people(words, approvals))
            @if may_act(who) {
                @if approved {
                    form method="post" action="/conservation/regle/terminer" { button .quiet { (words.t("desk-retention-rule-end")) } }
                } @else {
                    form method="post" action="/conservation/regle/approuver" { button { (words.t("desk-retention-rule-approve")) } }
                }
            }
        }
    }
}

fn certificates(words: &Words, found: &Overview) -> Markup {
    html! {
        section {
            h2 { (words.t("desk-retention-certificates")) }
            @if found.certificates.is_empty() { p .empty { (words.t("desk-retention-none")) } } @else {
                ul { @for done in &found.certificates {
                    li {
                        a href={ "/examen/" (done.certificate.exam) "/certificat" } {
                            (words.instant(done.certificate.destroyed_at)) " — " (words.t(path_key(done.certificate.path)))
                        }
                        " — " (words.with("desk-certificate-objects", &[("count", done.certificate.objects.len().to_string())]))
                    }
                } }
            }
        }
    }
}

fn batches(words: &Words, who: &Who, found: &Overview) -> Markup {
    html! {
        @if !found.batches.is_empty() {
            section {
                h2 { (words.t("desk-retention-batches")) }
                p .help { (words.t("desk-retention-batches-help")) }
                @for (batch, studies, rule) in &found.batches {
                    p { strong { (batch) } " — " (words.with("desk-retention-lines", &[("count", studies.to_string())]))
                        @if let Some(rule) = rule { " — " (rule.reason) } }
                    @if who.role == Role::DataProtection && rule.is_none() {
                        form .inline method="post" action="/conservation/lot" {
                            input type="hidden" name="lot" value=(batch);
                            label .check { input type="checkbox" name="garder" value="oui" checked; (words.t("desk-retention-batch-keep")) }
                            label for={ "motif-" (batch) } { (words.t("desk-retention-why")) }
                            input id={ "motif-" (batch) } name="motif" required maxlength="200";
                            button { (words.t("desk-retention-batch-say")) }
                        }
                    }
                }
            }
        }
    }
}

pub(super) async fn list(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Path(list): Path<Uuid>,
) -> Response {
    match pages.retention.list(&person(&who), list).await {
        Ok((list, items)) => {
            let body = one_list(&words, &who, &list, &items);
            page(&pages, &words, Some(&who), "desk-retention", body).into_response()
        }
        Err(error) => failed(&error),
    }
}

fn one_list(words: &Words, who: &Who, list: &ErasureList, items: &[ErasureItem]) -> Markup {
    let action = |what: &str| format!("/conservation/{}/{what}", list.list);
    html! {
        h1 { (words.t("desk-retention-list")) " — " (words.date(list.day)) }
        p { (words.t(path_key(list.path))) " — " (size(list.size_bytes)) }
        (people(words, &list.approvals))
        @if let Some(until) = list.grace_until {
            p { (words.with("desk-retention-grace", &[("until", words.instant(until))])) }
        }
        @if let Some(refusal) = &list.refusal { p .amber { (words.t("desk-retention-refused")) " " (refusal.reason) } }
        @if list.state == ListState::Proposed && may_act(who) {
            div { form .inline method="post" action=(action("approuver")) { button { (words.t("desk-retention-approve")) } } }
            form .inline method="post" action=(action("refuser")) {
                label for="motif" { (words.t("desk-retention-why")) }
                input #motif name="motif" required maxlength="200";
                button .quiet { (words.t("desk-retention-refuse")) }
            }
        }
        table {
            thead { tr {
                th scope="col" { (words.t("desk-exam-number")) } th scope="col" { (words.t("desk-class")) }
                th scope="col" { (words.t("desk-col-date")) } th scope="col" { (words.t("desk-retention-kept-until")) }
                th scope="col" { (words.t("desk-retention-why")) } th scope="col" { (words.t("desk-col-state")) }
            } }
            tbody { @for item in items { (line(words, who, item)) } }
        }
    }
}

fn line(words: &Words, who: &Who, item: &ErasureItem) -> Markup {
    let state = match item.state {
        ItemState::Proposed => "desk-retention-item-proposed",
        ItemState::Doomed => "desk-retention-item-doomed",
        ItemState::TakenOff => "desk-retention-item-taken-off",
        ItemState::Refused => "desk-retention-item-refused",
        ItemState::Destroyed => "desk-retention-item-destroyed",
    };
    html! {
        tr {
            th scope="row" { a .number href={ "/examen/" (item.exam) } { (item.number) } }
            td { (words.t(&format!("class-{}", item.class))) }
            td { (words.date(item.exam_date)) }
            td { (item.kept_until.map(|day| words.date(day)).unwrap_or_default()) }
            td { @for reason in &item.reasons { (words.t(&format!("why-{reason}"))) " " } }
            td {
                (words.t(state)) " " (item.left_because.as_deref().map(|why| words.t(why)).unwrap_or_default())
                @if item.state == ItemState::Doomed && may_act(who) {
                    form .inline method="post" action={ "/examen/" (item.exam) "/recuperer" } {
                        button { (words.t("desk-retention-recover")) }
                    }
                }
            }
        }
    }
}

pub(super) fn people(words: &Words, approvals: &[Approval]) -> Markup {
    html! {
        @if approvals.is_empty() { p .help { (words.t("desk-retention-nobody")) } }
        ul { @for one in approvals { li { (one.by) " — " (words.instant(one.at)) } } }
    }
}

pub(super) fn path_key(path: ErasurePath) -> &'static str {
    match path {
        ErasurePath::Archived => "desk-retention-archived",
        ErasurePath::StoredOnly => "desk-retention-stored",
    }
}

/// In megabytes, as people count them.
pub(super) fn size(bytes: u64) -> String {
    format!("{} Mo", bytes.div_ceil(1_000_000))
}

/// What a form with a reason brings.
#[derive(Deserialize)]
pub(super) struct Reason {
    motif: String,
}

pub(super) async fn approve(State(pages): State<DeskPages>, Staff(who): Staff, Path(list): Path<Uuid>) -> Response {
    let done = pages.retention.approve(&person(&who), list).await.map(|_| ());
    back(done, format!("/conservation/{list}"))
}

pub(super) async fn refuse(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(list): Path<Uuid>,
    Form(asked): Form<Reason>,
) -> Response {
    back(pages.retention.refuse(&person(&who), list, &asked.motif).await, format!("/conservation/{list}"))
}

pub(super) async fn approve_rule(State(pages): State<DeskPages>, Staff(who): Staff) -> Response {
    back(pages.retention.approve_rule(&person(&who)).await.map(|_| ()), "/conservation".into())
}

pub(super) async fn end_rule(State(pages): State<DeskPages>, Staff(who): Staff) -> Response {
    back(pages.retention.end_rule(&person(&who)).await, "/conservation".into())
}

pub(super) async fn lift(State(pages): State<DeskPages>, Staff(who): Staff) -> Response {
    back(pages.retention.lift_cap(&person(&who)).await, "/conservation".into())
}

/// What the form of a batch brings.
#[derive(Deserialize)]
pub(super) struct Batch {
    lot: String,
    garder: Option<String>,
    motif: String,
}

pub(super) async fn batch(State(pages): State<DeskPages>, Staff(who): Staff, Form(asked): Form<Batch>) -> Response {
    let said = pages.retention.legacy(&person(&who), &asked.lot, asked.garder.is_some(), &asked.motif).await;
    back(said, "/conservation".into())
}

pub(super) async fn recover(State(pages): State<DeskPages>, Staff(who): Staff, Path(exam): Path<Uuid>) -> Response {
    let done = pages.retention.recover(&person(&who), ExamId(exam), "desk-retention-by-hand").await;
    back(done, format!("/examen/{exam}"))
}

pub(super) fn back(done: Result<(), RetentionError>, to: String) -> Response {
    match done {
        Ok(()) => Redirect::to(&to).into_response(),
        Err(error) => failed(&error),
    }
}

pub(super) fn failed(error: &RetentionError) -> Response {
    tracing::error!(%error, "a page of retention failed");
    let words = Words::french();
    let (status, key) = match error {
        error if error.is_not_found() => (StatusCode::NOT_FOUND, "desk-not-found"),
        RetentionError::Clock(_) => (StatusCode::SERVICE_UNAVAILABLE, "desk-retention-clock"),
        error if error.is_refused() => (StatusCode::CONFLICT, "desk-refused"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "desk-failed"),
    };
    (status, super::frame::bare(&words, &words.t(key))).into_response()
}
