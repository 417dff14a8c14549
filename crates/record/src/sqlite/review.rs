//! Hints: when to judge an exam again. Cheap to reset, never later than the day its verdict may turn.

use super::rows::{Columns, Doing, id_bytes, signed};
use super::scene::Scene;
use crate::RecordError;
use crate::model::{ExamId, GroupId, Review};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use time::Date;

/// A fact of this exam changed: it is judged at the next planning.
pub(crate) async fn touch(db: &mut SqliteConnection, scene: Scene<'_>, exam: ExamId) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO review (group_id, exam_id) VALUES (?1, ?2)
         ON CONFLICT (group_id, exam_id) DO UPDATE SET review_on = 0, changed = changed + 1",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .execute(db)
    .await
    .doing("asking for an exam to be judged again")?;
    Ok(())
}

/// A fact of a patient changed, or one of their exams did: the last visit counts for all of them.
pub(crate) async fn touch_patient(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    patient: &[u8],
) -> Result<(), RecordError> {
    sqlx::query(
        "UPDATE review SET review_on = 0, changed = changed + 1 WHERE group_id = ?1 AND exam_id IN
            (SELECT exam_id FROM exam WHERE group_id = ?1 AND patient_id = ?2)",
    )
    .bind(scene.group.0)
    .bind(patient)
    .execute(db)
    .await
    .doing("asking for a patient's exams to be judged again")?;
    Ok(())
}

/// A recall began or ended: it holds its exam while it is open.
pub(crate) async fn touch_recalled(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    recall: uuid::Uuid,
) -> Result<(), RecordError> {
    sqlx::query(
        "UPDATE review SET review_on = 0, changed = changed + 1 WHERE group_id = ?1 AND exam_id =
            (SELECT exam_id FROM recall WHERE group_id = ?1 AND recall_id = ?2)",
    )
    .bind(scene.group.0)
    .bind(id_bytes(recall))
    .execute(db)
    .await
    .doing("asking for an exam to be judged again")?;
    Ok(())
}

/// Exams whose hint has come, by hint then id.
pub(crate) async fn due(
    db: &mut SqliteConnection,
    group: GroupId,
    by: Date,
    after: Option<Review>,
    limit: u32,
) -> Result<Vec<Review>, RecordError> {
    let after = after.map_or((-1, Vec::new()), |last| (day(last.on), id_bytes(last.exam.0)));
    let rows = sqlx::query(
        "SELECT exam_id, review_on, changed FROM review INDEXED BY review_due
         WHERE group_id = ?1 AND review_on <= ?2 AND (review_on, exam_id) > (?3, ?4)
         ORDER BY review_on, exam_id LIMIT ?5",
    )
    .bind(group.0)
    .bind(day(by))
    .bind(after.0)
    .bind(after.1)
    .bind(limit)
    .fetch_all(db)
    .await
    .doing("reading which exams to judge")?;
    rows.iter().map(review).collect()
}

/// Every exam.
pub(crate) async fn all(
    db: &mut SqliteConnection,
    group: GroupId,
    after: Option<ExamId>,
    limit: u32,
) -> Result<Vec<Review>, RecordError> {
    let rows = sqlx::query(
        "SELECT exam_id, review_on, changed FROM review WHERE group_id = ?1 AND exam_id > ?2 ORDER BY exam_id LIMIT ?3",
    )
    .bind(group.0)
    .bind(after.map(|exam| id_bytes(exam.0)).unwrap_or_default())
    .bind(limit)
    .fetch_all(db)
    .await
    .doing("reading exams to judge")?;
    rows.iter().map(review).collect()
}

/// Moves hints of exams that have not changed since.
pub(crate) async fn set(db: &mut SqliteConnection, group: GroupId, moved: &[Review]) -> Result<(), RecordError> {
    for one in moved {
        sqlx::query("UPDATE review SET review_on = ?3 WHERE group_id = ?1 AND exam_id = ?2 AND changed = ?4")
            .bind(group.0)
            .bind(id_bytes(one.exam.0))
            .bind(day(one.on))
            .bind(signed(one.changed))
            .execute(&mut *db)
            .await
            .doing("noting when to judge an exam again")?;
    }
    Ok(())
}

/// Resets a page of hints.
pub(crate) async fn reset(
    db: &mut SqliteConnection,
    group: GroupId,
    after: Option<ExamId>,
    limit: u32,
) -> Result<Option<ExamId>, RecordError> {
    let page = all(db, group, after, limit).await?;
    let Some(last) = page.last() else { return Ok(None) };
    sqlx::query("UPDATE review SET review_on = 0 WHERE group_id = ?1 AND exam_id > ?2 AND exam_id <= ?3")
        .bind(group.0)
        .bind(after.map(|exam| id_bytes(exam.0)).unwrap_or_default())
        .bind(id_bytes(last.exam.0))
        .execute(db)
        .await
        .doing("asking for exams to be judged again")?;
    Ok(Some(last.exam))
}

/// How often an exam's facts have changed.
pub(crate) async fn changed(db: &mut SqliteConnection, group: GroupId, exam: ExamId) -> Result<u64, RecordError> {
    let changed: Option<i64> = sqlx::query_scalar("SELECT changed FROM review WHERE group_id = ?1 AND exam_id = ?2")
        .bind(group.0)
        .bind(id_bytes(exam.0))
        .fetch_optional(db)
        .await
        .doing("reading how often an exam has changed")?;
    super::rows::unsigned(changed.unwrap_or(0))
}

fn review(row: &SqliteRow) -> Result<Review, RecordError> {
    let on: i64 = row.col("review_on")?;
    Ok(Review { exam: ExamId(row.id("exam_id")?), on: date(on)?, changed: row.number("changed")? })
}

/// Julian day; what lies before the calendar is as good as the past.
pub(crate) fn day(date: Date) -> i64 {
    i64::from(date.to_julian_day())
}

pub(crate) fn date(day: i64) -> Result<Date, RecordError> {
    let day = i32::try_from(day).map_err(|_| RecordError::Damaged { what: "day" })?;
    Date::from_julian_day(day).map_err(|_| RecordError::Damaged { what: "day" })
}
