//! Planned and performed steps, on SQLite.

use super::catalogue::{fact, reading};
use super::rows::{Columns, Doing, id_bytes, json, micros, signed, uuid};
use super::scene::Scene;
use super::{SqliteCatalogue, journal, worklist};
use crate::model::{ExamId, GroupId, PerformedSeries, PerformedState, PerformedStep, PlannedStep, StepRefusal};
use crate::{RecordError, Steps};
use async_trait::async_trait;
use serde_json::{Value, json as value};
use sqlx::SqliteConnection;
use time::OffsetDateTime;
use work::NewJob;

#[async_trait]
impl Steps for SqliteCatalogue {
    async fn planned_steps(
        &self,
        group: GroupId,
        from: OffsetDateTime,
        to: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<PlannedStep>, RecordError> {
        reading!(self, db => worklist::planned(db, group, &self.settings, (from, to), limit).await?)
    }

    async fn step_begun(&self, group: GroupId, step: PerformedStep) -> Result<Result<(), StepRefusal>, RecordError> {
        fact!(self, db => {
            if read(db, group, &step.sop_instance_uid).await?.is_some() {
                return Ok(Err(StepRefusal::Duplicate));
            }
            state(db, self.scene(group), &step).await?;
            Ok(())
        })
    }

    async fn step_set(
        &self,
        group: GroupId,
        sop_instance_uid: &str,
        to: Option<PerformedState>,
        series: Option<Vec<PerformedSeries>>,
    ) -> Result<Result<(), StepRefusal>, RecordError> {
        fact!(self, db => {
            let Some(mut step) = read(db, group, sop_instance_uid).await? else {
                return Ok(Err(StepRefusal::Unknown));
            };
            if step.state != PerformedState::InProgress {
                return Ok(Err(StepRefusal::Final));
            }
            step.state = to.unwrap_or(step.state);
            step.series = series.unwrap_or(step.series);
            let scene = self.scene(group);
            state(db, scene, &step).await?;
            if step.state != PerformedState::InProgress {
                look_again(db, scene, &step).await?;
            }
            Ok(())
        })
    }

    async fn performed_step(
        &self,
        group: GroupId,
        sop_instance_uid: &str,
    ) -> Result<Option<PerformedStep>, RecordError> {
        reading!(self, db => read(db, group, sop_instance_uid).await?)
    }
}

async fn read(db: &mut SqliteConnection, group: GroupId, uid: &str) -> Result<Option<PerformedStep>, RecordError> {
    let body: Option<String> =
        sqlx::query_scalar("SELECT body FROM performed_step WHERE group_id = ?1 AND sop_uid = ?2")
            .bind(group.0)
            .bind(uid)
            .fetch_optional(db)
            .await
            .doing("reading a performed step")?;
    body.map(|body| super::rows::from_json(&body, "performed step")).transpose()
}

/// Journals a step as it stands and writes it.
async fn state(db: &mut SqliteConnection, scene: Scene<'_>, step: &PerformedStep) -> Result<(), RecordError> {
    scene.journal(db, &value!({ "v": 1, "kind": "performed-step", "step": step })).await?;
    write(db, scene, step).await
}

async fn write(db: &mut SqliteConnection, scene: Scene<'_>, step: &PerformedStep) -> Result<(), RecordError> {
    let state = match step.state {
        PerformedState::InProgress => "in_progress",
        PerformedState::Completed => "completed",
        PerformedState::Discontinued => "discontinued",
    };
    sqlx::query(
        "INSERT INTO performed_step (group_id, sop_uid, state, instances, changed_at, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (group_id, sop_uid) DO UPDATE SET state = excluded.state, instances = excluded.instances,
            changed_at = excluded.changed_at, body = excluded.body",
    )
    .bind(scene.group.0)
    .bind(&step.sop_instance_uid)
    .bind(state)
    .bind(signed(step.instances()))
    .bind(micros(scene.now))
    .bind(json(step)?)
    .execute(&mut *db)
    .await
    .doing("writing a performed step")?;
    for study in &step.study_instance_uids {
        sqlx::query(
            "INSERT INTO performed_study (group_id, study_uid, sop_uid) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )
        .bind(scene.group.0)
        .bind(study)
        .bind(&step.sop_instance_uid)
        .execute(&mut *db)
        .await
        .doing("writing the studies of a performed step")?;
    }
    Ok(())
}

/// Writes a journalled step again.
pub(crate) async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, body: &Value) -> Result<(), RecordError> {
    write(db, scene, &journal::read(journal::part(body, "step")?)?).await
}

/// An end of a step is evidence: its exams are judged at once, and not only when they have been silent.
async fn look_again(db: &mut SqliteConnection, scene: Scene<'_>, step: &PerformedStep) -> Result<(), RecordError> {
    for study in &step.study_instance_uids {
        let exam: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT exam_id FROM exam_study WHERE group_id = ?1 AND study_uid = ?2")
                .bind(scene.group.0)
                .bind(study)
                .fetch_optional(&mut *db)
                .await
                .doing("looking for the exam of a performed step")?;
        let Some(exam) = exam else { continue };
        let key = ExamId(uuid(&exam)?).to_string();
        let job = NewJob { group: scene.group.0, kind: "publish".into(), key, asked_at: scene.now, due_at: scene.now };
        work::enqueue(db, &job).await?;
    }
    Ok(())
}

pub(crate) async fn announced(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
) -> Result<Option<u64>, RecordError> {
    let rows = sqlx::query(
        "SELECT DISTINCT performed_step.sop_uid, state, performed_step.instances FROM exam_study
         JOIN performed_study USING (group_id, study_uid) JOIN performed_step USING (group_id, sop_uid)
         WHERE exam_study.group_id = ?1 AND exam_id = ?2",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .fetch_all(db)
    .await
    .doing("counting what was announced")?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut total = 0_u64;
    for row in &rows {
        if row.col::<&str>("state")? == "in_progress" {
            return Ok(Some(u64::MAX));
        }
        total = total.saturating_add(row.number("instances")?);
    }
    Ok(Some(total))
}
