//! My choices: what the person, strongly identified, hides, objects to and entrusts; everything in force, each ended in
//! one tap. Before anything is saved the page says who will not see it any more.

mod form;

use super::PatientPages;
use super::visit::{Visit, refused};
use crate::layout::{Page, Words, document};
use crate::messages::full_instant;
use crate::sentences::{self, Names, Say};
use crate::stating::{Typed, Wish};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use diffusion::{Choices, Denied, DiffusionError, Draft, Loses};
use exam::ids::Rpps;
use exam::rights::{By, InForce, Items, Named, Origin, Purpose, Says, StatementId};
use maud::{Markup, html};
use time::Date;
use uuid::Uuid;

const PAGE: &str = "/examen/choix";

impl Say for Words {
    fn say(&self, key: &str, figures: &[(&str, &str)]) -> String {
        self.with(key, figures)
    }

    fn day(&self, date: Date) -> String {
        self.date(date)
    }
}

impl Names for Choices {
    fn exam(&self, exam: Uuid) -> Option<(String, Date)> {
        self.exams.iter().find(|one| one.exam == exam).map(|one| (one.title.clone(), one.date))
    }

    fn report(&self, report: Uuid) -> Option<(String, Date)> {
        self.exams.iter().find(|one| one.report.contains(&report)).map(|one| (one.title.clone(), one.date))
    }

    fn professional(&self, rpps: &Rpps) -> Option<String> {
        self.name_of(rpps).map(str::to_owned)
    }
}

pub(super) async fn show(State(pages): State<PatientPages>, visit: Visit) -> Response {
    page(&pages, &visit, None, StatusCode::OK).await
}

/// Shows what a choice would change; saves it once that was looked at.
pub(super) async fn choose(
    State(pages): State<PatientPages>,
    visit: Visit,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let typed = typed.map(|Form(typed)| typed).unwrap_or_default();
    let choices = match pages.diffusion.choices(&visit.token).await {
        Ok(choices) => choices,
        Err(denied) => return not_now(&visit, &denied),
    };
    let report_of = |exam: Uuid| choices.exams.iter().find(|one| one.exam == exam)?.report.last().copied();
    let Wish { about, to, says, orderer_too, purpose } = match typed.wish(report_of) {
        Ok(wish) => wish,
        Err(wrong) => {
            let note = format!("choices-{}", wrong.key());
            return page(&pages, &visit, Some(&note), StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    let draft = Draft { about, to, says, orderer_too, purpose };
    if typed.confirme != "oui" {
        return match pages.diffusion.foresee_choice(&visit.token, &draft).await {
            Ok(lose) => check(&visit.words, &choices, &typed, &draft, &lose).into_response(),
            Err(denied) => not_now(&visit, &denied),
        };
    }
    match pages.diffusion.choose(&visit.token, &draft).await {
        Ok(_) => page(&pages, &visit, Some("choices-made"), StatusCode::OK).await,
        Err(Denied::Failed(DiffusionError::Statement(_))) => {
            page(&pages, &visit, Some("choices-wrong"), StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(denied) => not_now(&visit, &denied),
    }
}

pub(super) async fn end(
    State(pages): State<PatientPages>,
    visit: Visit,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let typed = typed.map(|Form(typed)| typed).unwrap_or_default();
    let origin = if typed.origine == "archive" { Origin::Archive } else { Origin::Diffusion };
    let id = StatementId { origin, sequence: typed.numero.parse().unwrap_or_default() };
    match pages.diffusion.end_choice(&visit.token, id).await {
        Ok(()) => page(&pages, &visit, Some("choices-ended"), StatusCode::OK).await,
        Err(denied) => not_now(&visit, &denied),
    }
}

/// The address of a form, reloaded.
pub(super) async fn again() -> Redirect {
    Redirect::to(PAGE)
}

/// A patient who is not strongly identified reads how to become so; anybody else gets what is not there.
fn not_now(visit: &Visit, denied: &Denied) -> Response {
    if !matches!(denied, Denied::NotStrong) || !visit.is_patient() {
        return refused(&visit.words, denied);
    }
    let words = &visit.words;
    let body = html! {
        p { (words.t("choices-not-strong-1")) }
        p { (words.t("choices-not-strong-2")) }
    };
    framed(words, None, body).into_response()
}

async fn page(pages: &PatientPages, visit: &Visit, note: Option<&str>, status: StatusCode) -> Response {
    let words = &visit.words;
    match pages.diffusion.choices(&visit.token).await {
        Ok(choices) => {
            let body = html! { (in_force(words, &choices)) (form::all(words, &choices)) };
            (status, framed(words, note, body)).into_response()
        }
        Err(denied) => not_now(visit, &denied),
    }
}

fn framed(words: &Words, note: Option<&str>, body: Markup) -> Markup {
    let title = words.t("choices-title");
    let body = html! {
        p .back { a href="/examen" { (words.t("back-exam")) } }
        @if let Some(note) = note {
            div .notice.calm[matches!(note, "choices-made" | "choices-ended")] role="status" tabindex="-1" autofocus {
                p { (words.t(note)) }
                @if note == "choices-made" { p { (words.t("choices-copies")) } }
            }
        }
        h1 { (title) }
        p .intro { (words.t("choices-intro")) }
        (body)
    };
    document(words, &Page { title: &title, address: PAGE, open: true, script: None }, body)
}

fn in_force(words: &Words, choices: &Choices) -> Markup {
    html! {
        section aria-labelledby="en-cours" {
            h2 #en-cours { (words.t("choices-in-force")) }
            @if choices.in_force.is_empty() { p { (words.t("choices-none")) } }
            @else { ul .offers { @for one in &choices.in_force { li { (line(words, choices, one)) } } } }
        }
    }
}

fn line(words: &Words, choices: &Choices, one: &InForce) -> Markup {
    let sentence = sentences::of(words, choices, &one.statement);
    let at = full_instant(words.lang, one.statement.made_at);
    let made = if matches!(one.statement.by, By::Desk { .. }) { "choices-at-desk" } else { "choices-at" };
    let origin = if one.statement.id.origin == Origin::Archive { "archive" } else { "diffusion" };
    html! {
        p { (sentence) }
        p .aside { (words.with(made, &[("at", &at)])) }
        @if one.ending { p .aside { (words.t("choices-ending")) } }
        @else {
            form method="post" action="/examen/choix/fin" {
                input type="hidden" name="origine" value=(origin);
                input type="hidden" name="numero" value=(one.statement.id.sequence);
                button .button.plain type="submit" aria-label={ (words.t("choices-end")) " " (sentence) } {
                    (words.t("choices-end"))
                }
            }
        }
    }
}

/// What the choice says and changes, before it is saved.
fn check(words: &Words, choices: &Choices, typed: &Typed, draft: &Draft, lose: &[Loses]) -> Markup {
    let title = words.t("choices-check-title");
    let kind = (draft.purpose, draft.orderer_too);
    let sentence = sentences::said(words, choices, draft.says, &draft.about, &draft.to, kind);
    let objects = draft.purpose == Purpose::Transmission;
    let body = html! {
        p .back { a href=(PAGE) { (words.t("choices-back")) } }
        h1 { (title) }
        p .intro { (sentence) }
        @if draft.says == Says::Deny && !objects { (losing(words, choices, lose)) }
        p { (words.t("choices-now")) }
        @if draft.says == Says::Deny {
            p .aside { (words.t(if objects { "choices-object-copies" } else { "choices-copies" })) }
        }
        p .aside { (words.t("choices-dmp")) }
        form method="post" action=(PAGE) {
            @for (name, value) in typed.again() { input type="hidden" name=(name) value=(value); }
            input type="hidden" name="confirme" value="oui";
            button .main type="submit" { (words.t("choices-confirm")) }
        }
    };
    document(words, &Page { title: &title, address: PAGE, open: true, script: None }, body)
}

fn losing(words: &Words, choices: &Choices, lose: &[Loses]) -> Markup {
    let named = |one: &Loses| {
        let who = Named::Professional { rpps: one.who.rpps.clone() };
        sentences::one(words, choices, &who)
    };
    let what = |one: &Loses| sentences::what(words, choices, &Items::Exam { exam: one.exam });
    html! {
        @if lose.is_empty() { p { (words.t("choices-lose-nobody")) } }
        @else {
            p { (words.t("choices-lose")) }
            ul { @for one in lose {
                li { (words.with("choices-lose-line", &[("who", &named(one)), ("what", &what(one))])) }
            } }
            @for one in lose.iter().filter(|one| one.who.ordered) {
                div .notice role="note" { p { (words.with("choices-lose-orderer", &[("who", &named(one))])) } }
            }
        }
    }
}
