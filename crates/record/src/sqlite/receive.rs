//! Images: one transaction per batch, whose rows the landing log can replay.

use super::continued::{self, Continued};
use super::doubts::{self, DoubtBody};
use super::exam_row;
use super::recompute::{exam_of, recompute};
use super::rows::{Columns, Doing, from_json, id_bytes, json, micros, signed};
use super::scene::Scene;
use crate::RecordError;
use crate::derive::SeriesBody;
use crate::identity::ClaimBody;
use crate::model::{Applied, GroupId, InstanceHeader, Place, ReceiveOutcome, Received};
use serde::{Deserialize, Serialize};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};

/// What a batch touches in one group.
#[derive(Default)]
pub(crate) struct Touched {
    /// Studies that got an instance.
    pub studies: BTreeSet<String>,
    /// Studies of which something new was said: their exams are computed again.
    pub news: BTreeSet<String>,
    /// Exams that got an instance on the short way.
    pub continued: Continued,
}

/// Keeps one image of a batch.
pub(crate) async fn keep(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    image: &Received,
    touched: &mut Touched,
) -> Result<ReceiveOutcome, RecordError> {
    if continued::keep(db, scene, image, touched).await? {
        return Ok(ReceiveOutcome::Stored);
    }
    keep_with_news(db, scene, image, touched).await
}

/// The long way: an image that may say something new, or be here already.
pub(crate) async fn keep_with_news(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    image: &Received,
    touched: &mut Touched,
) -> Result<ReceiveOutcome, RecordError> {
    scene.tenant(db).await?;
    let uid = &image.header.sop_instance_uid;
    let here: Option<Vec<u8>> = sqlx::query_scalar("SELECT sha256 FROM instance WHERE group_id = ?1 AND sop_uid = ?2")
        .bind(scene.group.0)
        .bind(uid)
        .fetch_optional(&mut *db)
        .await
        .doing("looking for an instance")?;
    match here {
        Some(sha256) if sha256 == image.sha256 => return Ok(ReceiveOutcome::Duplicate),
        Some(_) => {
            set_aside(db, scene, image).await?;
            return Ok(ReceiveOutcome::Conflict);
        }
        None => {}
    }
    put_new(db, scene, image, touched).await?;
    Ok(ReceiveOutcome::Stored)
}

/// The columns of an instance and their parameters, in order.
macro_rules! insert_instance {
    () => {
        "INSERT INTO instance (group_id, sop_uid, study_uid, series_uid, claim, sop_class_uid, transfer_syntax, number,
            frames, image_rows, image_columns, sha256, size_bytes, received_at, source,
            place_writer, place_segment, place_offset, place_length, place_file)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    };
}

pub(crate) use insert_instance;

/// The primary key decides: two receptions of one UID can never both be stored.
const NEW: &str = insert_instance!();

const INSTEAD: &str = concat!(
    insert_instance!(),
    " ON CONFLICT (group_id, sop_uid) DO UPDATE SET
        study_uid = excluded.study_uid, series_uid = excluded.series_uid, claim = excluded.claim,
        sop_class_uid = excluded.sop_class_uid, transfer_syntax = excluded.transfer_syntax,
        number = excluded.number, frames = excluded.frames, image_rows = excluded.image_rows,
        image_columns = excluded.image_columns, sha256 = excluded.sha256, size_bytes = excluded.size_bytes,
        received_at = excluded.received_at, source = excluded.source, place_writer = excluded.place_writer,
        place_segment = excluded.place_segment, place_offset = excluded.place_offset,
        place_length = excluded.place_length, place_file = excluded.place_file,
        object = NULL, generation = NULL, entry_offset = NULL"
);

/// Writes a new instance, its claim and its series.
pub(crate) async fn put_new(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    image: &Received,
    touched: &mut Touched,
) -> Result<(), RecordError> {
    put(db, scene, image, touched, NEW).await
}

/// Writes the instance a person chose over the one of the same UID.
pub(crate) async fn put_instead(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    image: &Received,
    touched: &mut Touched,
) -> Result<(), RecordError> {
    put(db, scene, image, touched, INSTEAD).await
}

/// A statement that begins with `insert_instance!()`, with the instance's parameters.
pub(crate) fn bound<'q>(
    sql: &'static str,
    scene: Scene<'_>,
    image: &'q Received,
    claim: i64,
) -> Query<'q, Sqlite, SqliteArguments> {
    let header = &image.header;
    sqlx::query(sql)
        .bind(scene.group.0)
        .bind(&header.sop_instance_uid)
        .bind(&header.study_instance_uid)
        .bind(&header.series_instance_uid)
        .bind(claim)
        .bind(&header.sop_class_uid)
        .bind(&header.transfer_syntax_uid)
        .bind(header.instance_number)
        .bind(header.frames)
        .bind(header.rows)
        .bind(header.columns)
        .bind(image.sha256.as_slice())
        .bind(signed(image.size_bytes))
        .bind(micros(image.received_at))
        .bind(&image.source)
        .bind(image.place.writer)
        .bind(signed(image.place.segment))
        .bind(signed(image.place.offset))
        .bind(signed(image.place.length))
        .bind(image.place.file.map(signed))
}

async fn put(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    image: &Received,
    touched: &mut Touched,
    sql: &'static str,
) -> Result<(), RecordError> {
    let header = &image.header;
    let claim = claim(db, scene, header, image, touched).await?;
    series(db, scene, header, touched).await?;
    bound(sql, scene, image, claim).execute(&mut *db).await.doing("writing an instance")?;
    super::finds::put(db, scene, header).await?;
    touched.studies.insert(header.study_instance_uid.clone());
    Ok(())
}

/// Counts the instance in the row of what it says; a new saying is news for its exam.
async fn claim(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    header: &InstanceHeader,
    image: &Received,
    touched: &mut Touched,
) -> Result<i64, RecordError> {
    let body = ClaimBody::from(header);
    let row = sqlx::query(
        "INSERT INTO claim (group_id, claim, study_uid, accession, patient_value, body, instances, unsealed, last_arrival)
         VALUES (?1, 1 + COALESCE((SELECT MAX(claim) FROM claim WHERE group_id = ?1), 0), ?2, ?3, ?4, ?5, 1, 1, ?6)
         ON CONFLICT (group_id, study_uid, body) DO UPDATE SET
            instances = instances + 1, unsealed = unsealed + 1, last_arrival = MAX(last_arrival, excluded.last_arrival)
         RETURNING claim, instances",
    )
    .bind(scene.group.0)
    .bind(&header.study_instance_uid)
    .bind(body.accession_key(scene.settings))
    .bind(body.patient_value())
    .bind(json(&body)?)
    .bind(micros(image.received_at))
    .fetch_one(&mut *db)
    .await
    .doing("writing what an image says")?;
    if row.col::<i64>("instances")? == 1 {
        touched.news.insert(header.study_instance_uid.clone());
        super::adopted::first_image(db, scene, &header.study_instance_uid, &image.source).await?;
    }
    row.col("claim")
}

async fn series(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    header: &InstanceHeader,
    touched: &mut Touched,
) -> Result<(), RecordError> {
    let body = json(&SeriesBody::from(header))?;
    // Images of one series that disagree: the greatest text wins, whatever came first.
    let row = sqlx::query(
        "INSERT INTO series (group_id, study_uid, series_uid, body, instances) VALUES (?1, ?2, ?3, ?4, 1)
         ON CONFLICT (group_id, study_uid, series_uid) DO UPDATE
            SET instances = instances + 1, body = MAX(body, excluded.body)
         RETURNING instances, body = ?4 AS mine",
    )
    .bind(scene.group.0)
    .bind(&header.study_instance_uid)
    .bind(&header.series_instance_uid)
    .bind(body)
    .fetch_one(db)
    .await
    .doing("writing a series")?;
    if row.col::<i64>("instances")? == 1 {
        touched.news.insert(header.study_instance_uid.clone());
    }
    Ok(())
}

/// An image kept aside, as its row says it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AsideBody {
    pub header: InstanceHeader,
    pub size_bytes: u64,
    pub place: Place,
    pub source: String,
    pub received_at: i64,
}

async fn set_aside(db: &mut SqliteConnection, scene: Scene<'_>, image: &Received) -> Result<(), RecordError> {
    let body = AsideBody {
        header: image.header.clone(),
        size_bytes: image.size_bytes,
        place: image.place,
        source: image.source.clone(),
        received_at: micros(image.received_at),
    };
    let id = scene.new_id();
    let new = sqlx::query(
        "INSERT INTO aside (group_id, sop_uid, sha256, doubt_id, body, place_writer, place_segment)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
    )
    .bind(scene.group.0)
    .bind(&image.header.sop_instance_uid)
    .bind(image.sha256.as_slice())
    .bind(id_bytes(id))
    .bind(json(&body)?)
    .bind(image.place.writer)
    .bind(signed(image.place.segment))
    .execute(&mut *db)
    .await
    .doing("setting an instance aside")?;
    // Aside already, or decided on: a person is not asked twice about the same bytes.
    if new.rows_affected() == 0 {
        return Ok(());
    }
    let exam = exam_of(db, scene, &image.header.study_instance_uid).await?;
    let reasons = BTreeSet::from(["same-uid-other-bytes".to_owned()]);
    doubts::open(db, scene, "conflict", id, &DoubtBody { reasons, exams: exam.into_iter().collect() }).await
}

pub(crate) fn aside_body(text: &str) -> Result<AsideBody, RecordError> {
    from_json(text, "instance kept aside")
}

/// After a batch: exams computed again where something new was said, counted where not, and jobs.
pub(crate) async fn settle(db: &mut SqliteConnection, scene: Scene<'_>, touched: &Touched) -> Result<(), RecordError> {
    let mut exams = recompute(db, scene, &touched.news).await?;
    for study in &touched.studies {
        let Some(exam) = exam_of(db, scene, study).await? else { continue };
        exams.insert(exam);
        if !touched.news.contains(study) {
            recount(db, scene, exam).await?;
        }
    }
    for (exam, pace) in &touched.continued {
        if !exams.contains(exam) {
            exam_row::ask_at(db, scene, *exam, &["seal", "publish"], *pace).await?;
        }
    }
    for exam in exams {
        exam_row::ask(db, scene, exam, &["seal", "publish"]).await?;
    }
    Ok(())
}

/// Counts an exam of which nothing new was said.
pub(crate) async fn recount(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: crate::model::ExamId,
) -> Result<(), RecordError> {
    sqlx::query(
        "UPDATE exam SET (instances, unsealed, last_arrival) = (
            SELECT COALESCE(SUM(claim.instances), 0), COALESCE(SUM(claim.unsealed), 0),
                   COALESCE(MAX(claim.last_arrival), exam.last_arrival)
            FROM exam_study JOIN claim USING (group_id, study_uid)
            WHERE exam_study.group_id = ?1 AND exam_study.exam_id = ?2)
         WHERE group_id = ?1 AND exam_id = ?2",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .execute(&mut *db)
    .await
    .doing("counting an exam's instances")?;
    super::lifecycle::state(db, scene, exam).await
}

/// Moves a writer's applied position; never back.
pub(crate) async fn move_applied(db: &mut SqliteConnection, applied: Applied) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO applied (group_id, writer, segment, \"offset\") VALUES (0, ?1, ?2, ?3)
         ON CONFLICT (group_id, writer) DO UPDATE SET segment = excluded.segment, \"offset\" = excluded.\"offset\"
         WHERE (excluded.segment, excluded.\"offset\") > (segment, \"offset\")",
    )
    .bind(applied.writer)
    .bind(signed(applied.segment))
    .bind(signed(applied.offset))
    .execute(db)
    .await
    .doing("moving the applied position")?;
    Ok(())
}

/// A batch, by group.
pub(crate) fn groups(batch: &[Received]) -> BTreeMap<GroupId, Vec<usize>> {
    let mut groups: BTreeMap<GroupId, Vec<usize>> = BTreeMap::new();
    for (index, image) in batch.iter().enumerate() {
        groups.entry(image.group).or_default().push(index);
    }
    groups
}
