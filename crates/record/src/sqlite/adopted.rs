//! Exams adopted from another system without a recorded choice.

use super::retentions::{self, RetentionFact};
use super::review;
use super::rows::{Columns, Doing, from_json, id_bytes, json, unsigned};
use super::scene::Scene;
use crate::RecordError;
use crate::model::{ExamId, GroupId, LegacyRule};
use sqlx::{Row, SqliteConnection};
use std::collections::BTreeSet;

/// What an import of adopted exams calls itself: its batch follows.
pub(crate) const SOURCE: &str = "legacy:";

/// A study that an import of adopted exams begins: known as such in the same transaction as its first image.
pub(crate) async fn first_image(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    study: &str,
    source: &str,
) -> Result<(), RecordError> {
    let Some(batch) = source.strip_prefix(SOURCE) else { return Ok(()) };
    let known: Option<i64> = sqlx::query_scalar("SELECT 1 FROM legacy_batch WHERE group_id = ?1 AND study_uid = ?2")
        .bind(scene.group.0)
        .bind(study)
        .fetch_optional(&mut *db)
        .await
        .doing("looking whether a study is adopted")?;
    if known.is_some() {
        return Ok(());
    }
    let studies = BTreeSet::from([study.to_owned()]);
    retentions::state(db, scene, &RetentionFact::Adopted { studies, batch: batch.to_owned() }).await
}

pub(crate) async fn write(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    studies: &BTreeSet<String>,
    batch: &str,
) -> Result<(), RecordError> {
    for study in studies {
        sqlx::query("INSERT INTO legacy_batch (group_id, study_uid, batch) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
            .bind(scene.group.0)
            .bind(study)
            .bind(batch)
            .execute(&mut *db)
            .await
            .doing("adopting a study")?;
    }
    Ok(())
}

pub(crate) async fn write_rule(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    rule: &LegacyRule,
) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO legacy_rule (group_id, batch, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (group_id, batch) DO UPDATE SET body = excluded.body",
    )
    .bind(scene.group.0)
    .bind(&rule.batch)
    .bind(json(rule)?)
    .execute(&mut *db)
    .await
    .doing("writing the rule of a batch")?;
    let rows = sqlx::query(
        "SELECT DISTINCT exam_id FROM legacy_batch INDEXED BY legacy_batch_name
         JOIN exam_study USING (group_id, study_uid) WHERE legacy_batch.group_id = ?1 AND batch = ?2",
    )
    .bind(scene.group.0)
    .bind(&rule.batch)
    .fetch_all(&mut *db)
    .await
    .doing("reading a batch's exams")?;
    for row in &rows {
        review::touch(db, scene, ExamId(row.id("exam_id")?)).await?;
    }
    Ok(())
}

/// An exam's batch and what was said of it; the batch without a rule first, as it keeps.
pub(crate) async fn of(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
) -> Result<(Option<String>, Option<LegacyRule>), RecordError> {
    let row = sqlx::query(
        "SELECT batch, (SELECT body FROM legacy_rule WHERE legacy_rule.group_id = ?1
            AND legacy_rule.batch = legacy_batch.batch) AS rule
         FROM exam_study JOIN legacy_batch USING (group_id, study_uid)
         WHERE exam_study.group_id = ?1 AND exam_id = ?2 ORDER BY rule IS NOT NULL, batch LIMIT 1",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .fetch_optional(db)
    .await
    .doing("reading an exam's batch")?;
    let Some(row) = row else { return Ok((None, None)) };
    let rule: Option<String> = row.col("rule")?;
    let rule = rule.map(|rule| from_json(&rule, "rule of a batch")).transpose()?;
    Ok((Some(row.col("batch")?), rule))
}

/// Every batch.
pub(crate) async fn batches(
    db: &mut SqliteConnection,
    group: GroupId,
) -> Result<Vec<(String, u64, Option<LegacyRule>)>, RecordError> {
    let rows = sqlx::query(
        "SELECT batch, COUNT(*) AS studies, (SELECT body FROM legacy_rule WHERE legacy_rule.group_id = ?1
            AND legacy_rule.batch = legacy_batch.batch) AS rule
         FROM legacy_batch INDEXED BY legacy_batch_name WHERE group_id = ?1 GROUP BY batch ORDER BY batch",
    )
    .bind(group.0)
    .fetch_all(db)
    .await
    .doing("listing batches")?;
    rows.iter()
        .map(|row| {
            let rule: Option<String> = row.col("rule")?;
            let rule = rule.map(|rule| from_json(&rule, "rule of a batch")).transpose()?;
            let studies: i64 = row.try_get("studies").doing("reading a row")?;
            Ok((row.col("batch")?, unsigned(studies)?, rule))
        })
        .collect()
}
