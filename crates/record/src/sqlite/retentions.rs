//! Facts about holds, lists of erasure, adopted batches and certificates: how each is journalled, and who writes it.

use super::catalogue::{fact, reading};
use super::journal::{part, read};
use super::rows::{Doing, micros};
use super::scene::Scene;
use super::{SqliteCatalogue, adopted, days, erasures, grace, holds, late_report, review, tombstone};
use crate::model::*;
use crate::{RecordError, Retentions};
use ::exam::policy::Policies;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use sqlx::SqliteConnection;
use std::collections::BTreeSet;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A fact, as the journal keeps it. Instants are microseconds since 1970 in UTC.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fact")]
pub(crate) enum RetentionFact {
    HoldPut { hold: RetentionHold },
    HoldReleaseAsked { hold: Uuid, by: String, at: i64 },
    HoldReleased { hold: Uuid, by: String, at: i64 },
    Adopted { studies: BTreeSet<String>, batch: String },
    LegacyRule { rule: LegacyRule },
    Policies { policies: Policies },
    RuleStands { rule: StandingRule },
    RulesEnded { by: String, at: i64 },
    Proposed { list: ErasureList, items: Vec<ErasureItem> },
    ListStands { list: ErasureList },
    Doomed { list: Uuid, at: i64, grace_until: i64, exams: Vec<ExamId>, left: Vec<(ExamId, String)> },
    TakenOff { list: Uuid, exam: ExamId, by: String, reason: String, at: i64 },
    Destroying { certificate: Box<Certificate>, leaf: u64, remains: Box<tombstone::Remains> },
    Destroyed { exam: ExamId, at: i64 },
    Returned { exam: ExamId, was: ExamId, at: i64 },
    ReportCame { exam: ExamId, reports: Vec<Uuid>, at: i64 },
    Day { day: Date, said: RetentionDay },
}

/// Writes a fact and journals it.
pub(crate) async fn state(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    fact: &RetentionFact,
) -> Result<(), RecordError> {
    // Journalled first: what follows from it comes after it.
    scene.journal(db, &value!({ "v": 1, "kind": "retention", "retention": fact })).await?;
    write(db, scene, fact).await
}

/// Writes a journalled fact again.
pub(crate) async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, body: &Value) -> Result<(), RecordError> {
    write(db, scene, &read(part(body, "retention")?)?).await
}

async fn write(db: &mut SqliteConnection, scene: Scene<'_>, fact: &RetentionFact) -> Result<(), RecordError> {
    use RetentionFact as F;
    match fact {
        F::HoldPut { hold } => holds::put(db, scene, hold).await,
        F::HoldReleaseAsked { hold, by, at } => holds::release_asked(db, scene, *hold, by, *at).await,
        F::HoldReleased { hold, by, at } => holds::released(db, scene, *hold, by, *at).await,
        F::Adopted { studies, batch } => adopted::write(db, scene, studies, batch).await,
        F::LegacyRule { rule } => adopted::write_rule(db, scene, rule).await,
        F::Policies { policies } => days::write_policies(db, scene, policies).await,
        F::RuleStands { rule } => erasures::write_rule(db, scene, rule).await,
        F::RulesEnded { .. } => erasures::end_rules(db, scene).await,
        F::Proposed { list, items } => erasures::write_list(db, scene, list, items).await,
        F::ListStands { list } => erasures::list_stands(db, scene, list).await,
        F::Doomed { list, at, grace_until, exams, left } => {
            grace::write_doomed(db, scene, *list, (*at, *grace_until), exams, left).await
        }
        F::TakenOff { list, exam, reason, at, .. } => grace::taken_off(db, scene, *list, *exam, reason, *at).await,
        F::Destroying { certificate, leaf, remains } => tombstone::bury(db, scene, certificate, *leaf, remains).await,
        F::Destroyed { exam, at } => tombstone::finished(db, scene, *exam, *at).await,
        F::Returned { exam, at, .. } => tombstone::returned(db, scene, *exam, *at).await,
        F::ReportCame { exam, reports, .. } => late_report::write(db, scene, *exam, reports).await.map(|_| ()),
        F::Day { day, said } => days::write(db, scene, *day, said).await,
    }
}

/// Fills in its part of an exam's standing.
pub(crate) async fn stand(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
    standing: &mut Standing,
) -> Result<(), RecordError> {
    standing.holds = holds::open(db, group, exam).await?;
    (standing.legacy_batch, standing.legacy_rule) = adopted::of(db, group, exam).await?;
    standing.last_visit = days::last_visit(db, group, exam).await?;
    standing.doom = grace::doom(db, group, exam).await?;
    standing.listed = erasures::listed(db, group, exam).await?;
    Ok(())
}

#[async_trait]
impl Retentions for SqliteCatalogue {
    async fn hold_put(&self, group: GroupId, hold: RetentionHold) -> Result<(), RecordError> {
        fact!(self, db => {
            if holds::is_new(db, group, &hold).await? {
                state(db, self.scene(group), &RetentionFact::HoldPut { hold }).await?;
            }
        })
    }

    async fn hold_release(
        &self,
        group: GroupId,
        hold: Uuid,
        by: &str,
        at: OffsetDateTime,
    ) -> Result<Release, RecordError> {
        fact!(self, db => {
            let answer = holds::may_release(db, group, hold, by).await?;
            let (by, at) = (by.to_owned(), micros(at));
            let said = match answer {
                Release::Released => RetentionFact::HoldReleased { hold, by, at },
                Release::Asked => RetentionFact::HoldReleaseAsked { hold, by, at },
            };
            state(db, self.scene(group), &said).await?;
            answer
        })
    }

    async fn holds(&self, group: GroupId, exam: ExamId) -> Result<Vec<RetentionHold>, RecordError> {
        reading!(self, db => holds::open(db, group, exam).await?)
    }

    async fn legacy_rule(&self, group: GroupId, rule: LegacyRule) -> Result<(), RecordError> {
        fact!(self, db => state(db, self.scene(group), &RetentionFact::LegacyRule { rule }).await?)
    }

    async fn legacy_batches(&self, group: GroupId) -> Result<Vec<(String, u64, Option<LegacyRule>)>, RecordError> {
        reading!(self, db => adopted::batches(db, group).await?)
    }

    async fn policies_are_new(&self, group: GroupId, policies: &Policies, today: Date) -> Result<bool, RecordError> {
        reading!(self, db => days::is_new_table(db, group, policies, today).await?)
    }

    async fn adopt_policies(&self, group: GroupId, policies: &Policies, today: Date) -> Result<(), RecordError> {
        fact!(self, db => {
            if days::is_new_table(db, group, policies, today).await? {
                let policies = policies.clone();
                state(db, self.scene(group), &RetentionFact::Policies { policies }).await?;
            }
        })
    }

    async fn reviews_due(
        &self,
        group: GroupId,
        by: Date,
        after: Option<Review>,
        limit: u32,
    ) -> Result<Vec<Review>, RecordError> {
        reading!(self, db => review::due(db, group, by, after, limit).await?)
    }

    async fn reviews(&self, group: GroupId, after: Option<ExamId>, limit: u32) -> Result<Vec<Review>, RecordError> {
        reading!(self, db => review::all(db, group, after, limit).await?)
    }

    async fn reviews_move(&self, group: GroupId, moved: Vec<Review>) -> Result<(), RecordError> {
        fact!(self, db => review::set(db, group, &moved).await?)
    }

    async fn reviews_reset(
        &self,
        group: GroupId,
        after: Option<ExamId>,
        limit: u32,
    ) -> Result<Option<ExamId>, RecordError> {
        fact!(self, db => review::reset(db, group, after, limit).await?)
    }

    async fn list_propose(
        &self,
        group: GroupId,
        list: ErasureList,
        items: Vec<ErasureItem>,
    ) -> Result<u32, RecordError> {
        fact!(self, db => erasures::propose(db, self.scene(group), list, items).await?)
    }

    async fn list_approve(
        &self,
        group: GroupId,
        list: Uuid,
        approval: Approval,
        grace_until: OffsetDateTime,
    ) -> Result<Approved, RecordError> {
        fact!(self, db => erasures::approve(db, self.scene(group), list, approval, grace_until).await?)
    }

    async fn list_refuse(&self, group: GroupId, list: Uuid, refusal: Refusal) -> Result<(), RecordError> {
        fact!(self, db => erasures::refuse(db, self.scene(group), list, refusal).await?)
    }

    async fn lists(&self, group: GroupId, limit: u32) -> Result<Vec<ErasureList>, RecordError> {
        reading!(self, db => erasures::lists(db, group, limit).await?)
    }

    async fn list(&self, group: GroupId, list: Uuid) -> Result<(ErasureList, Vec<ErasureItem>), RecordError> {
        reading!(self, db => {
            let found = erasures::by_id(db, group, list).await?;
            (found, erasures::items(db, group, list).await?)
        })
    }

    async fn rule_approve(
        &self,
        group: GroupId,
        rule: Uuid,
        policies: &str,
        approval: Approval,
    ) -> Result<Approved, RecordError> {
        fact!(self, db => erasures::approve_rule(db, self.scene(group), rule, policies, approval).await?)
    }

    async fn rules_end(&self, group: GroupId, by: &str, at: OffsetDateTime) -> Result<(), RecordError> {
        let ended = RetentionFact::RulesEnded { by: by.to_owned(), at: micros(at) };
        fact!(self, db => state(db, self.scene(group), &ended).await?)
    }

    async fn rule(&self, group: GroupId, policies: &str) -> Result<Option<StandingRule>, RecordError> {
        reading!(self, db => erasures::rule(db, group, policies).await?)
    }

    async fn take_off(
        &self,
        group: GroupId,
        exam: ExamId,
        by: &str,
        reason: &str,
        at: OffsetDateTime,
    ) -> Result<(), RecordError> {
        fact!(self, db => grace::take_off(db, self.scene(group), exam, (by, reason), at).await?)
    }

    async fn doomed(&self, group: GroupId, until: OffsetDateTime, limit: u32) -> Result<Vec<ExamId>, RecordError> {
        reading!(self, db => grace::due(db, group, micros(until), limit).await?)
    }

    async fn destruction_begin(
        &self,
        group: GroupId,
        certificate: Certificate,
        leaf: u64,
        changed: u64,
    ) -> Result<(), RecordError> {
        fact!(self, db => tombstone::begin(db, self.scene(group), certificate, leaf, changed).await?)
    }

    async fn destruction_done(&self, group: GroupId, exam: ExamId, at: OffsetDateTime) -> Result<(), RecordError> {
        let done = RetentionFact::Destroyed { exam, at: micros(at) };
        fact!(self, db => {
            if tombstone::is_open(db, group, exam).await? {
                state(db, self.scene(group), &done).await?;
            }
        })
    }

    async fn changed(&self, group: GroupId, exam: ExamId) -> Result<u64, RecordError> {
        reading!(self, db => review::changed(db, group, exam).await?)
    }

    async fn destructions_open(&self, group: GroupId, limit: u32) -> Result<Vec<Destruction>, RecordError> {
        reading!(self, db => tombstone::open(db, group, limit).await?)
    }

    async fn destructions(
        &self,
        group: GroupId,
        after: Option<(OffsetDateTime, ExamId)>,
        limit: u32,
    ) -> Result<Vec<Destruction>, RecordError> {
        reading!(self, db => tombstone::done(db, group, after, limit).await?)
    }

    async fn destruction(&self, group: GroupId, exam: ExamId) -> Result<Option<Destruction>, RecordError> {
        reading!(self, db => tombstone::of(db, group, exam).await?)
    }

    async fn retention_day(&self, group: GroupId, day: Date) -> Result<Option<RetentionDay>, RecordError> {
        reading!(self, db => days::of(db, group, day).await?)
    }

    async fn retention_day_set(&self, group: GroupId, day: Date, said: RetentionDay) -> Result<(), RecordError> {
        fact!(self, db => {
            if days::of(db, group, day).await?.as_ref() != Some(&said) {
                state(db, self.scene(group), &RetentionFact::Day { day, said }).await?;
            }
        })
    }
}
