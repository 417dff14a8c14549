//! Bringing an archived exam back to the web.

use super::ExamId;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// How far a recall has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecallState {
    /// Asked for.
    Asked,
    /// Its objects are found.
    Found,
    /// Every byte has been read and its digests agree.
    Verified,
    /// On the web again.
    Ready,
    /// Given up; a new request is a new recall.
    Failed,
}

/// A recall. One is open per exam, however many ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recall {
    /// Opaque id.
    pub recall: Uuid,
    /// The exam.
    pub exam: ExamId,
    /// State.
    pub state: RecallState,
    /// When it was asked for.
    pub asked_at: OffsetDateTime,
    /// Who asked first: `sheet`, or a login.
    pub asked_by: String,
    /// When it took its present state.
    pub at: OffsetDateTime,
    /// When it should be ready, once that is known.
    pub ready_by: Option<OffsetDateTime>,
    /// When the exam was last made ready, by this recall or, while it is under way, by the one before: the days on line
    /// count from here.
    pub ready_at: Option<OffsetDateTime>,
    /// The key of the reason of the last failure; while the recall is open it is tried again.
    pub failure: Option<String>,
    /// What is to be read, in bytes, once it is found.
    pub size_bytes: Option<u64>,
}

impl Recall {
    /// Whether it is still under way.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, RecallState::Ready | RecallState::Failed)
    }
}

/// A step of a recall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecallStep {
    /// Its objects are there.
    Found {
        /// When it should be ready.
        ready_by: OffsetDateTime,
        /// What is to be read.
        size_bytes: u64,
    },
    /// Every byte has been read and its digests agree.
    Verified,
    /// It did not succeed.
    Failed {
        /// The key of the reason.
        reason: String,
        /// Whether it is given up.
        given_up: bool,
    },
}

/// What made a recall ready: the new publication, recorded with it in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecallReady {
    /// The recall.
    pub recall: Uuid,
    /// The publication that was committed.
    pub publication: Uuid,
    /// Digest of everything it was made from.
    pub basis: [u8; 32],
    /// When: the days on line count from here.
    pub at: OffsetDateTime,
    /// From the first byte to ready.
    pub took: Duration,
}

/// How long a recall took, to tell the next one by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecallTime {
    /// What was read.
    pub size_bytes: u64,
    /// From the first byte to ready.
    pub took: Duration,
}
