//! Exams known by their order before any image.

use crate::RecordError;
use crate::model::{ExamId, GroupId, OrderFact, Patient, Sheet};
use async_trait::async_trait;
use time::OffsetDateTime;

/// The kind of the jobs that look at an order again; their key is the order's key.
pub const RESERVE_JOB: &str = "reserve";

/// An order, as of now.
#[derive(Debug, Clone, PartialEq)]
pub struct Ordered {
    /// What was said of it last.
    pub order: OrderFact,
    /// When that was said.
    pub said_at: OffsetDateTime,
    /// Its patient, when certain.
    pub patient: Option<Patient>,
    /// The exam that was born with it.
    pub exam: Option<(ExamId, String)>,
    /// The exam has images already.
    pub begun: bool,
    /// That exam's sheets.
    pub sheets: Vec<Sheet>,
    /// Whether orders get a code at all ([`crate::Settings::reserve_at_order`]).
    pub reserving: bool,
}

/// Exams known by their order before any image: number and id are made then, and are those of the exam when its images
/// come, found by Study Instance UID or accession number.
#[async_trait]
pub trait Reservations: Send + Sync + 'static {
    /// An order by its key; `None` when no message speaks of it.
    async fn ordered(&self, group: GroupId, order_key: &str) -> Result<Option<Ordered>, RecordError>;
    /// Makes the exam of an order, once; an exam whose images came first is taken as it is. Returns id and number.
    ///
    /// # Errors
    /// [`RecordError::Refused`] when the order goes with several exams.
    async fn reserve_exam(&self, group: GroupId, order_key: &str) -> Result<(ExamId, String), RecordError>;
}
