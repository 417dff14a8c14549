//! What keeps an exam whatever its dates say, and the way to its erasure.

use super::{ExamId, ItemState, PatientId};
use exam::retention::Hold as HoldKind;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// What a hold is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// One exam.
    Exam(ExamId),
    /// Every exam of a patient, present and to come.
    Patient(PatientId),
}

/// A hold: while it is open, nothing it is about is erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionHold {
    /// Opaque id.
    pub hold: Uuid,
    /// About what.
    pub held: Held,
    /// Which kind.
    pub kind: HoldKind,
    /// Why, in a person's words.
    pub reason: String,
    /// Who put it (login, or `system`).
    pub by: String,
    /// Since.
    pub at: OffsetDateTime,
    /// Who has asked for its release, while a second person must agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_asked_by: Option<String>,
}

/// What a request to release a hold led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// It is released.
    Released,
    /// A second person must agree.
    Asked,
}

/// An exam on its way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doom {
    /// The approved list it stands on.
    pub list: Uuid,
    /// When it went out of sight.
    pub doomed_at: OffsetDateTime,
    /// Not destroyed before this instant: until then it can be taken back.
    pub grace_until: OffsetDateTime,
    /// When it was destroyed.
    pub destroyed_at: Option<OffsetDateTime>,
}

/// The latest list an exam is or was on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The list.
    pub list: Uuid,
    /// How its line stands.
    pub state: ItemState,
    /// Since.
    pub at: OffsetDateTime,
}

/// What an officer said of a batch of adopted exams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegacyRule {
    /// The batch.
    pub batch: String,
    /// Kept as if the patient had chosen the archive; else as if nobody had.
    pub kept_as_chosen: bool,
    /// Why.
    pub reason: String,
    /// Who (login).
    pub by: String,
    /// When.
    pub at: OffsetDateTime,
}

/// When to judge an exam again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Review {
    /// The exam.
    pub exam: ExamId,
    /// Never later than the day its verdict may turn.
    pub on: Date,
    /// Grows with each change of its facts.
    pub changed: u64,
}

/// What was foreseen for a day, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionDay {
    /// Exams foreseen to be proposed.
    pub proposals: u64,
    /// Exams foreseen to be destroyed.
    pub destructions: u64,
    /// Bytes of the exams foreseen to be proposed.
    pub bytes: u64,
    /// Exams proposed.
    #[serde(default)]
    pub proposed: u64,
    /// Exams destroyed.
    #[serde(default)]
    pub destroyed: u64,
    /// Why it stopped: a key, e.g. `retention-over-cap`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// Who let it go over its cap (login).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_by: Option<String>,
}
