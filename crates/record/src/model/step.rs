//! Steps of an exam: as they are planned, and as modalities say that they do them.

use super::{OrderFact, Patient};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Where a planned step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Planned.
    Scheduled,
    /// The patient is there (ORC-5 `IP`).
    Arrived,
    /// A modality has begun.
    Started,
    /// A modality, or the information system (ORC-5 `CM`), says that it is done.
    Done,
    /// Cancelled (ORC-1, ORC-5 `CA`).
    Cancelled,
}

/// A planned step, as a modality is offered it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedStep {
    /// The order's key.
    pub order_key: String,
    /// What was ordered.
    pub order: OrderFact,
    /// The patient as known now, when certain.
    pub patient: Option<Patient>,
    /// Study Instance UID: the order's, else made once.
    pub study_instance_uid: String,
    /// When it is planned; of an order that says nothing, when it was given.
    pub scheduled_at: OffsetDateTime,
    /// Where it stands.
    pub status: StepStatus,
}

/// Performed Procedure Step Status (0040,0252).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PerformedState {
    /// `IN PROGRESS`.
    InProgress,
    /// `COMPLETED`.
    Completed,
    /// `DISCONTINUED`.
    Discontinued,
}

/// One series that a modality says it made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerformedSeries {
    /// Series Instance UID (0020,000E).
    pub series_instance_uid: String,
    /// Images and other instances in it.
    pub instances: u64,
}

/// What a modality says that it does (PS3.4 §F.7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerformedStep {
    /// SOP Instance UID of the step.
    pub sop_instance_uid: String,
    /// Who says it: calling title.
    pub station: String,
    /// Studies of its scheduled steps (0040,0270).
    pub study_instance_uids: Vec<String>,
    /// Modality (0008,0060).
    pub modality: String,
    /// Where it stands.
    pub state: PerformedState,
    /// The series, as said last.
    pub series: Vec<PerformedSeries>,
}

impl PerformedStep {
    /// Instances that it says it made.
    pub fn instances(&self) -> u64 {
        self.series.iter().map(|series| series.instances).sum()
    }
}

/// Why a performed step was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepRefusal {
    /// A step of this UID is here already.
    Duplicate,
    /// There is none.
    Unknown,
    /// It is completed or discontinued: it changes no more.
    Final,
}
