//! Login by OpenID Connect (Pro Santé Connect by default): authorization code with PKCE S256, nonce and state, RS256
//! by the provider's keys, and the level of assurance asked for *and* checked.
//!
//! Nothing is stored when a login begins: the browser keeps one secret, from which state, nonce and PKCE verifier
//! follow by keyed digests. What comes back is used once.

use super::session::By;
use super::{ProToken, Professional};
use crate::database::micros;
use crate::keys::Use;
use crate::{Diffusion, DiffusionError};
use ambient::random_bytes;
use async_trait::async_trait;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreGenderClaim, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
    CoreProviderMetadata,
};
use openidconnect::{
    AdditionalClaims, AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl,
    Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;
use time::OffsetDateTime;
use trace::SecurityEvent;
use zeroize::Zeroizing;

/// A login that was begun comes back within so long.
pub(crate) const LOGIN_LASTS: Duration = Duration::from_secs(10 * 60);

/// The provider, and what is asked of it.
#[derive(Clone)]
pub struct OpenIdSettings {
    /// Its issuer, as it stands in its tokens.
    pub issuer: String,
    /// Where its description is, after the issuer.
    pub discovery: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: Zeroizing<String>,
    /// Where the provider sends people back to.
    pub redirect_uri: String,
    /// Scopes beside `openid`.
    pub scopes: Vec<String>,
    /// The level of assurance, asked for and checked in the token. Empty: none.
    pub acr: String,
    /// The claim of `userinfo` that holds `8` + RPPS, or the RPPS.
    pub rpps_claim: String,
}

/// Why the provider could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("the login provider cannot be reached: {0}")]
pub struct FetchError(pub String);

/// HTTPS towards the provider, which follows no redirection.
#[async_trait]
pub trait Fetch: Send + Sync + 'static {
    /// One request, one answer.
    async fn fetch(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, FetchError>;
}

/// A login to begin with.
pub struct LoginStart {
    /// Where the browser goes.
    pub url: String,
    /// What the browser keeps until it comes back.
    pub secret: String,
}

/// Why a login did not open anything. The person is told one thing; the security log gets the word.
enum Refused {
    /// By a check.
    Check(&'static str),
    /// The provider did not answer.
    Provider(String),
}

/// Every claim of `userinfo` beside the standard ones.
#[derive(Debug, Serialize, Deserialize)]
struct AllClaims {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for AllClaims {}

type Client = CoreClient<
    openidconnect::EndpointSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointMaybeSet,
    openidconnect::EndpointMaybeSet,
>;

impl Diffusion {
    /// Whether this server has a provider.
    pub fn has_openid(&self) -> bool {
        self.inner.openid.is_some()
    }

    /// Begins a login: where to go, and what the browser keeps. `None` without a provider.
    ///
    /// # Errors
    /// [`FetchError`] when the provider's description cannot be had.
    pub async fn begin_openid(&self) -> Result<Option<LoginStart>, FetchError> {
        let Some((settings, fetch)) = &self.inner.openid else { return Ok(None) };
        let told = |error: DiffusionError| FetchError(error.to_string());
        let seed = random_bytes::<32>(self.inner.ports.random.as_ref());
        let begun = Begun { seed, at: micros(self.now()) };
        let secret = begun.secret(self).map_err(told)?;
        let client = client(settings, fetch).await.map_err(|refused| match refused {
            Refused::Provider(why) => FetchError(why),
            Refused::Check(what) => FetchError(what.to_owned()),
        })?;
        let (state, nonce, pkce) = begun.derived(self).map_err(told)?;
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(pkce)));
        for scope in &settings.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        if !settings.acr.is_empty() {
            request = request.add_auth_context_value(AuthenticationContextClass::new(settings.acr.clone()));
        }
        let (url, _, _) = request.url();
        Ok(Some(LoginStart { url: url.to_string(), secret }))
    }

    /// What came back from the provider, with what the browser kept. `None`: refused, for whatever reason.
    pub async fn finish_openid(
        &self,
        secret: &str,
        state: &str,
        code: &str,
    ) -> Result<Option<ProToken>, DiffusionError> {
        let Some((settings, fetch)) = &self.inner.openid else { return Ok(None) };
        let Some(begun) = Begun::read(self, secret)? else { return Ok(self.refuse_login("login-unknown")) };
        let now = micros(self.now());
        let age = now.saturating_sub(begun.at);
        if age < 0 || age > i64::try_from(LOGIN_LASTS.as_micros()).unwrap_or(i64::MAX) {
            return Ok(self.refuse_login("login-too-old"));
        }
        let (expected, nonce, pkce) = begun.derived(self)?;
        if !bool::from(expected.as_bytes().ct_eq(state.as_bytes())) {
            return Ok(self.refuse_login("state"));
        }
        if !self.use_login_once(secret, now).await? {
            return Ok(self.refuse_login("login-replayed"));
        }
        let checked = Expected { nonce, pkce, now: self.now() };
        match identify(settings, fetch, code, checked).await {
            Ok(who) => self.open_pro_session(&who, By::OpenId).await,
            Err(Refused::Check(what)) => Ok(self.refuse_login(what)),
            Err(Refused::Provider(why)) => {
                tracing::warn!(%why, "the login provider did not answer");
                Ok(self.refuse_login("provider"))
            }
        }
    }

    fn refuse_login(&self, why: &'static str) -> Option<ProToken> {
        self.note_pro_refusal(why);
        None
    }

    /// One line of the security log, beside the answer.
    pub(super) fn note_pro_refusal(&self, why: &'static str) {
        let trace = self.inner.ports.trace.clone();
        let detail = BTreeMap::from([("why".to_owned(), why.to_owned())]);
        let event = SecurityEvent { kind: "professional-refused".into(), origin: None, detail };
        self.inner.beside.spawn(async move {
            if let Err(error) = trace.security(event).await {
                tracing::error!(%error, "the security log could not be written");
            }
        });
    }

    /// Whether this login comes back for the first time.
    async fn use_login_once(&self, secret: &str, now: i64) -> Result<bool, DiffusionError> {
        let doing = || DiffusionError::db("using a login once");
        let mut transaction = self.inner.database.write().await?;
        let added = sqlx::query(
            "INSERT INTO professional_login (group_id, login_sha, used_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(self.inner.database.group())
        .bind(Sha256::digest(secret.as_bytes()).as_slice())
        .bind(now)
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        transaction.commit().await.map_err(doing())?;
        Ok(added.rows_affected() == 1)
    }
}

/// A login under way, as the browser's secret carries it: a random seed and its instant, under our own digest.
struct Begun {
    seed: [u8; 32],
    /// Microseconds since 1970.
    at: i64,
}

impl Begun {
    fn mac(&self, server: &Diffusion) -> Result<[u8; 32], DiffusionError> {
        server.inner.keys.digest(Use::Login, &[b"secret", &self.seed, &self.at.to_be_bytes()])
    }

    fn secret(&self, server: &Diffusion) -> Result<String, DiffusionError> {
        Ok(format!("{}.{}.{}", hex::encode(self.seed), self.at, hex::encode(self.mac(server)?)))
    }

    /// Back from a cookie; `None` when it is not one of ours.
    fn read(server: &Diffusion, secret: &str) -> Result<Option<Self>, DiffusionError> {
        let mut parts = secret.split('.');
        let (Some(seed), Some(at), Some(mac), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Ok(None);
        };
        let (Ok(seed), Ok(at), Ok(mac)) = (hex::decode(seed), at.parse(), hex::decode(mac)) else { return Ok(None) };
        let Ok(seed) = <[u8; 32]>::try_from(seed) else { return Ok(None) };
        let begun = Self { seed, at };
        let ours: bool = begun.mac(server)?.as_slice().ct_eq(&mac).into();
        Ok(ours.then_some(begun))
    }

    /// State, nonce and PKCE verifier.
    fn derived(&self, server: &Diffusion) -> Result<(String, String, String), DiffusionError> {
        let one = |what: &[u8]| server.inner.keys.digest(Use::Login, &[what, &self.seed]).map(hex::encode);
        Ok((one(b"state")?, one(b"nonce")?, one(b"pkce")?))
    }
}

/// What an answer is checked against.
struct Expected {
    nonce: String,
    pkce: String,
    now: OffsetDateTime,
}

/// The provider's description and keys, read anew: a key that was turned over counts at once.
async fn client(settings: &OpenIdSettings, fetch: &Arc<dyn Fetch>) -> Result<Client, Refused> {
    let provider = |error: String| Refused::Provider(error);
    let http = caller(fetch);
    let at = format!("{}{}", settings.issuer.trim_end_matches('/'), settings.discovery);
    let request = http::Request::get(at).header("accept", "application/json").body(Vec::new());
    let answer = fetch.fetch(request.map_err(|error| provider(error.to_string()))?).await;
    let answer = answer.map_err(|error| provider(error.to_string()))?;
    if !answer.status().is_success() {
        return Err(Refused::Provider(format!("its description was answered {}", answer.status())));
    }
    let metadata: CoreProviderMetadata =
        serde_json::from_slice(answer.body()).map_err(|error| provider(error.to_string()))?;
    let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|error| provider(error.to_string()))?;
    if *metadata.issuer() != issuer {
        return Err(Refused::Provider("it calls itself by another issuer".to_owned()));
    }
    let keys = CoreJsonWebKeySet::fetch_async(metadata.jwks_uri(), &http).await;
    let metadata = metadata.set_jwks(keys.map_err(|error| provider(error.to_string()))?);
    let secret = ClientSecret::new(settings.client_secret.to_string());
    let redirect = RedirectUrl::new(settings.redirect_uri.clone()).map_err(|error| provider(error.to_string()))?;
    Ok(CoreClient::from_provider_metadata(metadata, ClientId::new(settings.client_id.clone()), Some(secret))
        .set_redirect_uri(redirect))
}

/// From the code to a person: the token is checked whole before `userinfo` is asked.
async fn identify(
    settings: &OpenIdSettings,
    fetch: &Arc<dyn Fetch>,
    code: &str,
    expected: Expected,
) -> Result<Professional, Refused> {
    let http = caller(fetch);
    let client = client(settings, fetch).await?;
    let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
    let request = request.map_err(|_| Refused::Check("no-token-endpoint"))?;
    let tokens = request.set_pkce_verifier(PkceCodeVerifier::new(expected.pkce)).request_async(&http).await;
    let tokens = tokens.map_err(|_| Refused::Check("code"))?;
    let id_token = tokens.id_token().ok_or(Refused::Check("no-id-token"))?;
    let now = expected.now;
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs([CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256])
        .set_time_fn(move || chrono::DateTime::from_timestamp(now.unix_timestamp(), 0).unwrap_or_default());
    let claims = id_token.claims(&verifier, &Nonce::new(expected.nonce)).map_err(|error| {
        tracing::info!(%error, "a login was refused by its token");
        Refused::Check("id-token")
    })?;
    let level = claims.auth_context_ref().map(|level| level.as_str());
    if !settings.acr.is_empty() && level != Some(settings.acr.as_str()) {
        return Err(Refused::Check("acr"));
    }
    let asked = client.user_info(tokens.access_token().clone(), Some(claims.subject().clone()));
    let asked = asked.map_err(|_| Refused::Check("no-userinfo"))?;
    let told: UserInfoClaims<AllClaims, CoreGenderClaim> =
        asked.request_async(&http).await.map_err(|_| Refused::Check("userinfo"))?;
    let told = serde_json::to_value(&told).map_err(|_| Refused::Check("userinfo"))?;
    Professional::of_claims(&told, &settings.rpps_claim).ok_or(Refused::Check("rpps"))
}

type Fetching = std::pin::Pin<Box<dyn Future<Output = Result<http::Response<Vec<u8>>, FetchError>> + Send>>;

/// The port as the library calls it.
fn caller(fetch: &Arc<dyn Fetch>) -> impl Fn(http::Request<Vec<u8>>) -> Fetching + Send + Sync + 'static {
    let fetch = Arc::clone(fetch);
    move |request| {
        let fetch = Arc::clone(&fetch);
        Box::pin(async move { fetch.fetch(request).await })
    }
}
