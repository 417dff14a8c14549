//! Listeners over TLS (BCP 195) beside the plain ones, for modalities and information systems. A certificate that is
//! renewed on disk is used from the next connection on; those that are open stay as they are.

use crate::settings::Settings;
use anyhow::{Context, Result};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// For a handshake, from the connection to its end.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// After a failed accept.
const PAUSE: Duration = Duration::from_millis(100);

/// Whether a peer shows a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientCertificates {
    /// None is asked for.
    Unasked,
    /// One that is shown must be good.
    Optional,
    /// Nobody without one.
    Required,
}

impl ClientCertificates {
    /// From its word in the settings.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "none" => Some(Self::Unasked),
            "optional" => Some(Self::Optional),
            "required" => Some(Self::Required),
            _ => None,
        }
    }
}

/// When each file was changed last.
type Stamp = [Option<SystemTime>; 3];

/// The certificates of the listeners, read again when their files change.
pub struct Certificates {
    certificate: PathBuf,
    key: PathBuf,
    authorities: PathBuf,
    clients: ClientCertificates,
    read: Mutex<(Stamp, TlsAcceptor)>,
}

impl Certificates {
    /// Reads them.
    pub fn new(settings: &Settings) -> Result<Self> {
        let files = [&settings.peer_tls_certificate, &settings.peer_tls_key, &settings.peer_tls_authorities];
        let [certificate, key, authorities] = files.map(PathBuf::clone);
        let clients = settings.client_certificates()?;
        let acceptor = acceptor(&certificate, &key, &authorities, clients)?;
        let read = Mutex::new((stamp(&certificate, &key, &authorities), acceptor));
        Ok(Self { certificate, key, authorities, clients, read })
    }

    /// What accepts the next connection. Files that cannot be used leave the old ones in force, and say so.
    fn acceptor(&self) -> TlsAcceptor {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let now = stamp(&self.certificate, &self.key, &self.authorities);
        if now != read.0 {
            match acceptor(&self.certificate, &self.key, &self.authorities, self.clients) {
                Ok(new) => {
                    tracing::info!("the certificates of the listeners were read again");
                    *read = (now, new);
                }
                Err(error) => tracing::error!(%error, "the new certificates cannot be used: the old ones stay"),
            }
        }
        read.1.clone()
    }
}

fn stamp(certificate: &Path, key: &Path, authorities: &Path) -> Stamp {
    [certificate, key, authorities].map(|path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok())
}

/// TLS 1.2 or 1.3 with the library's own suites, which are those of BCP 195.
fn acceptor(certificate: &Path, key: &Path, authorities: &Path, clients: ClientCertificates) -> Result<TlsAcceptor> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let building = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let building = match clients {
        ClientCertificates::Unasked => building.with_no_client_auth(),
        asked => {
            let mut roots = RootCertStore::empty();
            for one in super::partner::way::certificates(authorities)? {
                roots.add(one).context("peer-tls.client-authorities holds a certificate that cannot be used")?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier =
                if asked == ClientCertificates::Optional { verifier.allow_unauthenticated() } else { verifier };
            building.with_client_cert_verifier(verifier.build().context("peer-tls.client-authorities")?)
        }
    };
    let key = PrivateKeyDer::from_pem_file(key).context("reading peer-tls.key")?;
    let chain = super::partner::way::certificates(certificate)?;
    let config = building.with_single_cert(chain, key).context("peer-tls.certificate and peer-tls.key")?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Accepts connections until `stopped`, at most so many at once, and hands each on once its handshake is over.
pub async fn serve<F, Served>(
    listener: TcpListener,
    certificates: Arc<Certificates>,
    most: usize,
    mut stopped: watch::Receiver<bool>,
    serve: F,
) where
    F: Fn(TlsStream<TcpStream>, SocketAddr) -> Served + Clone + Send + 'static,
    Served: Future<Output = ()> + Send,
{
    let places = Arc::new(Semaphore::new(most));
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            Some(_) = open.join_next(), if !open.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, address)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else {
            tracing::warn!(peer = %address.ip(), "a connection over TLS was refused: too many");
            continue;
        };
        let (acceptor, serve) = (certificates.acceptor(), serve.clone());
        open.spawn(async move {
            let _place = place;
            let _ = stream.set_nodelay(true);
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => serve(stream, address).await,
                Ok(Err(error)) => tracing::warn!(peer = %address.ip(), %error, "a TLS handshake failed"),
                Err(_) => tracing::warn!(peer = %address.ip(), "a TLS handshake took too long"),
            }
        });
    }
    while open.join_next().await.is_some() {}
}
