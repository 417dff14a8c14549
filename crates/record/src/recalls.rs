//! Recalls: from asked to ready.

use crate::RecordError;
use crate::model::{ExamId, GroupId, Recall, RecallReady, RecallStep, RecallTime};
use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

/// Recalls: from asked to ready; and the end of an exam's time on line, which only a recall undoes.
#[async_trait]
pub trait Recalls: Send + Sync + 'static {
    /// Asks for a recall; enqueues `recall`. One is open per exam: whoever asks while one is gets that one. A recall
    /// that is known changes nothing.
    async fn recall_ask(
        &self,
        group: GroupId,
        recall: Uuid,
        exam: ExamId,
        by: &str,
        at: OffsetDateTime,
    ) -> Result<Recall, RecordError>;
    /// Moves an open recall on; about one that is not open it says nothing and changes nothing.
    async fn recall_step(
        &self,
        group: GroupId,
        recall: Uuid,
        step: RecallStep,
        at: OffsetDateTime,
    ) -> Result<(), RecordError>;
    /// The exam is on the web again: its publication and the end of its recall, at once.
    async fn recall_ready(&self, group: GroupId, exam: ExamId, ready: RecallReady) -> Result<(), RecordError>;
    /// Those under way, the oldest first.
    async fn open_recalls(&self, group: GroupId) -> Result<Vec<Recall>, RecordError>;
    /// How long the latest ones took, newest first.
    async fn recall_times(&self, group: GroupId, limit: u32) -> Result<Vec<RecallTime>, RecordError>;
    /// The exam's time on line is over.
    async fn publication_expired(&self, group: GroupId, exam: ExamId, at: OffsetDateTime) -> Result<(), RecordError>;
}
