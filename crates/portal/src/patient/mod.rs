//! The patient's pages: the door, the exam, the report, the downloads, who has looked.

mod cookie;
mod door;
mod downloads;
mod exam_page;
mod images;
mod looked;
mod recall;
mod report;
mod timeline;
mod visit;

pub use images::{WebCopies, viewer_grant};
pub use recall::Followers;

use crate::headers::{private, public as public_headers, same_origin};
use crate::layout::{self, Words};
use crate::messages::Lang;
use crate::site::SiteInfo;
use crate::{assets, public};
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use diffusion::Diffusion;
use exam::policy::Policies;
use std::convert::Infallible;
use std::sync::Arc;

/// No form of these pages is longer.
const LONGEST_FORM: usize = 16 * 1024;

/// What the patient's pages need.
#[derive(Clone)]
pub struct PatientPages {
    /// The use cases.
    pub diffusion: Diffusion,
    /// Who stands behind the pages.
    pub site: Arc<SiteInfo>,
    /// The live policy rows, for the public page that explains them.
    pub policies: Arc<Policies>,
    /// The viewer, nested under `/images` behind the patient's session: its page at `/`, what it loads beside it,
    /// and its data (`dicomweb::routes` over [`WebCopies`]) under `/data`. Each request carries a `dicomweb::Grant`.
    pub images: Option<Router>,
    /// Cookies only over TLS (off on plain loopback).
    pub secure_cookies: bool,
    /// Who follows a recall at this moment; begins empty.
    pub followers: Followers,
    /// No second factor yet: said to the keeper, never to patients.
    pub not_for_production: bool,
}

/// All of the patient's and public pages.
pub fn router(pages: PatientPages) -> Router {
    let viewer = pages.images.clone();
    let mut personal = Router::new()
        .route("/", get(door::show))
        .route("/ouvrir", post(door::open).get(door::again))
        .route("/ouvrir-qr", post(door::open_by_qr).get(door::again))
        .route("/fermer", post(door::close))
        .route("/ferme", get(door::closed))
        .route("/examen", get(exam_page::show))
        .route("/examen/rapport", get(report::show))
        .route("/examen/rapport/page/{page}", get(report::page))
        .route("/examen/rapport.pdf", get(downloads::report))
        .route("/examen/telechargements", get(downloads::show))
        .route("/examen/dicom.zip", get(downloads::dicom))
        .route("/examen/images.zip", get(downloads::images))
        .route("/examen/consultations", get(looked::show))
        .route("/examen/rapatrier", post(recall::ask).get(recall::again))
        .route("/examen/rapatriement", get(recall::show))
        .route("/examen/rapatriement/suite", get(recall::follow))
        .route("/archivage", get(public::archive::show))
        .route("/donnees", get(public::data::show))
        .route("/mentions", get(public::legal::show))
        .route("/accessibilite", get(public::accessibility::show))
        .route("/prescripteurs", get(public::prescribers::show))
        .fallback(missing)
        .method_not_allowed_fallback(missing)
        .with_state(pages.clone());
    if let Some(viewer) = viewer {
        let guarded = viewer.layer(middleware::from_fn_with_state(pages.clone(), images::granted));
        // Asked with and without the slash, the viewer's page answers; what it loads is beside it.
        personal = personal.nest_service("/images", guarded);
    }
    let personal = personal
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .layer(middleware::from_fn(same_origin))
        .layer(middleware::from_fn_with_state(pages, language))
        .layer(middleware::from_fn(private));
    let shared = Router::new()
        .route("/assets/{name}", get(assets::serve))
        .route("/healthz", get(async || "ok\n"))
        .layer(middleware::from_fn(public_headers));
    shared.merge(personal)
}

async fn missing(words: Words) -> Response {
    layout::missing(&words)
}

/// Remembers the language a link asked for.
async fn language(State(pages): State<PatientPages>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let (asked, lang) = (Lang::of_query(&parts), Lang::of_request(&parts));
    parts.extensions.insert(Words { lang, site: Arc::clone(&pages.site) });
    let request = Request::from_parts(parts, body);
    let mut response = next.run(request).await;
    if let Some(lang) = asked {
        cookie::set(&mut response, &cookie::language(lang, pages.secure_cookies));
    }
    response
}

impl<S: Send + Sync> FromRequestParts<S> for Words {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts
            .extensions
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self { lang: Lang::of_request(parts), site: Arc::new(SiteInfo::unnamed()) }))
    }
}
