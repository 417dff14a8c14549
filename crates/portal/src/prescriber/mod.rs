//! The prescribers' space: login, the list, an exam with its report and images, bringing back, standing in.
//!
//! An exam that is not theirs, one that is unknown and one hidden from them are one page: the one for what is not
//! there. No name and no search ever stands in an address.

mod context;
mod cookie;
mod emergency;
mod exam;
mod files;
mod frame;
mod list;
mod login;
mod recall;
mod standin;

use crate::layout::{self, Words};
use crate::patient::PatientPages;
use crate::routes::{Routes, Who};
use ::exam::dates::Zone;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use diffusion::{ProDenied, ProToken};
use maud::html;
use uuid::Uuid;

/// Where the viewer is shown: what it loads from, and where it leads back to. Without it, the patient's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewerPlace {
    /// Where its data are, ending in a slash.
    pub base: String,
    /// The exam's page.
    pub back: String,
}

/// The space's lines, in the table of the patients' and public pages.
pub(crate) fn routes(table: Routes<PatientPages>) -> Routes<PatientPages> {
    table
        .get("/professionnel", Who::Anyone, login::door)
        .get("/professionnel/connexion", Who::Anyone, login::begin)
        .get("/professionnel/retour", Who::Anyone, login::back)
        .post("/professionnel/entrer", Who::Anyone, login::local)
        .get("/professionnel/entrer", Who::Anyone, login::again)
        .get("/professionnel/suite", Who::Professional, login::next)
        .post("/professionnel/fermer", Who::Anyone, login::leave)
        .get("/professionnel/fermer", Who::Anyone, login::again)
        .get("/professionnel/contexte", Who::Anyone, context::show)
        .post("/professionnel/contexte", Who::Anyone, context::follow)
        .get("/professionnel/examens", Who::Professional, list::show)
        .post("/professionnel/examens", Who::Professional, list::search)
        .get("/professionnel/remplacements", Who::Professional, standin::show)
        .post("/professionnel/remplacements", Who::Professional, standin::declare)
        .post("/professionnel/remplacements/fin", Who::Professional, standin::end)
        .get("/professionnel/remplacements/fin", Who::Professional, standin::again)
        .get(emergency::PAGE, Who::Professional, emergency::show)
        .post(emergency::PAGE, Who::Professional, emergency::open)
        .get("/professionnel/examen/{exam}", Who::Professional, exam::show)
        .get("/professionnel/examen/{exam}/rapport/page/{page}", Who::Professional, files::page)
        .get("/professionnel/examen/{exam}/rapport.pdf", Who::Professional, files::report)
        .get("/professionnel/examen/{exam}/dicom.zip", Who::Professional, files::dicom)
        .get("/professionnel/examen/{exam}/images.zip", Who::Professional, files::images)
        .post("/professionnel/examen/{exam}/rapatrier", Who::Professional, recall::ask)
        .get("/professionnel/examen/{exam}/rapatrier", Who::Professional, recall::again)
        .get("/professionnel/examen/{exam}/images", Who::Professional, files::viewer_root)
        .get("/professionnel/examen/{exam}/images/", Who::Professional, files::viewer_root)
        .get("/professionnel/examen/{exam}/images/{*rest}", Who::Professional, files::viewer)
}

/// Whether a professional's session lives; without one, the way to the login, whatever was asked for.
pub(crate) async fn admit(pages: &PatientPages, words: &Words, headers: &HeaderMap) -> Result<(), Response> {
    let token = token_of(headers, pages).ok_or_else(to_login)?;
    match pages.diffusion.pro_session(&token).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(to_login()),
        Err(error) => Err(failed(words, &error)),
    }
}

/// The session's secret.
fn token_of(headers: &HeaderMap, pages: &PatientPages) -> Option<ProToken> {
    cookie::session(headers, pages.secure_cookies)
}

/// The exam an address names; anything else is not there.
fn exam_of(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok()
}

fn to_login() -> Response {
    Redirect::to("/professionnel").into_response()
}

/// The page instead of what may not be seen.
fn denied(pages: &PatientPages, words: &Words, denied: &ProDenied) -> Response {
    match denied {
        ProDenied::NoSession => to_login(),
        ProDenied::NotThere => layout::missing(words),
        ProDenied::Slowed(next) => {
            let at = crate::messages::full_instant(words.lang, *next);
            let body = html! {
                h1 { (words.t("pro-slowed-title")) }
                p { (words.with("pro-slowed", &[("at", &at)])) }
                p { a .button.plain href="/professionnel/examens" { (words.t("pro-back-list")) } }
            };
            let seconds = (*next - pages.diffusion.now()).whole_seconds().max(1).to_string();
            let page = frame::Page {
                title: &words.t("pro-slowed-title"),
                address: "/professionnel",
                open: true,
                ..frame::PLAIN
            };
            let headers = [(axum::http::header::RETRY_AFTER, seconds)];
            let status = axum::http::StatusCode::TOO_MANY_REQUESTS;
            (status, headers, frame::document(words, &page, body)).into_response()
        }
        ProDenied::Failed(error) => failed(words, error),
    }
}

fn failed(words: &Words, error: &diffusion::DiffusionError) -> Response {
    if matches!(error, diffusion::DiffusionError::Gone | diffusion::DiffusionError::Range) {
        return layout::missing(words);
    }
    tracing::error!(%error, "a professional's page failed");
    layout::failed(words)
}

/// Today, where the practice is.
fn today(pages: &PatientPages) -> time::Date {
    Zone::EuropeParis.date_of(pages.diffusion.now())
}
