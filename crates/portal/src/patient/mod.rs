//! The patient's pages: the door, the exam, the report, the downloads, who has looked.

mod choices;
pub(crate) mod cookie;
mod door;
pub(crate) mod downloads;
mod exam_page;
mod images;
mod looked;
mod proofs;
mod recall;
mod report;
mod sharing;
pub(crate) mod timeline;
mod verification;
mod visit;

pub use images::{WebCopies, viewer_grant};
pub use recall::Followers;

use crate::headers::private;
use crate::layout::{self, Words};
use crate::messages::Lang;
use crate::routes::{Routes, Row, Side, Who};
use crate::site::SiteInfo;
use crate::{assets, public};
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
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
    /// The viewer, where there is one.
    pub images: Option<Viewer>,
    /// Cookies only over TLS (off on plain loopback).
    pub secure_cookies: bool,
    /// Who follows a recall at this moment; begins empty.
    pub followers: Followers,
}

/// A file of the viewer's program, by its name and what the client accepts.
pub type ViewerFile = fn(String, HeaderMap) -> Response;

/// The viewer, which another room serves.
#[derive(Clone)]
pub struct Viewer {
    /// Its page at `/` and its data (`dicomweb::routes` over [`WebCopies`]) under `/data`, nested under `/images` behind
    /// the patient's session. Each request carries a `dicomweb::Grant`.
    pub page: Router,
    /// Its program, the same for everybody, at `/images/assets/{*name}`.
    pub files: ViewerFile,
}

/// The table of the patient's and public pages.
fn table(viewer: Option<ViewerFile>) -> Routes<PatientPages> {
    let table = Routes::new()
        .get("/", Who::Anyone, door::show)
        .post("/ouvrir", Who::Anyone, door::open)
        .get("/ouvrir", Who::Anyone, door::again)
        .post("/ouvrir-qr", Who::Anyone, door::open_by_qr)
        .get("/ouvrir-qr", Who::Anyone, door::again)
        .get("/verification", Who::Waiting, verification::show)
        .post("/verification", Who::Waiting, verification::prove)
        .get("/verification/envoyer", Who::Waiting, verification::show)
        .post("/verification/envoyer", Who::Waiting, verification::send)
        .get("/partage", Who::Anyone, sharing::arrive)
        .post("/partage", Who::Anyone, sharing::follow)
        .post("/fermer", Who::Anyone, door::close)
        .get("/ferme", Who::Anyone, door::closed)
        .get("/examen", Who::Visit, exam_page::show)
        .get("/examen/rapport", Who::Visit, report::show)
        .get("/examen/rapport/page/{page}", Who::Visit, report::page)
        .get("/examen/rapport.pdf", Who::Visit, downloads::report)
        .get("/examen/telechargements", Who::Visit, downloads::show)
        .get("/examen/dicom.zip", Who::Visit, downloads::dicom)
        .get("/examen/images.zip", Who::Visit, downloads::images)
        .get("/examen/consultations", Who::Visit, looked::show)
        .get("/examen/consultations/preuve/{name}", Who::Visit, proofs::one)
        .get("/examen/consultations/preuves", Who::Visit, proofs::all)
        .get("/examen/consultations/recu", Who::Visit, proofs::receipt)
        .get("/examen/consultations/croissance", Who::Visit, proofs::growth)
        .get("/examen/consultations/verifier", Who::Visit, proofs::verifier)
        .get("/examen/partages", Who::Visit, sharing::show)
        .post("/examen/partages", Who::Visit, sharing::share)
        .get("/examen/partages/fin", Who::Visit, sharing::again)
        .post("/examen/partages/fin", Who::Visit, sharing::end)
        .get("/examen/choix", Who::Visit, choices::show)
        .post("/examen/choix", Who::Visit, choices::choose)
        .get("/examen/choix/fin", Who::Visit, choices::again)
        .post("/examen/choix/fin", Who::Visit, choices::end)
        .post("/examen/rapatrier", Who::Visit, recall::ask)
        .get("/examen/rapatrier", Who::Anyone, recall::again)
        .get("/examen/rapatriement", Who::Visit, recall::show)
        .get("/examen/rapatriement/suite", Who::Follower, recall::follow)
        .get("/archivage", Who::Anyone, public::archive::show)
        .get("/donnees", Who::Anyone, public::data::show)
        .get("/mentions", Who::Anyone, public::legal::show)
        .get("/accessibilite", Who::Anyone, public::accessibility::show)
        .get("/prescripteurs", Who::Anyone, public::prescribers::show)
        .get("/assets/{name}", Who::Anyone, assets::serve)
        .shared()
        .get("/favicon.ico", Who::Anyone, async || StatusCode::NO_CONTENT)
        .get("/healthz", Who::Anyone, async || "ok\n");
    let table = crate::prescriber::routes(table);
    match viewer {
        None => table,
        Some(files) => table
            .get("/images/assets/{*name}", Who::Anyone, async move |Path(name): Path<String>, headers: HeaderMap| {
                files(name, headers)
            })
            .shared()
            .mounted("/images", Who::Visit, ["", "/"])
            .mounted("/images/data", Who::Visit, dicomweb::PATHS),
    }
}

/// The lines of the table of these pages, with those of a viewer or without.
pub fn rows(viewer: bool) -> Vec<Row> {
    let nothing: ViewerFile = |_, _| StatusCode::NOT_FOUND.into_response();
    table(viewer.then_some(nothing)).rows()
}

/// All of the patient's and public pages.
pub fn router(pages: PatientPages) -> Router {
    let table = table(pages.images.as_ref().map(|viewer| viewer.files));
    let rows: Arc<[Row]> = table.rows().into();
    let mut router =
        table.router(&pages).fallback(missing).method_not_allowed_fallback(missing).with_state(pages.clone());
    if let Some(viewer) = &pages.images {
        let guarded = viewer.page.clone();
        let guarded = guarded.layer(middleware::from_fn_with_state((pages.clone(), rows), images::granted));
        // Asked with and without the slash, the viewer's page answers; what it loads is beside it.
        router = router.nest_service("/images", guarded);
    }
    router
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .layer(middleware::from_fn_with_state(pages, language))
        .layer(middleware::from_fn(private))
}

impl Side for PatientPages {
    async fn admit(&self, who: Who, parts: &mut Parts) -> Result<(), Response> {
        let words = words_of(parts);
        match who {
            Who::Anyone => Ok(()),
            Who::Visit => {
                let visit = visit::Visit::of(parts, self).await?;
                parts.extensions.insert(visit);
                Ok(())
            }
            Who::Follower => match cookie::visit(&parts.headers, self.secure_cookies) {
                Some(token) => match self.diffusion.follow_recall(&token).await {
                    Ok(_) => Ok(()),
                    Err(denied) => Err(visit::refused(&words, &denied)),
                },
                None => Err(layout::missing(&words)),
            },
            Who::Professional => crate::prescriber::admit(self, &words, &parts.headers).await,
            Who::Waiting => match cookie::visit(&parts.headers, self.secure_cookies) {
                Some(token) => match self.diffusion.factor(&token).await {
                    Ok(_) => Ok(()),
                    Err(denied) => Err(visit::refused(&words, &denied)),
                },
                None => Err(layout::missing(&words)),
            },
            Who::Staff(_) => Err(layout::missing(&words)),
        }
    }
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

fn words_of(parts: &Parts) -> Words {
    let unnamed = || Words { lang: Lang::of_request(parts), site: Arc::new(SiteInfo::unnamed()) };
    parts.extensions.get::<Words>().cloned().unwrap_or_else(unnamed)
}

impl<S: Send + Sync> FromRequestParts<S> for Words {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(words_of(parts))
    }
}
