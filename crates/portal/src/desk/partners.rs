//! What partners are sent: their queues, what a person must act on, orders that no rule names; and an exam's own part.

use super::exam::back;
use super::frame::{Words, page};
use super::place::Path;
use super::{DeskPages, Staff, failed};
use archive::desk::{
    DeskExam, Level, PartnerPanel, PartnersPage, Reconciled, Role, Transmission, TransmissionState, Who, partner_level,
};
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

pub(super) async fn show(State(pages): State<DeskPages>, Staff(who): Staff, words: Words) -> Response {
    let found = match pages.desk.partners(&who).await {
        Ok(found) => found,
        Err(error) => return failed(&error),
    };
    let body = html! {
        h1 { (words.t("desk-partners")) }
        p .help { (words.t("desk-partners-help")) }
        (unmatched(&words, &found))
        @if found.partners.is_empty() { p .empty { (words.t("desk-partners-none")) } }
        @for partner in &found.partners { (panel(&words, &who, &found, partner)) }
    };
    page(&pages, &words, Some(&who), "desk-partners", body).into_response()
}

fn unmatched(words: &Words, found: &PartnersPage) -> Markup {
    if found.unmatched.is_empty() {
        return html! {};
    }
    let exams: u64 = found.unmatched.iter().map(|one| one.exams).sum();
    html! {
        section .amber aria-labelledby="inconnues" {
            h2 #inconnues { (words.t("desk-unmatched")) " (" (exams) ")" }
            p { (words.t("desk-unmatched-help")) }
            ul { @for one in &found.unmatched {
                li { span .number { (one.structure) } " — " (words.with("desk-unmatched-exams", &[("count", one.exams.to_string())]))
                    " — " (words.t("desk-since")) " " (words.instant(one.since)) }
            } }
        }
    }
}

fn panel(words: &Words, who: &Who, found: &PartnersPage, partner: &PartnerPanel) -> Markup {
    let sum = |count: fn(&archive::desk::TransmissionQueue) -> u64| partner.queues.iter().map(count).sum::<u64>();
    html! {
        section .panel data-acknowledged=(sum(|queue| queue.acknowledged)) data-expected=(sum(|queue| queue.expected)) {
            h2 { (partner.name) }
            @if partner.queues.is_empty() { p .empty { (words.t("desk-partner-nothing")) } }
            ul { @for queue in &partner.queues {
                @let (class, shape, level) = match partner_level(queue, found.at) {
                    Level::Green => ("green", "●", "level-green"),
                    Level::Amber => ("amber", "▲", "level-amber"),
                    Level::Red => ("red", "■", "level-red"),
                };
                li {
                    span class=(class) aria-hidden="true" { (shape) " " } span .visually-hidden { (words.t(level)) " " }
                    strong { (words.t(&format!("transmission-{}", queue.kind.key()))) } " — "
                    (words.with("desk-partner-figures", &[
                        ("acknowledged", queue.acknowledged.to_string()), ("expected", queue.expected.to_string()),
                        ("queued", queue.queued.to_string()), ("sent", queue.sent.to_string()),
                        ("held", queue.held.to_string()), ("dead", queue.dead.to_string()),
                        ("stopped", queue.stopped.to_string()),
                    ]))
                    @if let Some(oldest) = queue.oldest { " " (words.with("desk-partner-oldest", &[("at", words.instant(oldest))])) }
                }
            } }
            @if let Some(account) = &partner.account { p .help { (daily(words, account)) } }
            @for one in &partner.open { (line(words, who, one, true)) }
        }
    }
}

fn daily(words: &Words, account: &Reconciled) -> String {
    let figures = &account.figures;
    words.with(
        "desk-partner-account",
        &[
            ("day", words.date(account.day)),
            ("exams", figures.exams.to_string()),
            ("expected", figures.expected.to_string()),
            ("acknowledged", figures.acknowledged.to_string()),
            ("found", figures.found.to_string()),
        ],
    )
}

/// An exam's transmissions; nothing when no partner is concerned.
pub(super) fn section(words: &Words, who: &Who, exam: &DeskExam) -> Markup {
    if exam.transmissions.is_empty() {
        return html! {};
    }
    html! {
        section .panel aria-labelledby="transmissions" {
            h2 #transmissions { (words.t("desk-transmissions")) }
            @for one in &exam.transmissions { (line(words, who, one, false)) }
        }
    }
}

/// One transmission: what, where it stands and why, and what may be done.
fn line(words: &Words, who: &Who, one: &Transmission, with_exam: bool) -> Markup {
    let action = |act: &str| format!("/partenaires/{}/{act}", one.id);
    let person = matches!(who.role, Role::Desk | Role::Radiologist);
    let again = match one.state {
        TransmissionState::Held => person && one.reason.as_deref() == Some("identity-changed"),
        TransmissionState::Dead => person || who.role == Role::Administrator,
        _ => false,
    };
    html! {
        div .transmission {
            p {
                @if !with_exam { (one.partner) " — " }
                (words.t(&format!("transmission-{}", one.kind.key()))) ", "
                (words.with("desk-version", &[("version", one.version.to_string())])) " — "
                span .chip { (words.t(&format!("transmission-is-{}", one.state.key()))) } " "
                (words.instant(one.at))
                @if let Some(reason) = &one.reason { " — " (why(words, reason)) }
                @if let Some(trouble) = one.trouble.as_deref().filter(|_| one.state == TransmissionState::Queued) {
                    " — " (why(words, trouble))
                    " (" (words.with("desk-tries", &[("count", (one.tries + one.misses).to_string())])) ")"
                }
                @if with_exam { " — " a href={ "/examen/" (one.exam) "#transmissions" } { (words.t("desk-see-exam")) } }
            }
            @if again {
                form .inline method="post" action=(action("renvoyer")) { button { (words.t("desk-send-again")) } }
            }
            @if person && one.state.is_open() && one.state != TransmissionState::Sent {
                form .inline method="post" action=(action("abandonner")) {
                    button .quiet { (words.t("desk-give-up")) }
                }
            }
            @if let Some(at) = one.noticed_at { (notice(words, one, at)) }
        }
    }
}

fn notice(words: &Words, one: &Transmission, at: time::OffsetDateTime) -> Markup {
    let field = format!("reponse-{}", one.id.simple());
    html! {
        p .amber { (words.with("desk-notice", &[("at", words.instant(at))])) }
        @if let Some(answer) = &one.notice_answer { p { (words.t("desk-notice-answer")) " " (answer) } } @else {
            form .stack method="post" action={ "/partenaires/" (one.id) "/reponse" } {
                label for=(field) { (words.t("desk-notice-answer")) }
                input id=(field) name="reponse" required maxlength="500";
                button { (words.t("desk-notice-save")) }
            }
        }
    }
}

/// A reason in words; what it names stands behind it.
fn why(words: &Words, reason: &str) -> String {
    let (key, named) = reason.split_once(':').map_or((reason, None), |(key, named)| (key, Some(named)));
    let text = words.t(&format!("transmission-why-{key}"));
    named.map_or(text.clone(), |named| format!("{text} ({named})"))
}

pub(super) async fn again(State(pages): State<DeskPages>, Staff(who): Staff, Path(id): Path<Uuid>) -> Response {
    done(pages.desk.send_again(&who, id).await)
}

pub(super) async fn give_up(State(pages): State<DeskPages>, Staff(who): Staff, Path(id): Path<Uuid>) -> Response {
    done(pages.desk.give_up(&who, id).await)
}

/// What the form of an answer brings.
#[derive(Deserialize)]
pub(super) struct Answer {
    reponse: String,
}

pub(super) async fn answered(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(id): Path<Uuid>,
    Form(said): Form<Answer>,
) -> Response {
    match pages.desk.partner_answered(&who, id, &said.reponse).await {
        Ok(exam) => back(exam.0, Ok(())),
        Err(error) => failed(&error),
    }
}

fn done(acted: Result<archive::desk::ExamId, archive::ArchiveError>) -> Response {
    match acted {
        Ok(_) => Redirect::to("/partenaires").into_response(),
        Err(error) => failed(&error),
    }
}
