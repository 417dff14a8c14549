//! Who may see an exam: what the person says on paper, everything in force with who recorded it, and the simulator: who
//! can see this and why, and what changes if it is saved.

mod forms;

use super::exam::back;
use super::frame::{Words, page};
use super::place::Path;
use super::{DeskPages, Staff, failed};
use crate::sentences::{self, Names, Say};
use crate::stating::{Typed, Wish};
use archive::desk::{ExamId, RightsPage, Said, Seer, Sight, Who, seer_of};
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use exam::ids::Rpps;
use exam::rights::{By, Decision, Ground, InForce, Origin, Seen, Statement, StatementId};
use maud::{Markup, html};
use time::Date;
use uuid::Uuid;

impl Say for Words {
    fn say(&self, key: &str, figures: &[(&str, &str)]) -> String {
        self.figured(key, figures)
    }

    fn day(&self, date: Date) -> String {
        self.date(date)
    }
}

impl Names for RightsPage {
    fn exam(&self, exam: Uuid) -> Option<(String, Date)> {
        self.exams.iter().find(|(id, ..)| *id == exam).and_then(|(_, title, date, _)| Some((title.clone(), (*date)?)))
    }

    fn report(&self, report: Uuid) -> Option<(String, Date)> {
        let of = self.exams.iter().find(|(.., versions)| versions.contains(&report));
        of.and_then(|(_, title, date, _)| Some((title.clone(), (*date)?)))
    }

    fn professional(&self, rpps: &Rpps) -> Option<String> {
        let order = self.detail.order.iter().flat_map(|order| &order.copies);
        let all = self.detail.prescriber.iter().chain(order);
        let found = all.into_iter().find(|who| who.rpps.as_deref() == Some(rpps.as_str()))?;
        Some(format!("{} {}", found.first_name, found.family_name).trim().to_owned()).filter(|name| !name.is_empty())
    }
}

/// The words on an exam's page: the notice, and the way here.
pub(super) fn section(words: &Words, exam: &archive::desk::DeskExam) -> Markup {
    html! {
        @if exam.hidden_from_orderer { section .amber { p { (words.t("desk-rights-told")) } } }
        p { a href={ "/examen/" (exam.detail.id) "/droits" } { (words.t("desk-rights-open")) } }
    }
}

pub(super) async fn show(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Path(exam): Path<Uuid>,
) -> Response {
    shown(&pages, &who, &words, exam, &Typed::default(), None).await
}

/// Shows what a statement would change, or who else sees it; records it once that was looked at.
pub(super) async fn say(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Path(exam): Path<Uuid>,
    Form(typed): Form<Typed>,
) -> Response {
    if typed.acte == "voir" {
        return shown(&pages, &who, &words, exam, &typed, None).await;
    }
    let known = match pages.desk.rights(&who, ExamId(exam)).await {
        Ok(known) => known,
        Err(error) => return failed(&error),
    };
    let report_of = |exam: Uuid| known.exams.iter().find(|(id, ..)| *id == exam)?.3.last().copied();
    let Wish { about, to, says, orderer_too, purpose } = match typed.wish(report_of) {
        Ok(wish) => wish,
        Err(wrong) => {
            let note = format!("desk-rights-{}", wrong.key());
            return shown(&pages, &who, &words, exam, &typed, Some(Drafted::Wrong(&note))).await;
        }
    };
    let said = Said { about, to, says, orderer_too, purpose, request: Uuid::try_parse(&typed.demande).ok() };
    if typed.confirme != "oui" {
        return shown(&pages, &who, &words, exam, &typed, Some(Drafted::Said(&said))).await;
    }
    match pages.desk.state(&who, ExamId(exam), said).await {
        Ok(_) => Redirect::to(&format!("/examen/{exam}/droits")).into_response(),
        Err(error) => failed(&error),
    }
}

pub(super) async fn end(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(exam): Path<Uuid>,
    Form(typed): Form<Typed>,
) -> Response {
    let origin = if typed.origine == "archive" { Origin::Archive } else { Origin::Diffusion };
    let id = StatementId { origin, sequence: typed.numero.parse().unwrap_or_default() };
    match pages.desk.end_statement(&who, ExamId(exam), id).await {
        Ok(()) => Redirect::to(&format!("/examen/{exam}/droits")).into_response(),
        Err(error) => back(exam, Err(error)),
    }
}

/// What became of a form that is not saved yet.
#[derive(Clone, Copy)]
enum Drafted<'a> {
    Wrong(&'a str),
    Said(&'a Said),
}

async fn shown(
    pages: &DeskPages,
    who: &Who,
    words: &Words,
    exam: Uuid,
    typed: &Typed,
    drafted: Option<Drafted<'_>>,
) -> Response {
    let said = match drafted {
        Some(Drafted::Said(said)) => Some(said),
        _ => None,
    };
    let others: Vec<Seer> = typed.autres.split([' ', ',', ';']).filter_map(seer_of).collect();
    let known = match pages.desk.rights(who, ExamId(exam)).await {
        Ok(known) => known,
        Err(error) => return failed(&error),
    };
    let sights = match pages.desk.who_sees(who, ExamId(exam), said, &others).await {
        Ok(sights) => sights,
        Err(error) => return failed(&error),
    };
    let wrong = if let Some(Drafted::Wrong(note)) = drafted { Some(note) } else { None };
    let body = html! {
        p { a href={ "/examen/" (exam) } { (known.detail.title) } }
        h1 { (words.t("desk-rights")) }
        @if let Some(note) = wrong { p .error role="alert" { (words.t(note)) } }
        p .help { (words.t("desk-rights-help")) }
        @if known.hidden_from_orderer { section .amber { p { (words.t("desk-rights-told")) } } }
        @if let Some(said) = said { (draft(words, exam, &known, typed, said)) }
        (table(words, &known, &sights, said.is_some()))
        @if said.is_none() { (forms::others(words, exam)) (in_force(words, exam, &known)) (forms::say(words, exam, &known)) }
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    (status, page(pages, words, Some(who), "desk-rights", body)).into_response()
}

fn draft(words: &Words, exam: Uuid, known: &RightsPage, typed: &Typed, said: &Said) -> Markup {
    let kind = (said.purpose, said.orderer_too);
    html! {
        section .panel aria-labelledby="brouillon" {
            h2 #brouillon { (words.t("desk-rights-draft")) }
            p { strong { (sentences::said(words, known, said.says, &said.about, &said.to, kind)) } }
            p .help { (words.t("desk-rights-copies")) }
            form method="post" action={ "/examen/" (exam) "/droits" } {
                @for (name, value) in typed.again() { input type="hidden" name=(name) value=(value); }
                input type="hidden" name="confirme" value="oui";
                button { (words.t("desk-rights-confirm")) }
                " " a href={ "/examen/" (exam) "/droits" } { (words.t("desk-rights-back")) }
            }
        }
    }
}

fn in_force(words: &Words, exam: Uuid, known: &RightsPage) -> Markup {
    html! {
        section .panel aria-labelledby="en-vigueur" {
            h2 #en-vigueur { (words.t("desk-rights-in-force")) }
            @if known.in_force.is_empty() { p .empty { (words.t("desk-rights-none")) } }
            ul { @for one in &known.in_force { li { (line(words, exam, known, one)) } } }
        }
    }
}

fn line(words: &Words, exam: Uuid, known: &RightsPage, one: &InForce) -> Markup {
    let statement = &one.statement;
    let at = words.instant(statement.made_at);
    let made = match &statement.by {
        By::Desk { login } => words.with("desk-rights-by-desk", &[("login", login.clone()), ("at", at)]),
        By::Representative => words.with("desk-rights-by-representative", &[("at", at)]),
        By::Person | By::Message => words.with("desk-rights-by-person", &[("at", at)]),
    };
    let origin = if statement.id.origin == Origin::Archive { "archive" } else { "diffusion" };
    let sentence = sentences::of(words, known, statement);
    html! {
        p { strong { (sentence) } br; span .help { (made) } }
        @if !one.settled { p .amber { (words.t("desk-rights-not-yet")) } }
        @if one.ending { p .amber { (words.t("desk-rights-ending")) } }
        @else {
            form .inline method="post" action={ "/examen/" (exam) "/droits/fin" } {
                input type="hidden" name="origine" value=(origin);
                input type="hidden" name="numero" value=(statement.id.sequence);
                button .quiet aria-label={ (words.t("desk-rights-end")) " " (sentence) } { (words.t("desk-rights-end")) }
            }
        }
    }
}

fn table(words: &Words, known: &RightsPage, sights: &[Sight], drafted: bool) -> Markup {
    html! {
        section aria-labelledby="qui-voit" {
            h2 #qui-voit { (words.t("desk-rights-who")) }
            table {
                thead { tr {
                    th scope="col" { (words.t("desk-rights-col-who")) }
                    th scope="col" { (words.t("desk-rights-col-exam")) }
                    th scope="col" { (words.t("desk-rights-col-report")) }
                } }
                tbody { @for sight in sights { tr {
                    th scope="row" { (seer(words, &sight.who)) }
                    td { (seen(words, known, sight.exam, drafted)) }
                    td { @match sight.report { Some(report) => (seen(words, known, report, drafted)), None => "—" } }
                } } }
            }
        }
    }
}

fn seen(words: &Words, known: &RightsPage, seen: Seen, drafted: bool) -> Markup {
    html! {
        (decision(words, known, seen.before))
        @if drafted && seen.before != seen.after {
            br; strong .amber[seen.changes()] { (words.t("desk-rights-then")) " " (decision(words, known, seen.after)) }
        }
    }
}

fn decision(words: &Words, known: &RightsPage, decision: Decision) -> Markup {
    let why = match decision.rests_on {
        Ground::Default(rule) => words.t(&format!("desk-why-{}", rule.key())),
        Ground::Statement(id) => match known.known.iter().find(|one| one.id == id) {
            Some(statement) => reason(words, known, statement),
            None => words.t("desk-why-this-draft"),
        },
    };
    let mark = if decision.permit { "✓" } else { "✗" };
    html! {
        span aria-hidden="true" { (mark) " " }
        (words.t(if decision.permit { "desk-rights-yes" } else { "desk-rights-no" })) " — " (why)
    }
}

/// What was said, where it is about this exam; else only that something was.
fn reason(words: &Words, known: &RightsPage, statement: &Statement) -> String {
    let sentence = sentences::of(words, known, statement);
    if sentence.is_empty() { words.t("desk-why-a-statement") } else { sentence }
}

fn seer(words: &Words, seer: &Seer) -> String {
    match seer {
        Seer::Code => words.t("desk-rights-code"),
        Seer::Patient => words.t("desk-rights-patient"),
        Seer::Representative => words.t("desk-rights-representative"),
        Seer::Listed { name, rpps, .. } => {
            words.with("desk-rights-listed", &[("name", name.clone()), ("rpps", rpps.to_string())])
        }
        Seer::Professional(rpps) => words.with("desk-rights-professional", &[("number", rpps.to_string())]),
        Seer::Partner(name) => words.with("desk-rights-partner", &[("name", name.clone())]),
        Seer::Structure(finess) => words.with("desk-rights-structure", &[("number", finess.to_string())]),
    }
}
