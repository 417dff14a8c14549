//! Sharing an exam with a person: who, until when, with files or not; the list, each ended in one tap; and the page where
//! an invitation arrives.

use super::verification::{language, next_page};
use super::visit::{Visit, failed, refused};
use super::{PatientPages, cookie};
use crate::layout::{Page, Words, document};
use crate::messages::full_instant;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use diffusion::{Denied, LONGEST_SHARE_DAYS, Share, ShareWish, Sharing, USUAL_SHARE_DAYS};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

const PAGE: &str = "/examen/partages";

/// What the forms bring.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    adresse: String,
    jours: String,
    fichiers: String,
    partage: String,
    lien: String,
}

pub(super) async fn show(State(pages): State<PatientPages>, visit: Visit) -> Response {
    list(&pages, &visit, None, StatusCode::OK).await
}

pub(super) async fn share(
    State(pages): State<PatientPages>,
    visit: Visit,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let typed = typed.map(|Form(typed)| typed).unwrap_or_default();
    let wish = ShareWish {
        email: typed.adresse.trim().to_owned(),
        days: typed.jours.trim().parse().unwrap_or_default(),
        download: typed.fichiers == "oui",
        language: language(&visit.words),
    };
    match pages.diffusion.share(&visit.token, &wish).await {
        Ok(Sharing::Made) => list(&pages, &visit, Some("share-made"), StatusCode::OK).await,
        Ok(Sharing::Refused) => list(&pages, &visit, Some("share-refused"), StatusCode::UNPROCESSABLE_ENTITY).await,
        Ok(Sharing::Hidden) => list(&pages, &visit, Some("share-hidden"), StatusCode::UNPROCESSABLE_ENTITY).await,
        Ok(Sharing::Undelivered) => {
            list(&pages, &visit, Some("share-undelivered"), StatusCode::SERVICE_UNAVAILABLE).await
        }
        Err(denied) => refused(&visit.words, &denied),
    }
}

pub(super) async fn end(
    State(pages): State<PatientPages>,
    visit: Visit,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let typed = typed.map(|Form(typed)| typed).unwrap_or_default();
    let share = Uuid::try_parse(&typed.partage).unwrap_or_default();
    match pages.diffusion.end_sharing(&visit.token, share).await {
        Ok(()) => list(&pages, &visit, Some("share-ended"), StatusCode::OK).await,
        Err(denied) => refused(&visit.words, &denied),
    }
}

/// The address of a form, reloaded.
pub(super) async fn again() -> Redirect {
    Redirect::to(PAGE)
}

async fn list(pages: &PatientPages, visit: &Visit, note: Option<&'static str>, status: StatusCode) -> Response {
    let words = &visit.words;
    let title = words.t("share-title");
    let body = match pages.diffusion.shares(&visit.token).await {
        Ok(shares) => html! { (form(words)) (table(words, &shares)) },
        Err(Denied::NotStrong) if visit.is_patient() => html! { p { (words.t("share-not-strong")) } },
        Err(denied) => return refused(words, &denied),
    };
    let body = html! {
        p .back { a href="/examen" { (words.t("back-exam")) } }
        @if let Some(note) = note {
            div .notice.calm[matches!(note, "share-made" | "share-ended")] role="status" tabindex="-1" autofocus {
                p { (words.t(note)) }
            }
        }
        h1 { (title) }
        p .intro { (words.t("share-intro")) }
        (body)
    };
    (status, document(words, &Page { title: &title, address: PAGE, open: true, script: None }, body)).into_response()
}

fn form(words: &Words) -> Markup {
    let most = LONGEST_SHARE_DAYS.to_string();
    html! {
        form method="post" action=(PAGE) novalidate {
            div .field {
                label for="adresse" { (words.t("share-email")) }
                p .hint #adresse-aide { (words.t("share-email-hint")) }
                input #adresse name="adresse" type="text" inputmode="email" autocomplete="off" autocapitalize="none"
                    spellcheck="false" maxlength="254" required aria-describedby="adresse-aide";
            }
            div .field {
                label for="jours" { (words.t("share-days")) }
                p .hint #jours-aide { (words.with("share-days-hint", &[("most", &most)])) }
                input #jours .short name="jours" type="text" inputmode="numeric" maxlength="2" required
                    value=(USUAL_SHARE_DAYS) aria-describedby="jours-aide";
            }
            label .tick { input type="checkbox" name="fichiers" value="oui"; span { (words.t("share-download")) } }
            button .main type="submit" { (words.t("share-do")) }
        }
    }
}

fn table(words: &Words, shares: &[Share]) -> Markup {
    html! {
        @if !shares.is_empty() {
            h2 { (words.t("share-list")) }
            ul .offers { @for share in shares { li {
                p { strong { (share.email) } }
                p { (state(words, share)) }
                p .aside { (used(words, share)) }
                @if share.living {
                    form method="post" action="/examen/partages/fin" {
                        input type="hidden" name="partage" value=(share.share);
                        button .button.plain type="submit" aria-label={ (words.t("share-end")) " " (share.email) } {
                            (words.t("share-end"))
                        }
                    }
                }
            } } }
        }
        p .aside { (words.t("share-copies")) }
    }
}

fn state(words: &Words, share: &Share) -> String {
    if !share.living {
        return words.t("share-over");
    }
    let key = if share.download { "share-until-download" } else { "share-until" };
    words.with(key, &[("date", &words.date(share.last_day))])
}

fn used(words: &Words, share: &Share) -> String {
    match share.used_at {
        Some(at) => words.with("share-used", &[("at", &full_instant(words.lang, at))]),
        None => words.t("share-never-used"),
    }
}

/// Where an invitation arrives. The secret is in the fragment, which no server sees: a script, or the person, puts it
/// into the field.
pub(super) async fn arrive(words: Words) -> Response {
    arrival(&words, None, StatusCode::OK)
}

pub(super) async fn follow(
    State(pages): State<PatientPages>,
    words: Words,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let typed = typed.map(|Form(typed)| typed).unwrap_or_default();
    let link = typed.lien.trim().rsplit('#').next().unwrap_or_default();
    match pages.diffusion.follow_link(link).await {
        Ok(Some(token)) => {
            let mut response = Redirect::to(next_page(&pages, &words, &token).await).into_response();
            cookie::set(&mut response, &cookie::opened(&token, pages.secure_cookies));
            response
        }
        Ok(None) => arrival(&words, Some("invited-over"), StatusCode::FORBIDDEN),
        Err(error) => failed(&words, &error),
    }
}

fn arrival(words: &Words, note: Option<&'static str>, status: StatusCode) -> Response {
    let title = words.t("invited-title");
    let body = html! {
        @if let Some(note) = note { div .notice role="alert" tabindex="-1" autofocus { p { (words.t(note)) } } }
        h1 { (title) }
        p .intro { (words.t("invited-intro")) }
        form #invitation method="post" action="/partage" {
            div .field #lien-champ {
                label for="lien" { (words.t("invited-link")) }
                p .hint #lien-aide { (words.t("invited-link-hint")) }
                input #lien name="lien" type="text" autocomplete="off" spellcheck="false" maxlength="300" required
                    aria-describedby="lien-aide";
            }
            button .main type="submit" { (words.t("invited-go")) }
        }
    };
    let page = Page { title: &title, address: "/partage", open: false, script: Some("invited.js") };
    (status, document(words, &page, body)).into_response()
}
