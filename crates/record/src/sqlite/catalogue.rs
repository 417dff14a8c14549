//! The port on SQLite: each call takes a turn or a reader, and one transaction.

use super::publish::ExamFact;
use super::receive::Touched;
use super::rows::{Columns, Doing, micros, signed};
use super::scene::Scene;
use super::seal::Which;
use super::{SqliteCatalogue, decide, desk, detail, diffused, journal, messages, publish, receive, seal, staff};
use crate::model::*;
use crate::{Catalogue, RecordError};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;
use work::{Job, JobSummary, NewJob};

/// One fact, fully durable when it returns.
macro_rules! fact {
    ($self:ident, $db:ident => $body:expr) => {{
        let mut turn = $self.writer.fact().await?;
        let mut transaction = turn.begin().await?;
        let $db = &mut *transaction;
        let answer = $body;
        transaction.commit().await.doing("committing")?;
        Ok(answer)
    }};
}

pub(super) use fact;

/// One consistent reading.
macro_rules! reading {
    ($self:ident, $db:ident => $body:expr) => {{
        let mut connection = $self.reader().await?;
        let mut transaction = sqlx::Connection::begin(&mut *connection).await.doing("beginning to read")?;
        let $db = &mut *transaction;
        let answer = $body;
        transaction.rollback().await.doing("ending a reading")?;
        Ok(answer)
    }};
}

pub(super) use reading;

#[async_trait]
impl Catalogue for SqliteCatalogue {
    async fn receive(
        &self,
        batch: Vec<Received>,
        applied: Option<Applied>,
    ) -> Result<Vec<ReceiveOutcome>, RecordError> {
        let mut turn = self.writer.reception().await?;
        let mut transaction = turn.begin().await?;
        let db = &mut *transaction;
        let mut outcomes = BTreeMap::new();
        for (group, images) in receive::groups(&batch) {
            let scene = self.scene(group);
            let mut touched = Touched::default();
            for index in images {
                if let Some(image) = batch.get(index) {
                    outcomes.insert(index, receive::keep(db, scene, image, &mut touched).await?);
                }
            }
            receive::settle(db, scene, &touched).await?;
        }
        if let Some(applied) = applied {
            receive::move_applied(db, applied).await?;
        }
        transaction.commit().await.doing("committing a batch of images")?;
        Ok(outcomes.into_values().collect())
    }

    async fn applied(&self, writer: u32) -> Result<Option<Applied>, RecordError> {
        reading!(self, db => {
            let row = sqlx::query("SELECT segment, \"offset\" FROM applied WHERE group_id = 0 AND writer = ?1")
                .bind(writer)
                .fetch_optional(db)
                .await
                .doing("reading the applied position")?;
            match row {
                Some(row) => Some(Applied { writer, segment: row.number("segment")?, offset: row.number("offset")? }),
                None => None,
            }
        })
    }

    async fn segment_in_use(&self, writer: u32, segment: u64) -> Result<bool, RecordError> {
        // In the writer's turn, with full sync: a false answer is what lets bytes go.
        fact!(self, db => {
            let in_use: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM tenant CROSS JOIN instance INDEXED BY instance_landing USING (group_id)
                    WHERE place_writer = ?1 AND place_segment = ?2 AND object IS NULL)
                 OR EXISTS (SELECT 1 FROM tenant CROSS JOIN aside INDEXED BY aside_landing USING (group_id)
                    WHERE place_writer = ?1 AND place_segment = ?2 AND settled IS NULL)",
            )
            .bind(writer)
            .bind(signed(segment))
            .fetch_one(&mut *db)
            .await
            .doing("looking whether a segment is in use")?;
            if !in_use {
                journal::fence(db).await?;
            }
            in_use
        })
    }

    async fn apply(&self, message: MessageFact) -> Result<MessageEffect, RecordError> {
        fact!(self, db => {
            let scene = self.scene(message.group);
            scene.tenant(db).await?;
            messages::apply(db, scene, &message).await?
        })
    }

    async fn unsealed(&self, group: GroupId, exam: ExamId) -> Result<Vec<StoredInstance>, RecordError> {
        reading!(self, db => seal::instances(db, group, exam, Which::Unsealed).await?)
    }

    async fn instances(&self, group: GroupId, exam: ExamId) -> Result<Vec<StoredInstance>, RecordError> {
        reading!(self, db => seal::instances(db, group, exam, Which::All).await?)
    }

    async fn next_generation(
        &self,
        group: GroupId,
        _exam: ExamId,
        series_instance_uid: &str,
    ) -> Result<u32, RecordError> {
        reading!(self, db => seal::next_generation(db, group, series_instance_uid).await?)
    }

    async fn record_generation(&self, generation: Generation) -> Result<(), RecordError> {
        fact!(self, db => seal::record_generation(db, self.scene(generation.group), &generation).await?)
    }

    async fn generations(&self, group: GroupId, exam: ExamId) -> Result<Vec<Generation>, RecordError> {
        reading!(self, db => seal::generations(db, group, exam).await?)
    }

    async fn objects(&self, group: GroupId, after: Option<&str>, limit: u32) -> Result<Vec<NamedObject>, RecordError> {
        reading!(self, db => seal::objects(db, group, after.unwrap_or(""), limit).await?)
    }

    async fn documents(&self, group: GroupId, exam: ExamId) -> Result<Vec<StoredDocument>, RecordError> {
        reading!(self, db => seal::documents(db, group, exam).await?)
    }

    async fn document_sealed(&self, sealed: DocumentSealed) -> Result<(), RecordError> {
        fact!(self, db => {
            let scene = self.scene(sealed.group);
            if seal::document_sealed(db, scene, &sealed).await? {
                scene.journal(db, &journal::document_entry(&sealed)).await?;
            }
        })
    }

    async fn journal_after(&self, group: GroupId, after: u64, limit: u32) -> Result<Vec<JournalEntry>, RecordError> {
        // Entries of a reception may not be durable yet: this commit makes them so.
        fact!(self, db => {
            journal::fence(db).await?;
            journal::after(db, group, after, limit).await?
        })
    }

    async fn journal_sealed_up_to(&self, group: GroupId, number: u64, object: NamedObject) -> Result<(), RecordError> {
        fact!(self, db => journal::sealed_up_to(db, self.scene(group), number, &object).await?)
    }

    async fn journal_sealed(&self, group: GroupId) -> Result<u64, RecordError> {
        reading!(self, db => journal::sealed(db, group).await?)
    }

    async fn restore_journal(&self, entry: JournalEntry) -> Result<(), RecordError> {
        fact!(self, db => {
            let scene = Scene { replaying: true, ..self.scene_at(entry.group, entry.at) };
            scene.tenant(db).await?;
            journal::restore(db, scene, &entry).await?
        })
    }

    async fn restore_generation(
        &self,
        generation: Generation,
        headers: Vec<InstanceHeader>,
    ) -> Result<(), RecordError> {
        fact!(self, db => {
            let scene = self.scene(generation.group);
            scene.tenant(db).await?;
            journal::restore_generation(db, scene, &generation, &headers).await?
        })
    }

    async fn exam(&self, group: GroupId, exam: ExamId) -> Result<ExamDetail, RecordError> {
        reading!(self, db => detail::exam(db, group, exam).await?)
    }

    async fn exam_by_number(&self, group: GroupId, number: &str) -> Result<Option<ExamId>, RecordError> {
        reading!(self, db => desk::by_number(db, group, number).await?)
    }

    async fn publication_recorded(
        &self,
        group: GroupId,
        exam: ExamId,
        publication: Uuid,
        basis: [u8; 32],
        at: OffsetDateTime,
    ) -> Result<(), RecordError> {
        let fact = ExamFact::Published { exam, publication, basis: hex::encode(basis), at: micros(at) };
        fact!(self, db => publish::state(db, self.scene(group), &fact).await?)
    }

    async fn publication_withdrawn(&self, group: GroupId, exam: ExamId, at: OffsetDateTime) -> Result<(), RecordError> {
        let fact = ExamFact::Withdrawn { exam, at: micros(at) };
        fact!(self, db => publish::state(db, self.scene(group), &fact).await?)
    }

    async fn diffused_for(&self, group: GroupId, exam: ExamId, person: DiffusedFor) -> Result<(), RecordError> {
        fact!(self, db => publish::state(db, self.scene(group), &ExamFact::DiffusedFor { exam, person }).await?)
    }

    async fn told(&self, group: GroupId, exam: ExamId) -> Result<Option<Told>, RecordError> {
        reading!(self, db => diffused::told(db, group, exam).await?)
    }

    async fn set_told(&self, group: GroupId, exam: ExamId, told: Told) -> Result<(), RecordError> {
        fact!(self, db => diffused::set_told(db, group, exam, &told).await?)
    }

    async fn hold(&self, group: GroupId, exam: ExamId, hold: Hold) -> Result<(), RecordError> {
        fact!(self, db => publish::state(db, self.scene(group), &ExamFact::Hold { exam, hold }).await?)
    }

    async fn release(&self, group: GroupId, exam: ExamId, by: &str, at: OffsetDateTime) -> Result<(), RecordError> {
        let fact = ExamFact::Release { exam, by: by.to_owned(), at: micros(at) };
        fact!(self, db => publish::state(db, self.scene(group), &fact).await?)
    }

    async fn sheet(&self, group: GroupId, sheet: Sheet) -> Result<(), RecordError> {
        fact!(self, db => publish::state(db, self.scene(group), &ExamFact::Sheet { sheet }).await?)
    }

    async fn sheet_by_id(&self, group: GroupId, sheet: SheetId) -> Result<Option<Sheet>, RecordError> {
        reading!(self, db => publish::sheet_by_id(db, group, sheet).await?)
    }

    async fn number_locked(&self, group: GroupId, exam: ExamId, at: OffsetDateTime) -> Result<(), RecordError> {
        let fact = ExamFact::NumberLocked { exam, at: micros(at) };
        fact!(self, db => publish::state(db, self.scene(group), &fact).await?)
    }

    async fn number_freed(
        &self,
        group: GroupId,
        exam: ExamId,
        by: &str,
        at: OffsetDateTime,
    ) -> Result<(), RecordError> {
        let fact = ExamFact::NumberFreed { exam, by: by.to_owned(), at: micros(at) };
        fact!(self, db => publish::state(db, self.scene(group), &fact).await?)
    }

    async fn link_cursor(&self, group: GroupId) -> Result<u64, RecordError> {
        reading!(self, db => publish::cursor(db, group).await?)
    }

    async fn set_link_cursor(&self, group: GroupId, number: u64) -> Result<(), RecordError> {
        fact!(self, db => publish::set_cursor(db, group, number).await?)
    }

    async fn exams(&self, group: GroupId, query: ExamQuery) -> Result<ExamPage, RecordError> {
        reading!(self, db => desk::exams(db, group, &query).await?)
    }

    async fn exams_of_patient(&self, group: GroupId, patient: PatientId) -> Result<Vec<ExamLine>, RecordError> {
        reading!(self, db => desk::of_patient(db, group, patient).await?)
    }

    async fn doubts(&self, group: GroupId, limit: u32) -> Result<Vec<Doubt>, RecordError> {
        reading!(self, db => desk::doubts(db, group, limit).await?)
    }

    async fn settle(
        &self,
        group: GroupId,
        doubt: DoubtId,
        decision: Decision,
        by: &str,
        at: OffsetDateTime,
    ) -> Result<(), RecordError> {
        fact!(self, db => decide::settle(db, self.scene_at(group, at), doubt, &decision, by).await?)
    }

    async fn counts(&self, group: GroupId) -> Result<Counts, RecordError> {
        reading!(self, db => desk::counts(db, group).await?)
    }

    async fn staff_add(&self, group: GroupId, staff: Staff) -> Result<(), RecordError> {
        fact!(self, db => staff::add(db, group, &staff).await?)
    }

    async fn staff_by_login(&self, group: GroupId, login: &str) -> Result<Option<Staff>, RecordError> {
        reading!(self, db => staff::by_login(db, group, login).await?)
    }

    async fn staff(&self, group: GroupId) -> Result<Vec<Staff>, RecordError> {
        reading!(self, db => staff::all(db, group).await?)
    }

    async fn staff_disable(&self, group: GroupId, login: &str, at: OffsetDateTime) -> Result<(), RecordError> {
        fact!(self, db => staff::disable(db, group, login, at).await?)
    }

    async fn site_set(&self, group: GroupId, site: Site) -> Result<(), RecordError> {
        fact!(self, db => publish::state(db, self.scene(group), &ExamFact::Site { site }).await?)
    }

    async fn sites(&self, group: GroupId) -> Result<Vec<Site>, RecordError> {
        reading!(self, db => staff::sites(db, group).await?)
    }

    async fn enqueue(&self, job: NewJob) -> Result<(), RecordError> {
        fact!(self, db => work::enqueue(db, &job).await?)
    }

    async fn lease(
        &self,
        kinds: &[&str],
        now: OffsetDateTime,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<Job>, RecordError> {
        fact!(self, db => work::lease(db, kinds, now, limit, lease).await?)
    }

    async fn free_jobs(&self) -> Result<u64, RecordError> {
        fact!(self, db => work::free(db).await?)
    }

    async fn bring_jobs_back(&self, now: OffsetDateTime, longest_lease: Duration) -> Result<u64, RecordError> {
        fact!(self, db => work::bring_back(db, now, longest_lease).await?)
    }

    async fn job_done(&self, job: &Job) -> Result<(), RecordError> {
        fact!(self, db => work::done(db, job).await?)
    }

    async fn job_failed(&self, job: &Job, now: OffsetDateTime, reason: &str) -> Result<(), RecordError> {
        fact!(self, db => work::failed(db, job, now, reason).await?)
    }

    async fn jobs(&self, now: OffsetDateTime) -> Result<Vec<JobSummary>, RecordError> {
        reading!(self, db => work::summary(db, now).await?)
    }
}
