//! Instances by their UIDs, wherever they lie.

use crate::RecordError;
use crate::model::{ExamId, GroupId, PatientId, StoredInstance};
use async_trait::async_trait;

/// Which instances: those of a study, of one of its series, or one. What is `None` is any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UidPath {
    /// Study Instance UID (0020,000D).
    pub study: Option<String>,
    /// Series Instance UID (0020,000E).
    pub series: Option<String>,
    /// SOP Instance UID (0008,0018).
    pub instance: Option<String>,
}

/// An instance, and whose it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The exam it belongs to.
    pub exam: ExamId,
    /// The exam's patient, once known.
    pub patient: Option<PatientId>,
    /// The instance.
    pub instance: StoredInstance,
}

/// Instances by their UIDs.
#[async_trait]
pub trait Locates: Send + Sync + 'static {
    /// The instances of that path, by series number, series UID, instance number, UID; those of exams that are out of
    /// sight, and those that were rejected, are not among them. A path that names neither study, series nor instance has none.
    async fn located(&self, group: GroupId, path: &UidPath) -> Result<Vec<Located>, RecordError>;
}
