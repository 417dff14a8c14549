//! A login provider in the test's own hands: it can be honest, or wrong in one way at a time. Its key is for tests
//! alone.

use async_trait::async_trait;
use diffusion::{Fetch, FetchError, OpenIdSettings};
use http::{Request, Response};
use openidconnect::core::{
    CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet, CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey,
};
use openidconnect::{
    Audience, AuthenticationContextClass, EmptyAdditionalClaims, IssuerUrl, JsonWebKeyId, Nonce, PrivateSigningKey,
    StandardClaims, SubjectIdentifier,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use testkit::FakeClock;
use zeroize::Zeroizing;

pub const ISSUER: &str = "https://auth.example.fr/realms/wallet";
const KEY: &str = include_str!("provider-key.pem");

/// What the provider says, and how it is wrong.
#[derive(Clone)]
pub struct Says {
    pub issuer: String,
    pub audience: String,
    pub acr: Option<String>,
    /// Another nonce than the one it was given.
    pub nonce: Option<String>,
    /// Seconds from now.
    pub expires_in: i64,
    /// Signs by the client's secret instead of its own key.
    pub hmac: bool,
    /// Signs with a key whose name it does not publish.
    pub foreign_key: bool,
    /// Another person's `userinfo`.
    pub other_subject: bool,
    pub claims: Value,
}

impl Says {
    /// The truth about one professional.
    pub fn who(rpps: &str) -> Self {
        Self {
            issuer: ISSUER.into(),
            audience: "negatoscope".into(),
            acr: Some("eidas1".into()),
            nonce: None,
            expires_in: 300,
            hmac: false,
            foreign_key: false,
            other_subject: false,
            claims: json!({ "SubjectNameID": format!("8{rpps}"), "given_name": "Alice", "family_name": "EXEMPLE" }),
        }
    }
}

pub struct Provider {
    clock: Arc<FakeClock>,
    says: Mutex<Says>,
    /// From the address it was asked by: nonce, and the digest its code's verifier must have.
    asked: Mutex<(String, String)>,
}

impl Provider {
    pub fn new(clock: Arc<FakeClock>) -> Self {
        Self { clock, says: Mutex::new(Says::who("10000023084")), asked: Mutex::default() }
    }

    pub fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    /// The provider's page is opened; the state it gives back.
    pub fn visit(&self, url: &str) -> String {
        let value = |name: &str| {
            let pairs = url.split_once('?').unwrap().1.split('&').filter_map(|pair| pair.split_once('='));
            pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).unwrap_or_default()
        };
        assert_eq!(value("code_challenge_method"), "S256");
        assert_eq!(value("scope"), "openid+scope_all");
        assert_eq!(value("acr_values"), "eidas1");
        assert_eq!(value("response_type"), "code");
        *self.asked.lock().unwrap() = (value("nonce"), value("code_challenge"));
        value("state")
    }

    fn id_token(&self) -> CoreIdToken {
        let says = self.says.lock().unwrap().clone();
        let at = |seconds: i64| {
            let now = ambient::Clock::now(self.clock.as_ref()) + time::Duration::seconds(seconds);
            chrono::DateTime::from_timestamp(now.unix_timestamp(), 0).unwrap()
        };
        let claims = CoreIdTokenClaims::new(
            IssuerUrl::new(says.issuer).unwrap(),
            vec![Audience::new(says.audience)],
            at(says.expires_in),
            at(-1),
            StandardClaims::new(SubjectIdentifier::new("f:1:899".into())),
            EmptyAdditionalClaims {},
        )
        .set_nonce(Some(Nonce::new(says.nonce.unwrap_or_else(|| self.asked.lock().unwrap().0.clone()))))
        .set_auth_context_ref(says.acr.map(AuthenticationContextClass::new));
        if says.hmac {
            let key = openidconnect::core::CoreHmacKey::new("secret of the client");
            return CoreIdToken::new(claims, &key, CoreJwsSigningAlgorithm::HmacSha256, None, None).unwrap();
        }
        let name = if says.foreign_key { "k2" } else { "k1" };
        let key = CoreRsaPrivateSigningKey::from_pem(KEY, Some(JsonWebKeyId::new(name.into()))).unwrap();
        CoreIdToken::new(claims, &key, CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, None, None).unwrap()
    }

    fn token(&self, form: &str) -> (u16, Value) {
        let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
        let verifier = pairs.into_iter().find(|(name, _)| *name == "code_verifier").unwrap().1.to_owned();
        let digest = base64(&Sha256::digest(verifier.as_bytes()));
        if digest != self.asked.lock().unwrap().1 {
            return (400, json!({ "error": "invalid_grant" }));
        }
        (200, json!({ "access_token": "a", "token_type": "Bearer", "id_token": self.id_token().to_string() }))
    }
}

fn base64(bytes: &[u8]) -> String {
    const SYMBOLS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0u32, |word, (at, byte)| word | u32::from(*byte) << (16 - 8 * at));
        for at in 0..=chunk.len() {
            text.push(char::from(SYMBOLS[(word >> (18 - 6 * at) & 63) as usize]));
        }
    }
    text
}

#[async_trait]
impl Fetch for Provider {
    async fn fetch(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError> {
        let form = String::from_utf8_lossy(request.body()).into_owned();
        let (status, body) = match request.uri().path() {
            "/realms/wallet/.well-known/wallet-openid-configuration" => (
                200,
                json!({
                    "issuer": ISSUER,
                    "authorization_endpoint": "https://wallet.example.fr/auth",
                    "token_endpoint": format!("{ISSUER}/token"),
                    "userinfo_endpoint": format!("{ISSUER}/userinfo"),
                    "jwks_uri": format!("{ISSUER}/certs"),
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                }),
            ),
            "/realms/wallet/certs" => {
                let key = CoreRsaPrivateSigningKey::from_pem(KEY, Some(JsonWebKeyId::new("k1".into()))).unwrap();
                (200, serde_json::to_value(CoreJsonWebKeySet::new(vec![key.as_verification_key()])).unwrap())
            }
            "/realms/wallet/token" => self.token(&form),
            "/realms/wallet/userinfo" => {
                assert_eq!(request.headers()["authorization"], "Bearer a");
                let says = self.says.lock().unwrap().clone();
                let mut claims = says.claims;
                claims["sub"] = json!(if says.other_subject { "f:1:800" } else { "f:1:899" });
                (200, claims)
            }
            _ => (404, json!({})),
        };
        let answer = Response::builder().status(status).header("content-type", "application/json");
        Ok(answer.body(serde_json::to_vec(&body).unwrap()).unwrap())
    }
}

pub fn settings() -> OpenIdSettings {
    OpenIdSettings {
        issuer: ISSUER.into(),
        discovery: "/.well-known/wallet-openid-configuration".into(),
        client_id: "negatoscope".into(),
        client_secret: Zeroizing::new("secret of the client".into()),
        redirect_uri: "https://images.example.fr/professionnel/retour".into(),
        scopes: vec!["scope_all".into()],
        acr: "eidas1".into(),
        rpps_claim: "SubjectNameID".into(),
    }
}

/// A moment's patience that no test waits for.
pub const TEN_MINUTES: Duration = Duration::from_secs(600);
