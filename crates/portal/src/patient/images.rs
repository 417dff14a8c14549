//! The viewer behind the patient's session: a judged and traced grant for each request, and the web copies as
//! the viewer's routes read them.

use super::{PatientPages, cookie};
use crate::headers::VIEWER_POLICY;
use crate::layout::{self, Words};
use crate::routes::{Row, listed};
use async_trait::async_trait;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use dicomweb::{CopyError, Frame, Grant, SeriesInfo, WebCopy};
use diffusion::{Act, BlobName, Denied, Diffusion, DiffusionError, SeriesSummary, Served, SessionToken};
use std::sync::Arc;

/// Judges a session for the viewer, traces the act, and gives what the viewer's routes want.
pub async fn viewer_grant(diffusion: &Diffusion, session: &SessionToken) -> Result<Grant, Denied> {
    let grant = diffusion.grant(session).await?;
    let served = diffusion.serve(&grant, Act::ViewImages).await?;
    Ok(Grant { publication: served.publication(), leaf: served.leaf() })
}

/// Middleware before the viewer: without a visit whose exam is on line, nothing is here; with one, the request
/// carries its grant, and the answer may run the viewer's codecs.
pub(super) async fn granted(
    State((pages, rows)): State<(PatientPages, Arc<[Row]>)>,
    OriginalUri(address): OriginalUri,
    words: Words,
    mut request: Request,
    next: Next,
) -> Response {
    if !listed(&rows, address.path()) {
        return layout::missing(&words);
    }
    let Some(session) = cookie::visit(request.headers(), pages.secure_cookies) else {
        return layout::missing(&words);
    };
    match viewer_grant(&pages.diffusion, &session).await {
        Ok(grant) => {
            request.extensions_mut().insert(grant);
            let mut response = next.run(request).await;
            if !response.headers().contains_key(header::CONTENT_SECURITY_POLICY) {
                let policy = HeaderValue::from_static(VIEWER_POLICY);
                response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            }
            response
        }
        Err(denied) => super::visit::refused(&words, &denied),
    }
}

/// The diffusion side's web copies, for `dicomweb::routes`.
pub struct WebCopies {
    diffusion: Diffusion,
}

impl WebCopies {
    /// Over the diffusion server's use cases.
    pub fn new(diffusion: Diffusion) -> Self {
        Self { diffusion }
    }

    async fn blob(&self, grant: &Grant, name: BlobName) -> Result<Bytes, CopyError> {
        self.diffusion.read_whole(served(grant), &name).await.map_err(refused)
    }
}

#[async_trait]
impl WebCopy for WebCopies {
    async fn series(&self, grant: &Grant) -> Result<Vec<SeriesInfo>, CopyError> {
        let publication = self.diffusion.publication(served(grant)).await.map_err(refused)?;
        let info = |series: &SeriesSummary| SeriesInfo {
            series: series.series,
            modality: series.modality.clone(),
            description: series.description.clone(),
            instances: series.instances,
            frames: series.frames,
            viewable: series.viewable,
        };
        Ok(publication.series.iter().map(info).collect())
    }

    async fn metadata_gz(&self, grant: &Grant, series: u32) -> Result<Bytes, CopyError> {
        self.blob(grant, BlobName::Metadata(series)).await
    }

    async fn frame(&self, grant: &Grant, series: u32, instance: u32, frame: u32) -> Result<Frame, CopyError> {
        let frame = self.diffusion.frame(served(grant), series, instance, frame).await.map_err(refused)?;
        Ok(Frame { bytes: frame.bytes, transfer_syntax: frame.transfer_syntax })
    }

    async fn thumbnail(&self, grant: &Grant, series: u32) -> Result<Bytes, CopyError> {
        self.blob(grant, BlobName::Thumbnail(series)).await
    }

    async fn screen(&self, grant: &Grant, series: u32) -> Result<Bytes, CopyError> {
        self.blob(grant, BlobName::Screen(series)).await
    }
}

fn served(grant: &Grant) -> Served {
    Served::resumed(grant.publication, grant.leaf)
}

fn refused(error: DiffusionError) -> CopyError {
    match error {
        DiffusionError::Gone | DiffusionError::Range => CopyError::NotFound,
        other => CopyError::Unavailable(other.to_string()),
    }
}
