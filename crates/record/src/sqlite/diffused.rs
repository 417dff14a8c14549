//! Whom an exam was diffused for, and what the other side was last told of it.

use super::rows::{Columns, Doing, from_json, id_bytes, json, micros};
use super::scene::Scene;
use crate::RecordError;
use crate::model::{DiffusedFor, ExamId, GroupId, PatientId, Told};
use sqlx::SqliteConnection;

pub(crate) async fn write(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    person: &DiffusedFor,
) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO diffused_for (group_id, exam_id, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (group_id, exam_id) DO UPDATE SET body = excluded.body",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .bind(json(person)?)
    .execute(db)
    .await
    .doing("writing whom an exam is diffused for")?;
    Ok(())
}

pub(crate) async fn of(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
) -> Result<Option<DiffusedFor>, RecordError> {
    let body: Option<String> = sqlx::query_scalar("SELECT body FROM diffused_for WHERE group_id = ?1 AND exam_id = ?2")
        .bind(group.0)
        .bind(id_bytes(exam.0))
        .fetch_optional(&mut *db)
        .await
        .doing("reading whom an exam is diffused for")?;
    let Some(body) = body else { return Ok(None) };
    let mut person: DiffusedFor = from_json(&body, "person an exam is diffused for")?;
    let row = sqlx::query("SELECT merged_into FROM patient WHERE group_id = ?1 AND patient_id = ?2")
        .bind(group.0)
        .bind(id_bytes(person.patient.0))
        .fetch_optional(db)
        .await
        .doing("reading what a patient was merged into")?;
    person.merged_into = row.map(|row| row.id_or_none("merged_into")).transpose()?.flatten().map(PatientId);
    Ok(Some(person))
}

pub(crate) async fn told(db: &mut SqliteConnection, group: GroupId, exam: ExamId) -> Result<Option<Told>, RecordError> {
    let row = sqlx::query("SELECT digest, until FROM told WHERE group_id = ?1 AND exam_id = ?2")
        .bind(group.0)
        .bind(id_bytes(exam.0))
        .fetch_optional(db)
        .await
        .doing("reading what the other side was told")?;
    row.map(|row| Ok(Told { digest: row.sha256("digest")?, online_until: row.at("until")? })).transpose()
}

pub(crate) async fn set_told(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
    told: &Told,
) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO told (group_id, exam_id, digest, until) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (group_id, exam_id) DO UPDATE SET digest = excluded.digest, until = excluded.until",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .bind(told.digest.as_slice())
    .bind(micros(told.online_until))
    .execute(db)
    .await
    .doing("noting what the other side was told")?;
    Ok(())
}
