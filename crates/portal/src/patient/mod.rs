//! The patient's pages: the door, the exam, the report, the downloads, who has looked.

mod images;

pub use images::{WebCopies, viewer_grant};

use crate::site::SiteInfo;
use axum::Router;
use diffusion::Diffusion;
use exam::policy::Policies;

/// What the patient's pages need.
#[derive(Clone)]
pub struct PatientPages {
    /// The use cases.
    pub diffusion: Diffusion,
    /// Who stands behind the pages.
    pub site: SiteInfo,
    /// The live policy rows, for the public page that explains them.
    pub policies: Policies,
    /// The viewer, served under `/images` behind the patient's session: its page at `/`, what it loads beside it, and
    /// its data (`dicomweb::routes` over [`WebCopies`]) under `/data`. Each request carries a `dicomweb::Grant`.
    pub images: Option<Router>,
    /// Cookies only over TLS (off on plain loopback).
    pub secure_cookies: bool,
    /// No second factor yet: said to the keeper, never to patients.
    pub not_for_production: bool,
}

/// All of the patient's and public pages.
pub fn router(pages: PatientPages) -> Router {
    let _ = pages;
    Router::new()
}
