//! What is sent to partners: one transmission per exam, partner, kind and version.

use super::{ExamId, Patient, ReportId};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransmissionKind {
    /// The report, by HL7.
    Report,
    /// The images, by DICOM.
    Images,
}

impl TransmissionKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Report, Self::Images];

    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Images => "images",
        }
    }
}

/// How far a transmission has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransmissionState {
    /// Waits for its turn, or is on its way.
    Queued,
    /// May not leave for now; the reason says why.
    Held,
    /// Refused, or failed too often: a person must act.
    Dead,
    /// All of it has arrived; the partner has still to commit.
    Sent,
    /// The partner has it; the reason says what the partner said.
    Acknowledged,
    /// It will not leave: the patient objects, or a person gave it up.
    Stopped,
    /// A later version replaced it.
    Superseded,
}

impl TransmissionState {
    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Held => "held",
            Self::Dead => "dead",
            Self::Sent => "sent",
            Self::Acknowledged => "acknowledged",
            Self::Stopped => "stopped",
            Self::Superseded => "superseded",
        }
    }

    /// Whether something has still to happen: it holds its exam.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Held | Self::Dead | Self::Sent)
    }
}

/// What a transmission is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransmissionBody {
    /// The person it is sent about, as known when it was planned.
    pub person: Option<Patient>,
    /// The version of the report, when it is one.
    pub report: Option<ReportId>,
    /// It takes the report back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdraws: bool,
}

/// A transmission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmission {
    /// Opaque id; messages and images sent again carry the same.
    pub id: Uuid,
    /// The exam.
    pub exam: ExamId,
    /// The partner's name, as the rules have it.
    pub partner: String,
    /// What.
    pub kind: TransmissionKind,
    /// From 1 per exam, partner and kind.
    pub version: u32,
    /// The order in which they leave.
    pub position: u64,
    /// Digest of everything it is made from.
    pub basis: [u8; 32],
    /// What it is made from.
    pub body: TransmissionBody,
    /// State.
    pub state: TransmissionState,
    /// The key of the reason of its state.
    pub reason: Option<String>,
    /// When it was planned.
    pub planned_at: OffsetDateTime,
    /// When it took its present state.
    pub at: OffsetDateTime,
    /// When its first byte was about to leave, the first time.
    pub left_at: Option<OffsetDateTime>,
    /// Failed tries since it was last queued, once something had been sent.
    pub tries: u32,
    /// Tries in a row that found nobody.
    pub misses: u32,
    /// Not tried again before this instant.
    pub due_at: OffsetDateTime,
    /// The key of what the last try met.
    pub trouble: Option<String>,
    /// Since when the partner is to be told that the patient objects to what it has.
    pub noticed_at: Option<OffsetDateTime>,
    /// What the partner answered to that, in a person's words.
    pub notice_answer: Option<String>,
}

/// A transmission to be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTransmission {
    /// Opaque id.
    pub id: Uuid,
    /// The exam.
    pub exam: ExamId,
    /// The partner's name.
    pub partner: String,
    /// What.
    pub kind: TransmissionKind,
    /// Digest of everything it is made from.
    pub basis: [u8; 32],
    /// What it is made from.
    pub body: TransmissionBody,
    /// The key of what holds it, if anything does.
    pub held: Option<String>,
    /// When.
    pub at: OffsetDateTime,
}

/// A step of a transmission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "step")]
pub enum TransmissionStep {
    /// Its first byte is about to leave.
    Left,
    /// It may leave, again if need be.
    Queued {
        /// Who said so (a login), or `system`.
        by: String,
    },
    /// It may not leave for now.
    Held {
        /// The key of the reason.
        reason: String,
    },
    /// A person must act.
    Dead {
        /// The key of the reason.
        reason: String,
    },
    /// All of it has arrived; the partner has still to commit.
    Sent,
    /// The partner has it.
    Acknowledged {
        /// What says so: `accepted` (HL7 AA), `committed` (storage commitment), `stored` (success statuses alone).
        how: String,
    },
    /// It will not leave.
    Stopped {
        /// The key of the reason: `objection`, `given-up`.
        reason: String,
        /// Who (a login), or `system`.
        by: String,
    },
    /// A copy has left and its patient objects since: the partner is to be told.
    Noticed,
    /// What the partner answered to that.
    NoticeAnswered {
        /// In a person's words.
        answer: String,
        /// Who wrote it down (a login).
        by: String,
    },
}

/// A partner's queue of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransmissionQueue {
    /// The partner's name.
    pub partner: String,
    /// What.
    pub kind: TransmissionKind,
    /// Those that should be there: every exam's latest version, stopped ones excepted.
    pub expected: u64,
    /// Those the partner has.
    pub acknowledged: u64,
    /// Those that wait for their turn.
    pub queued: u64,
    /// Those arrived but not committed.
    pub sent: u64,
    /// Those held.
    pub held: u64,
    /// Those that a person must act on.
    pub dead: u64,
    /// Those stopped.
    pub stopped: u64,
    /// When the oldest that waits was planned.
    pub oldest: Option<OffsetDateTime>,
}

/// An ordering structure that no rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedStructure {
    /// As orders name it.
    pub structure: String,
    /// Its exams.
    pub exams: u64,
    /// Since when.
    pub since: OffsetDateTime,
}

/// One day's reconciliation with a partner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransmissionDay {
    /// Exams looked at whose order is the partner's.
    pub exams: u64,
    /// Transmissions that were missing and have been planned now.
    pub found: u64,
    /// What should be there.
    pub expected: u64,
    /// What the partner has acknowledged.
    pub acknowledged: u64,
    /// Held, dead, waiting.
    pub outstanding: u64,
    /// Stopped by an objection or by a person.
    pub stopped: u64,
}

/// One partner's latest reconciliation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciled {
    /// The partner's name.
    pub partner: String,
    /// The day.
    pub day: Date,
    /// Figures.
    pub figures: TransmissionDay,
}
