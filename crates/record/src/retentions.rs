//! Holds, lists of erasure, certificates, adopted batches.

use crate::RecordError;
use crate::model::*;
use async_trait::async_trait;
use exam::policy::Policies;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// What keeps an exam whatever its dates say, and the way to its erasure. Every call that changes something is one
/// fact, journalled; nothing here judges whether an exam may go.
#[async_trait]
pub trait Retentions: Send + Sync + 'static {
    // ---- holds --------------------------------------------------------------------------------

    /// Puts a hold; what it is about leaves its grace. The same id twice is the same as once.
    ///
    /// # Errors
    /// [`RecordError::Refused`] when the erasure of its exam has begun.
    async fn hold_put(&self, group: GroupId, hold: RetentionHold) -> Result<(), RecordError>;
    /// Releases a hold. A claim needs a second person: the first call only asks.
    ///
    /// # Errors
    /// [`RecordError::Refused`] when the same person asks twice.
    async fn hold_release(
        &self,
        group: GroupId,
        hold: Uuid,
        by: &str,
        at: OffsetDateTime,
    ) -> Result<Release, RecordError>;
    /// Open holds of an exam, its patient's included.
    async fn holds(&self, group: GroupId, exam: ExamId) -> Result<Vec<RetentionHold>, RecordError>;

    // ---- adopted batches and policies ----------------------------------------------------------

    /// An officer's word on a batch of adopted exams.
    async fn legacy_rule(&self, group: GroupId, rule: LegacyRule) -> Result<(), RecordError>;
    /// The batches, with their studies counted and their rule.
    async fn legacy_batches(&self, group: GroupId) -> Result<Vec<(String, u64, Option<LegacyRule>)>, RecordError>;
    /// Whether this policy table is another one than the one in force. Rows that were in force stay as they were: a
    /// minimum never shrinks.
    ///
    /// # Errors
    /// [`RecordError::Refused`] when a row that was in force by `today` is missing or another one.
    async fn policies_are_new(&self, group: GroupId, policies: &Policies, today: Date) -> Result<bool, RecordError>;
    /// Takes it. See [`Retentions::policies_are_new`].
    async fn adopt_policies(&self, group: GroupId, policies: &Policies, today: Date) -> Result<(), RecordError>;

    // ---- hints --------------------------------------------------------------------------------

    /// Exams whose hint has come by this day, in the order of exam ids after `after`, at most `limit`.
    async fn reviews_due(
        &self,
        group: GroupId,
        by: Date,
        after: Option<Review>,
        limit: u32,
    ) -> Result<Vec<Review>, RecordError>;
    /// Every exam, page by page.
    async fn reviews(&self, group: GroupId, after: Option<ExamId>, limit: u32) -> Result<Vec<Review>, RecordError>;
    /// Moves hints; one whose exam has changed since it was read stays.
    async fn reviews_move(&self, group: GroupId, moved: Vec<Review>) -> Result<(), RecordError>;
    /// Resets the hints of a page of exams; where to go on, or `None` at the end.
    async fn reviews_reset(
        &self,
        group: GroupId,
        after: Option<ExamId>,
        limit: u32,
    ) -> Result<Option<ExamId>, RecordError>;

    // ---- lists --------------------------------------------------------------------------------

    /// Writes a list with its lines. An exam that is on an open list or doomed is left out; returns the lines kept.
    /// A list under a rule is approved at once.
    async fn list_propose(
        &self,
        group: GroupId,
        list: ErasureList,
        items: Vec<ErasureItem>,
    ) -> Result<u32, RecordError>;
    /// One person's yes; the second one dooms the exams until `grace_until`.
    ///
    /// # Errors
    /// [`RecordError::Refused`] when the list is not open, the same person said yes before, or neither of two is a
    /// data-protection officer.
    async fn list_approve(
        &self,
        group: GroupId,
        list: Uuid,
        approval: Approval,
        grace_until: OffsetDateTime,
    ) -> Result<Approved, RecordError>;
    /// One person's no.
    async fn list_refuse(&self, group: GroupId, list: Uuid, refusal: Refusal) -> Result<(), RecordError>;
    /// Lists, newest day first.
    async fn lists(&self, group: GroupId, limit: u32) -> Result<Vec<ErasureList>, RecordError>;
    /// A list and its lines.
    async fn list(&self, group: GroupId, list: Uuid) -> Result<(ErasureList, Vec<ErasureItem>), RecordError>;

    // ---- rules --------------------------------------------------------------------------------

    /// One person's yes to the rule for exams nobody chose to archive, under this policy table; asks for it when
    /// nobody has.
    async fn rule_approve(
        &self,
        group: GroupId,
        rule: Uuid,
        policies: &str,
        approval: Approval,
    ) -> Result<Approved, RecordError>;
    /// Ends every rule.
    async fn rules_end(&self, group: GroupId, by: &str, at: OffsetDateTime) -> Result<(), RecordError>;
    /// The rule for this policy table, approved or waiting.
    async fn rule(&self, group: GroupId, policies: &str) -> Result<Option<StandingRule>, RecordError>;

    // ---- grace and destruction ----------------------------------------------------------------

    /// Takes an exam back during its grace.
    ///
    /// # Errors
    /// [`RecordError::Refused`] when it is not doomed, or its erasure has begun.
    async fn take_off(
        &self,
        group: GroupId,
        exam: ExamId,
        by: &str,
        reason: &str,
        at: OffsetDateTime,
    ) -> Result<(), RecordError>;
    /// Exams in their grace that end by `until`, in the order of the ends; those whose erasure has begun are left out.
    async fn doomed(&self, group: GroupId, until: OffsetDateTime, limit: u32) -> Result<Vec<ExamId>, RecordError>;
    /// Begins an erasure: the last moment at which anything can still prevent it. `changed` is what
    /// [`Retentions::changed`] said when the exam was judged.
    ///
    /// # Errors
    /// [`RecordError::Refused`] when the exam changed since, is held, or its grace is not over: it stays whole.
    async fn destruction_begin(
        &self,
        group: GroupId,
        certificate: Certificate,
        leaf: u64,
        changed: u64,
    ) -> Result<(), RecordError>;
    /// Everything is erased: what stays is written at once.
    async fn destruction_done(&self, group: GroupId, exam: ExamId, at: OffsetDateTime) -> Result<(), RecordError>;
    /// How often the facts of an exam have changed.
    async fn changed(&self, group: GroupId, exam: ExamId) -> Result<u64, RecordError>;
    /// Erasures that have begun and are not finished.
    async fn destructions_open(&self, group: GroupId, limit: u32) -> Result<Vec<Destruction>, RecordError>;
    /// Finished erasures, the latest first; those after this end and exam of the page before.
    async fn destructions(
        &self,
        group: GroupId,
        after: Option<(OffsetDateTime, ExamId)>,
        limit: u32,
    ) -> Result<Vec<Destruction>, RecordError>;
    /// The certificate of an exam.
    async fn destruction(&self, group: GroupId, exam: ExamId) -> Result<Option<Destruction>, RecordError>;

    // ---- days ---------------------------------------------------------------------------------

    /// What is known of a day.
    async fn retention_day(&self, group: GroupId, day: Date) -> Result<Option<RetentionDay>, RecordError>;
    /// Writes what is foreseen for a day, or what became of it.
    async fn retention_day_set(&self, group: GroupId, day: Date, said: RetentionDay) -> Result<(), RecordError>;
}
