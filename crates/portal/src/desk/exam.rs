//! One exam: whose, what, until when, its sheets, who has looked.

use super::frame::{Words, page};
use super::place::Path;
use super::{DeskPages, Staff, failed};
use archive::desk::{DeskExam, ExamId, Identity, PeoplePanel, Role, Sheet, SheetId, SheetState, Who};
use axum::extract::{Form, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

pub(super) async fn show(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Path(exam): Path<Uuid>,
) -> Response {
    match pages.desk.exam(&who, ExamId(exam)).await {
        Ok(found) => {
            let people = match pages.desk.people(ExamId(exam)).await {
                Ok(people) => people,
                Err(error) => return failed(&error),
            };
            page(&pages, &words, Some(&who), "desk-exam", body(&words, &who, &found, &people)).into_response()
        }
        Err(error) => failed(&error),
    }
}

fn body(words: &Words, who: &Who, exam: &DeskExam, people: &PeoplePanel) -> Markup {
    let detail = &exam.detail;
    html! {
        h1 { (detail.title) }
        @match &detail.identity {
            Identity::Certain(_) => (whose(words, exam)),
            Identity::Waiting(reasons) => section .amber {
                h2 { (words.t("desk-identity-waits")) }
                ul { @for reason in reasons { li { (words.t(&format!("reason-{reason}"))) } } }
                p { a href="/doutes" { (words.t("desk-to-doubts")) } }
            },
        }
        (dates(words, exam))
        @if exam.detail.patient.is_some() && matches!(who.role, Role::Desk | Role::Radiologist) && !exam.detail.phantom {
            p { a accesskey="b" href={ "/facturer?examen=" (detail.id) } { (words.t("desk-bill")) } }
        }
        (super::choice::panel(words, who, exam))
        (super::choice::class(words, who, exam))
        section aria-labelledby="images" {
            h2 #images { (words.t("desk-images")) }
            ul { @for series in &detail.series {
                li { (series.modality) " " (series.description) " " span .number { (series.instances) } }
            } }
            p { (words.t(if detail.report.is_some() { "desk-report-here" } else { "desk-report-missing" })) }
        }
        @if who.role != Role::Administrator { (super::rights::section(words, exam)) }
        (super::recall::section(words, who, exam))
        (super::partners::section(words, who, exam))
        (super::retention_hold::panel(words, who, exam))
        (sheets(words, who, exam))
        (super::people::panel(words, who, detail.id, people))
        (super::request_forms::panel(words, who, exam))
        @if who.role == Role::Radiologist { (hold_forms(words, exam)) }
        (consultations(words, exam))
    }
}

fn whose(words: &Words, exam: &DeskExam) -> Markup {
    let Some(patient) = &exam.detail.patient else { return html! {} };
    let traits = &patient.traits;
    html! {
        dl .facts {
            dt { (words.t("desk-col-patient")) }
            dd { (traits.birth_name) " " (traits.first_names)
                @if let Some(used) = &traits.used_name { " (" (words.t("desk-used-name")) " " (used) ")" } }
            dt { (words.t("desk-col-birth")) } dd { (words.birth(traits.birth_date)) }
            dt { (words.t("desk-exam-number")) } dd .number { (exam.detail.number) }
            @if let Some(accession) = &exam.detail.accession { dt { (words.t("desk-accession")) } dd { (accession.number) } }
        }
    }
}

fn dates(words: &Words, exam: &DeskExam) -> Markup {
    let Some(verdict) = &exam.verdict else { return html! { p .amber { (words.t("desk-no-date")) } } };
    html! {
        dl .facts {
            dt { (words.t("desk-online-until")) }
            dd { @match verdict.diffusion.last_day {
                Some(day) => { (words.date(day)) " — " (words.t(&format!("why-{}", verdict.times.online_reason))) }
                None => (words.t("desk-never-online")),
            } }
            dt { (words.t("desk-archived-until")) }
            dd { @match verdict.times.archived_until {
                Some(day) => { (words.date(day)) " — " (words.t(&format!("why-{}", verdict.times.archive_reason))) }
                None => (words.t(&format!("why-{}", verdict.times.archive_reason))),
            } }
            @if let Some(hold) = &exam.detail.hold { dt { (words.t("desk-held")) } dd .amber { (hold.reason) } }
        }
    }
}

fn sheets(words: &Words, who: &Who, exam: &DeskExam) -> Markup {
    let id = exam.detail.id;
    let may_print = matches!(who.role, Role::Desk | Role::Radiologist) && exam.detail.patient.is_some();
    html! {
        section aria-labelledby="sheets" {
            h2 #sheets { (words.t("desk-sheets")) }
            @if let Some(since) = exam.detail.locked_at {
                div .amber {
                    p { strong { (words.t("desk-locked-title")) } " — " (words.instant(since)) }
                    p { (words.t("desk-locked-help")) }
                    @if may_print {
                        form .inline method="post" action={ "/examen/" (id) "/feuille" } target="_blank" {
                            input type="hidden" name="remplacer" value="oui";
                            button { (words.t("desk-locked-replace")) }
                        }
                    }
                }
            }
            @if may_print {
                form .inline method="post" action={ "/examen/" (id) "/feuille" } target="_blank" {
                    button accesskey="f" { (words.t("desk-print")) }
                    label .check { input type="checkbox" name="remplacer" value="oui"; (words.t("desk-replace")) }
                }
                p .help { (words.t("desk-never-dictate")) }
            }
            @if exam.detail.sheets.is_empty() { p .empty { (words.t("desk-no-sheet")) } }
            ul { @for sheet in &exam.detail.sheets { li { (one_sheet(words, id, sheet, may_print)) } } }
        }
    }
}

fn one_sheet(words: &Words, exam: ExamId, sheet: &Sheet, may_revoke: bool) -> Markup {
    let state = match sheet.state {
        SheetState::Reserved => "desk-sheet-reserved",
        SheetState::Issued => "desk-sheet-issued",
        SheetState::Revoked => "desk-sheet-revoked",
    };
    html! {
        @let name: String = sheet.id.0.simple().to_string().chars().take(8).collect();
        span .number { (name) } " — " (words.t(state)) " — " (words.instant(sheet.at)) " — " (words.t(&format!("how-{}", sheet.how)))
        @if let Some(reason) = &sheet.reason { " — " (words.t(&format!("revoked-{reason}"))) }
        @if may_revoke && sheet.state != SheetState::Revoked {
            form .inline method="post" action={ "/examen/" (exam) "/feuille/" (sheet.id) "/revoquer" } {
                button .quiet { (words.t("desk-revoke")) }
            }
        }
    }
}

fn hold_forms(words: &Words, exam: &DeskExam) -> Markup {
    let id = exam.detail.id;
    html! {
        section {
            h2 { (words.t("desk-hold-title")) }
            @if exam.detail.hold.is_some() {
                form method="post" action={ "/examen/" (id) "/liberer" } { button { (words.t("desk-release")) } }
            } @else {
                form method="post" action={ "/examen/" (id) "/retenir" } {
                    label for="motif" { (words.t("desk-hold-reason")) }
                    input #motif name="motif" required maxlength="200";
                    button { (words.t("desk-hold")) }
                }
            }
        }
    }
}

fn consultations(words: &Words, exam: &DeskExam) -> Markup {
    html! {
        section aria-labelledby="traces" {
            h2 #traces { (words.t("desk-who-looked")) }
            ul { @for event in &exam.consultations {
                li { (words.instant(event.time)) " — " (looked(words, event)) " — " (words.t(&format!("act-{}", act(event)))) }
            } }
        }
    }
}

/// Staff by role and site; whoever opened it on line, by the sheet they held.
fn looked(words: &Words, event: &archive::desk::Recorded) -> String {
    match event.actor.label.split_once(':') {
        Some(("sheet", id)) => words.with("desk-looked-sheet", &[("sheet", id.chars().take(8).collect())]),
        _ => event.actor.label.clone(),
    }
}

fn act(event: &archive::desk::Recorded) -> String {
    serde_json::to_value(event.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What the print form brings.
#[derive(Deserialize)]
pub(super) struct Print {
    remplacer: Option<String>,
}

pub(super) async fn print(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(exam): Path<Uuid>,
    Form(asked): Form<Print>,
) -> Response {
    match pages.desk.sheet(&who, ExamId(exam), asked.remplacer.is_some()).await {
        Ok(sheet) => {
            let disposition = format!("inline; filename=\"{}\"", sheet.file_name);
            let headers = [(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, disposition)];
            (headers, sheet.pdf.to_vec()).into_response()
        }
        Err(error) => failed(&error),
    }
}

pub(super) async fn revoke(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path((exam, sheet)): Path<(Uuid, Uuid)>,
) -> Response {
    back(exam, pages.desk.revoke(&who, ExamId(exam), SheetId(sheet)).await)
}

/// What the hold form brings.
#[derive(Deserialize)]
pub(super) struct HoldReason {
    motif: String,
}

pub(super) async fn hold(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(exam): Path<Uuid>,
    Form(asked): Form<HoldReason>,
) -> Response {
    back(exam, pages.desk.hold(&who, ExamId(exam), Some(asked.motif)).await)
}

pub(super) async fn release(State(pages): State<DeskPages>, Staff(who): Staff, Path(exam): Path<Uuid>) -> Response {
    back(exam, pages.desk.hold(&who, ExamId(exam), None).await)
}

/// Back to the exam, once the act is done.
pub(super) fn back(exam: Uuid, done: Result<(), archive::ArchiveError>) -> Response {
    match done {
        Ok(()) => Redirect::to(&format!("/examen/{exam}")).into_response(),
        Err(error) => failed(&error),
    }
}
