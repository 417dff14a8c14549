//! What sealing asks and says.

use super::{ExamId, GroupId, InstanceHeader, Place, ReportId};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Where an instance's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In the landing log.
    Landing(Place),
    /// In a sealed object of the vault.
    Sealed {
        /// The object's opaque key.
        object: String,
        /// The generation.
        generation: u32,
        /// Offset of the Part 10 file in the opened object (the plain ZIP), in bytes.
        offset: u64,
    },
}

/// An instance of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredInstance {
    /// Its header.
    pub header: InstanceHeader,
    /// SHA-256 as received.
    pub sha256: [u8; 32],
    /// Length of the Part 10 file in bytes.
    pub size_bytes: u64,
    /// When it arrived.
    pub received_at: OffsetDateTime,
    /// Where it is.
    pub location: Location,
}

/// An instance inside a generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedInstance {
    /// SOP Instance UID.
    pub sop_instance_uid: String,
    /// Offset of the Part 10 file in the plain ZIP, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// SHA-256 as received (the same as [`super::Received::sha256`]).
    pub sha256: [u8; 32],
}

/// One sealed generation of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// The group.
    pub group: GroupId,
    /// The exam.
    pub exam: ExamId,
    /// Series Instance UID.
    pub series_instance_uid: String,
    /// From 1, without gaps, per (exam, series).
    pub number: u32,
    /// The vault's opaque key.
    pub object: String,
    /// Length of the sealed object in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the sealed object.
    pub sha256: [u8; 32],
    /// When.
    pub sealed_at: OffsetDateTime,
    /// Its instances.
    pub instances: Vec<SealedInstance>,
}

/// An object of the vault that the record names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedObject {
    /// Opaque key.
    pub object: String,
    /// Length in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the object.
    pub sha256: [u8; 32],
    /// The exam, if it belongs to one (a journal object does not).
    pub exam: Option<ExamId>,
}

/// A document of a report, in the database until it is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// The version of the report.
    pub report: ReportId,
    /// Position in the report, from 0.
    pub part: u32,
    /// Kind.
    pub kind: super::DocumentKind,
    /// Length in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// The bytes, while they are still here.
    pub bytes: Option<Vec<u8>>,
    /// The vault's opaque key, once sealed.
    pub object: Option<String>,
}

/// A document was sealed and read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentSealed {
    /// The group.
    pub group: GroupId,
    /// The version of the report.
    pub report: ReportId,
    /// Position in the report, from 0.
    pub part: u32,
    /// The vault's opaque key.
    pub object: String,
    /// Length of the object in bytes.
    pub object_size_bytes: u64,
    /// SHA-256 of the object.
    pub object_sha256: [u8; 32],
}
