//! A professional brings an exam back: the button. Its page says how far it is.

use super::{denied, exam_of, to_login, token_of};
use crate::layout::{self, Words};
use crate::patient::PatientPages;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use diffusion::ProDenied;

pub(super) async fn ask(
    State(pages): State<PatientPages>,
    Path(exam): Path<String>,
    words: Words,
    headers: HeaderMap,
) -> Response {
    let Some(token) = token_of(&headers, &pages) else { return to_login() };
    let Some(exam) = exam_of(&exam) else { return layout::missing(&words) };
    match pages.diffusion.pro_ask_recall(&token, exam).await {
        // Not there: it came back meanwhile, or never was theirs; its page says which.
        Ok(_) | Err(ProDenied::NotThere) => Redirect::to(&format!("/professionnel/examen/{exam}")).into_response(),
        Err(refused) => denied(&pages, &words, &refused),
    }
}

/// The address of the button, reloaded or bookmarked, leads to the exam.
pub(super) async fn again(Path(exam): Path<String>, words: Words) -> Response {
    match exam_of(&exam) {
        Some(exam) => Redirect::to(&format!("/professionnel/examen/{exam}")).into_response(),
        None => layout::missing(&words),
    }
}
