//! The exam: what, when, where; two large buttons; until when; and the rest below.

use super::PatientPages;
use super::recall::expiry;
use super::timeline::timeline;
use super::visit::{Visit, refused};
use crate::layout::{Page, Words, document};
use crate::messages::full_instant;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use diffusion::{Act, Denied, Grant, Look, Publication};
use exam::dates::Zone;
use maud::{Markup, html};

pub(super) async fn show(State(pages): State<PatientPages>, visit: Visit) -> Response {
    let today = Zone::EuropeParis.date_of(pages.diffusion.now());
    let words = visit.words.clone();
    let body = match &visit.look {
        Look::Online(_) => match visit.serve(Act::List).await {
            Ok((grant, _)) => {
                let publication = grant.publication();
                html! {
                    (head(&words, publication))
                    (buttons(&words, publication, pages.images.is_some()))
                    (timeline(&words, &publication.times, today))
                    (paid_archive(&words, publication))
                    p .aside { (words.t("exam-notice")) }
                    (more(&words, &grant))
                }
            }
            Err(response) => return response,
        },
        Look::Expired(expired) => match pages.diffusion.recall_of(&visit.token).await {
            Ok(Some(view)) if view.open => return Redirect::to("/examen/rapatriement").into_response(),
            Ok(latest) => expiry(&pages, &words, expired, latest.as_ref()),
            Err(denied) => return refused(&words, &denied),
        },
        Look::NotYet(_) => html! {
            h1 { (words.t("not-yet-title")) }
            p { (words.t("not-yet")) }
        },
    };
    let emergencies = match pages.diffusion.emergencies_of(&visit.token).await {
        Ok(emergencies) => emergencies,
        // A person invited is told nothing of the patient's record.
        Err(Denied::NotStrong) => Vec::new(),
        Err(denied) => return refused(&words, &denied),
    };
    let body = html! {
        @for one in &emergencies {
            @let at = full_instant(words.lang, one.at);
            div .notice { p { (words.with("exam-emergency", &[("name", &one.name), ("at", &at)])) } }
        }
        (body)
    };
    let title = words.t("exam-title");
    let page = Page { title: &title, address: "/examen", open: true, script: None };
    document(&words, &page, body).into_response()
}

fn head(words: &Words, publication: &Publication) -> Markup {
    html! {
        div .exam-head {
            h1 lang="fr" { (publication.title) }
            p .facts {
                span { (words.with("exam-date", &[("date", &words.date(publication.times.exam_date))])) }
                span lang="fr" { (publication.site) }
            }
            p .whose { (words.with("exam-of", &[("name", &publication.patient_name)])) }
        }
    }
}

fn buttons(words: &Words, publication: &Publication, has_viewer: bool) -> Markup {
    let viewable = publication.series.iter().any(|series| series.viewable);
    html! {
        div .choices {
            @if viewable && has_viewer {
                a .choice href="/images/" { (icon_images()) span { (words.t("exam-images")) } }
            }
            @if publication.report.is_some() {
                a .choice href="/examen/rapport" { (icon_report()) span { (words.t("exam-report")) } }
            }
        }
        @if !viewable || !has_viewer { p .aside { (words.t("exam-no-viewer")) } }
        @match &publication.report {
            None => p .aside { (words.t("exam-no-report")) },
            Some(report) if report.corrected => p .aside { (words.t("exam-corrected")) },
            Some(_) => {},
        }
    }
}

/// Said only where it is offered, and only to who has not answered yet.
fn paid_archive(words: &Words, publication: &Publication) -> Markup {
    let offer = &words.site.paid_archive;
    let unasked = publication.times.archive_reason == "archive-not-chosen";
    let price = crate::messages::price(words.lang, offer.price_cents);
    html! {
        @if unasked && offer.is_offered_at(&publication.site) {
            p .aside { (words.with("times-paid-archive", &[("price", &price)])) }
        }
    }
}

/// A person invited sees what the invitation allows, and nothing of what is the patient's own.
fn more(words: &Words, grant: &Grant) -> Markup {
    let own = grant.share().is_none();
    let links = [
        (grant.may_download(), "/examen/telechargements", "exam-downloads", "exam-downloads-hint"),
        (own, "/examen/partages", "share-title", "exam-share-hint"),
        (own, "/examen/choix", "choices-title", "choices-hint"),
        (own, "/examen/consultations", "exam-looked", "exam-looked-hint"),
    ];
    let links: Vec<_> = links.iter().filter(|(shown, ..)| *shown).collect();
    if links.is_empty() {
        return html! {};
    }
    html! {
        nav .more aria-label=(words.t("exam-more")) {
            ul { @for (_, href, key, hint) in links {
                li { a href=(href) { strong { (words.t(key)) } span { (words.t(hint)) } } }
            } }
        }
    }
}

fn icon_images() -> Markup {
    html! {
        svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false" fill="none"
            stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" {
            rect x="4" y="6" width="24" height="20" rx="3" {}
            circle cx="11.5" cy="13" r="2.2" {}
            path d="M5 23l7-6 5 4 4-3.5 6 5" {}
        }
    }
}

fn icon_report() -> Markup {
    html! {
        svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false" fill="none"
            stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" {
            path d="M8 4h11l6 6v16a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z" {}
            path d="M19 4v6h6M11 16h10M11 21h7" {}
        }
    }
}
