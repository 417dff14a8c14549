//! Who stands in for me: declared with two days, over at its end, taken back in one tap.

use super::frame::{PLAIN, Page, document};
use super::{denied, failed, to_login, today, token_of};
use crate::layout::Words;
use crate::patient::PatientPages;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use diffusion::StandIn;
use exam::dates::Zone;
use exam::ids::Rpps;
use maud::{Markup, html};
use serde::Deserialize;
use time::Date;
use time::format_description::well_known::Iso8601;
use uuid::Uuid;

const PAGE: &str = "/professionnel/remplacements";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Declared {
    rpps: String,
    du: String,
    au: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Ended {
    remplacement: String,
}

pub(super) async fn show(State(pages): State<PatientPages>, words: Words, headers: HeaderMap) -> Response {
    page(&pages, &words, &headers, false).await
}

pub(super) async fn again() -> Redirect {
    Redirect::to(PAGE)
}

pub(super) async fn declare(
    State(pages): State<PatientPages>,
    words: Words,
    headers: HeaderMap,
    declared: Result<Form<Declared>, FormRejection>,
) -> Response {
    let Some(token) = token_of(&headers, &pages) else { return to_login() };
    let Declared { rpps, du, au } = declared.map(|Form(declared)| declared).unwrap_or_default();
    let day = |text: &str| Date::parse(text.trim(), &Iso8601::DATE).ok();
    let read = (Rpps::parse(&rpps).ok(), day(&du), day(&au).and_then(Date::next_day));
    let (Some(acting), Some(from), Some(until)) = read else { return page(&pages, &words, &headers, true).await };
    let (from, until) = (Zone::EuropeParis.start_of(from), Zone::EuropeParis.start_of(until));
    match pages.diffusion.declare_standin(&token, &acting, from, until).await {
        Ok(true) => Redirect::to(PAGE).into_response(),
        Ok(false) => page(&pages, &words, &headers, true).await,
        Err(refused) => denied(&pages, &words, &refused),
    }
}

pub(super) async fn end(
    State(pages): State<PatientPages>,
    words: Words,
    headers: HeaderMap,
    ended: Result<Form<Ended>, FormRejection>,
) -> Response {
    let Some(token) = token_of(&headers, &pages) else { return to_login() };
    let ended = ended.map(|Form(ended)| ended).unwrap_or_default();
    let Ok(standin) = Uuid::try_parse(&ended.remplacement) else { return Redirect::to(PAGE).into_response() };
    match pages.diffusion.end_standin(&token, standin).await {
        Ok(()) => Redirect::to(PAGE).into_response(),
        Err(refused) => denied(&pages, &words, &refused),
    }
}

async fn page(pages: &PatientPages, words: &Words, headers: &HeaderMap, wrong: bool) -> Response {
    let Some(token) = token_of(headers, pages) else { return to_login() };
    let session = match pages.diffusion.pro_session(&token).await {
        Ok(Some(session)) => session,
        Ok(None) => return to_login(),
        Err(error) => return failed(words, &error),
    };
    let declared = match pages.diffusion.standins(&session).await {
        Ok(declared) => declared,
        Err(error) => return failed(words, &error),
    };
    let title = words.t("pro-standin");
    let body = html! {
        p .back { a href="/professionnel/examens" { (words.t("pro-back-list")) } }
        @if wrong { div .notice role="alert" tabindex="-1" autofocus { p { (words.t("pro-standin-wrong")) } } }
        h1 { (title) }
        p .intro { (words.t("pro-standin-intro")) }
        @if !declared.is_empty() { ul .standins { @for one in &declared { (line(words, one)) } } }
        (form(words, &today(pages).to_string()))
    };
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    (status, document(words, &Page { title: &title, address: PAGE, open: true, ..PLAIN }, body)).into_response()
}

fn line(words: &Words, one: &StandIn) -> Markup {
    let day = |at| words.date(Zone::EuropeParis.date_of(at));
    let (from, until) = (day(one.from), day(one.until - time::Duration::SECOND));
    html! {
        li {
            span { (words.with("pro-standin-line", &[("rpps", one.acting.as_str()), ("from", &from), ("until", &until)])) }
            form method="post" action="/professionnel/remplacements/fin" {
                input type="hidden" name="remplacement" value=(one.standin);
                button .quiet type="submit" { (words.t("pro-standin-end")) }
            }
        }
    }
}

fn form(words: &Words, today: &str) -> Markup {
    html! {
        form method="post" action=(PAGE) {
            div .field {
                label for="rpps" { (words.t("pro-standin-rpps")) }
                input #rpps name="rpps" type="text" inputmode="numeric" autocomplete="off" maxlength="20" required;
            }
            div .boxes {
                div .box {
                    label for="du" { (words.t("pro-standin-from")) }
                    input #du name="du" type="date" value=(today) required;
                }
                div .box {
                    label for="au" { (words.t("pro-standin-until")) }
                    input #au name="au" type="date" required;
                }
            }
            button .main type="submit" { (words.t("pro-standin-declare")) }
        }
    }
}
