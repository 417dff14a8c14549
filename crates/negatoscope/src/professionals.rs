//! The professionals' login and reading, as the settings say; and its line on the keeper's page.

use crate::settings::Settings;
use anyhow::{Context, Result};
use archive::desk::{Level, Line, Watch};
use async_trait::async_trait;
use diffusion::{BulkPolicy, Diffusion, Fetch, FetchError, OpenIdSettings};
use std::time::Duration;
use zeroize::Zeroizing;

/// One answer of the provider takes no longer.
const PATIENCE: Duration = Duration::from_secs(15);
/// No answer of the provider is longer.
const LONGEST: usize = 1024 * 1024;

/// HTTPS towards the login's provider: no redirection is followed, nothing of any length is read.
pub struct Https(reqwest::Client);

impl Https {
    /// With the system's own authorities.
    pub fn new() -> Result<Self> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build();
        Ok(Self(client.context("making the HTTPS client")?))
    }
}

#[async_trait]
impl Fetch for Https {
    async fn fetch(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, FetchError> {
        let told = |error: reqwest::Error| FetchError(error.without_url().to_string());
        let (parts, body) = request.into_parts();
        let asked = self.0.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
        let mut answer = asked.send().await.map_err(told)?;
        let mut response = http::Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            headers.clone_from(answer.headers());
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(told)? {
            if body.len() + piece.len() > LONGEST {
                return Err(FetchError("its answer is too long".into()));
            }
            body.extend_from_slice(&piece);
        }
        response.body(body).map_err(|error| FetchError(error.to_string()))
    }
}

/// The provider, if one is set.
pub fn openid(settings: &Settings) -> Result<Option<OpenIdSettings>> {
    if settings.oidc_client_id.is_empty() {
        return Ok(None);
    }
    let file = &settings.oidc_client_secret_file;
    let secret = std::fs::read_to_string(file)
        .with_context(|| format!("professionals.oidc-client-secret-file: cannot read {}", file.display()))?;
    let scheme = if settings.secure_origin() { "https" } else { "http" };
    Ok(Some(OpenIdSettings {
        issuer: settings.oidc_issuer.clone(),
        discovery: settings.oidc_discovery.clone(),
        client_id: settings.oidc_client_id.clone(),
        client_secret: Zeroizing::new(secret.trim().to_owned()),
        redirect_uri: format!("{scheme}://{}/professionnel/retour", settings.address()),
        scopes: settings.oidc_scopes.clone(),
        acr: settings.oidc_acr.clone(),
        rpps_claim: settings.oidc_rpps_claim.clone(),
    }))
}

/// When a professional reads in bulk.
pub fn bulk(settings: &Settings) -> BulkPolicy {
    BulkPolicy {
        exams: u32::try_from(settings.bulk_exams).unwrap_or(u32::MAX).max(1),
        delay: Duration::from_secs(settings.bulk_delay_seconds),
        ..BulkPolicy::default()
    }
}

/// Bulk reading on the keeper's page.
pub struct BulkWatch(pub Diffusion);

#[async_trait]
impl Watch for BulkWatch {
    async fn lines(&self) -> Vec<Line> {
        let (level, key, figures) = match self.0.bulk_state().await {
            Ok(state) if state.slowed == 0 => (Level::Green, "keeper-bulk", Vec::new()),
            Ok(state) => (Level::Red, "keeper-bulk-slowed", vec![("count", state.slowed.to_string())]),
            Err(error) => {
                tracing::error!(%error, "what professionals open cannot be counted");
                (Level::Red, "keeper-bulk-unknown", Vec::new())
            }
        };
        vec![Line { level, key, figures }]
    }
}
