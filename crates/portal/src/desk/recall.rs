//! Bringing an expired exam back to the web from the desk, and how it goes.

use super::exam::back;
use super::frame::Words;
use super::place::Path;
use super::{DeskPages, Staff};
use archive::desk::{DeskExam, ExamId, RecallState, Role, Who};
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;

/// The button when it may be done, and the latest recall.
pub(super) fn section(words: &Words, who: &Who, exam: &DeskExam) -> Markup {
    let offered = exam.may_be_recalled() && matches!(who.role, Role::Desk | Role::Radiologist);
    let latest = exam.detail.standing.recall.as_ref();
    if !offered && latest.is_none() {
        return html! {};
    }
    html! {
        section aria-labelledby="rapatriement" {
            h2 #rapatriement { (words.t("desk-recall-title")) }
            @if let Some(recall) = latest {
                @let key = match recall.state {
                    RecallState::Ready => "desk-recall-ready",
                    RecallState::Failed => "desk-recall-failed",
                    _ => "desk-recall-open",
                };
                @let at = if recall.is_open() { recall.asked_at } else { recall.at };
                p { (words.with(key, &[("at", words.instant(at))])) }
            }
            @if offered {
                form method="post" action={ "/examen/" (exam.detail.id) "/rapatrier" } {
                    button { (words.t("desk-recall")) }
                }
                p .help { (words.t("desk-recall-help")) }
            }
        }
    }
}

pub(super) async fn ask(State(pages): State<DeskPages>, Staff(who): Staff, Path(exam): Path<Uuid>) -> Response {
    back(exam, pages.desk.recall(&who, ExamId(exam)).await)
}
