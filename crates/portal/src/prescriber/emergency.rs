//! The emergency opening: who, why, for one hour. Where the group does not allow it, the page is not there.

use super::frame::{PLAIN, Page, document};
use super::{denied, failed, to_login, token_of};
use crate::layout::{self, Words};
use crate::messages::full_instant;
use crate::patient::PatientPages;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use diffusion::{BirthDate, EmergencyAnswer, EmergencyWish};
use maud::{Markup, html};
use serde::Deserialize;
use time::Date;
use time::format_description::well_known::Iso8601;

pub(super) const PAGE: &str = "/professionnel/urgence";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    nom: String,
    naissance: String,
    motif: String,
}

pub(super) async fn show(State(pages): State<PatientPages>, words: Words, headers: HeaderMap) -> Response {
    let Some(token) = token_of(&headers, &pages) else { return to_login() };
    match pages.diffusion.pro_session(&token).await {
        Ok(Some(_)) if pages.diffusion.emergencies_allowed() => page(&words, None, &Asked::default()),
        Ok(Some(_)) => layout::missing(&words),
        Ok(None) => to_login(),
        Err(error) => failed(&words, &error),
    }
}

pub(super) async fn open(
    State(pages): State<PatientPages>,
    words: Words,
    headers: HeaderMap,
    asked: Result<Form<Asked>, FormRejection>,
) -> Response {
    let Some(token) = token_of(&headers, &pages) else { return to_login() };
    let asked = asked.map(|Form(asked)| asked).unwrap_or_default();
    let born = Date::parse(asked.naissance.trim(), &Iso8601::DATE).ok();
    let born = born.map(|day| BirthDate { year: day.year(), month: Some(day.month().into()), day: Some(day.day()) });
    let Some(born) = born else {
        return match pages.diffusion.emergencies_allowed() {
            true => page(&words, Some("pro-emergency-nobody"), &asked),
            false => layout::missing(&words),
        };
    };
    let wish = EmergencyWish { name: asked.nom.clone(), born, reason: asked.motif.clone() };
    match pages.diffusion.open_emergency(&token, &wish).await {
        Ok(EmergencyAnswer::Opened(until)) => opened(&words, &full_instant(words.lang, until)),
        Ok(EmergencyAnswer::Nobody) => page(&words, Some("pro-emergency-nobody"), &asked),
        Ok(EmergencyAnswer::NoReason) => page(&words, Some("pro-emergency-no-reason"), &asked),
        Ok(EmergencyAnswer::TooMany) => page(&words, Some("pro-emergency-too-many"), &asked),
        Err(refused) => denied(&pages, &words, &refused),
    }
}

fn page(words: &Words, wrong: Option<&str>, asked: &Asked) -> Response {
    let title = words.t("pro-emergency");
    let body = html! {
        p .back { a href="/professionnel/examens" { (words.t("pro-back-list")) } }
        @if let Some(key) = wrong { div .notice role="alert" tabindex="-1" autofocus { p { (words.t(key)) } } }
        h1 { (title) }
        p .intro { (words.t("pro-emergency-intro")) }
        (form(words, asked))
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    (status, document(words, &Page { title: &title, address: PAGE, open: true, ..PLAIN }, body)).into_response()
}

fn form(words: &Words, asked: &Asked) -> Markup {
    html! {
        form method="post" action=(PAGE) {
            div .field {
                label for="nom" { (words.t("pro-emergency-name")) }
                p .hint #nom-aide { (words.t("pro-emergency-name-hint")) }
                input #nom name="nom" type="text" autocomplete="off" spellcheck="false" maxlength="200" required
                    aria-describedby="nom-aide" value=(asked.nom);
            }
            div .field {
                label for="naissance" { (words.t("pro-emergency-born")) }
                input #naissance name="naissance" type="date" required value=(asked.naissance);
            }
            div .field {
                label for="motif" { (words.t("pro-emergency-reason")) }
                p .hint #motif-aide { (words.t("pro-emergency-reason-hint")) }
                textarea #motif name="motif" rows="3" maxlength="500" required aria-describedby="motif-aide" {
                    (asked.motif)
                }
            }
            button .main type="submit" { (words.t("pro-emergency-open")) }
        }
    }
}

fn opened(words: &Words, until: &str) -> Response {
    let title = words.t("pro-emergency");
    let body = html! {
        h1 { (title) }
        div .notice role="status" { p { (words.with("pro-emergency-opened", &[("at", until)])) } }
        p { a .button href="/professionnel/examens" { (words.t("pro-emergency-go")) } }
    };
    document(words, &Page { title: &title, address: PAGE, open: true, ..PLAIN }, body).into_response()
}
