//! What stands before every page: who is really asking, and whether it is us they ask.
//!
//! The address of a client decides what the door lets it try, so only a proxy named in `web.trusted-proxies` may say
//! another one than its own; from anybody else such headers are not even seen. A `Host` that is not the configured
//! address (a rebound name, a poisoned link) is refused.

use super::patience::Timed;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, FORWARDED, HOST, STRICT_TRANSPORT_SECURITY, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use dimse::peers::Network;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What only a trusted proxy may say; nothing behind ever reads it.
const OF_PROXIES: [&str; 9] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-real-ip",
    "x-original-url",
    "x-rewrite-url",
    "x-http-method-override",
];

/// A year.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The settings of one listener's front.
#[derive(Debug, Clone, Default)]
pub struct Front {
    /// Who may say for whom they ask.
    pub proxies: Arc<[Network]>,
    /// The `Host` that is ours. Empty: any, since none is configured.
    pub host: Arc<str>,
    /// Whether browsers reach us over TLS, and only so from now on.
    pub secure: bool,
}

impl Front {
    /// `router` behind this front.
    pub(super) fn before(self, router: Router, body_within: Duration) -> Router {
        router.layer(from_fn_with_state((self, body_within), judge))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(address))
    }

    /// The client: the peer, or whom a chain of trusted proxies names, read from the right.
    fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        let mut client = peer.ip().to_canonical();
        let said = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
        let mut hops: Vec<&str> = said.flat_map(|line| line.split(',')).map(str::trim).collect();
        while self.trusts(client) {
            match hops.pop().and_then(address) {
                Some(before) => client = before,
                None => break,
            }
        }
        SocketAddr::new(client, peer.port())
    }

    /// Whether the request names us, once, and everywhere the same.
    fn is_asked(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        let mut hosts = headers.get_all(HOST).iter();
        let (host, second) = (hosts.next().and_then(|host| host.to_str().ok()), hosts.next());
        let authority = uri.authority().map(|authority| authority.as_str());
        let Some(named) = host.or(authority) else { return false };
        let same = authority.is_none_or(|authority| authority.eq_ignore_ascii_case(named));
        let plain = |text: &str| {
            let text = text.strip_suffix(":443").or_else(|| text.strip_suffix(":80")).unwrap_or(text);
            text.to_ascii_lowercase()
        };
        // Whether we live is asked by address.
        let ours = self.host.is_empty() || uri.path() == "/healthz" || plain(named) == plain(&self.host);
        second.is_none() && same && ours
    }
}

/// `192.0.2.1`, `192.0.2.1:4321`, `2001:db8::1` or `[2001:db8::1]:4321`.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.trim_start_matches('[').trim_end_matches(']');
    let ip = bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()));
    ip.map(|ip| ip.to_canonical())
}

async fn judge(
    State((front, body_within)): State<(Front, Duration)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    // Whole studies are sent there, in chunks and for as long as it takes; the connection's silence is watched all the same.
    let is_long = request.uri().path().starts_with(super::dicomweb::PREFIX);
    let refused = match framed_once(request.headers(), request.method(), is_long) {
        Err(status) => Some(status),
        Ok(()) if !front.is_asked(request.headers(), request.uri()) => Some(StatusCode::MISDIRECTED_REQUEST),
        Ok(()) => None,
    };
    let mut response = match refused {
        // What follows on such a connection may be part of what was refused.
        Some(status) => (status, [(CONNECTION, "close")]).into_response(),
        None => {
            let client = front.client(peer, request.headers());
            for name in OF_PROXIES {
                request.headers_mut().remove(name);
            }
            request.headers_mut().remove(FORWARDED);
            request.extensions_mut().insert(ConnectInfo(client));
            let request = if is_long { request } else { request.map(|body| Body::new(Timed::new(body, body_within))) };
            next.run(request).await
        }
    };
    if front.secure {
        response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}

/// A body has one length, said beforehand, and a GET none: what two readers could cut differently is not read at all
/// (RFC 9112 §6.3, §11.2). Our forms are short and browsers say how long; only DICOMweb's clients send in chunks.
fn framed_once(headers: &HeaderMap, method: &Method, chunks: bool) -> Result<(), StatusCode> {
    let both = headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH);
    if both || headers.contains_key(TRANSFER_ENCODING) && !(chunks && method == Method::POST) {
        return Err(StatusCode::LENGTH_REQUIRED);
    }
    // Two lengths that differ do not come this far.
    let empty = headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0");
    let bodiless = matches!(*method, Method::GET | Method::HEAD);
    if bodiless && !empty { Err(StatusCode::BAD_REQUEST) } else { Ok(()) }
}
