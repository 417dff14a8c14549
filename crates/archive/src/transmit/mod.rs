//! Partners receive what they prescribed: the report by HL7, the images by DICOM (P13).
//!
//! [`plan`](plan::plan) makes the record's list of transmissions agree with the facts of an exam; [`lane`] sends what is
//! queued, in order, each partner and kind by itself, until the partner has it. A transmission that is sent again carries
//! the same message id and the same instance UIDs: at least once on the wire, once to see.

mod images;
pub(crate) mod lane;
mod message;
pub(crate) mod plan;
mod reconcile;
mod stated;
mod trouble;

pub use lane::once;
pub use reconcile::{LATE_AFTER, STUCK_AFTER, daily, match_again};
pub use stated::Stated;
pub(crate) use stated::structures_of;
pub use trouble::{Refused, Trouble};

use crate::{Archive, ArchiveError};
use async_trait::async_trait;
use bytes::Bytes;
use exam::partner::PartnerRules;
use record::{ExamDetail, RecordError, TransmissionKind, TransmissionStep};
use std::sync::Arc;
use uuid::Uuid;

/// Which message carries a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportMessage {
    /// ORU^R01; what replaces has OBX-11 `C`.
    Oru,
    /// MDM^T02; what replaces is T10, what takes back is T04.
    Mdm,
}

/// Which document is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportDocument {
    /// PDF: as received, else pages made from the structured report.
    Pdf,
    /// CDA as received; PDF where no CDA came.
    Cda,
}

/// How a partner takes reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportForm {
    /// Which message.
    pub message: ReportMessage,
    /// Which document.
    pub document: ReportDocument,
    /// MSH-5 and MSH-6.
    pub receiving: [String; 2],
}

/// Which number of the patient a partner knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatientNumber {
    /// The group's own.
    Own,
    /// The one that this issuer gave: the partner's own domain. Without it the transmission is held.
    Of(String),
    /// The national identity (INS), qualified. Without it the transmission is held.
    Ins,
}

/// Which accession number a partner gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessionNumber {
    /// The group's own.
    Own,
    /// The placer number of the partner's order. Without it the transmission is held.
    Placer,
    /// The group's own behind these characters.
    Prefixed(String),
}

/// The partner's identifiers in the place of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coercion {
    /// The patient's number.
    pub patient: PatientNumber,
    /// The accession number.
    pub accession: AccessionNumber,
    /// Whether images carry the placer number of the order.
    pub placer: bool,
    /// Modalities whose series stay here.
    pub without_modalities: Vec<String>,
    /// Series whose description contains one of these words stay here, whatever the case.
    pub without_descriptions: Vec<String>,
}

impl Default for Coercion {
    fn default() -> Self {
        Self {
            patient: PatientNumber::Own,
            accession: AccessionNumber::Own,
            placer: true,
            without_modalities: Vec::new(),
            without_descriptions: Vec::new(),
        }
    }
}

/// A partner establishment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Its name, as the rules have it.
    pub name: String,
    /// How it takes reports; `None`: it gets none.
    pub report: Option<ReportForm>,
    /// Whether it gets images.
    pub images: bool,
    /// Its identifiers.
    pub coercion: Coercion,
}

impl Partner {
    /// What it gets.
    pub fn kinds(&self) -> impl Iterator<Item = TransmissionKind> + use<> {
        let wanted = [(self.report.is_some(), TransmissionKind::Report), (self.images, TransmissionKind::Images)];
        wanted.into_iter().filter(|(wanted, _)| *wanted).map(|(_, kind)| kind)
    }
}

/// What a partner said of what it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// HL7: accepted.
    Accepted,
    /// DICOM: every instance committed to its safekeeping.
    Committed,
    /// DICOM: every instance answered with success; the partner offers no commitment.
    Stored,
    /// DICOM: every instance answered with success; the commitment was asked for and has still to come.
    Awaited,
}

/// An instance on its way: what announces it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Announced {
    /// SOP class.
    pub sop_class_uid: String,
    /// SOP instance.
    pub sop_instance_uid: String,
    /// In what it is written: nothing is transcoded.
    pub transfer_syntax_uid: String,
}

/// An instance on its way: its data set is `head`, then `tail`.
#[derive(Debug, Clone)]
pub struct LeavingImage {
    /// What announces it.
    pub announced: Announced,
    /// The beginning, with the partner's identifiers.
    pub head: Bytes,
    /// The rest, as received.
    pub tail: Bytes,
}

/// An open way to a partner's HL7 server. Nothing about anybody has left yet.
#[async_trait]
pub trait ReportLine: Send {
    /// Sends one message and waits for its acknowledgement.
    async fn send(self: Box<Self>, message: Bytes) -> Result<(), Trouble>;
}

/// An open association with a partner's DICOM server. Nothing about anybody has left yet.
#[async_trait]
pub trait ImageLine: Send {
    /// Sends one instance.
    async fn store(&mut self, image: LeavingImage) -> Result<(), Trouble>;
    /// After the last one: asks for the commitment, where the peer offers it, and ends the association. `transaction` is
    /// the same for the same transmission.
    async fn finish(self: Box<Self>, transaction: Uuid) -> Result<Receipt, Trouble>;
}

/// The ways to the partners' servers, by the partner's name.
#[async_trait]
pub trait Senders: Send + Sync + 'static {
    /// Connects to the HL7 server.
    async fn report(&self, partner: &str) -> Result<Box<dyn ReportLine>, Trouble>;
    /// Connects to the DICOM server and proposes what these instances need.
    async fn images(&self, partner: &str, announced: &[Announced]) -> Result<Box<dyn ImageLine>, Trouble>;
}

/// Whether a patient objects to a partner's having an exam.
#[async_trait]
pub trait Objections: Send + Sync + 'static {
    /// True: nothing of this kind may leave of it.
    async fn objects(&self, exam: &ExamDetail, partner: &Partner, kind: TransmissionKind)
    -> Result<bool, ArchiveError>;
}

/// Nobody objects.
pub struct NoObjections;

#[async_trait]
impl Objections for NoObjections {
    async fn objects(&self, _: &ExamDetail, _: &Partner, _: TransmissionKind) -> Result<bool, ArchiveError> {
        Ok(false)
    }
}

struct NoSenders;

#[async_trait]
impl Senders for NoSenders {
    async fn report(&self, _: &str) -> Result<Box<dyn ReportLine>, Trouble> {
        Err(Trouble::Unreachable("no way to this partner is set".into()))
    }

    async fn images(&self, _: &str, _: &[Announced]) -> Result<Box<dyn ImageLine>, Trouble> {
        Err(Trouble::Unreachable("no way to this partner is set".into()))
    }
}

/// The partners and the ways to them.
#[derive(Clone)]
pub struct Partners {
    /// From an order to its partner.
    pub rules: PartnerRules,
    /// Each of them.
    pub all: Vec<Partner>,
    /// The ways.
    pub senders: Arc<dyn Senders>,
    /// Who objects.
    pub objections: Arc<dyn Objections>,
}

impl Default for Partners {
    /// None.
    fn default() -> Self {
        Self {
            rules: PartnerRules::default(),
            all: Vec::new(),
            senders: Arc::new(NoSenders),
            objections: Arc::new(NoObjections),
        }
    }
}

impl Partners {
    fn by_name(&self, name: &str) -> Option<&Partner> {
        self.all.iter().find(|partner| partner.name == name)
    }
}

/// A partner commits to what it was sent, on an association of its own. False when nothing of it was sent.
pub async fn committed(archive: &Archive, transmission: Uuid, failed: usize) -> Result<bool, ArchiveError> {
    let (group, at) = (archive.config.group, archive.clock.now());
    let known = match archive.catalogue.transmission(group, transmission).await {
        Ok(known) => known,
        Err(RecordError::NotFound { .. }) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let step = match failed {
        0 => TransmissionStep::Acknowledged { how: "committed".into() },
        failed => TransmissionStep::Dead { reason: Refused::Commitment(failed).key() },
    };
    archive.catalogue.transmission_step(group, transmission, step, at).await?;
    Ok(known.left_at.is_some())
}
