//! The forms of requests: a new one from an exam's page, and each step.

use super::frame::Words;
use super::place::Path;
use super::requests::{handles, proofs};
use super::{DeskPages, Staff, failed};
use archive::ArchiveError;
use archive::desk::{DeskExam, ExamId, Who};
use archive::rights_desk::Asking;
use axum::body::Body;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use exam::requests::{Asker, IdentityProof, Kind};
use maud::{Markup, html};
use serde::Deserialize;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

/// On an exam's page: a new request of the person whose exam it is.
pub(super) fn panel(words: &Words, who: &Who, exam: &DeskExam) -> Markup {
    if !handles(who) || exam.detail.patient.is_none() {
        return html! {};
    }
    html! { section .panel aria-labelledby="demande" {
        h2 #demande { (words.t("desk-request-new")) }
        details {
            summary { (words.t("desk-request-new-open")) }
            form .stack method="post" action={ "/examen/" (exam.detail.id) "/demande" } {
                label for="nature" { (words.t("desk-request-what")) }
                select #nature name="nature" required {
                    @for kind in Kind::ALL { option value=(kind.key()) { (words.t(&format!("request-{}", kind.key()))) } }
                }
                label for="demandeur" { (words.t("desk-request-asker")) }
                select #demandeur name="demandeur" required {
                    @for asker in Asker::ALL { option value=(asker.key()) { (words.t(&format!("asker-{}", asker.key()))) } }
                }
                label for="nom" { (words.t("desk-request-name")) }
                input #nom name="nom" maxlength="200" autocomplete="off";
                label for="texte" { (words.t("desk-request-words")) }
                textarea #texte name="texte" maxlength="2000" rows="3" {}
                label for="preuve" { (words.t("desk-request-proof")) }
                (proofs(words, "preuve"))
                button { (words.t("desk-request-save")) }
            }
        }
    } }
}

/// A step that ends the request in words.
pub(super) fn ending(words: &Words, request: Uuid, act: &str, label: &str, button: &str) -> Markup {
    let id = format!("mots-{act}");
    html! { form .stack method="post" action={ "/demandes/" (request) "/" (act) } {
        label for=(id) { (words.t(label)) }
        input id=(id) name="mots" required maxlength="500" autocomplete="off";
        button { (words.t(button)) }
    } }
}

/// What the form of a new request brings.
#[derive(Deserialize)]
pub(super) struct New {
    nature: String,
    demandeur: String,
    #[serde(default)]
    nom: String,
    #[serde(default)]
    texte: String,
    #[serde(default)]
    preuve: String,
}

pub(super) async fn ask(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(exam): Path<Uuid>,
    Form(form): Form<New>,
) -> Response {
    let (Some(kind), Some(asker)) = (Kind::from_key(&form.nature), Asker::from_key(&form.demandeur)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let identity = IdentityProof::from_key(&form.preuve);
    let asking = Asking { kind, asker, name: Some(form.nom), asked: form.texte, identity };
    match pages.rights.ask(&who, ExamId(exam), asking).await {
        Ok(request) => Redirect::to(&format!("/demandes/{request}")).into_response(),
        Err(error) => failed(&error),
    }
}

/// How the identity was checked.
#[derive(Deserialize)]
pub(super) struct Proof {
    preuve: String,
}

pub(super) async fn identity(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(request): Path<Uuid>,
    Form(form): Form<Proof>,
) -> Response {
    let Some(how) = IdentityProof::from_key(&form.preuve) else { return StatusCode::BAD_REQUEST.into_response() };
    back(request, pages.rights.identity(&who, request, how).await)
}

pub(super) async fn prepare(State(pages): State<DeskPages>, Staff(who): Staff, Path(request): Path<Uuid>) -> Response {
    back(request, pages.rights.prepare(&who, request).await)
}

/// The words of an end.
#[derive(Deserialize)]
pub(super) struct Ending {
    mots: String,
}

pub(super) async fn deliver(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(request): Path<Uuid>,
    Form(form): Form<Ending>,
) -> Response {
    back(request, pages.rights.deliver(&who, request, form.mots).await)
}

pub(super) async fn answer(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(request): Path<Uuid>,
    Form(form): Form<Ending>,
) -> Response {
    back(request, pages.rights.answer(&who, request, form.mots).await)
}

pub(super) async fn refuse(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(request): Path<Uuid>,
    Form(form): Form<Ending>,
) -> Response {
    back(request, pages.rights.refuse(&who, request, form.mots).await)
}

pub(super) async fn download(State(pages): State<DeskPages>, Staff(who): Staff, Path(request): Path<Uuid>) -> Response {
    match pages.rights.download(&who, request).await {
        Ok(package) => {
            let disposition = format!("attachment; filename=\"{}\"", package.file_name);
            let headers = [
                (CONTENT_TYPE, "application/zip".to_owned()),
                (CONTENT_DISPOSITION, disposition),
                (CONTENT_LENGTH, package.size_bytes.to_string()),
            ];
            (headers, Body::from_stream(ReaderStream::with_capacity(package.file, 256 * 1024))).into_response()
        }
        Err(error) => failed(&error),
    }
}

fn back(request: Uuid, done: Result<(), ArchiveError>) -> Response {
    match done {
        Ok(()) => Redirect::to(&format!("/demandes/{request}")).into_response(),
        Err(error) => failed(&error),
    }
}
