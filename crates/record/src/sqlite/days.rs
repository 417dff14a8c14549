//! Policy tables, forecasts, last visits: what a day of planning starts from.

use super::review::day as julian;
use super::rows::{Doing, from_json, id_bytes, json};
use super::scene::Scene;
use crate::RecordError;
use crate::model::{ExamId, GroupId, RetentionDay};
use ::exam::policy::Policies;
use sqlx::SqliteConnection;
use time::Date;

/// Whether this table is not the one in force; refused when it takes back a row that was.
pub(crate) async fn is_new_table(
    db: &mut SqliteConnection,
    group: GroupId,
    policies: &Policies,
    today: Date,
) -> Result<bool, RecordError> {
    let Some(known) = policies_in_force(db, group).await? else { return Ok(true) };
    if known == *policies {
        return Ok(false);
    }
    let kept = |row: &&::exam::policy::PolicyRow| row.valid_from <= today && !policies.rows().contains(row);
    match known.rows().iter().find(kept) {
        None if policies.rows().iter().all(|row| row.valid_from > today || known.rows().contains(row)) => Ok(true),
        None => Err(RecordError::Refused { reason: "a new policy row begins in the past" }),
        Some(_) => Err(RecordError::Refused { reason: "a policy row that was in force is changed or missing" }),
    }
}

async fn policies_in_force(db: &mut SqliteConnection, group: GroupId) -> Result<Option<Policies>, RecordError> {
    let body: Option<String> =
        sqlx::query_scalar("SELECT body FROM policy_table WHERE group_id = ?1 ORDER BY entry DESC LIMIT 1")
            .bind(group.0)
            .fetch_optional(db)
            .await
            .doing("reading the policy table in force")?;
    body.map(|body| from_json(&body, "policy table")).transpose()
}

pub(crate) async fn write_policies(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    policies: &Policies,
) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO policy_table (group_id, entry, body)
         VALUES (?1, 1 + COALESCE((SELECT MAX(entry) FROM policy_table WHERE group_id = ?1), 0), ?2)",
    )
    .bind(scene.group.0)
    .bind(json(policies)?)
    .execute(db)
    .await
    .doing("writing the policy table in force")?;
    Ok(())
}

pub(crate) async fn of(
    db: &mut SqliteConnection,
    group: GroupId,
    day: Date,
) -> Result<Option<RetentionDay>, RecordError> {
    let body: Option<String> = sqlx::query_scalar("SELECT body FROM retention_day WHERE group_id = ?1 AND day = ?2")
        .bind(group.0)
        .bind(julian(day))
        .fetch_optional(db)
        .await
        .doing("reading what was foreseen for a day")?;
    body.map(|body| from_json(&body, "day of retention")).transpose()
}

pub(crate) async fn write(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    day: Date,
    said: &RetentionDay,
) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO retention_day (group_id, day, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (group_id, day) DO UPDATE SET body = excluded.body",
    )
    .bind(scene.group.0)
    .bind(julian(day))
    .bind(json(said)?)
    .execute(db)
    .await
    .doing("writing what is foreseen for a day")?;
    Ok(())
}

/// The latest date of the patient's exams; of the exam alone while its patient is not certain.
pub(crate) async fn last_visit(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
) -> Result<Option<Date>, RecordError> {
    let last: Option<i64> = sqlx::query_scalar(
        "SELECT MAX(sort_date) FROM exam INDEXED BY exam_patient WHERE group_id = ?1 AND patient_id =
            (SELECT patient_id FROM exam WHERE group_id = ?1 AND exam_id = ?2)",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .fetch_one(db)
    .await
    .doing("reading a patient's last visit")?;
    last.filter(|day| *day > 0).map(super::review::date).transpose()
}
