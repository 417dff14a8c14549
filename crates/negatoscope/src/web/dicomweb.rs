//! Who may use the DICOMweb services: a client with its token, a radiologist who is logged in, and on a machine that says
//! so in its settings whoever asks from that machine itself.

use crate::adapters::dicomweb::{ServedImages, StowToLanding};
use crate::rooms::Rooms;
use crate::settings::Settings;
use ambient::Random;
use anyhow::Result;
use archive::Archive;
use archive::desk::{Desk, Role};
use archive::images::Images;
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, VARY, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use dicomweb::services::{Access, Services, services};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use trace::Gate;

/// Where the services are, on the desk's listener.
pub const PREFIX: &str = "/dicom-web";

/// Clients by the digest of their token: their name, and whether they may send.
type Clients = HashMap<[u8; 32], (Arc<str>, bool)>;

/// Who may come in.
#[derive(Clone)]
struct Door {
    clients: Arc<Clients>,
    desk: Desk,
    secure_cookies: bool,
    open_to_loopback: bool,
    origins: Arc<[String]>,
    random: Arc<dyn Random>,
}

/// The services under [`PREFIX`], reached at `address`.
pub fn router(rooms: &Rooms, archive: &Archive, desk: Desk, address: SocketAddr) -> Result<Router> {
    let settings = &rooms.settings;
    let mut clients = HashMap::new();
    for client in &settings.dicomweb_clients {
        clients.insert(client.digest()?, (client.name.as_str().into(), client.may_store));
    }
    let door = Door {
        clients: Arc::new(clients),
        desk,
        secure_cookies: settings.secure_origin(),
        open_to_loopback: settings.dicomweb_open_to_loopback,
        origins: settings.dicomweb_origins.clone().into(),
        random: rooms.random.clone(),
    };
    let images = Arc::new(ServedImages {
        archive: archive.clone(),
        images: Images::new(archive.clone()),
        gate: Gate::new(rooms.archive_trace.clone()),
        pixels: rooms.pixels.clone(),
    });
    let served = services(Services {
        arrivals: Arc::new(StowToLanding { landing: rooms.landing.clone(), images: images.images.clone() }),
        images: images.clone(),
        finder: images,
        base: base(settings, address).into(),
    });
    Ok(Router::new().nest(PREFIX, served.layer(from_fn_with_state(door, judge))))
}

/// The public URL: as set, else of the desk's address, else of the listener. Never what a request says.
fn base(settings: &Settings, address: SocketAddr) -> String {
    if !settings.dicomweb_public_url.is_empty() {
        return settings.dicomweb_public_url.trim_end_matches('/').to_owned();
    }
    let scheme = if settings.secure_origin() { "https" } else { "http" };
    match settings.desk_address.is_empty() {
        true => format!("{scheme}://{address}{PREFIX}"),
        false => format!("{scheme}://{}{PREFIX}", settings.desk_address),
    }
}

async fn judge(
    State(door): State<Door>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let origin = door.origin(request.headers());
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        match door.access(request.headers(), client.ip()).await {
            Ok(Some(access)) => {
                request.extensions_mut().insert(access);
                next.run(request).await
            }
            Ok(None) => {
                (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))]).into_response()
            }
            Err(error) => {
                tracing::error!(%error, "who asks cannot be found out");
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    };
    if let Some(origin) = origin {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, POST"));
        let allowed = HeaderValue::from_static("accept, authorization, content-type, range");
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        headers.insert(VARY, HeaderValue::from_static("Origin"));
    }
    response
}

impl Door {
    /// The page of another origin that may read the answers: only those that the settings name. Cookies are never
    /// offered to it: it has to have a token.
    fn origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(ORIGIN)?;
        let named = origin.to_str().ok()?;
        self.origins.iter().any(|known| known == named).then(|| origin.clone())
    }

    async fn access(&self, headers: &HeaderMap, from: IpAddr) -> Result<Option<Access>> {
        if let Some(token) = bearer(headers) {
            let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
            let known = self.clients.get(&digest);
            return Ok(known.map(|(client, may_store)| self.of(client.clone(), None, *may_store)));
        }
        let session = portal::desk::token_of(headers, self.secure_cookies);
        if let Some(token) = session
            && let Some(who) = self.desk.who(&token).await?
        {
            // A page of another site could make a logged-in browser send; it could read nothing.
            let radiologist = who.role == Role::Radiologist;
            return Ok(radiologist.then(|| self.of("radiologist".into(), Some(who.login.as_str().into()), false)));
        }
        let open = self.open_to_loopback && from.is_loopback() && is_asked_as_loopback(headers);
        Ok(open.then(|| self.of("loopback".into(), None, true)))
    }

    fn of(&self, client: Arc<str>, person: Option<Arc<str>>, may_store: bool) -> Access {
        Access { client, person, may_store, nonce: ambient::random_bytes(self.random.as_ref()) }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A page of the outside whose name was made to lead here asks by that name: it is not let in for it.
fn is_asked_as_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.strip_prefix('[').and_then(|rest| rest.split(']').next()).or(host.split(':').next());
    let name = name.unwrap_or_default();
    let of_a_page = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    !of_a_page && (name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    fn asked(pairs: &[(&'static str, &'static str)]) -> bool {
        let pairs = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_asked_as_loopback(&pairs.collect())
    }

    #[test]
    fn this_machine_is_asked_by_its_own_names_and_not_by_a_page() {
        for host in ["127.0.0.1:8041", "localhost", "[::1]:8041"] {
            assert!(asked(&[("host", host)]), "{host}");
        }
        for host in ["rebound.example:8041", "10.0.0.1", "127.0.0.1.example", ""] {
            assert!(!asked(&[("host", host)]), "{host}");
        }
        assert!(!asked(&[]));
        assert!(!asked(&[("host", "localhost"), ("sec-fetch-site", "cross-site")]));
        assert!(asked(&[("host", "localhost"), ("sec-fetch-site", "same-origin")]));
    }

    #[test]
    fn urls_begin_with_what_is_set() {
        let at = "127.0.0.1:8041".parse().unwrap();
        let of = |text: &str| base(&Settings::parse(text).unwrap(), at);
        assert_eq!(of(""), "http://127.0.0.1:8041/dicom-web");
        assert_eq!(of("[desk]\naddress = \"desk.example:8443\""), "http://desk.example:8443/dicom-web");
        assert_eq!(
            of("[dicomweb]\npublic-url = \"https://pacs.example/dicom-web/\""),
            "https://pacs.example/dicom-web"
        );
    }
}
