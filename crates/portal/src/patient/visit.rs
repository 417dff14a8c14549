//! Who is visiting: the session of a request, turned into what may be seen at this instant. A request without a
//! living session gets the page for what is not there, so that nothing tells one from the other.

use super::{PatientPages, cookie, verification};
use crate::layout::{self, Words};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use diffusion::{Act, Denied, Diffusion, DiffusionError, Grant, Look, Served, SessionToken};

/// A living session, whatever there is to see.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) words: Words,
    pub(super) token: SessionToken,
    pub(super) look: Look,
    diffusion: Diffusion,
}

impl FromRequestParts<PatientPages> for Visit {
    type Rejection = Response;

    /// What the route's line has let in; a page whose line lets in everybody asks here.
    async fn from_request_parts(parts: &mut Parts, pages: &PatientPages) -> Result<Self, Response> {
        match parts.extensions.remove::<Self>() {
            Some(visit) => Ok(visit),
            None => Self::of(parts, pages).await,
        }
    }
}

impl Visit {
    /// Judges the session that the request's cookie names.
    pub(super) async fn of(parts: &Parts, pages: &PatientPages) -> Result<Self, Response> {
        let words = super::words_of(parts);
        let Some(token) = cookie::visit(&parts.headers, pages.secure_cookies) else {
            return Err(layout::missing(&words));
        };
        match pages.diffusion.look(&token).await {
            Ok(look) => Ok(Self { words, token, look, diffusion: pages.diffusion.clone() }),
            Err(denied) => Err(refused(&words, &denied)),
        }
    }

    /// Whether it is the patient's own visit, not that of a person invited.
    pub(super) fn is_patient(&self) -> bool {
        !matches!(&self.look, Look::Online(grant) if grant.share().is_some())
    }

    /// The exam on line, with the act traced; else the page that answers instead.
    pub(super) async fn serve(&self, act: Act) -> Result<(Grant, Served), Response> {
        let Look::Online(grant) = &self.look else { return Err(layout::missing(&self.words)) };
        match self.diffusion.serve(grant, act).await {
            Ok(served) => Ok((grant.clone(), served)),
            Err(error) => Err(failed(&self.words, &error)),
        }
    }
}

/// The page for a session that opens nothing.
pub(super) fn refused(words: &Words, denied: &Denied) -> Response {
    match denied {
        Denied::NoSession | Denied::NotOnline | Denied::NotRecallable | Denied::Absent | Denied::NotStrong => {
            layout::missing(words)
        }
        Denied::FactorAwaited => Redirect::to(verification::PAGE).into_response(),
        Denied::Failed(error) => failed(words, error),
    }
}

/// The page for what could not be served.
pub(super) fn failed(words: &Words, error: &DiffusionError) -> Response {
    if matches!(error, DiffusionError::Gone | DiffusionError::Range) {
        return layout::missing(words);
    }
    tracing::error!(%error, "a patient's page failed");
    layout::failed(words)
}
