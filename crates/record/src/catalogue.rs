//! The port: the use cases of the archive side's catalogue.

use crate::model::*;
use crate::{
    Billings, Choices, Commitments, Finds, Locates, Practices, Prescribers, Recalls, RecordError, Relations, Requests,
    Reservations, Retentions, Statements, Steps, Transmissions,
};
use async_trait::async_trait;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;
use work::{Job, JobSummary, NewJob};

/// The catalogue. Every call is one transaction: it takes effect entirely or not at all, and when it
/// returns `Ok` it is durable, [`Catalogue::receive`] excepted, whose rows the landing log replays.
#[async_trait]
pub trait Catalogue:
    Billings
    + Choices
    + Commitments
    + Finds
    + Locates
    + Practices
    + Prescribers
    + Recalls
    + Relations
    + Requests
    + Reservations
    + Retentions
    + Statements
    + Steps
    + Transmissions
    + Send
    + Sync
    + 'static
{
    // ---- intake -------------------------------------------------------------------------------

    /// Keeps a batch of images and moves the writer's applied position. One outcome per image, in
    /// order. Repeating it is safe. A message's record needs no image: pass an empty batch.
    async fn receive(&self, batch: Vec<Received>, applied: Option<Applied>)
    -> Result<Vec<ReceiveOutcome>, RecordError>;
    /// How far a writer of the landing log is applied.
    async fn applied(&self, writer: u32) -> Result<Option<Applied>, RecordError>;
    /// Whether an instance that is not sealed, or one kept aside, still lies in this segment. An
    /// answer of `false` is durable: the segment may go.
    async fn segment_in_use(&self, writer: u32, segment: u64) -> Result<bool, RecordError>;
    /// Keeps a message, exactly once by (group, sender, control id, digest), durably.
    async fn apply(&self, message: MessageFact) -> Result<MessageEffect, RecordError>;

    // ---- sealing ------------------------------------------------------------------------------

    /// The instances of an exam that are only in the landing log, by series then instance number.
    async fn unsealed(&self, group: GroupId, exam: ExamId) -> Result<Vec<StoredInstance>, RecordError>;
    /// All instances of an exam, by series number, series UID, instance number, UID.
    async fn instances(&self, group: GroupId, exam: ExamId) -> Result<Vec<StoredInstance>, RecordError>;
    /// The number of the next generation of a series (from 1).
    async fn next_generation(
        &self,
        group: GroupId,
        exam: ExamId,
        series_instance_uid: &str,
    ) -> Result<u32, RecordError>;
    /// Records a generation that was sealed and read back; its instances are sealed from now on.
    /// The same generation twice is the same as once.
    async fn record_generation(&self, generation: Generation) -> Result<(), RecordError>;
    /// All generations of an exam, by series then number.
    async fn generations(&self, group: GroupId, exam: ExamId) -> Result<Vec<Generation>, RecordError>;
    /// Objects of the vault the record names, by key, after `after`.
    async fn objects(&self, group: GroupId, after: Option<&str>, limit: u32) -> Result<Vec<NamedObject>, RecordError>;
    /// The documents of an exam's reports, by version then part, with the bytes not yet sealed.
    async fn documents(&self, group: GroupId, exam: ExamId) -> Result<Vec<StoredDocument>, RecordError>;
    /// A document was sealed and read back; its bytes leave the database.
    async fn document_sealed(&self, sealed: DocumentSealed) -> Result<(), RecordError>;
    /// Journal entries numbered above `after`, in order. What it returns is durable.
    async fn journal_after(&self, group: GroupId, after: u64, limit: u32) -> Result<Vec<JournalEntry>, RecordError>;
    /// The entries up to `number` are sealed in `object`.
    async fn journal_sealed_up_to(&self, group: GroupId, number: u64, object: NamedObject) -> Result<(), RecordError>;
    /// The number up to which the journal is sealed (0 = nothing).
    async fn journal_sealed(&self, group: GroupId) -> Result<u64, RecordError>;

    // ---- rebuilding an empty record from vault and journal ------------------------------------

    /// Applies a journal entry again. Entries must come in order; one already here is skipped.
    async fn restore_journal(&self, entry: JournalEntry) -> Result<(), RecordError>;
    /// Names the instances of a sealed generation again, from the headers read in its object.
    async fn restore_generation(&self, generation: Generation, headers: Vec<InstanceHeader>)
    -> Result<(), RecordError>;

    // ---- publishing ---------------------------------------------------------------------------

    /// Everything about an exam.
    async fn exam(&self, group: GroupId, exam: ExamId) -> Result<ExamDetail, RecordError>;
    /// The exam that has this exam number.
    async fn exam_by_number(&self, group: GroupId, number: &str) -> Result<Option<ExamId>, RecordError>;
    /// The diffusion side committed a publication.
    async fn publication_recorded(
        &self,
        group: GroupId,
        exam: ExamId,
        publication: Uuid,
        basis: [u8; 32],
        at: OffsetDateTime,
    ) -> Result<(), RecordError>;
    /// The diffusion side took the exam off the web.
    async fn publication_withdrawn(&self, group: GroupId, exam: ExamId, at: OffsetDateTime) -> Result<(), RecordError>;
    /// Whom the exam's web copy and codes are made for from now on: written before the first of them leaves.
    async fn diffused_for(&self, group: GroupId, exam: ExamId, person: DiffusedFor) -> Result<(), RecordError>;
    /// What the diffusion side was last told of an exam's dates and words. No fact: a rebuilt record has none.
    async fn told(&self, group: GroupId, exam: ExamId) -> Result<Option<Told>, RecordError>;
    /// This was told.
    async fn set_told(&self, group: GroupId, exam: ExamId, told: Told) -> Result<(), RecordError>;
    /// Keeps an exam off the web; enqueues `publish`, which withdraws it.
    async fn hold(&self, group: GroupId, exam: ExamId, hold: Hold) -> Result<(), RecordError>;
    /// Ends the hold; enqueues `publish`.
    async fn release(&self, group: GroupId, exam: ExamId, by: &str, at: OffsetDateTime) -> Result<(), RecordError>;
    /// Writes a sheet's new state (reserved → issued → revoked); a revoked sheet stays revoked.
    async fn sheet(&self, group: GroupId, sheet: Sheet) -> Result<(), RecordError>;
    /// A sheet.
    async fn sheet_by_id(&self, group: GroupId, sheet: SheetId) -> Result<Option<Sheet>, RecordError>;
    /// After a hundred failures the door locked the exam's number: its sheets must be replaced. The first time counts.
    async fn number_locked(&self, group: GroupId, exam: ExamId, at: OffsetDateTime) -> Result<(), RecordError>;
    /// Its sheets were replaced.
    async fn number_freed(&self, group: GroupId, exam: ExamId, by: &str, at: OffsetDateTime)
    -> Result<(), RecordError>;
    /// The number of the last message taken from the diffusion side (0 = none).
    async fn link_cursor(&self, group: GroupId) -> Result<u64, RecordError>;
    /// Moves the cursor; never back.
    async fn set_link_cursor(&self, group: GroupId, number: u64) -> Result<(), RecordError>;

    // ---- desk ---------------------------------------------------------------------------------

    /// A page of exams, newest first.
    async fn exams(&self, group: GroupId, query: ExamQuery) -> Result<ExamPage, RecordError>;
    /// The exams of the patient this exam belongs to, newest first (this one included).
    async fn exams_of_patient(&self, group: GroupId, patient: PatientId) -> Result<Vec<ExamLine>, RecordError>;
    /// What waits for a person, oldest first.
    async fn doubts(&self, group: GroupId, limit: u32) -> Result<Vec<Doubt>, RecordError>;
    /// A person settles a doubt.
    async fn settle(
        &self,
        group: GroupId,
        doubt: DoubtId,
        decision: Decision,
        by: &str,
        at: OffsetDateTime,
    ) -> Result<(), RecordError>;
    /// Figures.
    async fn counts(&self, group: GroupId) -> Result<Counts, RecordError>;
    /// Adds or replaces a member of staff.
    async fn staff_add(&self, group: GroupId, staff: Staff) -> Result<(), RecordError>;
    /// A member of staff by login, disabled ones included.
    async fn staff_by_login(&self, group: GroupId, login: &str) -> Result<Option<Staff>, RecordError>;
    /// All members of staff.
    async fn staff(&self, group: GroupId) -> Result<Vec<Staff>, RecordError>;
    /// The account opens nothing from now on.
    async fn staff_disable(&self, group: GroupId, login: &str, at: OffsetDateTime) -> Result<(), RecordError>;
    /// Adds or replaces a site.
    async fn site_set(&self, group: GroupId, site: Site) -> Result<(), RecordError>;
    /// All sites.
    async fn sites(&self, group: GroupId) -> Result<Vec<Site>, RecordError>;

    // ---- jobs ---------------------------------------------------------------------------------

    /// Asks for a job; asking again while it waits or runs makes it due again.
    async fn enqueue(&self, job: NewJob) -> Result<(), RecordError>;
    /// Takes up to `limit` due jobs of these kinds; they are leased until `now + lease`.
    async fn lease(
        &self,
        kinds: &[&str],
        now: OffsetDateTime,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<Job>, RecordError>;
    /// Frees the jobs of a program that is no more; only under the data folder's lock, before the first lease.
    async fn free_jobs(&self) -> Result<u64, RecordError>;
    /// Brings back the due times told by a clock ahead of `now`; no lease ends later than `now + longest_lease`.
    async fn bring_jobs_back(&self, now: OffsetDateTime, longest_lease: Duration) -> Result<u64, RecordError>;
    /// The job is done; it stays if it was asked for again meanwhile.
    async fn job_done(&self, job: &Job) -> Result<(), RecordError>;
    /// The job failed; it is tried again with back-off, or becomes a dead letter.
    async fn job_failed(&self, job: &Job, now: OffsetDateTime, reason: &str) -> Result<(), RecordError>;
    /// Waiting jobs and dead letters by kind, with the age of the oldest.
    async fn jobs(&self, now: OffsetDateTime) -> Result<Vec<JobSummary>, RecordError>;
}
