//! On an exam's page: who else reads the patient's record, or stands for them; and the forms that declare it.

use super::frame::Words;
use super::place::Path;
use super::{DeskPages, Staff, failed};
use ::exam::Zone;
use ::exam::ids::{Finess, Rpps};
use archive::desk::{ExamId, PeoplePanel, Relation, RelationKind, Role, Who};
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use time::format_description::well_known::Iso8601;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Who stands for a person, as the form names them.
const STANDS_FOR: [&str; 3] = ["parent", "tuteur", "heritier"];

/// What the form of a care relation brings.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Care {
    rpps: String,
    nom: String,
    structure: String,
    jusqu: String,
}

/// What the form of a representative brings.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Stands {
    qualite: String,
    nom: String,
    adresse: String,
    fondement: String,
    jusqu: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Ended {
    mots: String,
}

/// Shown with the exam.
pub(super) fn panel(words: &Words, who: &Who, exam: ExamId, people: &PeoplePanel) -> Markup {
    let Some(at) = people.at else { return html! {} };
    let may = matches!(who.role, Role::Desk | Role::Radiologist);
    let shown = people.relations.iter().filter(|one| !matches!(one.what, RelationKind::Emergency { .. }));
    html! {
        section .panel aria-labelledby="proches" {
            h2 #proches { (words.t("desk-people")) }
            ul { @for one in shown { (line(words, exam, one, one.in_force(at), may)) } }
            @if may {
                @if !people.structures.is_empty() { (care_form(words, exam, people)) }
                (stands_form(words, exam))
            }
        }
    }
}

fn line(words: &Words, exam: ExamId, one: &Relation, in_force: bool, may: bool) -> Markup {
    let until = one.over_at().map(|over| words.date(Zone::EuropeParis.date_of(over - time::Duration::SECOND)));
    let figures = [
        ("name", one.what.name().to_owned()),
        ("kind", words.t(&format!("relation-{}", one.what.key()))),
        ("from", words.date(Zone::EuropeParis.date_of(one.from))),
    ];
    let id = format!("fin-{}", one.relation);
    html! {
        li {
            (words.with("desk-people-line", &figures)) " "
            @if let Some(until) = until { (words.with("desk-people-until", &[("until", until)])) " " }
            @match &one.what {
                RelationKind::Care { rpps, finess, .. } => span .number { (rpps) " · " (finess) },
                RelationKind::Guardian { basis, .. } => (basis),
                RelationKind::Heir { purpose, .. } => (purpose),
                _ => {}
            }
            @if !in_force { " " span .chip .amber { (words.t("desk-people-over")) } }
            @else if may {
                form .inline method="post" action={ "/examen/" (exam) "/relation/" (one.relation) "/terminer" } {
                    label for=(id) { (words.t("desk-people-end-why")) }
                    input id=(id) name="mots" required maxlength="200" autocomplete="off";
                    button { (words.t("desk-people-end")) }
                }
            }
        }
    }
}

fn care_form(words: &Words, exam: ExamId, people: &PeoplePanel) -> Markup {
    html! {
        details {
            summary { (words.t("desk-people-care")) }
            p { (words.t("desk-people-care-why")) }
            form .stack method="post" action={ "/examen/" (exam) "/relation" } {
                label for="soin-rpps" { "RPPS" }
                input #soin-rpps name="rpps" inputmode="numeric" maxlength="14" required autocomplete="off";
                label for="soin-nom" { (words.t("desk-people-name")) }
                input #soin-nom name="nom" maxlength="200" required autocomplete="off";
                label for="soin-structure" { (words.t("desk-people-structure")) }
                select #soin-structure name="structure" required {
                    @for (finess, partner) in &people.structures {
                        option value=(finess) { (partner) " · " (finess) }
                    }
                }
                label for="soin-jusqu" { (words.t("desk-people-last-day")) }
                input #soin-jusqu name="jusqu" type="date" required;
                button { (words.t("desk-people-declare")) }
            }
        }
    }
}

fn stands_form(words: &Words, exam: ExamId) -> Markup {
    html! {
        details {
            summary { (words.t("desk-people-stands")) }
            p { (words.t("desk-people-stands-why")) }
            form .stack method="post" action={ "/examen/" (exam) "/representant" } {
                label for="rep-qualite" { (words.t("desk-people-as")) }
                select #rep-qualite name="qualite" required {
                    @for key in STANDS_FOR { option value=(key) { (words.t(&format!("desk-people-{key}"))) } }
                }
                label for="rep-nom" { (words.t("desk-people-name")) }
                input #rep-nom name="nom" maxlength="200" required autocomplete="off";
                label for="rep-fondement" { (words.t("desk-people-basis")) }
                input #rep-fondement name="fondement" maxlength="300" autocomplete="off";
                label for="rep-adresse" { (words.t("desk-people-email")) }
                input #rep-adresse name="adresse" type="email" maxlength="254" autocomplete="off";
                label for="rep-jusqu" { (words.t("desk-people-last-day-if-any")) }
                input #rep-jusqu name="jusqu" type="date";
                button { (words.t("desk-people-declare")) }
            }
        }
    }
}

/// The first instant after the last day; nothing for an empty field; `Err` for what is no day.
fn end_of(text: &str) -> Result<Option<OffsetDateTime>, ()> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let day = Date::parse(text.trim(), &Iso8601::DATE).map_err(|_| ())?;
    Ok(Some(Zone::EuropeParis.start_of(day.next_day().ok_or(())?)))
}

pub(super) async fn declare_care(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(exam): Path<Uuid>,
    Form(form): Form<Care>,
) -> Response {
    let read = (Rpps::parse(&form.rpps), Finess::parse(&form.structure), end_of(&form.jusqu));
    let (Ok(rpps), Ok(finess), Ok(Some(until))) = read else { return StatusCode::UNPROCESSABLE_ENTITY.into_response() };
    let (rpps, finess) = (rpps.as_str().to_owned(), finess.to_string());
    let what = RelationKind::Care { rpps, name: form.nom.trim().to_owned(), finess };
    declared(&pages, &who, exam, what, Some(until)).await
}

pub(super) async fn declare_representative(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(exam): Path<Uuid>,
    Form(form): Form<Stands>,
) -> Response {
    let Ok(until) = end_of(&form.jusqu) else { return StatusCode::UNPROCESSABLE_ENTITY.into_response() };
    let email = Some(form.adresse.trim().to_owned()).filter(|address| address.contains('@'));
    let (name, basis) = (form.nom.trim().to_owned(), form.fondement.trim().to_owned());
    let what = match form.qualite.as_str() {
        "parent" => RelationKind::Parent { name, email },
        "tuteur" => RelationKind::Guardian { name, email, basis },
        "heritier" => RelationKind::Heir { name, purpose: basis },
        _ => return StatusCode::UNPROCESSABLE_ENTITY.into_response(),
    };
    declared(&pages, &who, exam, what, until).await
}

async fn declared(
    pages: &DeskPages,
    who: &Who,
    exam: Uuid,
    what: RelationKind,
    until: Option<OffsetDateTime>,
) -> Response {
    match pages.desk.declare_relation(who, ExamId(exam), what, until).await {
        Ok(()) => Redirect::to(&format!("/examen/{exam}")).into_response(),
        Err(error) => failed(&error),
    }
}

pub(super) async fn end(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path((exam, relation)): Path<(Uuid, Uuid)>,
    Form(form): Form<Ended>,
) -> Response {
    match pages.desk.end_relation(&who, ExamId(exam), relation, form.mots).await {
        Ok(()) => Redirect::to(&format!("/examen/{exam}")).into_response(),
        Err(error) => failed(&error),
    }
}
