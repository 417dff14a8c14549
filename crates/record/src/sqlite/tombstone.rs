//! The record's side of an erasure: the rows of an exam's images become tombstones, in one transaction, before the first
//! byte goes. From then on the erasure is only ever finished.
//!
//! The one place of the record that removes rows of images.

use super::erasures::{self, ItemSet};
use super::publish::{self, ExamFact};
use super::retentions::{self, RetentionFact};
use super::rows::{Columns, Doing, from_json, id_bytes, json, micros, signed};
use super::scene::Scene;
use super::{doubts, exam_row, grace, lifecycle, review};
use crate::RecordError;
use crate::model::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeSet;
use time::OffsetDateTime;
use uuid::Uuid;

/// What is still said of an exam whose images are gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Remains {
    sort_date: i64,
    site: String,
    patient: Option<PatientId>,
    /// Its reports: the end of the images never takes them along.
    reports: Vec<Uuid>,
    body: Value,
}

/// The last moment at which anything can prevent an erasure.
pub(crate) async fn begin(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    certificate: Certificate,
    leaf: u64,
    changed: u64,
) -> Result<(), RecordError> {
    let exam = certificate.exam;
    let doom = grace::doom(db, scene.group, exam).await?.filter(|doom| doom.destroyed_at.is_none());
    let doom = doom.ok_or(RecordError::Refused { reason: "the exam is in no grace" })?;
    if doom.grace_until > certificate.destroyed_at {
        return Err(RecordError::Refused { reason: "its grace is not over" });
    }
    lifecycle::refresh(db, scene, exam).await?;
    let row =
        sqlx::query("SELECT state, sort_date, site, patient_id, body FROM exam WHERE group_id = ?1 AND exam_id = ?2")
            .bind(scene.group.0)
            .bind(id_bytes(exam.0))
            .fetch_one(&mut *db)
            .await
            .doing("reading where an exam stands")?;
    if row.col::<String>("state")? != "doomed" {
        return Err(RecordError::Refused { reason: "the exam is held, or has new images" });
    }
    if review::changed(db, scene.group, exam).await? != changed {
        return Err(RecordError::Refused { reason: "the exam changed since it was judged" });
    }
    let named = objects_of(db, scene, exam).await?;
    if named != certificate.objects.iter().map(|one| one.object.clone()).collect::<BTreeSet<_>>() {
        return Err(RecordError::Refused { reason: "the exam has other objects than its certificate" });
    }
    let remains = Remains {
        sort_date: row.col("sort_date")?,
        site: row.col("site")?,
        patient: row.id_or_none("patient_id")?.map(PatientId),
        reports: reports_of(db, scene, exam).await?,
        body: row.value("body")?,
    };
    let fact = RetentionFact::Destroying { certificate: Box::new(certificate), leaf, remains: Box::new(remains) };
    retentions::state(db, scene, &fact).await
}

async fn objects_of(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
) -> Result<BTreeSet<String>, RecordError> {
    let objects: Vec<String> = sqlx::query_scalar(
        "SELECT object FROM exam_study JOIN generation USING (group_id, study_uid)
         WHERE exam_study.group_id = ?1 AND exam_study.exam_id = ?2",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .fetch_all(db)
    .await
    .doing("reading an exam's objects")?;
    Ok(objects.into_iter().collect())
}

async fn reports_of(db: &mut SqliteConnection, scene: Scene<'_>, exam: ExamId) -> Result<Vec<Uuid>, RecordError> {
    let rows = sqlx::query("SELECT report_id FROM exam_report WHERE group_id = ?1 AND exam_id = ?2")
        .bind(scene.group.0)
        .bind(id_bytes(exam.0))
        .fetch_all(db)
        .await
        .doing("reading an exam's reports")?;
    rows.iter().map(|row| row.id("report_id")).collect()
}

/// The erased exam that one of these versions of a report belongs to.
pub(crate) async fn exam_of_report(
    db: &mut SqliteConnection,
    group: GroupId,
    versions: &[Uuid],
) -> Result<Option<ExamId>, RecordError> {
    for version in versions {
        let row = sqlx::query(
            "SELECT exam.exam_id FROM exam_report JOIN exam USING (group_id, exam_id)
             WHERE exam_report.group_id = ?1 AND report_id = ?2 AND destroyed_at IS NOT NULL",
        )
        .bind(group.0)
        .bind(id_bytes(*version))
        .fetch_optional(&mut *db)
        .await
        .doing("looking for the erased exam of a report")?;
        if let Some(row) = row {
            return Ok(Some(ExamId(row.id("exam_id")?)));
        }
    }
    Ok(None)
}

/// Images to tombstones; the exam's row says no more than what remains.
pub(crate) async fn bury(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    certificate: &Certificate,
    leaf: u64,
    remains: &Remains,
) -> Result<(), RecordError> {
    let exam = certificate.exam;
    let at = micros(certificate.destroyed_at);
    write_destruction(db, scene, certificate, leaf).await?;
    ask_nobody_more(db, scene, exam).await?;
    for sql in [CLAIMS, SERIES, ASIDE, FOUND_INSTANCES, FOUND_SERIES, FOUND_STUDIES, INSTANCES, GENERATIONS] {
        sqlx::query(sql)
            .bind(scene.group.0)
            .bind(id_bytes(exam.0))
            .execute(&mut *db)
            .await
            .doing("replacing an exam's images by tombstones")?;
    }
    sqlx::query(
        "UPDATE exam SET gone = 0, destroyed_at = ?3, doomed_at = COALESCE(doomed_at, ?4), doomed_list = ?5,
            grace_until = COALESCE(grace_until, ?3), instances = 0, unsealed = 0, waiting = 0, sort_date = ?6,
            site = ?7, patient_id = ?8, body = ?9
         WHERE group_id = ?1 AND exam_id = ?2",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .bind(at)
    .bind(micros(certificate.doomed_at))
    .bind(id_bytes(certificate.list))
    .bind(remains.sort_date)
    .bind(&remains.site)
    .bind(remains.patient.map(|patient| id_bytes(patient.0)))
    .bind(remains.body.to_string())
    .execute(&mut *db)
    .await
    .doing("writing what remains of an exam")?;
    for report in &remains.reports {
        exam_row::give_report(db, scene, *report, Some(exam)).await?;
    }
    let set = ItemSet { state: ItemState::Destroyed, at, because: None };
    erasures::set_item(db, scene, certificate.list, exam, set).await?;
    review::touch(db, scene, exam).await?;
    lifecycle::state(db, scene, exam).await?;
    if scene.replaying { Ok(()) } else { exam_row::ask(db, scene, exam, &["publish"]).await }
}

/// What waits for a person about images that go waits no more: there is nothing left to choose between.
async fn ask_nobody_more(db: &mut SqliteConnection, scene: Scene<'_>, exam: ExamId) -> Result<(), RecordError> {
    let rows = sqlx::query(
        "SELECT doubt_id FROM aside WHERE group_id = ?1 AND settled IS NULL AND sop_uid IN
            (SELECT sop_uid FROM exam_study JOIN instance USING (group_id, study_uid)
             WHERE exam_study.group_id = ?1 AND exam_id = ?2)",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .fetch_all(&mut *db)
    .await
    .doing("reading what waits about images that go")?;
    for row in rows {
        doubts::close(db, scene, "conflict", row.id("doubt_id")?).await?;
    }
    Ok(())
}

const CLAIMS: &str = "UPDATE claim SET instances = 0, unsealed = 0 WHERE group_id = ?1 AND study_uid IN
        (SELECT study_uid FROM exam_study WHERE group_id = ?1 AND exam_id = ?2)";
const SERIES: &str = "UPDATE series SET instances = 0 WHERE group_id = ?1 AND study_uid IN
        (SELECT study_uid FROM exam_study WHERE group_id = ?1 AND exam_id = ?2)";
/// What was kept aside goes too: its segment of the landing log is free.
const ASIDE: &str = "UPDATE aside SET settled = 'destroyed' WHERE group_id = ?1 AND settled IS NULL AND sop_uid IN
        (SELECT sop_uid FROM exam_study JOIN instance USING (group_id, study_uid)
         WHERE exam_study.group_id = ?1 AND exam_id = ?2)";
/// Nor do queries find anything of it.
const FOUND_INSTANCES: &str = "DELETE FROM find_instance WHERE group_id = ?1 AND study_uid IN
        (SELECT study_uid FROM exam_study WHERE group_id = ?1 AND exam_id = ?2)";
const FOUND_SERIES: &str = "DELETE FROM find_series WHERE group_id = ?1 AND study_uid IN
        (SELECT study_uid FROM exam_study WHERE group_id = ?1 AND exam_id = ?2)";
const FOUND_STUDIES: &str = "DELETE FROM find_study WHERE group_id = ?1 AND study_uid IN
        (SELECT study_uid FROM exam_study WHERE group_id = ?1 AND exam_id = ?2)";
const INSTANCES: &str = "DELETE FROM instance WHERE group_id = ?1 AND sop_uid IN
        (SELECT sop_uid FROM exam_study JOIN instance USING (group_id, study_uid)
         WHERE exam_study.group_id = ?1 AND exam_id = ?2)";
const GENERATIONS: &str = "DELETE FROM generation WHERE group_id = ?1 AND (series_uid, number) IN
        (SELECT series_uid, number FROM exam_study JOIN generation USING (group_id, study_uid)
         WHERE exam_study.group_id = ?1 AND exam_id = ?2)";

async fn write_destruction(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    certificate: &Certificate,
    leaf: u64,
) -> Result<(), RecordError> {
    let exam = id_bytes(certificate.exam.0);
    sqlx::query(
        "INSERT INTO destruction (group_id, exam_id, certificate, begun_at, leaf, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO NOTHING",
    )
    .bind(scene.group.0)
    .bind(&exam)
    .bind(id_bytes(certificate.certificate))
    .bind(micros(certificate.destroyed_at))
    .bind(signed(leaf))
    .bind(json(certificate)?)
    .execute(&mut *db)
    .await
    .doing("writing a certificate")?;
    for one in &certificate.objects {
        sqlx::query(
            "INSERT INTO destroyed_object (group_id, object, exam_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )
        .bind(scene.group.0)
        .bind(&one.object)
        .bind(&exam)
        .execute(&mut *db)
        .await
        .doing("naming an erased object")?;
    }
    for one in &certificate.instances {
        let digest = |text: &str| hex::decode(text).map_err(|_| RecordError::Damaged { what: "digest" });
        sqlx::query(
            "INSERT INTO tombstone (group_id, exam_id, uid_sha256, sha256, size_bytes) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING",
        )
        .bind(scene.group.0)
        .bind(&exam)
        .bind(digest(&one.uid_sha256)?)
        .bind(digest(&one.sha256)?)
        .bind(signed(one.size_bytes))
        .execute(&mut *db)
        .await
        .doing("writing a tombstone")?;
    }
    Ok(())
}

/// Everything is gone from every placement.
pub(crate) async fn finished(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    at: i64,
) -> Result<(), RecordError> {
    sqlx::query("UPDATE destruction SET finished_at = ?3 WHERE group_id = ?1 AND exam_id = ?2 AND finished_at IS NULL")
        .bind(scene.group.0)
        .bind(id_bytes(exam.0))
        .bind(at)
        .execute(db)
        .await
        .doing("finishing an erasure")?;
    Ok(())
}

pub(crate) async fn is_open(db: &mut SqliteConnection, group: GroupId, exam: ExamId) -> Result<bool, RecordError> {
    Ok(of(db, group, exam).await?.is_some_and(|one| one.finished_at.is_none()))
}

pub(crate) async fn of(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
) -> Result<Option<Destruction>, RecordError> {
    let row = sqlx::query("SELECT body, leaf, finished_at FROM destruction WHERE group_id = ?1 AND exam_id = ?2")
        .bind(group.0)
        .bind(id_bytes(exam.0))
        .fetch_optional(db)
        .await
        .doing("reading a certificate")?;
    row.as_ref().map(destruction).transpose()
}

pub(crate) async fn open(
    db: &mut SqliteConnection,
    group: GroupId,
    limit: u32,
) -> Result<Vec<Destruction>, RecordError> {
    let rows = sqlx::query(
        "SELECT body, leaf, finished_at FROM destruction INDEXED BY destruction_open
         WHERE group_id = ?1 AND finished_at IS NULL ORDER BY exam_id LIMIT ?2",
    )
    .bind(group.0)
    .bind(limit)
    .fetch_all(db)
    .await
    .doing("reading erasures under way")?;
    rows.iter().map(destruction).collect()
}

pub(crate) async fn done(
    db: &mut SqliteConnection,
    group: GroupId,
    after: Option<(OffsetDateTime, ExamId)>,
    limit: u32,
) -> Result<Vec<Destruction>, RecordError> {
    // Several end within one instant: the exam's id orders them.
    let (at, exam) = after.map_or((i64::MAX, Vec::new()), |(at, exam)| (micros(at), id_bytes(exam.0)));
    let rows = sqlx::query(
        "SELECT body, leaf, finished_at FROM destruction INDEXED BY destruction_done
         WHERE group_id = ?1 AND finished_at IS NOT NULL AND (finished_at, exam_id) < (?2, ?3)
         ORDER BY finished_at DESC, exam_id DESC LIMIT ?4",
    )
    .bind(group.0)
    .bind(at)
    .bind(exam)
    .bind(limit)
    .fetch_all(db)
    .await
    .doing("listing certificates")?;
    rows.iter().map(destruction).collect()
}

fn destruction(row: &SqliteRow) -> Result<Destruction, RecordError> {
    let finished: Option<i64> = row.col("finished_at")?;
    Ok(Destruction {
        certificate: from_json(row.col("body")?, "certificate")?,
        leaf: row.number("leaf")?,
        finished_at: finished.map(super::rows::instant).transpose()?,
    })
}

/// Whether this object is erased, or about to be.
pub(crate) async fn is_destroyed(db: &mut SqliteConnection, group: GroupId, object: &str) -> Result<bool, RecordError> {
    let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM destroyed_object WHERE group_id = ?1 AND object = ?2")
        .bind(group.0)
        .bind(object)
        .fetch_optional(db)
        .await
        .doing("looking for an erased object")?;
    Ok(found.is_some())
}

/// Whether an exam's images are gone: what comes for it is another exam.
pub(crate) async fn is_buried(db: &mut SqliteConnection, group: GroupId, exam: ExamId) -> Result<bool, RecordError> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM exam WHERE group_id = ?1 AND exam_id = ?2 AND destroyed_at IS NOT NULL")
            .bind(group.0)
            .bind(id_bytes(exam.0))
            .fetch_optional(db)
            .await
            .doing("looking whether an exam is erased")?;
    Ok(found.is_some())
}

/// Images came for an erased exam: a new one, off the web until a person has looked.
pub(crate) async fn came_back(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    was: ExamId,
) -> Result<(), RecordError> {
    let hold = Hold { by: "system".into(), reason: "came-back-after-destruction".into(), at: scene.now };
    retentions::state(db, scene, &RetentionFact::Returned { exam, was, at: micros(scene.now) }).await?;
    publish::state(db, scene, &ExamFact::Hold { exam, hold }).await
}

/// A line of the work list, until somebody lets the exam go to the web or not.
pub(crate) async fn returned(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    at: i64,
) -> Result<(), RecordError> {
    let scene = Scene { now: super::rows::instant(at)?, ..scene };
    let reasons = BTreeSet::from(["came-back-after-destruction".to_owned()]);
    doubts::open(db, scene, "returned", exam.0, &doubts::DoubtBody { reasons, exams: vec![exam] }).await
}
