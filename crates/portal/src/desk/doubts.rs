//! The work list: what the program does not guess.

use super::frame::{Words, page};
use super::place::Path;
use super::{DeskPages, Staff, failed};
use archive::desk::{Decision, DeskQuery, Doubt, DoubtId, DoubtKind, ExamId, ExamLine, PatientId};
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

pub(super) async fn show(State(pages): State<DeskPages>, Staff(who): Staff, words: Words) -> Response {
    let doubts = match pages.desk.doubts(&who).await {
        Ok(doubts) => doubts,
        Err(error) => return failed(&error),
    };
    let query = DeskQuery { locked: true, ..DeskQuery::default() };
    let locked = match pages.desk.exams(&who, query).await {
        Ok(found) => found.lines,
        Err(error) => return failed(&error),
    };
    let body = html! {
        h1 { (words.t("desk-doubts")) " (" (doubts.len() + locked.len()) ")" }
        p .help { (words.t("desk-doubts-help")) }
        @for line in &locked { (locked_number(&words, line)) }
        @if doubts.is_empty() && locked.is_empty() { p .empty { (words.t("desk-no-doubt")) } }
        @for doubt in &doubts { (one(&words, doubt)) }
    };
    page(&pages, &words, Some(&who), "desk-doubts", body).into_response()
}

fn locked_number(words: &Words, line: &ExamLine) -> Markup {
    html! {
        article .doubt {
            h2 { (words.t("desk-locked-title")) }
            p { (words.t("desk-locked-help")) }
            p { a href={ "/examen/" (line.id) "#sheets" } { (line.title) ", " (line.patient_name) } }
        }
    }
}

fn one(words: &Words, doubt: &Doubt) -> Markup {
    let action = format!("/doutes/{}", doubt.id);
    html! {
        article .doubt {
            h2 { (words.t(match doubt.kind {
                DoubtKind::Identity { .. } => "desk-doubt-identity",
                DoubtKind::Conflict { .. } => "desk-doubt-conflict",
                DoubtKind::Report { .. } => "desk-doubt-report",
                DoubtKind::Returned => "desk-doubt-returned",
            })) }
            p { (words.instant(doubt.since)) }
            ul { @for reason in &doubt.reasons { li { (words.t(&format!("reason-{reason}"))) } } }
            @if let Some(exam) = doubt.exam { p { a href={ "/examen/" (exam) } { (words.t("desk-see-exam")) } } }
            (choices(words, &action, &doubt.kind))
        }
    }
}

fn choices(words: &Words, action: &str, kind: &DoubtKind) -> Markup {
    match kind {
        DoubtKind::Identity { claimed, candidates } => html! {
            p { (words.t("desk-images-say")) } ul { @for text in claimed { li { (text) } } }
            @if candidates.is_empty() { p { (words.t("desk-no-candidate")) } }
            @for candidate in candidates {
                form .choice method="post" action=(action) {
                    input type="hidden" name="decision" value="patient";
                    input type="hidden" name="id" value=(candidate.patient);
                    span { (candidate.name) ", " (words.birth(candidate.birth_date)) " "
                        @for id in &candidate.identifiers { span .number { (id.value) " " } } }
                    button { (words.t("desk-this-patient")) }
                }
            }
        },
        DoubtKind::Conflict { sop_instance_uid, .. } => html! {
            p .number { (sop_instance_uid) }
            @for (decision, key) in [("accept", "desk-accept-aside"), ("discard", "desk-discard-aside")] {
                form .choice method="post" action=(action) {
                    input type="hidden" name="decision" value=(decision);
                    button { (words.t(key)) }
                }
            }
        },
        // Its page lets it go to the web, or not.
        DoubtKind::Returned => html! {},
        DoubtKind::Report { candidates } => html! {
            @for exam in candidates {
                form .choice method="post" action=(action) {
                    input type="hidden" name="decision" value="exam";
                    input type="hidden" name="id" value=(exam);
                    a href={ "/examen/" (exam) } { (words.t("desk-see-exam")) }
                    button { (words.t("desk-this-exam")) }
                }
            }
        },
    }
}

/// What a choice brings.
#[derive(Deserialize)]
pub(super) struct Chosen {
    decision: String,
    id: Option<Uuid>,
}

pub(super) async fn settle(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(doubt): Path<Uuid>,
    Form(chosen): Form<Chosen>,
) -> Response {
    let decision = match (chosen.decision.as_str(), chosen.id) {
        ("patient", Some(id)) => Decision::Patient { patient: PatientId(id) },
        ("exam", Some(id)) => Decision::Exam { exam: ExamId(id) },
        ("accept", None) => Decision::AcceptAside,
        ("discard", None) => Decision::DiscardAside,
        _ => return axum::http::StatusCode::BAD_REQUEST.into_response(),
    };
    match pages.desk.settle(&who, DoubtId(doubt), decision).await {
        Ok(()) => Redirect::to("/doutes").into_response(),
        Err(error) => failed(&error),
    }
}
