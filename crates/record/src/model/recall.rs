//! Bringing an archived exam back to the web.

use super::ExamId;
use serde::{Deserialize, Serialize};
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
    /// When it was ready: the days on line count from here.
    pub ready_at: Option<OffsetDateTime>,
    /// The key of the reason of the last failure.
    pub failure: Option<String>,
}

impl Recall {
    /// Whether it is still under way.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, RecallState::Ready | RecallState::Failed)
    }
}
