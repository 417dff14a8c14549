//! The desk's pages: the day's exams, one exam with its sheets, the work list of doubts, the keeper's page.
//! They work by keyboard and without JavaScript.

mod choice;
mod doubts;
mod exam;
mod frame;
mod keeper;
mod list;
mod login;
mod recall;
mod retention;
mod retention_hold;

pub use choice::own_notice;

use archive::ArchiveError;
use archive::desk::{Desk, Who};
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use frame::{Words, page};
use maud::html;

/// What the desk's pages need.
#[derive(Clone)]
pub struct DeskPages {
    /// The use cases.
    pub desk: Desk,
    /// The end of the archive.
    pub retention: ::retention::Retention,
    /// The group's name in the page's head.
    pub site: String,
    /// Cookies only over TLS (off on plain loopback).
    pub secure_cookies: bool,
}

/// All of the desk's pages.
pub fn router(pages: DeskPages) -> Router {
    Router::new()
        .route("/", get(list::show))
        .route("/connexion", get(login::show).post(login::enter))
        .route("/deconnexion", post(login::leave))
        .route("/examen/{exam}", get(exam::show))
        .route("/examen/{exam}/feuille", post(exam::print))
        .route("/examen/{exam}/feuille/{sheet}/revoquer", post(exam::revoke))
        .route("/examen/{exam}/retenir", post(exam::hold))
        .route("/examen/{exam}/liberer", post(exam::release))
        .route("/examen/{exam}/archivage", post(choice::choose))
        .route("/examen/{exam}/type", post(choice::correct))
        .route("/examen/{exam}/rapatrier", post(recall::ask))
        .route("/examen/{exam}/conserver", post(retention_hold::put))
        .route("/examen/{exam}/conserver/{hold}/lever", post(retention_hold::release))
        .route("/examen/{exam}/recuperer", post(retention::recover))
        .route("/examen/{exam}/certificat", get(retention::certificate))
        .route("/conservation", get(retention::show))
        .route("/conservation/plafond", post(retention::lift))
        .route("/conservation/lot", post(retention::batch))
        .route("/conservation/regle/approuver", post(retention::approve_rule))
        .route("/conservation/regle/terminer", post(retention::end_rule))
        .route("/conservation/{list}", get(retention::list))
        .route("/conservation/{list}/approuver", post(retention::approve))
        .route("/conservation/{list}/refuser", post(retention::refuse))
        .route("/doutes", get(doubts::show))
        .route("/doutes/{doubt}", post(doubts::settle))
        .route("/etat", get(keeper::show))
        .route("/desk.css", get(frame::style))
        .fallback(missing)
        .layer(middleware::from_fn(crate::headers::same_origin))
        .layer(middleware::from_fn(crate::headers::private))
        .with_state(pages)
}

async fn missing(State(pages): State<DeskPages>, words: Words) -> Response {
    let body = html! { h1 { (words.t("desk-not-found")) } p { a href="/" { (words.t("desk-back")) } } };
    (StatusCode::NOT_FOUND, page(&pages, &words, None, "desk-not-found", body)).into_response()
}

/// A member of staff, logged in; anybody else is sent to the login page.
struct Staff(Who);

impl FromRequestParts<DeskPages> for Staff {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, pages: &DeskPages) -> Result<Self, Response> {
        let token = login::token(parts, pages);
        let who = match token {
            Some(token) => pages.desk.who(&token).await.map_err(|error| failed(&error))?,
            None => None,
        };
        who.map(Staff).ok_or_else(|| Redirect::to("/connexion").into_response())
    }
}

/// What went wrong, without a word of whom it concerned.
fn failed(error: &ArchiveError) -> Response {
    tracing::error!(%error, "a desk page failed");
    let status = match error {
        ArchiveError::Refused(_) => StatusCode::CONFLICT,
        error if error.is_not_found() => StatusCode::NOT_FOUND,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let words = Words::french();
    let text = match status {
        StatusCode::NOT_FOUND => words.t("desk-not-found"),
        StatusCode::CONFLICT => words.t("desk-refused"),
        _ => words.t("desk-failed"),
    };
    (status, frame::bare(&words, &text)).into_response()
}
