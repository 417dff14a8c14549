//! A partner establishment, as the settings file describes it in a `[[partner]]` block.

use super::value::{FromToml, is_private};
use anyhow::{Context, Result, bail};
use archive::transmit::{AccessionNumber, Coercion, Partner, PatientNumber, ReportDocument, ReportForm, ReportMessage};
use dimse::ae::AeTitle;
use exam::partner::PartnerRule;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::PathBuf;

/// One `[[partner]]` block.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PartnerSetting {
    /// Its name, as patients and staff read it.
    pub name: String,
    /// Its ordering structures (ORC-21): FINESS numbers or local codes.
    #[serde(default)]
    pub structures: Vec<String>,
    /// Its prescribers (RPPS), for orders that name no structure.
    #[serde(default)]
    pub prescribers: Vec<String>,
    /// Its HL7 server; without one it gets no reports.
    pub hl7: Option<Hl7Peer>,
    /// Its DICOM server; without one it gets no images.
    pub dicom: Option<DicomPeer>,
    /// Which numbers it knows.
    #[serde(default)]
    pub numbers: Numbers,
    /// Which series stay here.
    #[serde(default)]
    pub without: Without,
}

/// How a server is reached.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Way {
    /// Speak without TLS: this machine, or a private address.
    #[serde(default)]
    pub plain: bool,
    /// PEM certificates of who vouches for the server. With TLS it is required: no public authority is trusted.
    #[serde(default)]
    pub authorities: PathBuf,
    /// PEM certificate chain of ours, where the server asks for one.
    #[serde(default)]
    pub certificate: PathBuf,
    /// Its PEM key.
    #[serde(default)]
    pub key: PathBuf,
    /// The name in the server's certificate; empty: the host of `address`.
    #[serde(default)]
    pub server_name: String,
}

/// A partner's HL7 server.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Hl7Peer {
    /// `host:port`.
    pub address: String,
    /// `oru` or `mdm`.
    #[serde(default = "oru")]
    pub message: String,
    /// `pdf` or `cda`.
    #[serde(default = "pdf")]
    pub document: String,
    /// MSH-5.
    #[serde(default)]
    pub application: String,
    /// MSH-6.
    #[serde(default)]
    pub facility: String,
    /// TLS.
    #[serde(default)]
    pub way: Way,
}

fn oru() -> String {
    "oru".into()
}

fn pdf() -> String {
    "pdf".into()
}

/// A partner's DICOM server.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DicomPeer {
    /// `host:port`.
    pub address: String,
    /// Its application entity title.
    pub ae_title: String,
    /// TLS.
    #[serde(default)]
    pub way: Way,
}

/// Which numbers a partner knows.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Numbers {
    /// `own`, `ins`, or `issuer:NAME`: the number that this issuer gave.
    #[serde(default = "own")]
    pub patient: String,
    /// `own`, `placer`, or `prefix:CHARACTERS`.
    #[serde(default = "own")]
    pub accession: String,
    /// Images carry the order's placer number.
    #[serde(default = "yes")]
    pub placer: bool,
}

fn own() -> String {
    "own".into()
}

fn yes() -> bool {
    true
}

impl Default for Numbers {
    fn default() -> Self {
        Self { patient: own(), accession: own(), placer: true }
    }
}

/// Which series stay here.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Without {
    /// By modality.
    #[serde(default)]
    pub modalities: Vec<String>,
    /// By a word of their description.
    #[serde(default)]
    pub descriptions: Vec<String>,
}

impl FromToml for PartnerSetting {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        value.clone().try_into().context("a [[partner]] block")
    }
}

impl PartnerSetting {
    /// Who orders for it.
    pub fn rule(&self) -> PartnerRule {
        PartnerRule {
            partner: self.name.clone(),
            structures: self.structures.clone(),
            prescribers: self.prescribers.clone(),
        }
    }

    /// What it gets.
    pub fn partner(&self) -> Result<Partner> {
        let report = self.hl7.as_ref().map(Hl7Peer::form).transpose()?;
        if report.is_none() && self.dicom.is_none() {
            bail!("partner {:?} has neither hl7 nor dicom: it would get nothing", self.name);
        }
        let patient = match self.numbers.patient.split_once(':') {
            None if self.numbers.patient == "own" => PatientNumber::Own,
            None if self.numbers.patient == "ins" => PatientNumber::Ins,
            Some(("issuer", issuer)) if !issuer.is_empty() => PatientNumber::Of(issuer.to_owned()),
            _ => bail!("partner {:?}: numbers.patient is own, ins or issuer:NAME", self.name),
        };
        let accession = match self.numbers.accession.split_once(':') {
            None if self.numbers.accession == "own" => AccessionNumber::Own,
            None if self.numbers.accession == "placer" => AccessionNumber::Placer,
            Some(("prefix", prefix)) if !prefix.is_empty() => AccessionNumber::Prefixed(prefix.to_owned()),
            _ => bail!("partner {:?}: numbers.accession is own, placer or prefix:CHARACTERS", self.name),
        };
        let coercion = Coercion {
            patient,
            accession,
            placer: self.numbers.placer,
            without_modalities: self.without.modalities.clone(),
            without_descriptions: self.without.descriptions.clone(),
        };
        Ok(Partner { name: self.name.clone(), report, images: self.dicom.is_some(), coercion })
    }

    /// Refuses what is not safe, in words that say what to do.
    pub fn check(&self) -> Result<()> {
        self.partner()?;
        if let Some(peer) = &self.hl7 {
            peer.way.check(&peer.address).with_context(|| format!("partner {:?}, hl7", self.name))?;
        }
        if let Some(peer) = &self.dicom {
            AeTitle::new(&peer.ae_title).with_context(|| format!("partner {:?}: dicom.ae-title", self.name))?;
            peer.way.check(&peer.address).with_context(|| format!("partner {:?}, dicom", self.name))?;
        }
        Ok(())
    }
}

impl Hl7Peer {
    fn form(&self) -> Result<ReportForm> {
        let message = match self.message.as_str() {
            "oru" => ReportMessage::Oru,
            "mdm" => ReportMessage::Mdm,
            other => bail!("hl7.message is oru or mdm, not {other:?}"),
        };
        let document = match self.document.as_str() {
            "pdf" => ReportDocument::Pdf,
            "cda" => ReportDocument::Cda,
            other => bail!("hl7.document is pdf or cda, not {other:?}"),
        };
        Ok(ReportForm { message, document, receiving: [self.application.clone(), self.facility.clone()] })
    }
}

impl Way {
    fn check(&self, address: &str) -> Result<()> {
        let (host, port) = address.rsplit_once(':').context("address is host:port")?;
        port.parse::<u16>().context("address is host:port")?;
        let host = host.trim_matches(['[', ']']);
        if !self.plain {
            if self.authorities.as_os_str().is_empty() {
                bail!("set way.authorities, who vouches for the server, or way.plain on a private address");
            }
            if self.certificate.as_os_str().is_empty() != self.key.as_os_str().is_empty() {
                bail!("way.certificate and way.key go together");
            }
            return Ok(());
        }
        // A name could lead anywhere tomorrow.
        match host.parse::<IpAddr>() {
            Ok(ip) if is_private(ip) => Ok(()),
            _ if host == "localhost" => Ok(()),
            _ => bail!("way.plain needs a private address in numbers: patients' data would cross a network in clear"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    const WHOLE: &str = r#"
structures-without-partner = ["920008059"]
[[partner]]
name = "CHU"
structures = ["300017985"]
[partner.hl7]
address = "10.0.0.7:2575"
message = "mdm"
document = "cda"
way.plain = true
[partner.dicom]
address = "pacs.chu.example:2762"
ae-title = "PACS"
way.authorities = "/etc/ca.pem"
[partner.numbers]
patient = "issuer:CHU"
accession = "placer"
[partner.without]
modalities = ["SR"]
"#;

    #[test]
    fn a_partner_is_read_from_its_block() {
        let settings = Settings::parse(WHOLE).unwrap();
        settings.check().unwrap();
        let partner = settings.partners[0].partner().unwrap();
        assert!(partner.images && partner.report.is_some());
        assert_eq!(partner.coercion.patient, super::PatientNumber::Of("CHU".into()));
        assert_eq!(partner.coercion.accession, super::AccessionNumber::Placer);
        assert_eq!(settings.partner_rules().others, ["920008059"]);
    }

    #[test]
    fn what_would_send_in_clear_over_a_network_or_to_two_places_is_refused() {
        for (from, to, word) in [
            ("10.0.0.7:2575", "8.8.8.8:2575", "private"),
            ("10.0.0.7:2575", "hl7.example:2575", "private"),
            ("way.authorities = \"/etc/ca.pem\"", "", "authorities"),
            ("300017985", "920008059", "two rules"),
            ("\"placer\"", "\"theirs\"", "numbers.accession"),
            ("name = \"CHU\"", "name = \"CHU\"\nnamed = 1", "[[partner]]"),
            ("\"PACS\"", "\"A TITLE THAT IS TOO LONG\"", "ae-title"),
        ] {
            let read = Settings::parse(&WHOLE.replace(from, to)).and_then(|settings| settings.check());
            let error = format!("{:#}", read.unwrap_err());
            assert!(error.contains(word), "{to}: {error}");
        }
    }
}
