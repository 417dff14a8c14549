//! On an exam's page: what keeps it whatever its dates say, and how it stands on its way out.

use super::frame::Words;
use super::place::Path;
use super::retention::{back, person};
use super::{DeskPages, Staff};
use ::retention::{Held, RetentionHold};
use archive::desk::{DeskExam, ExamId, Role, Who};
use axum::extract::{Form, State};
use axum::response::Response;
use exam::retention::Hold;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

/// The kinds a person may put, with the word of the form.
const KINDS: [(&str, Hold); 3] =
    [("reclamation", Hold::Claim), ("demande", Hold::DataRequest), ("correction", Hold::Correction)];

pub(super) fn panel(words: &Words, who: &Who, exam: &DeskExam) -> Markup {
    let detail = &exam.detail;
    let may = matches!(who.role, Role::DataProtection | Role::Administrator | Role::Radiologist);
    let doom = detail.standing.doom.as_ref();
    let destroyed = doom.is_some_and(|doom| doom.destroyed_at.is_some());
    html! {
        section .panel aria-labelledby="conservation" {
            h2 #conservation { (words.t("desk-keep-title")) }
            @if destroyed {
                p { (words.t("desk-keep-destroyed")) " "
                    a href={ "/examen/" (detail.id) "/certificat" } { (words.t("desk-keep-certificate")) } }
            } @else if let Some(doom) = doom {
                p .amber { (words.with("desk-retention-grace", &[("until", words.instant(doom.grace_until))])) }
                @if may {
                    form method="post" action={ "/examen/" (detail.id) "/recuperer" } { button { (words.t("desk-retention-recover")) } }
                }
            }
            @if detail.standing.holds.is_empty() { p .empty { (words.t("desk-keep-none")) } }
            ul { @for hold in &detail.standing.holds { li { (one(words, may, detail.id, hold)) } } }
            @if may && !destroyed { (form(words, detail.id, detail.patient.is_some())) }
        }
    }
}

fn one(words: &Words, may: bool, exam: ExamId, hold: &RetentionHold) -> Markup {
    let key = if matches!(hold.held, Held::Patient(_)) { "desk-keep-patient" } else { "desk-keep-exam" };
    html! {
        (words.t(&format!("keep-{}", hold.kind.key()))) " — " (words.t(key)) " — " (hold.reason)
        " — " (hold.by) ", " (words.instant(hold.at))
        @if let Some(by) = &hold.release_asked_by { p .amber { (words.t("desk-keep-asked")) " " (by) } }
        @if may {
            form .inline method="post" action={ "/examen/" (exam) "/conserver/" (hold.hold) "/lever" } {
                button .quiet { (words.t("desk-keep-release")) }
            }
        }
    }
}

fn form(words: &Words, exam: ExamId, with_patient: bool) -> Markup {
    html! {
        form .search method="post" action={ "/examen/" (exam) "/conserver" } {
            label for="nature" { (words.t("desk-keep-kind")) }
            select #nature name="nature" { @for (word, kind) in KINDS {
                option value=(word) { (words.t(&format!("keep-{}", kind.key()))) }
            } }
            label for="pourquoi" { (words.t("desk-retention-why")) }
            input #pourquoi name="motif" required maxlength="200";
            @if with_patient {
                label .check { input type="checkbox" name="patient" value="oui"; (words.t("desk-keep-all")) }
            }
            button { (words.t("desk-keep-put")) }
        }
    }
}

/// What the form brings.
#[derive(Deserialize)]
pub(super) struct Asked {
    nature: String,
    motif: String,
    patient: Option<String>,
}

pub(super) async fn put(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(exam): Path<Uuid>,
    Form(asked): Form<Asked>,
) -> Response {
    let kind = KINDS.iter().find(|(word, _)| *word == asked.nature).map_or(Hold::Claim, |(_, kind)| *kind);
    let whole = asked.patient.is_some();
    let done = pages.retention.hold_exam(&person(&who), ExamId(exam), whole, kind, &asked.motif).await;
    back(done.map(|_| ()), format!("/examen/{exam}"))
}

pub(super) async fn release(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path((exam, hold)): Path<(Uuid, Uuid)>,
) -> Response {
    let done = pages.retention.release(&person(&who), ExamId(exam), hold).await;
    back(done.map(|_| ()), format!("/examen/{exam}"))
}
