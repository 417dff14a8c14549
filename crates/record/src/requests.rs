//! What people ask of their data, from asked to answered; and breaches.

use crate::RecordError;
use crate::model::{Breach, DataRequest, GroupId, PatientId, PatientRecord, RequestEnd, RequestStep};
use async_trait::async_trait;
use uuid::Uuid;

/// What people ask of their data. While a request is open it holds every exam of its patient by itself; nobody can
/// release that hold but by answering.
#[async_trait]
pub trait Requests: Send + Sync + 'static {
    /// Records a request. The same id twice is the same as once.
    ///
    /// # Errors
    /// [`RecordError::NotFound`] for a patient who is not in the record; [`RecordError::Refused`] without what is asked,
    /// without the name of another asker, or for a request that is not a new one.
    async fn request_put(&self, group: GroupId, request: DataRequest) -> Result<(), RecordError>;
    /// Moves a request on.
    ///
    /// # Errors
    /// [`RecordError::Refused`] for a step that its state does not allow, for a package before the identity is checked,
    /// and for an end without words.
    async fn request_step(&self, group: GroupId, request: Uuid, step: RequestStep) -> Result<DataRequest, RecordError>;
    /// One request.
    async fn request(&self, group: GroupId, request: Uuid) -> Result<DataRequest, RecordError>;
    /// The open ones, the oldest first.
    async fn requests_open(&self, group: GroupId) -> Result<Vec<DataRequest>, RecordError>;
    /// Those of a patient, of records merged with theirs too, the oldest first.
    async fn requests_of(&self, group: GroupId, patient: PatientId) -> Result<Vec<DataRequest>, RecordError>;
    /// Those whose package has not been erased.
    async fn requests_packaged(&self, group: GroupId) -> Result<Vec<DataRequest>, RecordError>;
    /// All of them after this one, in the order in which they came: the register.
    async fn requests_after(
        &self,
        group: GroupId,
        after: Option<&DataRequest>,
        limit: u32,
    ) -> Result<Vec<DataRequest>, RecordError>;
    /// A person of the record.
    async fn person(&self, group: GroupId, patient: PatientId) -> Result<PatientRecord, RecordError>;
    /// Declares a breach. The same id twice is the same as once.
    async fn breach_put(&self, group: GroupId, breach: Breach) -> Result<(), RecordError>;
    /// What was decided of a breach.
    async fn breach_end(&self, group: GroupId, breach: Uuid, end: RequestEnd) -> Result<(), RecordError>;
    /// Breaches, the latest known first.
    async fn breaches(&self, group: GroupId, limit: u32) -> Result<Vec<Breach>, RecordError>;
}
