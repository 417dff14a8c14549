//! A connection to a partner's server: TLS (BCP 195), or plain where the settings were checked for it.

use super::PATIENCE;
use crate::settings::partner::Way;
use anyhow::{Context, Result};
use archive::transmit::Trouble;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A stream, whatever carries it.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Opens connections to one server.
pub struct Opener {
    address: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Opener {
    /// Reads the certificates.
    pub fn new(address: &str, way: &Way) -> Result<Self> {
        let tls = if way.plain { None } else { Some(tls(address, way)?) };
        Ok(Self { address: address.to_owned(), tls })
    }

    /// A connection, its certificate checked.
    pub async fn open(&self) -> Result<Box<dyn Stream>, Trouble> {
        let away = |error: std::io::Error| Trouble::Unreachable(error.to_string());
        let opening = async {
            let stream = TcpStream::connect(&self.address).await.map_err(away)?;
            stream.set_nodelay(true).map_err(away)?;
            let opened: Box<dyn Stream> = match &self.tls {
                Some((connector, name)) => Box::new(connector.connect(name.clone(), stream).await.map_err(away)?),
                None => Box::new(stream),
            };
            Ok(opened)
        };
        match tokio::time::timeout(PATIENCE, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(Trouble::Unreachable("no connection in time".into())),
        }
    }
}

/// TLS 1.2 or 1.3 with the library's own suites, which are those of BCP 195; only the named authorities are trusted.
fn tls(address: &str, way: &Way) -> Result<(TlsConnector, ServerName<'static>)> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&way.authorities)? {
        roots.add(certificate).context("way.authorities holds a certificate that cannot be used")?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let building = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let building = building.with_root_certificates(roots);
    let config = if way.certificate.as_os_str().is_empty() {
        building.with_no_client_auth()
    } else {
        let key = PrivateKeyDer::from_pem_file(&way.key).context("reading way.key")?;
        building.with_client_auth_cert(certificates(&way.certificate)?, key).context("way.certificate and way.key")?
    };
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']']);
    let name = if way.server_name.is_empty() { host } else { &way.server_name };
    let name = ServerName::try_from(name.to_owned()).context("way.server-name is no name of a server")?;
    Ok((TlsConnector::from(Arc::new(config)), name))
}

/// The certificates of a PEM file; one at least.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let reading = || format!("reading {}", path.display());
    let all = CertificateDer::pem_file_iter(path).with_context(reading)?.collect::<Result<Vec<_>, _>>();
    let all = all.with_context(reading)?;
    anyhow::ensure!(!all.is_empty(), "{} holds no certificate", path.display());
    Ok(all)
}
