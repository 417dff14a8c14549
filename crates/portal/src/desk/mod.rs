//! The desk's pages: the day's exams, one exam with its sheets, the work list of doubts, the keeper's page.
//! They work by keyboard and without JavaScript.

mod billing;
mod billing_words;
mod breaches;
mod certificate;
mod choice;
mod day;
mod doubts;
mod emergencies;
mod exam;
mod figures;
mod frame;
mod keeper;
mod list;
mod login;
mod lots;
mod partners;
mod patient_forms;
mod patients;
mod people;
mod place;
mod prescribers;
mod recall;
mod request_forms;
mod requests;
mod retention;
mod retention_hold;
mod rights;

pub use choice::own_notice;
pub use login::token_of;

use crate::routes::{Routes, Row, Side, Who};
use archive::ArchiveError;
use archive::desk::{Desk, Role};
use axum::extract::{DefaultBodyLimit, FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
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
    /// What people ask of their data.
    pub rights: archive::rights_desk::RightsDesk,
    /// The practice's information system.
    pub practice: practice::Practice,
    /// The group's name in the page's head.
    pub site: String,
    /// Cookies only over TLS (off on plain loopback).
    pub secure_cookies: bool,
}

/// No form of these pages is longer.
const LONGEST_FORM: usize = 64 * 1024;

const ALL: Who = Who::Staff(&[Role::Desk, Role::Radiologist, Role::Administrator, Role::DataProtection]);
const CARE: Who = Who::Staff(&[Role::Desk, Role::Radiologist]);
const DOUBTS: Who = Who::Staff(&[Role::Desk, Role::Radiologist, Role::DataProtection]);
const RADIOLOGIST: Who = Who::Staff(&[Role::Radiologist]);
const KEEPERS: Who = Who::Staff(&[Role::Radiologist, Role::Administrator, Role::DataProtection]);
const SENDERS: Who = Who::Staff(&[Role::Desk, Role::Radiologist, Role::Administrator]);
const ADMISSION: Who = Who::Staff(&[Role::Desk, Role::Administrator]);
const HANDLERS: Who = Who::Staff(&[Role::Desk, Role::DataProtection]);
const REVIEWERS: Who = Who::Staff(&[Role::Radiologist, Role::DataProtection]);
const OFFICER: Who = Who::Staff(&[Role::DataProtection]);

/// The table of the desk's pages.
fn table() -> Routes<DeskPages> {
    practice(Routes::new())
        .get("/", ALL, list::show)
        .get("/connexion", Who::Anyone, login::show)
        .post("/connexion", Who::Anyone, login::enter)
        .post("/deconnexion", Who::Anyone, login::leave)
        .post("/deconnexion/partout", Who::Anyone, login::leave_everywhere)
        .get("/examen/{exam}", ALL, exam::show)
        .post("/examen/{exam}/feuille", CARE, exam::print)
        .post("/examen/{exam}/feuille/{sheet}/revoquer", CARE, exam::revoke)
        .post("/examen/{exam}/retenir", RADIOLOGIST, exam::hold)
        .post("/examen/{exam}/liberer", RADIOLOGIST, exam::release)
        .post("/examen/{exam}/archivage", CARE, choice::choose)
        .post("/examen/{exam}/type", CARE, choice::correct)
        .post("/examen/{exam}/rapatrier", CARE, recall::ask)
        .post("/examen/{exam}/conserver", KEEPERS, retention_hold::put)
        .post("/examen/{exam}/conserver/{hold}/lever", KEEPERS, retention_hold::release)
        .post("/examen/{exam}/recuperer", KEEPERS, retention::recover)
        .get("/examen/{exam}/certificat", ALL, certificate::show)
        .get("/examen/{exam}/certificat.json", ALL, certificate::json)
        .get("/examen/{exam}/droits", DOUBTS, rights::show)
        .post("/examen/{exam}/droits", DOUBTS, rights::say)
        .post("/examen/{exam}/droits/fin", DOUBTS, rights::end)
        .get("/conservation", ALL, retention::show)
        .post("/conservation/plafond", OFFICER, retention::lift)
        .post("/conservation/lot", OFFICER, retention::batch)
        .post("/conservation/regle/approuver", KEEPERS, retention::approve_rule)
        .post("/conservation/regle/terminer", KEEPERS, retention::end_rule)
        .get("/conservation/{list}", ALL, retention::list)
        .post("/conservation/{list}/approuver", KEEPERS, retention::approve)
        .post("/conservation/{list}/refuser", KEEPERS, retention::refuse)
        .get("/doutes", DOUBTS, doubts::show)
        .post("/doutes/{doubt}", CARE, doubts::settle)
        .post("/examen/{exam}/demande", HANDLERS, request_forms::ask)
        .get("/demandes", HANDLERS, requests::show)
        .get("/demandes/registre", OFFICER, requests::register)
        .get("/demandes/{request}", HANDLERS, requests::one)
        .post("/demandes/{request}/identite", HANDLERS, request_forms::identity)
        .post("/demandes/{request}/preparer", HANDLERS, request_forms::prepare)
        .post("/demandes/{request}/dossier", HANDLERS, request_forms::download)
        .post("/demandes/{request}/remise", HANDLERS, request_forms::deliver)
        .post("/demandes/{request}/repondre", HANDLERS, request_forms::answer)
        .post("/demandes/{request}/refuser", HANDLERS, request_forms::refuse)
        .post("/examen/{exam}/relation", CARE, people::declare_care)
        .post("/examen/{exam}/representant", CARE, people::declare_representative)
        .post("/examen/{exam}/relation/{relation}/terminer", CARE, people::end)
        .get("/urgences", REVIEWERS, emergencies::show)
        .post("/urgences/{relation}/revoir", REVIEWERS, emergencies::review)
        .get("/violations", OFFICER, breaches::show)
        .post("/violations", OFFICER, breaches::declare)
        .get("/violations/{breach}", OFFICER, breaches::one)
        .get("/violations/{breach}/personnes", OFFICER, breaches::people)
        .post("/violations/{breach}/decider", OFFICER, breaches::decide)
        .get("/partenaires", ALL, partners::show)
        .post("/partenaires/{transmission}/renvoyer", SENDERS, partners::again)
        .post("/partenaires/{transmission}/abandonner", CARE, partners::give_up)
        .post("/partenaires/{transmission}/reponse", DOUBTS, partners::answered)
        .get("/prescripteurs", ADMISSION, prescribers::show)
        .post("/prescripteurs", ADMISSION, prescribers::matched)
        .get("/etat", ALL, keeper::show)
        .get("/desk.css", Who::Anyone, frame::style)
        .shared()
        .get("/favicon.ico", Who::Anyone, async || StatusCode::NO_CONTENT)
}

/// Those of the practice's information system.
fn practice(routes: Routes<DeskPages>) -> Routes<DeskPages> {
    routes
        .get("/facturer", CARE, billing::show)
        .post("/facturer", CARE, billing::issue)
        .post("/facturer/archivage", CARE, billing::issue_archive)
        .get("/factures/{invoice}", CARE, billing::one)
        .post("/factures/{invoice}/paiement", CARE, billing::pay)
        .post("/factures/{invoice}/avoir", CARE, billing::credit)
        .post("/factures/{invoice}/avis", CARE, billing::notice)
        .get("/feuilles", SENDERS, lots::show)
        .post("/feuilles/lots", CARE, lots::make)
        .post("/feuilles/{invoice}/papier", CARE, lots::paper)
        .get("/chiffres", SENDERS, figures::show)
        .get("/chiffres/livre.csv", SENDERS, figures::books)
        .get("/chiffres/controle.csv", SENDERS, figures::control)
        .get("/jour", CARE, day::show)
        .get("/rendez-vous/{appointment}", CARE, day::one)
        .post("/rendez-vous/{appointment}/etat", CARE, day::step)
        .post("/patients/chercher", CARE, patients::find)
        .get("/patients/nouveau", CARE, patients::new)
        .post("/patients", CARE, patients::register)
        .get("/patients/{patient}", CARE, patients::show)
        .post("/patients/{patient}/corriger", CARE, patients::correct)
        .post("/patients/{patient}/droits", CARE, patients::cover)
        .post("/patients/{patient}/rendez-vous", CARE, patients::order)
}

/// The lines of the table of these pages.
pub fn rows() -> Vec<Row> {
    table().rows()
}

/// All of the desk's pages.
pub fn router(pages: DeskPages) -> Router {
    table()
        .router(&pages)
        .fallback(missing)
        .method_not_allowed_fallback(missing)
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .layer(middleware::from_fn(crate::headers::private))
        .with_state(pages)
}

impl Side for DeskPages {
    async fn admit(&self, who: Who, parts: &mut Parts) -> Result<(), Response> {
        match who {
            Who::Anyone => Ok(()),
            Who::Staff(roles) => {
                let staff = Staff::of(parts, self).await?;
                if !roles.contains(&staff.0.role) {
                    return Err(failed(&ArchiveError::Refused("this role may not do that")));
                }
                parts.extensions.insert(staff);
                Ok(())
            }
            Who::Visit | Who::Follower | Who::Professional | Who::Waiting => Err(StatusCode::NOT_FOUND.into_response()),
        }
    }
}

async fn missing(State(pages): State<DeskPages>, words: Words) -> Response {
    let body = html! { h1 { (words.t("desk-not-found")) } p { a href="/" { (words.t("desk-back")) } } };
    (StatusCode::NOT_FOUND, page(&pages, &words, None, "desk-not-found", body)).into_response()
}

/// A member of staff, logged in; anybody else is sent to the login page.
#[derive(Clone)]
struct Staff(archive::desk::Who);

impl Staff {
    async fn of(parts: &Parts, pages: &DeskPages) -> Result<Self, Response> {
        let who = match login::token(parts, pages) {
            Some(token) => pages.desk.who(&token).await.map_err(|error| failed(&error))?,
            None => None,
        };
        who.map(Staff).ok_or_else(|| Redirect::to("/connexion").into_response())
    }
}

impl FromRequestParts<DeskPages> for Staff {
    type Rejection = Response;

    /// Whom the route's line has let in.
    async fn from_request_parts(parts: &mut Parts, pages: &DeskPages) -> Result<Self, Response> {
        match parts.extensions.remove::<Self>() {
            Some(staff) => Ok(staff),
            None => Self::of(parts, pages).await,
        }
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
    answered(status)
}

/// The same, of the practice's pages.
fn failed_practice(error: &practice::PracticeError) -> Response {
    tracing::error!(%error, "a page of the practice failed");
    answered(match error {
        error if error.is_not_found() => StatusCode::NOT_FOUND,
        practice::PracticeError::Field(_) => StatusCode::UNPROCESSABLE_ENTITY,
        error if error.is_refusal() => StatusCode::CONFLICT,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    })
}

fn answered(status: StatusCode) -> Response {
    let words = Words::french();
    let text = match status {
        StatusCode::NOT_FOUND => words.t("desk-not-found"),
        StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => words.t("desk-refused"),
        _ => words.t("desk-failed"),
    };
    (status, frame::bare(&words, &text)).into_response()
}
