//! Publications, holds, sheets: facts about an exam that do not come from messages.

use super::decide;
use super::diffused;
use super::exam_row;
use super::journal::{part, read};
use super::rows::{Columns, Doing, digest, from_json, id_bytes, json, micros, signed, uuid};
use super::scene::Scene;
use crate::RecordError;
use crate::model::{DiffusedFor, ExamId, GroupId, Hold, ReportId, Sheet, SheetId, SheetState, Site};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A fact about an exam, as the journal keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fact")]
pub(crate) enum ExamFact {
    Published { exam: ExamId, publication: Uuid, basis: String, at: i64 },
    Withdrawn { exam: ExamId, at: i64 },
    Hold { exam: ExamId, hold: Hold },
    Release { exam: ExamId, by: String, at: i64 },
    Sheet { sheet: Sheet },
    DiffusedFor { exam: ExamId, person: DiffusedFor },
    Site { site: Site },
    NumberLocked { exam: ExamId, at: i64 },
    NumberFreed { exam: ExamId, by: String, at: i64 },
}

/// Journals a fact and writes it.
pub(crate) async fn state(db: &mut SqliteConnection, scene: Scene<'_>, fact: &ExamFact) -> Result<(), RecordError> {
    write(db, scene, fact).await?;
    scene.journal(db, &value!({ "v": 1, "kind": "exam-fact", "exam_fact": fact })).await?;
    Ok(())
}

/// Writes a journalled fact again.
pub(crate) async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, body: &Value) -> Result<(), RecordError> {
    match body.get("kind").and_then(Value::as_str) {
        Some("exam-fact") => write(db, scene, &read::<ExamFact>(part(body, "exam_fact")?)?).await,
        Some("decision") => decide::replay(db, scene, part(body, "decision")?).await,
        _ => Err(RecordError::Damaged { what: "journal entry of an unknown kind" }),
    }
}

async fn write(db: &mut SqliteConnection, scene: Scene<'_>, fact: &ExamFact) -> Result<(), RecordError> {
    match fact {
        ExamFact::Published { exam, publication, basis, at } => {
            let basis = hex::decode(basis).map_err(|_| RecordError::Damaged { what: "digest" })?;
            published(db, scene, *exam, *publication, &basis, *at).await
        }
        ExamFact::Withdrawn { exam, at } => withdrawn(db, scene, *exam, *at).await,
        ExamFact::Hold { exam, hold } => set_hold(db, scene, *exam, Some(hold)).await,
        ExamFact::Release { exam, .. } => {
            super::doubts::close(db, scene, "returned", exam.0).await?;
            set_hold(db, scene, *exam, None).await
        }
        ExamFact::Sheet { sheet } => write_sheet(db, scene, sheet).await,
        ExamFact::DiffusedFor { exam, person } => diffused::write(db, scene, *exam, person).await,
        ExamFact::NumberLocked { exam, at } => set_locked(db, scene, *exam, Some(*at)).await,
        ExamFact::NumberFreed { exam, .. } => set_locked(db, scene, *exam, None).await,
        ExamFact::Site { site } => write_site(db, scene, site).await,
    }
}

/// The exam is on the web as this publication.
pub(super) async fn published(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    publication: Uuid,
    basis: &[u8],
    at: i64,
) -> Result<(), RecordError> {
    let updated = sqlx::query(
        "UPDATE exam SET publication = ?3, basis = ?4, published_at = ?5, withdrawn_at = NULL, expired = 0
         WHERE group_id = ?1 AND exam_id = ?2",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .bind(id_bytes(publication))
    .bind(basis)
    .bind(at)
    .execute(db)
    .await
    .doing("recording a publication")?;
    found(updated.rows_affected())
}

/// The exam is on the web no more.
pub(super) async fn withdrawn(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    at: i64,
) -> Result<(), RecordError> {
    let updated = sqlx::query("UPDATE exam SET withdrawn_at = ?3, expired = 0 WHERE group_id = ?1 AND exam_id = ?2")
        .bind(scene.group.0)
        .bind(id_bytes(exam.0))
        .bind(at)
        .execute(db)
        .await
        .doing("recording a withdrawal")?;
    found(updated.rows_affected())
}

async fn set_hold(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    hold: Option<&Hold>,
) -> Result<(), RecordError> {
    let updated = sqlx::query("UPDATE exam SET hold = ?3 WHERE group_id = ?1 AND exam_id = ?2")
        .bind(scene.group.0)
        .bind(id_bytes(exam.0))
        .bind(hold.map(json).transpose()?)
        .execute(&mut *db)
        .await
        .doing("holding or releasing an exam")?;
    found(updated.rows_affected())?;
    exam_row::ask(db, scene, exam, &["publish"]).await
}

/// Locked twice is locked since the first time.
async fn set_locked(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    since: Option<i64>,
) -> Result<(), RecordError> {
    let updated = sqlx::query(
        "UPDATE exam SET locked_at = CASE WHEN ?3 IS NULL THEN NULL ELSE COALESCE(locked_at, ?3) END
         WHERE group_id = ?1 AND exam_id = ?2",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .bind(since)
    .execute(db)
    .await
    .doing("locking or freeing an exam's number")?;
    found(updated.rows_affected())
}

fn found(rows: u64) -> Result<(), RecordError> {
    if rows == 0 { Err(RecordError::NotFound { what: "exam" }) } else { Ok(()) }
}

async fn write_sheet(db: &mut SqliteConnection, scene: Scene<'_>, sheet: &Sheet) -> Result<(), RecordError> {
    let before = sheet_by_id(db, scene.group, sheet.id).await?;
    if let Some(before) = before {
        if before.exam != sheet.exam {
            return Err(RecordError::Refused { reason: "a sheet belongs to one exam" });
        }
        if before.state == SheetState::Revoked && sheet.state != SheetState::Revoked {
            return Err(RecordError::Refused { reason: "a revoked sheet stays revoked" });
        }
    }
    sqlx::query(
        "INSERT INTO sheet (group_id, sheet_id, exam_id, report_id, state, at, by, how, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (group_id, sheet_id) DO UPDATE SET report_id = excluded.report_id, state = excluded.state,
            at = excluded.at, by = excluded.by, how = excluded.how, reason = excluded.reason",
    )
    .bind(scene.group.0)
    .bind(id_bytes(sheet.id.0))
    .bind(id_bytes(sheet.exam.0))
    .bind(sheet.report.map(|report| id_bytes(report.0)))
    .bind(json(&sheet.state)?)
    .bind(micros(sheet.at))
    .bind(&sheet.by)
    .bind(&sheet.how)
    .bind(&sheet.reason)
    .execute(db)
    .await
    .doing("writing a sheet")?;
    Ok(())
}

pub(crate) async fn sheet_by_id(
    db: &mut SqliteConnection,
    group: GroupId,
    sheet: SheetId,
) -> Result<Option<Sheet>, RecordError> {
    let row = sqlx::query("SELECT * FROM sheet WHERE group_id = ?1 AND sheet_id = ?2")
        .bind(group.0)
        .bind(id_bytes(sheet.0))
        .fetch_optional(db)
        .await
        .doing("reading a sheet")?;
    row.as_ref().map(self::sheet).transpose()
}

pub(crate) async fn sheets(db: &mut SqliteConnection, group: GroupId, exam: ExamId) -> Result<Vec<Sheet>, RecordError> {
    let rows = sqlx::query("SELECT * FROM sheet WHERE group_id = ?1 AND exam_id = ?2 ORDER BY at, sheet_id")
        .bind(group.0)
        .bind(id_bytes(exam.0))
        .fetch_all(db)
        .await
        .doing("reading an exam's sheets")?;
    rows.iter().map(sheet).collect()
}

fn sheet(row: &SqliteRow) -> Result<Sheet, RecordError> {
    Ok(Sheet {
        id: SheetId(row.id("sheet_id")?),
        exam: ExamId(row.id("exam_id")?),
        report: row.id_or_none("report_id")?.map(ReportId),
        state: from_json(row.col("state")?, "state of a sheet")?,
        at: row.at("at")?,
        by: row.col("by")?,
        how: row.col("how")?,
        reason: row.col("reason")?,
    })
}

async fn write_site(db: &mut SqliteConnection, scene: Scene<'_>, site: &Site) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO site (group_id, site, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (group_id, site) DO UPDATE SET body = excluded.body",
    )
    .bind(scene.group.0)
    .bind(&site.key)
    .bind(json(site)?)
    .execute(db)
    .await
    .doing("writing a site")?;
    Ok(())
}

/// A publication's columns, if the exam was ever published.
pub(crate) fn publication(row: &SqliteRow) -> Result<Option<crate::model::PublicationRow>, RecordError> {
    let Some(id) = row.col::<Option<Vec<u8>>>("publication")? else { return Ok(None) };
    let withdrawn: Option<i64> = row.col("withdrawn_at")?;
    Ok(Some(crate::model::PublicationRow {
        publication: uuid(&id)?,
        basis: digest(row.col("basis")?)?,
        at: row.at("published_at")?,
        withdrawn_at: withdrawn.map(super::rows::instant).transpose()?,
    }))
}

/// A cursor in the other side's messages.
pub(crate) async fn cursor(db: &mut SqliteConnection, group: GroupId) -> Result<u64, RecordError> {
    let value: Option<i64> = sqlx::query_scalar("SELECT value FROM cursor WHERE group_id = ?1 AND name = 'link'")
        .bind(group.0)
        .fetch_optional(db)
        .await
        .doing("reading the link's cursor")?;
    super::rows::unsigned(value.unwrap_or(0))
}

pub(crate) async fn set_cursor(db: &mut SqliteConnection, group: GroupId, number: u64) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO cursor (group_id, name, value) VALUES (?1, 'link', ?2)
         ON CONFLICT (group_id, name) DO UPDATE SET value = MAX(value, excluded.value)",
    )
    .bind(group.0)
    .bind(signed(number))
    .execute(db)
    .await
    .doing("moving the link's cursor")?;
    Ok(())
}
