//! TLS: of the pages, and for modalities and information systems.

use super::Settings;
use crate::adapters::tls::ClientCertificates;
use anyhow::{Context, Result, bail};

impl Settings {
    /// Whether the web listeners speak TLS themselves.
    pub fn tls(&self) -> bool {
        !self.tls_certificate.as_os_str().is_empty() && !self.tls_key.as_os_str().is_empty()
    }

    /// Whether a browser reaches the pages over HTTPS.
    pub fn secure_origin(&self) -> bool {
        self.tls() || self.tls_behind_proxy
    }

    /// Whether peers show a certificate.
    pub fn client_certificates(&self) -> Result<ClientCertificates> {
        ClientCertificates::parse(&self.peer_tls_clients).with_context(|| {
            format!("peer-tls.client-certificates: {:?} is none of required, optional, none", self.peer_tls_clients)
        })
    }

    /// Refuses a listener over TLS that could not speak, or that anybody could speak to.
    pub(super) fn check_peer_tls(&self) -> Result<()> {
        let clients = self.client_certificates()?;
        let listeners = [
            ("dicom", self.dicom_tls_listen, self.dicom_allow.is_empty()),
            ("hl7", self.hl7_tls_listen, self.hl7_allow.0.is_empty()),
        ];
        for (name, address, no_list) in listeners {
            let Some(address) = address else { continue };
            if self.peer_tls_certificate.as_os_str().is_empty() || self.peer_tls_key.as_os_str().is_empty() {
                bail!("{name}.tls-listen needs peer-tls.certificate and peer-tls.key");
            }
            if clients != ClientCertificates::Unasked && self.peer_tls_authorities.as_os_str().is_empty() {
                bail!("peer-tls.client-certificates = {:?} needs peer-tls.client-authorities", self.peer_tls_clients);
            }
            if !address.ip().is_loopback() && no_list && clients != ClientCertificates::Required {
                bail!(
                    "{name}.tls-listen = {address} needs {name}.allow, or certificates of its peers: who may connect"
                );
            }
        }
        Ok(())
    }
}
