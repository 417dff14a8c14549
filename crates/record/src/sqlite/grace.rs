//! The grace: out of sight, and taken back with one act.

use super::erasures::{self, ItemSet};
use super::retentions::{self, RetentionFact};
use super::rows::{Columns, Doing, id_bytes, instant, micros, uuid};
use super::scene::Scene;
use super::{exam_row, lifecycle, review};
use crate::RecordError;
use crate::model::{Doom, ExamId, GroupId, ItemState};
use sqlx::SqliteConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// Dooms the exams of an approved list that may be (`exam::lifecycle`: only what is sealed and held by nobody).
pub(crate) async fn doom_list(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    list: Uuid,
    grace_until: OffsetDateTime,
) -> Result<(), RecordError> {
    let (mut exams, mut left) = (Vec::new(), Vec::new());
    for item in erasures::items(db, scene.group, list).await? {
        let state: Option<String> =
            sqlx::query_scalar("SELECT state FROM exam WHERE group_id = ?1 AND exam_id = ?2 AND gone = 0")
                .bind(scene.group.0)
                .bind(id_bytes(item.exam.0))
                .fetch_optional(&mut *db)
                .await
                .doing("reading where an exam stands")?;
        match state.as_deref() {
            Some("sealed") => exams.push(item.exam),
            Some("held") => left.push((item.exam, "retention-held".to_owned())),
            _ => left.push((item.exam, "retention-changed".to_owned())),
        }
    }
    let doomed = RetentionFact::Doomed { list, at: micros(scene.now), grace_until: micros(grace_until), exams, left };
    retentions::state(db, scene, &doomed).await
}

pub(crate) async fn write_doomed(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    list: Uuid,
    (at, grace_until): (i64, i64),
    exams: &[ExamId],
    left: &[(ExamId, String)],
) -> Result<(), RecordError> {
    for exam in exams {
        sqlx::query(
            "UPDATE exam SET doomed_list = ?3, doomed_at = ?4, grace_until = ?5 WHERE group_id = ?1 AND exam_id = ?2",
        )
        .bind(scene.group.0)
        .bind(id_bytes(exam.0))
        .bind(id_bytes(list))
        .bind(at)
        .bind(grace_until)
        .execute(&mut *db)
        .await
        .doing("putting an exam out of sight")?;
        erasures::set_item(db, scene, list, *exam, ItemSet { state: ItemState::Doomed, at, because: None }).await?;
        moved(db, scene, *exam).await?;
    }
    for (exam, because) in left {
        let set = ItemSet { state: ItemState::TakenOff, at, because: Some(because) };
        erasures::set_item(db, scene, list, *exam, set).await?;
        review::touch(db, scene, *exam).await?;
    }
    Ok(())
}

/// The exam stands elsewhere now: judged again, and the web made to agree.
async fn moved(db: &mut SqliteConnection, scene: Scene<'_>, exam: ExamId) -> Result<(), RecordError> {
    review::touch(db, scene, exam).await?;
    lifecycle::state(db, scene, exam).await?;
    if scene.replaying { Ok(()) } else { exam_row::ask(db, scene, exam, &["publish"]).await }
}

pub(crate) async fn take_off(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    (by, reason): (&str, &str),
    at: OffsetDateTime,
) -> Result<(), RecordError> {
    match doom(db, scene.group, exam).await? {
        None => Err(RecordError::Refused { reason: "the exam is in no grace" }),
        Some(doom) if doom.destroyed_at.is_some() => Err(RecordError::Refused { reason: "the images are erased" }),
        Some(doom) => {
            let (by, reason, at) = (by.to_owned(), reason.to_owned(), micros(at));
            let fact = RetentionFact::TakenOff { list: doom.list, exam, by, reason, at };
            retentions::state(db, scene, &fact).await
        }
    }
}

pub(crate) async fn taken_off(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    list: Uuid,
    exam: ExamId,
    reason: &str,
    at: i64,
) -> Result<(), RecordError> {
    sqlx::query(
        "UPDATE exam SET doomed_list = NULL, doomed_at = NULL, grace_until = NULL
         WHERE group_id = ?1 AND exam_id = ?2 AND destroyed_at IS NULL",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .execute(&mut *db)
    .await
    .doing("taking an exam back")?;
    let set = ItemSet { state: ItemState::TakenOff, at, because: Some(reason) };
    erasures::set_item(db, scene, list, exam, set).await?;
    moved(db, scene, exam).await
}

/// Exams whose grace ends by `until`.
pub(crate) async fn due(
    db: &mut SqliteConnection,
    group: GroupId,
    until: i64,
    limit: u32,
) -> Result<Vec<ExamId>, RecordError> {
    let rows = sqlx::query(
        "SELECT exam_id FROM exam INDEXED BY exam_doomed WHERE group_id = ?1 AND doomed_at IS NOT NULL
            AND destroyed_at IS NULL AND grace_until <= ?2 ORDER BY grace_until, exam_id LIMIT ?3",
    )
    .bind(group.0)
    .bind(until)
    .bind(limit)
    .fetch_all(db)
    .await
    .doing("reading whose grace is over")?;
    rows.iter().map(|row| row.id("exam_id").map(ExamId)).collect()
}

/// Whether nothing is left of an exam that a list could be about.
pub(crate) async fn is_gone(db: &mut SqliteConnection, group: GroupId, exam: ExamId) -> Result<bool, RecordError> {
    let here: Option<i64> = sqlx::query_scalar(
        "SELECT 1 FROM exam WHERE group_id = ?1 AND exam_id = ?2 AND gone = 0 AND doomed_at IS NULL",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .fetch_optional(db)
    .await
    .doing("looking whether an exam is still here")?;
    Ok(here.is_none())
}

pub(crate) async fn doom(db: &mut SqliteConnection, group: GroupId, exam: ExamId) -> Result<Option<Doom>, RecordError> {
    let row = sqlx::query(
        "SELECT doomed_list, doomed_at, grace_until, destroyed_at FROM exam
         WHERE group_id = ?1 AND exam_id = ?2 AND doomed_at IS NOT NULL",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .fetch_optional(db)
    .await
    .doing("reading an exam's grace")?;
    let Some(row) = row else { return Ok(None) };
    let list: Vec<u8> = row.col("doomed_list")?;
    let destroyed: Option<i64> = row.col("destroyed_at")?;
    Ok(Some(Doom {
        list: uuid(&list)?,
        doomed_at: row.at("doomed_at")?,
        grace_until: row.at("grace_until")?,
        destroyed_at: destroyed.map(instant).transpose()?,
    }))
}
