//! Images as they are received.

use super::{BirthDate, GroupId};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

/// Where a record lies in the landing log. Opaque to the catalogue, which only compares segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The landing log's writer.
    pub writer: u32,
    /// Its segment.
    pub segment: u64,
    /// Offset of the record's bytes in the segment (or in `file`), in bytes.
    pub offset: u64,
    /// Length of the Part 10 file, in bytes.
    pub length: u64,
    /// The number of its own file, when it was too large for the segment.
    pub file: Option<u64>,
}

/// How far a writer of the landing log is known to the catalogue: everything before `offset` of
/// `segment` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The writer.
    pub writer: u32,
    /// The segment.
    pub segment: u64,
    /// The first offset not yet applied, in bytes.
    pub offset: u64,
}

/// Who an image says it belongs to; text decoded to UTF-8, padding removed, empty = absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageClaim {
    /// Patient ID (0010,0020).
    pub patient_id: Option<String>,
    /// Issuer of Patient ID (0010,0021).
    pub issuer: Option<String>,
    /// Patient's Name (0010,0010), with its `^` and `=`.
    pub name: Option<String>,
    /// Patient's Birth Date (0010,0030).
    pub birth_date: Option<BirthDate>,
    /// Patient's Sex (0010,0040): `M`, `F` or `O`.
    pub sex: Option<String>,
}

/// What the scanner read in an instance's header; text decoded to UTF-8, padding removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceHeader {
    /// SOP Instance UID (0008,0018).
    pub sop_instance_uid: String,
    /// SOP Class UID (0008,0016).
    pub sop_class_uid: String,
    /// Transfer syntax UID of the bytes kept.
    pub transfer_syntax_uid: String,
    /// Study Instance UID (0020,000D).
    pub study_instance_uid: String,
    /// Series Instance UID (0020,000E).
    pub series_instance_uid: String,
    /// Who.
    pub claim: ImageClaim,
    /// Accession Number (0008,0050).
    pub accession_number: Option<String>,
    /// Issuer of Accession Number (0008,0051): local namespace, else universal id.
    pub accession_issuer: Option<String>,
    /// Modality (0008,0060).
    pub modality: Option<String>,
    /// Study Date (0008,0020).
    pub study_date: Option<Date>,
    /// Study Time (0008,0030), verbatim.
    pub study_time: Option<String>,
    /// Series Date (0008,0021).
    pub series_date: Option<Date>,
    /// Study Description (0008,1030).
    pub study_description: Option<String>,
    /// Series Description (0008,103E).
    pub series_description: Option<String>,
    /// Referring Physician's Name (0008,0090).
    pub referring_physician: Option<String>,
    /// Institution Name (0008,0080).
    pub institution: Option<String>,
    /// Series Number (0020,0011).
    pub series_number: Option<i32>,
    /// Instance Number (0020,0013).
    pub instance_number: Option<i32>,
    /// Number of Frames (0028,0008); 0 when there are no pixels, 1 when absent.
    pub frames: u32,
    /// Rows (0028,0010).
    pub rows: Option<u32>,
    /// Columns (0028,0011).
    pub columns: Option<u32>,
    /// A phantom or test exam: never published, archived or billed.
    pub phantom: bool,
    /// Every short attribute, by level, as queries find it; empty where nobody kept them.
    #[serde(default, skip_serializing_if = "dicom::attributes::Levels::is_empty")]
    pub attributes: dicom::attributes::Levels,
}

/// One instance on stable storage in the landing log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The group.
    pub group: GroupId,
    /// Its header.
    pub header: InstanceHeader,
    /// SHA-256 of the Part 10 file's *data set as received* (without preamble and meta group).
    pub sha256: [u8; 32],
    /// Length of the Part 10 file in bytes.
    pub size_bytes: u64,
    /// Where it lies.
    pub place: Place,
    /// Who sent it: AE title or login; for operators.
    pub source: String,
    /// When the last byte arrived.
    pub received_at: OffsetDateTime,
}

/// What became of a received instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiveOutcome {
    /// New, and visible to every query from now on. Answer success.
    Stored,
    /// The same bytes under the same UID are already here. Answer success.
    Duplicate,
    /// The UID is here with other bytes: kept aside for a person. Answer a failure (0x0111, 409).
    Conflict,
}
