//! On an exam's page: the archive that the patient may choose, asked beside what they must know first; the class, and
//! its correction.

use super::exam::back;
use super::frame::Words;
use super::place::Path;
use super::{DeskPages, Staff};
use archive::desk::{Answer, ArchiveChoice, ClassCorrection, DeskExam, ExamId, NotAsked, Role, Seen, Shown, Who};
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

/// The notice for groups that have set none of their own.
pub fn own_notice() -> String {
    Words::french().t("desk-choice-own-notice")
}

fn may_act(who: &Who) -> bool {
    matches!(who.role, Role::Desk | Role::Radiologist)
}

/// The optional archive: the question with what is shown beside it, or why there is none; what was answered.
pub(super) fn panel(words: &Words, who: &Who, exam: &DeskExam) -> Markup {
    let choice = &exam.choice;
    let last = choice.answers.last();
    let said_yes = last.is_some_and(|last| last.answer == Answer::Chosen);
    html! {
        section .panel aria-labelledby="archivage" {
            h2 #archivage { (words.t("desk-choice-title")) }
            p .status { strong { (words.t(match last.map(|last| last.answer) {
                None => "desk-choice-unasked",
                Some(Answer::Chosen) => "desk-choice-is-chosen",
                Some(Answer::Declined) => "desk-choice-is-declined",
                Some(Answer::TakenBack) => "desk-choice-is-taken-back",
            })) } }
            @match &choice.asked {
                Err(why) if !said_yes => p .help { (words.t(why.key())) },
                _ if !may_act(who) => p .help { (words.t("desk-choice-role")) },
                _ if said_yes => (taking_back(words, exam.detail.id)),
                Ok(shown) => (question(words, exam.detail.id, shown)),
                Err(_) => {},
            }
            @if !choice.answers.is_empty() { (answers(words, &choice.answers)) }
        }
    }
}

fn question(words: &Words, exam: ExamId, shown: &Shown) -> Markup {
    let years = (shown.months / 12).to_string();
    html! {
        div .notice {
            h3 { (words.t("desk-choice-notice")) " — " (words.with("desk-choice-version", &[("version", shown.notice_version.clone())])) }
            @for paragraph in shown.notice.split("\n\n") { p lang="fr" { (paragraph) } }
        }
        dl .facts {
            dt { (words.t("desk-choice-price")) } dd { strong { (price(words, shown.price_cents)) } }
            dt { (words.t("desk-choice-kept")) } dd { (words.with("desk-choice-years", &[("years", years)])) }
            @if let Some(advice) = &shown.advice {
                dt { (words.t("desk-choice-advice")) } dd { (words.t(&format!("choice-advice-{advice}"))) }
            }
        }
        form method="post" action={ "/examen/" (exam) "/archivage" } {
            fieldset {
                legend { (words.t("desk-choice-question")) }
                input type="hidden" name="version" value=(shown.notice_version);
                input type="hidden" name="prix" value=(shown.price_cents);
                div .answers {
                    button .answer name="reponse" value="oui" { (words.t("desk-choice-yes")) }
                    button .answer name="reponse" value="non" { (words.t("desk-choice-no")) }
                }
                p .help { (words.t("desk-choice-no-changes-nothing")) }
            }
        }
    }
}

fn taking_back(words: &Words, exam: ExamId) -> Markup {
    html! {
        form method="post" action={ "/examen/" (exam) "/archivage" } {
            p { (words.t("desk-choice-taking-back")) }
            button .answer name="reponse" value="reprendre" { (words.t("desk-choice-take-back")) }
        }
    }
}

fn answers(words: &Words, answers: &[ArchiveChoice]) -> Markup {
    html! {
        h3 { (words.t("desk-choice-history")) }
        ul .history { @for said in answers.iter().rev() { li {
            (words.t(match said.answer {
                Answer::Chosen => "desk-choice-said-yes",
                Answer::Declined => "desk-choice-said-no",
                Answer::TakenBack => "desk-choice-said-back",
            }))
            " — " (words.instant(said.at)) " — " (words.with("desk-by", &[("login", said.by.clone())]))
            details {
                summary { (words.t("desk-choice-was-shown")) }
                p { (words.with("desk-choice-version", &[("version", said.notice_version.clone())])) " — " (price(words, said.price_cents)) }
                @if let Some(advice) = &said.advice { p { (words.t(&format!("choice-advice-{advice}"))) } }
                @for paragraph in said.notice.split("\n\n") { p lang="fr" { (paragraph) } }
            }
        } } }
    }
}

fn price(words: &Words, cents: u32) -> String {
    crate::messages::price(words.lang(), cents)
}

/// The class, why, and its correction.
pub(super) fn class(words: &Words, who: &Who, exam: &DeskExam) -> Markup {
    let detail = &exam.detail;
    let corrections = &exam.choice.corrections;
    html! {
        section .panel aria-labelledby="type" {
            h2 #type { (words.t("desk-class")) }
            p { strong { (words.t(&format!("class-{}", detail.class))) } " — "
                (words.t(&format!("class-reason-{}", detail.class_reason))) }
            @if !corrections.is_empty() {
                h3 { (words.t("desk-class-corrections")) }
                ul .history { @for said in corrections.iter().rev() { li { (correction(words, said)) } } }
            }
            @if may_act(who) && !matches!(exam.choice.asked, Err(NotAsked::Gone)) {
                details {
                    summary { (words.t("desk-class-correct")) }
                    form .stack method="post" action={ "/examen/" (detail.id) "/type" } {
                        p .help { (words.t("desk-class-help")) }
                        label for="classe" { (words.t("desk-class-is")) }
                        select #classe name="classe" required {
                            option value="" { (words.t("desk-class-choose")) }
                            @for key in classes(who) { option value=(key) { (words.t(&format!("class-{key}"))) } }
                            @if !corrections.is_empty() { option value="aucune" { (words.t("desk-class-as-computed")) } }
                        }
                        label for="raison" { (words.t("desk-hold-reason")) }
                        input #raison name="raison" required maxlength="200";
                        button { (words.t("desk-class-save")) }
                    }
                }
            }
        }
    }
}

/// A phantom is the radiologist's to tell.
fn classes(who: &Who) -> impl Iterator<Item = &'static str> {
    let radiologist = who.role == Role::Radiologist;
    exam::ExamClass::ALL.into_iter().filter(move |class| radiologist || class.is_real()).map(exam::ExamClass::key)
}

fn correction(words: &Words, said: &ClassCorrection) -> Markup {
    let class =
        said.class.as_ref().map_or_else(|| words.t("desk-class-as-computed"), |key| words.t(&format!("class-{key}")));
    html! { (class) " — " (said.reason) " — " (words.instant(said.at)) " — " (words.with("desk-by", &[("login", said.by.clone())])) }
}

/// What the choice form brings.
#[derive(Deserialize)]
pub(super) struct Answered {
    reponse: String,
    version: Option<String>,
    prix: Option<u32>,
}

pub(super) async fn choose(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(exam): Path<Uuid>,
    Form(form): Form<Answered>,
) -> Response {
    let answer = match form.reponse.as_str() {
        "oui" => Answer::Chosen,
        "non" => Answer::Declined,
        "reprendre" => Answer::TakenBack,
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    let seen = Seen { notice_version: form.version.unwrap_or_default(), price_cents: form.prix.unwrap_or_default() };
    back(exam, pages.desk.choose(&who, ExamId(exam), answer, &seen).await)
}

/// What the correction form brings.
#[derive(Deserialize)]
pub(super) struct Corrected {
    classe: String,
    raison: String,
}

pub(super) async fn correct(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(exam): Path<Uuid>,
    Form(form): Form<Corrected>,
) -> Response {
    let class = (form.classe != "aucune").then_some(form.classe);
    back(exam, pages.desk.correct_class(&who, ExamId(exam), class, form.raison).await)
}
