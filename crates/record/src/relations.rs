//! Who else reads a person's record, or stands for them.

use crate::RecordError;
use crate::model::{EmergencyReview, GroupId, PatientId, Relation, RequestEnd};
use async_trait::async_trait;
use uuid::Uuid;

/// A relation, and whether the other side has it as it stands, under the name the person bears now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRelation {
    /// The relation.
    pub relation: Relation,
    /// The patient it was last told under.
    pub told_for: Option<PatientId>,
}

/// Relations are declared, ended, reviewed: each is journalled in its transaction. What the other side has to know of
/// enqueues `publish` for the person's exams.
#[async_trait]
pub trait Relations: Send + Sync + 'static {
    /// Declares a relation. The same id twice is the same as once.
    ///
    /// # Errors
    /// [`RecordError::NotFound`] for a patient who is not in the record; [`RecordError::Refused`] when it cannot be
    /// declared.
    async fn relation_put(&self, group: GroupId, relation: Relation) -> Result<(), RecordError>;
    /// Ends it before its time.
    ///
    /// # Errors
    /// [`RecordError::Refused`] for one that was ended already, and without words.
    async fn relation_end(&self, group: GroupId, relation: Uuid, end: RequestEnd) -> Result<Relation, RecordError>;
    /// The review of an emergency opening.
    ///
    /// # Errors
    /// [`RecordError::Refused`] for one that was reviewed already, for what is no emergency, and without words.
    async fn relation_review(
        &self,
        group: GroupId,
        relation: Uuid,
        review: EmergencyReview,
    ) -> Result<Relation, RecordError>;
    /// One of them.
    async fn relation(&self, group: GroupId, relation: Uuid) -> Result<Relation, RecordError>;
    /// Those of a patient, of records merged with theirs too, the oldest first.
    async fn relations(&self, group: GroupId, patient: PatientId) -> Result<Vec<StoredRelation>, RecordError>;
    /// Emergency openings: those that nobody has reviewed, the oldest first, or the reviewed ones, the latest first.
    async fn emergencies(&self, group: GroupId, waiting: bool, limit: u32) -> Result<Vec<Relation>, RecordError>;
    /// The other side has it as it stands, under this patient.
    async fn relation_told(&self, group: GroupId, relation: Uuid, patient: PatientId) -> Result<(), RecordError>;
}
