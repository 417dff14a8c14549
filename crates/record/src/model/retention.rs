//! What keeps an exam whatever its dates say, and the way to its erasure.

use super::{ExamId, PatientId};
use exam::retention::Hold as HoldKind;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
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
