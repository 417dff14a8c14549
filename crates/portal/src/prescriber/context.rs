//! The way in from another program: an exam's opaque id after the `#`, which no server and no log ever sees. It opens
//! nothing by itself: whoever follows it logs in, and sees what they may see anyway.

use super::frame::{PLAIN, Page, document};
use super::{cookie, exam_of};
use crate::layout::Words;
use crate::patient::PatientPages;
use crate::patient::cookie::set;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    examen: String,
}

pub(super) async fn show(words: Words) -> Response {
    let title = words.t("pro-context-title");
    let body = html! {
        h1 { (title) }
        form #contexte method="post" action="/professionnel/contexte" {
            input #examen type="hidden" name="examen" value="";
            button .main type="submit" { (words.t("pro-continue")) }
        }
    };
    let page = Page { title: &title, address: "/professionnel/contexte", script: Some("context.js"), ..PLAIN };
    document(&words, &page, body).into_response()
}

pub(super) async fn follow(State(pages): State<PatientPages>, wanted: Result<Form<Wanted>, FormRejection>) -> Response {
    let wanted = wanted.map(|Form(wanted)| wanted).unwrap_or_default();
    let mut response = Redirect::to("/professionnel/suite").into_response();
    // Without an exam, or with something that is none, it is the way to the list.
    if let Some(exam) = exam_of(&wanted.examen) {
        set(&mut response, &cookie::want(exam, pages.secure_cookies));
    }
    response
}
