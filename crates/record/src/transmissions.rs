//! Transmissions to partners.

use crate::RecordError;
use crate::model::{
    ExamId, GroupId, NewTransmission, Reconciled, Transmission, TransmissionKind, TransmissionQueue, TransmissionStep,
    UnmatchedStructure,
};
use async_trait::async_trait;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Transmissions to partners, from planned to acknowledged, and the orders that no rule names.
#[async_trait]
pub trait Transmissions: Send + Sync + 'static {
    /// Plans a transmission: the next version of its exam, partner and kind. An earlier version that never left is
    /// superseded; so is one that did and is still open, since this one replaces it. One whose basis is that of the
    /// latest version changes nothing.
    async fn transmission_plan(&self, group: GroupId, new: NewTransmission) -> Result<(), RecordError>;
    /// Moves a transmission on. A step that its state does not allow changes nothing: what is acknowledged or
    /// superseded stays so, and only what is held, dead or stopped is queued again.
    async fn transmission_step(
        &self,
        group: GroupId,
        transmission: Uuid,
        step: TransmissionStep,
        at: OffsetDateTime,
    ) -> Result<(), RecordError>;
    /// A try failed: not again before `due_at`. No fact; `counted` adds one to its tries,
    /// else to the tries that found nobody.
    async fn transmission_later(
        &self,
        group: GroupId,
        transmission: Uuid,
        trouble: &str,
        due_at: OffsetDateTime,
        counted: bool,
    ) -> Result<(), RecordError>;
    /// A transmission.
    async fn transmission(&self, group: GroupId, transmission: Uuid) -> Result<Transmission, RecordError>;
    /// All of an exam, in the order of their positions.
    async fn transmissions_of(&self, group: GroupId, exam: ExamId) -> Result<Vec<Transmission>, RecordError>;
    /// The first in a partner's queue.
    async fn transmission_next(
        &self,
        group: GroupId,
        partner: &str,
        kind: TransmissionKind,
    ) -> Result<Option<Transmission>, RecordError>;
    /// A partner's transmissions that are not done: dead first, then held, then queued, each in order.
    async fn transmissions_open(
        &self,
        group: GroupId,
        partner: &str,
        limit: u32,
    ) -> Result<Vec<Transmission>, RecordError>;
    /// Figures of every partner that was ever sent anything.
    async fn transmission_queues(&self, group: GroupId) -> Result<Vec<TransmissionQueue>, RecordError>;
    /// The structure that ordered an exam is named by no rule, or by one again (`None`). No fact.
    async fn set_unmatched(
        &self,
        group: GroupId,
        exam: ExamId,
        structure: Option<&str>,
        at: OffsetDateTime,
    ) -> Result<(), RecordError>;
    /// Structures that no rule names, the most frequent first.
    async fn unmatched_structures(&self, group: GroupId, limit: u32) -> Result<Vec<UnmatchedStructure>, RecordError>;
    /// Exams of such structures, after `after`.
    async fn unmatched_exams(
        &self,
        group: GroupId,
        after: Option<ExamId>,
        limit: u32,
    ) -> Result<Vec<ExamId>, RecordError>;
    /// Keeps a day's reconciliation.
    async fn set_reconciled(&self, group: GroupId, reconciled: Reconciled) -> Result<(), RecordError>;
    /// Each partner's latest reconciliation, of this day or before: a clock that ran ahead may have left later ones.
    async fn reconciled(&self, group: GroupId, until: Date) -> Result<Vec<Reconciled>, RecordError>;
}
