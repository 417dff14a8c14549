//! Lists of erasure, from proposed to certified.

use super::{ExamId, Role};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Which way an exam goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErasurePath {
    /// It was archived: two people approve each list.
    Archived,
    /// It was stored only until its time on line ended: two people approve the rule, once.
    StoredOnly,
}

/// Somebody's yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who (login).
    pub by: String,
    /// In which role.
    pub role: Role,
    /// When.
    pub at: OffsetDateTime,
}

/// Somebody's no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Who (login).
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: OffsetDateTime,
}

/// How a list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListState {
    /// Waits for people.
    Proposed,
    /// Approved: its exams are in their grace, or beyond.
    Approved,
    /// Refused.
    Refused,
}

/// A list of erasure without its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureList {
    /// Opaque id.
    pub list: Uuid,
    /// Which way.
    pub path: ErasurePath,
    /// The day it is for.
    pub day: Date,
    /// How it stands.
    pub state: ListState,
    /// When it was made.
    pub proposed_at: OffsetDateTime,
    /// Its lines.
    pub exams: u32,
    /// Bytes of the objects it would erase.
    pub size_bytes: u64,
    /// The rule it was made under, when it goes without being asked each day.
    pub rule: Option<Uuid>,
    /// Who said yes; of the rule, when there is one.
    pub approvals: Vec<Approval>,
    /// Who said no.
    pub refusal: Option<Refusal>,
    /// Until when its exams can be taken back, once it is approved.
    pub grace_until: Option<OffsetDateTime>,
}

/// How a line of a list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemState {
    /// Waits for the list's approval.
    Proposed,
    /// Out of sight, can be taken back.
    Doomed,
    /// Taken back by a person, a hold or a changed fact.
    TakenOff,
    /// Its list was refused.
    Refused,
    /// Gone, with its certificate.
    Destroyed,
}

/// A line of a list: one exam, why, how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureItem {
    /// The exam.
    pub exam: ExamId,
    /// Its number, as the pages show it.
    pub number: String,
    /// Class key.
    pub class: String,
    /// The exam's date.
    pub exam_date: Date,
    /// The keys of the reasons, the one to print first.
    pub reasons: Vec<String>,
    /// The last day it had to be kept.
    pub kept_until: Option<Date>,
    /// Instances.
    pub instances: u32,
    /// Keys of the vault's objects that would go, sorted.
    pub objects: Vec<String>,
    /// Their bytes.
    pub size_bytes: u64,
    /// How it stands.
    pub state: ItemState,
    /// Why it was taken off: a key, or a person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_because: Option<String>,
}

/// A rule under which exams that nobody chose to archive go day by day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingRule {
    /// Opaque id.
    pub rule: Uuid,
    /// Digest of the policy table it was made for: under another one it says nothing.
    pub policies: String,
    /// Who said yes.
    pub approvals: Vec<Approval>,
    /// Whether two people have.
    pub approved: bool,
}

/// What an approval led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approved {
    /// One more person must agree.
    OneMore,
    /// It is approved.
    Now,
}

/// What is erased with an exam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedObject {
    /// The vault's key.
    pub object: String,
    /// Length in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the object, hexadecimal.
    pub sha256: String,
}

/// What stays of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// SHA-256 of its SOP Instance UID, hexadecimal.
    pub uid_sha256: String,
    /// SHA-256 of its bytes as received, hexadecimal.
    pub sha256: String,
    /// Length in bytes.
    pub size_bytes: u64,
}

/// Proof of an erasure: opaque ids and digests, no identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Version of this shape.
    pub version: u32,
    /// Opaque id.
    pub certificate: Uuid,
    /// The exam.
    pub exam: ExamId,
    /// The list it stood on.
    pub list: Uuid,
    /// Which way.
    pub path: ErasurePath,
    /// The keys of the reasons, as judged at the moment of destruction.
    pub reasons: Vec<String>,
    /// The last day it had to be kept.
    pub kept_until: Option<Date>,
    /// Digest of the policy table.
    pub policies: String,
    /// Who approved.
    pub approvals: Vec<Approval>,
    /// When it was proposed.
    #[serde(with = "time::serde::rfc3339")]
    pub proposed_at: OffsetDateTime,
    /// When it went out of sight.
    #[serde(with = "time::serde::rfc3339")]
    pub doomed_at: OffsetDateTime,
    /// When its destruction was decided for good.
    #[serde(with = "time::serde::rfc3339")]
    pub destroyed_at: OffsetDateTime,
    /// Names of the places each object was erased from.
    pub placements: Vec<String>,
    /// The objects.
    pub objects: Vec<ErasedObject>,
    /// The instances.
    pub instances: Vec<Tombstone>,
}

/// An erasure that has begun: from here on it is only ever finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destruction {
    /// What it will be certified by.
    pub certificate: Certificate,
    /// Position of its leaf in the trace.
    pub leaf: u64,
    /// When everything was gone.
    pub finished_at: Option<OffsetDateTime>,
}
