//! The short way of most images: one more of a series the record knows, saying nothing new.
//!
//! Each statement is a trip to SQLite's own thread and back, which costs more than the statement. The long way
//! ([`super::receive`]) takes fourteen of them for an image; this one looks once and writes once. Both leave the same
//! rows: a test compares every table.

use super::finds;
use super::receive::{Touched, bound};
use super::rows::{Columns, Doing, id_bytes, json, micros};
use super::scene::Scene;
use crate::RecordError;
use crate::derive::SeriesBody;
use crate::identity::ClaimBody;
use crate::model::{ExamId, Received};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;

/// When an exam's last image came, and whether the exam is on the web.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub last_arrival: i64,
    pub on_line: bool,
}

/// By exam, what decides when its jobs are due.
pub(crate) type Continued = BTreeMap<ExamId, Pace>;

/// Keeps the image if it only continues its series; `false` when it has to go the long way.
pub(crate) async fn keep(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    image: &Received,
    touched: &mut Touched,
) -> Result<bool, RecordError> {
    let Some(row) = look(db, scene, image).await? else { return Ok(false) };
    let exam = ExamId(row.id("exam_id")?);
    write(db, scene, image, row.col("claim")?, exam).await?;
    let arrived = micros(image.received_at);
    let pace = Pace { last_arrival: arrived.max(row.col("last_arrival")?), on_line: row.col("on_line")? };
    touched.continued.insert(exam, pace);
    Ok(true)
}

/// Claim and exam, when all that the image could say is said already and its UID is new.
async fn look(db: &mut SqliteConnection, scene: Scene<'_>, image: &Received) -> Result<Option<SqliteRow>, RecordError> {
    let header = &image.header;
    sqlx::query(
        "SELECT claim.claim, exam.exam_id, exam.last_arrival,
                exam.publication IS NOT NULL AND exam.withdrawn_at IS NULL AS on_line
         FROM claim CROSS JOIN series USING (group_id, study_uid) CROSS JOIN exam_study USING (group_id, study_uid)
              CROSS JOIN exam USING (group_id, exam_id)
         WHERE claim.group_id = ?1 AND claim.study_uid = ?2 AND claim.body = ?3 AND claim.instances > 0
           AND series.series_uid = ?4 AND series.body = ?5 AND series.instances > 0 AND exam.gone = 0
           AND exam.doomed_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM instance WHERE group_id = ?1 AND sop_uid = ?6)",
    )
    .bind(scene.group.0)
    .bind(&header.study_instance_uid)
    .bind(json(&ClaimBody::from(header))?)
    .bind(&header.series_instance_uid)
    .bind(json(&SeriesBody::from(header))?)
    .bind(&header.sop_instance_uid)
    .fetch_optional(db)
    .await
    .doing("looking whether an image continues its series")
}

/// One trip for seven statements. Their parameters are taken in order: numbered ones with a gap would be left unbound.
const WRITE: &str = concat!(
    super::receive::insert_instance!(),
    "; UPDATE claim SET instances = instances + 1, unsealed = unsealed + 1, last_arrival = MAX(last_arrival, ?)
         WHERE group_id = ? AND claim = ?;
     UPDATE series SET instances = instances + 1 WHERE group_id = ? AND study_uid = ? AND series_uid = ?;
     UPDATE exam SET instances = instances + 1, unsealed = unsealed + 1, last_arrival = MAX(last_arrival, ?),
         state = 'landed' WHERE group_id = ? AND exam_id = ?; ",
    super::finds::put_study!(),
    "; ",
    super::finds::put_series!(),
    "; ",
    super::finds::put_instance!()
);

async fn write(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    image: &Received,
    claim: i64,
    exam: ExamId,
) -> Result<(), RecordError> {
    let header = &image.header;
    let documents = finds::documents(header);
    let query = bound(WRITE, scene, image, claim)
        .bind(micros(image.received_at))
        .bind(scene.group.0)
        .bind(claim)
        .bind(scene.group.0)
        .bind(&header.study_instance_uid)
        .bind(&header.series_instance_uid)
        .bind(micros(image.received_at))
        .bind(scene.group.0)
        .bind(id_bytes(exam.0));
    finds::bind(query, scene, header, &documents)
        .execute(db)
        .await
        .doing("writing an instance that continues its series")?;
    Ok(())
}
