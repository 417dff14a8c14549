//! What the patient and staff said of an exam: the optional archive, its class.

use crate::RecordError;
use crate::model::{ArchiveChoice, ClassCorrection, ExamId, GroupId};
use async_trait::async_trait;
use exam::policy::Policies;

/// What the patient and staff said of an exam: the optional archive, its class. Both are facts that are only added to;
/// the last one counts. They are tied to the exam's studies, and go with them when exams are joined or parted.
#[async_trait]
pub trait Choices: Send + Sync + 'static {
    /// Records an answer about the optional archive, with what was shown beforehand; enqueues `publish`. The same
    /// answer to the same notice and price twice is the same as once.
    ///
    /// # Errors
    /// [`RecordError::Refused`] when the images are erased or on their way, when the class of the exam is not archived
    /// by choice under `policies`, when a yes is taken back that was never said, and when a yes is declined.
    async fn record_choice(
        &self,
        group: GroupId,
        choice: ArchiveChoice,
        policies: &Policies,
    ) -> Result<(), RecordError>;
    /// Every answer about an exam, oldest first.
    async fn choices(&self, group: GroupId, exam: ExamId) -> Result<Vec<ArchiveChoice>, RecordError>;
    /// Records a person's word on the class; it decides alone. Enqueues `publish`.
    ///
    /// # Errors
    /// [`RecordError::Refused`] for a class that is none, for no reason, or when the exam is erased or on its way.
    async fn correct_class(&self, group: GroupId, correction: ClassCorrection) -> Result<(), RecordError>;
    /// Every correction of an exam's class, oldest first.
    async fn class_corrections(&self, group: GroupId, exam: ExamId) -> Result<Vec<ClassCorrection>, RecordError>;
}
