use crate::TraceError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use uuid::Uuid;

/// The position of an event in the log, from 0: what the handler of bytes must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeafIndex(pub u64);

/// The kind of act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An exam was opened.
    Open,
    /// An exam was shown in a list.
    List,
    /// Images were viewed.
    ViewImages,
    /// A report was read.
    ReadReport,
    /// Something was downloaded (`detail.what` says what).
    Download,
    /// Something was printed, such as a sheet with its code.
    Print,
    /// Something was sent to another system or person.
    Send,
    /// A search; `detail.exams` is a commitment to what it showed.
    Query,
    /// A person proved who they are.
    Login,
    /// An access to a known exam was refused.
    Refusal,
    /// The trace itself was read.
    ReadTrace,
    /// An exam was asked back from the archive.
    Recall,
    /// A choice or statement was recorded.
    Choose,
    /// Something was changed by hand (an identity, an order, a setting that touches a person).
    Change,
    /// Something was erased, with its certificate.
    Erase,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was allowed and begun.
    Success,
    /// It was not allowed.
    Refused,
    /// It was allowed and failed.
    Failed,
}

/// The role in which somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The patient, or whoever holds the patient's sheet.
    Patient,
    /// A member of the group's staff.
    Staff,
    /// The professional who ordered the exam or was copied.
    Prescriber,
    /// A physician designated by the patient, or a named professional of a partner.
    Professional,
    /// A person the patient invited to look at one exam.
    Invited,
    /// Another establishment's system.
    Partner,
    /// The program itself.
    System,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// In which role.
    pub role: Role,
    /// What a patient is told: a sheet's id, a role and site, an organisation.
    pub label: String,
    /// The person's name, when professionals are shown by name.
    pub name: Option<String>,
}

/// What is to be recorded. Ids only, no personal data beyond the actor's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The kind of act.
    pub kind: Kind,
    /// Whose record: an opaque id, the same for all of one patient's events. The log keeps a keyed digest of it.
    pub patient: Option<String>,
    /// The exam's opaque id.
    pub exam: Option<Uuid>,
    /// Who.
    pub actor: Actor,
    /// What became of it.
    pub outcome: Outcome,
    /// A few short words, such as `what: dicom`. At most 16, names ≤ 64 bytes, values ≤ 512 bytes.
    pub detail: BTreeMap<String, String>,
}

impl Event {
    /// Refuses what does not belong in a log kept for decades.
    pub(crate) fn check(&self) -> Result<(), TraceError> {
        let long = |text: &str, most: usize| text.len() > most;
        let detail_fits = self.detail.iter().all(|(name, value)| !long(name, 64) && !long(value, 512));
        if self.detail.len() > 16 || !detail_fits {
            return Err(TraceError::Event("its detail is too long"));
        }
        if long(&self.actor.label, 256) || self.actor.name.as_ref().is_some_and(|name| long(name, 256)) {
            return Err(TraceError::Event("its actor is too long"));
        }
        if self.patient.as_ref().is_some_and(|patient| patient.is_empty() || long(patient, 128)) {
            return Err(TraceError::Event("its patient is empty or too long"));
        }
        Ok(())
    }
}

/// What a [`Kind::Query`] says of the exams it showed, without naming them: SHA-256, hexadecimal,
/// of their ids in order of value.
pub fn commitment(exams: &[Uuid]) -> String {
    let mut ids: Vec<_> = exams.iter().map(Uuid::as_bytes).collect();
    ids.sort_unstable();
    ids.dedup();
    hex::encode(ids.iter().fold(Sha256::new(), |digest, id| digest.chain_update(id)).finalize())
}

/// The version of [`Recorded`].
pub const EVENT_VERSION: u32 = 2;
/// The oldest version still read: it has no numbers within the exam, and its patient is not digested.
pub(crate) const OLDEST_EVENT_VERSION: u32 = 1;

impl Recorded {
    /// The bytes the leaf is made of.
    pub fn canonical(&self) -> Result<Vec<u8>, TraceError> {
        serde_json::to_vec(self).map_err(|_| TraceError::Event("it cannot be written"))
    }
}

/// An event as it stands in the log: the canonical JSON of this, in this order, is what the leaf
/// is made of. Pinned examples: `formats/trace/event-1.json`, `event-2.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// Version of this shape.
    pub version: u32,
    /// The leaf index.
    pub seq: LeafIndex,
    /// When, by the wall clock, in UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// The kind of act.
    pub kind: Kind,
    /// The patient's pseudonym (in version 1: the id itself).
    pub patient: Option<String>,
    /// The number of this event among those of the patient, from 1 without gaps.
    pub patient_seq: Option<u64>,
    /// The leaf of the patient's event before this one.
    pub patient_prev: Option<LeafIndex>,
    /// The exam.
    pub exam: Option<Uuid>,
    /// The number of this event among those of the exam, from 1 without gaps (from version 2 on).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exam_seq: Option<u64>,
    /// The leaf of the exam's event before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exam_prev: Option<LeafIndex>,
    /// Who.
    pub actor: Actor,
    /// What became of it.
    pub outcome: Outcome,
    /// A few short words.
    pub detail: BTreeMap<String, String>,
}

/// Something about security that concerns no known exam: kept in a plain table, outside the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityEvent {
    /// A short word: `door-refused`, `unknown-ae`, `login-refused`, `budget-exhausted`.
    pub kind: String,
    /// Where it came from (an address prefix, an AE title), escaped by the reader.
    pub origin: Option<String>,
    /// A few short words.
    pub detail: BTreeMap<String, String>,
}

/// A line of the security log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityRecord {
    /// Its number, from 1.
    pub number: u64,
    /// When.
    pub time: OffsetDateTime,
    /// What.
    pub event: SecurityEvent,
}
