//! The port through which landed records become visible. The catalogue stands behind it.

use super::{Place, Position};
use bytes::Bytes;
use dicom::header::InstanceHeader;
use std::sync::Arc;
use time::OffsetDateTime;

/// How far one writer's log is applied once a batch is in; kept in the same transaction as the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// The writer.
    pub writer: u32,
    /// Everything before this point has been received.
    pub position: Position,
}

/// One durable record.
#[derive(Debug, Clone, PartialEq)]
pub struct Landed {
    /// Where it is.
    pub place: Place,
    /// Who sent it.
    pub source: String,
    /// When its last byte arrived.
    pub received_at: OffsetDateTime,
    /// What it is.
    pub body: LandedBody,
}

/// What a record holds.
#[derive(Debug, Clone, PartialEq)]
pub enum LandedBody {
    /// A DICOM instance.
    Instance(LandedInstance),
    /// An HL7 message, as received.
    Message(Bytes),
}

/// A landed instance, as the catalogue needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct LandedInstance {
    /// What the scanner read. Its transfer syntax is that of the bytes kept.
    pub header: Arc<InstanceHeader>,
    /// Length of the Part 10 file.
    pub size_bytes: u64,
    /// SHA-256 of the data set as received: what makes two arrivals the same object, whatever preamble and file meta
    /// group a sender put before it.
    pub sha256: [u8; 32],
    /// The instance says of itself that it is no patient's: Quality Control Subject (0010,0200) or Quality Control
    /// Image (0028,0300) is `YES`.
    pub quality_control: bool,
}

/// What the catalogue made of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A new row; or a message taken.
    Stored,
    /// The same UID with the same digest is already here; or a message already taken.
    Duplicate,
    /// The same UID with another digest is already here; this one is kept aside.
    Conflict,
    /// Kept in the log, but not usable; the text is for the operator and for HL7 AE, without personal data.
    Declined(String),
}

/// The catalogue could not be asked, or could not commit.
#[derive(Debug, thiserror::Error)]
#[error("the catalogue failed: {0}")]
pub struct RegisterError(pub Box<dyn std::error::Error + Send + Sync>);

/// Where landed records become visible.
///
/// Both calls are idempotent: after a crash the same records come again.
#[async_trait::async_trait]
pub trait Register: Send + Sync + 'static {
    /// How far `writer`'s log has been applied; `None` when never.
    async fn applied(&self, writer: u32) -> Result<Option<Position>, RegisterError>;

    /// Takes a batch, in the log's order, and the new position; one verdict for each record, in order. On an error
    /// nothing is answered and the same records come again.
    async fn receive(&self, batch: &[Landed], applied: Applied) -> Result<Vec<Verdict>, RegisterError>;
}
