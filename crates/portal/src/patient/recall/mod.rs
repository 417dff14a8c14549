//! Bringing an expired exam back: the button, the page that follows it, and what that page asks for by itself.

mod follow;
mod words;

pub use follow::Followers;
pub(super) use follow::follow;

use super::PatientPages;
use super::timeline::online_last_day;
use super::visit::{Visit, refused};
use crate::layout::{Page, Words, document};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use diffusion::{Denied, ExpiryPage, Look, RecallProgress, RecallView};
use exam::ExamClass;
use exam::dates::Zone;
use maud::{Markup, html};
use words::{shown, state_of};

/// Where the page that follows a recall is.
const PAGE: &str = "/examen/rapatriement";

/// The four stages a patient sees, in order.
const STAGES: [(RecallProgress, &str); 4] = [
    (RecallProgress::Asked, "recall-asked"),
    (RecallProgress::Found, "recall-found"),
    (RecallProgress::Verified, "recall-verified"),
    (RecallProgress::Ready, "recall-ready"),
];

/// What stands on the page of an exam whose time on line is over.
pub(super) fn expiry(pages: &PatientPages, words: &Words, expired: &ExpiryPage, latest: Option<&RecallView>) -> Markup {
    let online = words.date(online_last_day(&expired.times));
    html! {
        (head(words, "expired-title", expired))
        p { (words.with("expired-since", &[("date", &online)])) }
        @if expired.times.can_come_back() {
            @match expired.times.archived_until {
                Some(date) => p { (words.with("expired-archived", &[("date", &words.date(date))])) },
                None => p { (words.t("expired-archived-open")) },
            }
            @if let Some(failure) = latest.filter(|view| view.stage == RecallProgress::Failed) {
                div .notice role="status" { p { (words.t(words::failure_key(failure))) } }
            }
            form method="post" action="/examen/rapatrier" {
                button .main type="submit" { (words.t("expired-recall")) }
            }
            p .under { (words.with("expired-recall-hint", &[("days", &days_again(pages, expired).to_string())])) }
            p { strong { (words.t("expired-keep-sheet")) } }
        } @else {
            p { (words.t("expired-erased")) }
        }
    }
}

/// For how many days it will be on line again, by the live policy rows.
fn days_again(pages: &PatientPages, expired: &ExpiryPage) -> u16 {
    let class = ExamClass::from_key(&expired.class).unwrap_or(ExamClass::Other);
    let row = pages.policies.at(class, Zone::EuropeParis.date_of(pages.diffusion.now()));
    row.map_or(30, |row| row.after_recall_days)
}

fn head(words: &Words, title: &str, expired: &ExpiryPage) -> Markup {
    html! {
        div .exam-head {
            h1 { (words.t(title)) }
            p .facts {
                span lang="fr" { (expired.title) }
                span { (words.with("exam-date", &[("date", &words.date(expired.times.exam_date))])) }
                span lang="fr" { (expired.site) }
            }
        }
    }
}

/// The button was pressed.
pub(super) async fn ask(State(pages): State<PatientPages>, visit: Visit) -> Response {
    match pages.diffusion.ask_recall(&visit.token).await {
        Ok(_) => Redirect::to(PAGE).into_response(),
        // It came back meanwhile, or never can: its page says so.
        Err(Denied::NotRecallable) => Redirect::to("/examen").into_response(),
        Err(denied) => refused(&visit.words, &denied),
    }
}

/// The address of the button, reloaded or bookmarked, leads to the exam.
pub(super) async fn again() -> Redirect {
    Redirect::to("/examen")
}

/// The page that follows a recall. It works without JavaScript, by its own link.
pub(super) async fn show(State(pages): State<PatientPages>, visit: Visit) -> Response {
    let words = &visit.words;
    let Look::Expired(expired) = &visit.look else { return Redirect::to("/examen").into_response() };
    let view = match pages.diffusion.recall_of(&visit.token).await {
        Ok(Some(view)) if view.open => view,
        Ok(_) => return Redirect::to("/examen").into_response(),
        Err(denied) => return refused(words, &denied),
    };
    let state = state_of(words, &view, pages.diffusion.now());
    let body = html! {
        (head(words, "recall-title", expired))
        div #rapatriement data-suite="/examen/rapatriement/suite" data-examen="/examen" {
            ol .stages {
                @for (stage, key) in STAGES {
                    @let done = stage <= shown(&view);
                    li .done[done] data-etape=(words::name(stage)) {
                        span .tick aria-hidden="true" {}
                        span { (words.t(key)) }
                        span .visually-hidden { @if done { (words.t("recall-done")) } }
                    }
                }
            }
            p #etat .state role="status" aria-live="polite" data-fait=(words.t("recall-done")) { (state.sentence) }
            p .late #retard hidden[!state.late] { (words.t("recall-late")) }
        }
        p { (words.t("recall-may-close")) }
        p { a #actualiser .button.plain href=(PAGE) { (words.t("recall-reload")) } }
    };
    let title = words.t("recall-title");
    let page = Page { title: &title, address: PAGE, open: true, script: Some("recall.js") };
    document(words, &page, body).into_response()
}
