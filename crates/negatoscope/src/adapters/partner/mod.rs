//! The ways to the partners' servers: HL7 over MLLP and DICOM, over TLS.

mod dicom;
mod hl7;
pub mod way;

use crate::settings::Settings;
use crate::settings::partner::{DicomPeer, Hl7Peer};
use anyhow::{Context, Result};
use archive::Archive;
use archive::transmit::{Announced, ImageLine, Objections, Partners, ReportLine, Senders, Trouble};
use async_trait::async_trait;
use dimse::ae::AeTitle;
use dimse::commitment::Commitment;
use dimse::scp::CommitmentHandler;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;
use way::Opener;

/// For a connection, and for each answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// One partner's servers.
#[derive(Default)]
struct Servers {
    hl7: Option<Opener>,
    dicom: Option<(Opener, AeTitle)>,
}

struct Ways {
    servers: BTreeMap<String, Servers>,
    calling: AeTitle,
}

/// The partners of the settings, their certificates read.
pub fn partners(settings: &Settings, objections: Arc<dyn Objections>) -> Result<Partners> {
    let mut servers = BTreeMap::new();
    let mut all = Vec::new();
    for partner in &settings.partners {
        let named = || format!("partner {:?}", partner.name);
        let hl7 = partner.hl7.as_ref().map(|Hl7Peer { address, way, .. }| Opener::new(address, way));
        let dicom = partner.dicom.as_ref().map(|DicomPeer { address, way, ae_title }| {
            Ok::<_, anyhow::Error>((Opener::new(address, way)?, AeTitle::new(ae_title).context("dicom.ae-title")?))
        });
        let mine = Servers { hl7: hl7.transpose().with_context(named)?, dicom: dicom.transpose().with_context(named)? };
        servers.insert(partner.name.clone(), mine);
        all.push(partner.partner()?);
    }
    let calling = AeTitle::new(&settings.dicom_ae_title).context("dicom.ae-title is not an AE title")?;
    Ok(Partners { rules: settings.partner_rules(), all, senders: Arc::new(Ways { servers, calling }), objections })
}

#[async_trait]
impl Senders for Ways {
    async fn report(&self, partner: &str) -> Result<Box<dyn ReportLine>, Trouble> {
        let opener = self.servers.get(partner).and_then(|servers| servers.hl7.as_ref());
        let opener = opener.ok_or_else(|| Trouble::Unreachable("no HL7 server is set".into()))?;
        Ok(Box::new(hl7::Line(opener.open().await?)))
    }

    async fn images(&self, partner: &str, announced: &[Announced]) -> Result<Box<dyn ImageLine>, Trouble> {
        let server = self.servers.get(partner).and_then(|servers| servers.dicom.as_ref());
        let (opener, called) = server.ok_or_else(|| Trouble::Unreachable("no DICOM server is set".into()))?;
        let stream = opener.open().await?;
        Ok(Box::new(dicom::Line::associate(stream, &self.calling, called, announced).await?))
    }
}

/// The transaction of a transmission: the same whenever it is asked for again.
fn transaction_uid(transmission: Uuid) -> String {
    format!("2.25.{}", transmission.as_u128())
}

/// What peers commit to on associations of their own.
pub struct Commitments(pub Archive);

#[async_trait]
impl CommitmentHandler for Commitments {
    async fn committed(&self, calling: &AeTitle, commitment: Commitment) -> bool {
        let number = commitment.transaction_uid.strip_prefix("2.25.").and_then(|number| number.parse().ok());
        let Some(transmission) = number.map(Uuid::from_u128) else { return false };
        match archive::transmit::committed(&self.0, transmission, commitment.failed.len()).await {
            Ok(known) => known,
            Err(error) => {
                tracing::error!(%calling, %error, "a commitment could not be kept: it is asked for again");
                false
            }
        }
    }
}
