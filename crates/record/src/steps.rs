//! Planned and performed steps.

use crate::RecordError;
use crate::model::{GroupId, PerformedSeries, PerformedState, PerformedStep, PlannedStep, StepRefusal};
use async_trait::async_trait;
use time::OffsetDateTime;

/// Steps as they are planned (orders) and as modalities say that they do them.
#[async_trait]
pub trait Steps: Send + Sync + 'static {
    /// Steps planned from `from` to before `to` that are neither done nor cancelled, the earliest first.
    async fn planned_steps(
        &self,
        group: GroupId,
        from: OffsetDateTime,
        to: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<PlannedStep>, RecordError>;
    /// Keeps a step that begins.
    async fn step_begun(&self, group: GroupId, step: PerformedStep) -> Result<Result<(), StepRefusal>, RecordError>;
    /// Changes a step; `None` leaves what was said. An end makes the exam looked at again: it may be complete.
    async fn step_set(
        &self,
        group: GroupId,
        sop_instance_uid: &str,
        state: Option<PerformedState>,
        series: Option<Vec<PerformedSeries>>,
    ) -> Result<Result<(), StepRefusal>, RecordError>;
    /// A step.
    async fn performed_step(
        &self,
        group: GroupId,
        sop_instance_uid: &str,
    ) -> Result<Option<PerformedStep>, RecordError>;
}
