//! What the practice's desk records itself: rights and appointments; and patients, found.

use crate::RecordError;
use crate::model::{
    Appointment, AppointmentStep, Coverage, ExamLine, GroupId, MessageFact, Patient, PatientId, PatientIdentifier,
    PatientQuery, PatientSaid,
};
use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

/// Why an appointment is refused whose accession number another one has: the next number is another.
pub const NUMBER_GIVEN: &str = "the accession number is given";

/// The desk's own facts.
#[async_trait]
pub trait Practices: Send + Sync + 'static {
    /// Records a patient's rights; the last ones count.
    async fn coverage_put(&self, group: GroupId, coverage: Coverage) -> Result<(), RecordError>;
    /// What a patient's rights were said to be, of records merged with theirs too, oldest first.
    async fn coverages(&self, group: GroupId, patient: PatientId) -> Result<Vec<Coverage>, RecordError>;
    /// Patients, by name. Accents, case, hyphens and blanks in names do not matter.
    async fn patients_found(&self, group: GroupId, query: PatientQuery) -> Result<Vec<Patient>, RecordError>;
    /// The number that stands for a patient, of the surviving record when this one was merged.
    async fn patient_number(&self, group: GroupId, patient: PatientId) -> Result<PatientIdentifier, RecordError>;
    /// Everything that was said of a patient, newest first.
    async fn patient_history(&self, group: GroupId, patient: PatientId) -> Result<Vec<PatientSaid>, RecordError>;
    /// Keeps an order and its appointment, both or neither. The same id twice is the same as once.
    ///
    /// # Errors
    /// [`RecordError::Refused`] when the room is taken at that time, or the accession number is given.
    async fn order_place(
        &self,
        group: GroupId,
        order: MessageFact,
        appointment: Appointment,
    ) -> Result<(), RecordError>;
    /// Moves an appointment on; `order` is what it then says of its order, if anything.
    ///
    /// # Errors
    /// [`RecordError::Refused`] for a step that its state does not allow.
    async fn appointment_step(
        &self,
        group: GroupId,
        appointment: Uuid,
        step: AppointmentStep,
        order: Option<MessageFact>,
    ) -> Result<(), RecordError>;
    /// One appointment.
    async fn appointment(&self, group: GroupId, appointment: Uuid) -> Result<Appointment, RecordError>;
    /// Those that begin in a time, by room, then in order.
    async fn appointments(
        &self,
        group: GroupId,
        from: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Vec<Appointment>, RecordError>;
    /// Those of a patient, of records merged with theirs too, newest first.
    async fn appointments_of(&self, group: GroupId, patient: PatientId) -> Result<Vec<Appointment>, RecordError>;
    /// The exam whose images bear this accession number of ours, if it has come.
    async fn exam_of_accession(&self, group: GroupId, accession: &str) -> Result<Option<ExamLine>, RecordError>;
}
