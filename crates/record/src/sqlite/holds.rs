//! What keeps an exam whatever its dates say.

use super::rows::{Columns, Doing, from_json, id_bytes, json};
use super::scene::Scene;
use super::{exam_row, lifecycle, review};
use crate::RecordError;
use crate::model::{ExamId, GroupId, Held, PatientId, Release, RetentionHold};
use ::exam::retention::Hold as Kind;
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use uuid::Uuid;

/// Who asked for what, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Word {
    by: String,
    at: i64,
}

/// False when this hold is here already; refused when there is nothing left to hold.
pub(crate) async fn is_new(
    db: &mut SqliteConnection,
    group: GroupId,
    hold: &RetentionHold,
) -> Result<bool, RecordError> {
    if by_id(db, group, hold.hold).await?.is_some() {
        return Ok(false);
    }
    match hold.held {
        Held::Exam(exam) => {
            let destroyed: Option<Option<i64>> =
                sqlx::query_scalar("SELECT destroyed_at FROM exam WHERE group_id = ?1 AND exam_id = ?2")
                    .bind(group.0)
                    .bind(id_bytes(exam.0))
                    .fetch_optional(db)
                    .await
                    .doing("looking whether an exam is still here")?;
            match destroyed {
                None => Err(RecordError::NotFound { what: "exam" }),
                Some(Some(_)) => Err(RecordError::Refused { reason: "the images are erased" }),
                Some(None) => Ok(true),
            }
        }
        Held::Patient(patient) => match super::patients::by_id(db, group, patient).await? {
            Some(_) => Ok(true),
            None => Err(RecordError::NotFound { what: "patient" }),
        },
    }
}

pub(crate) async fn put(db: &mut SqliteConnection, scene: Scene<'_>, hold: &RetentionHold) -> Result<(), RecordError> {
    let (exam, patient) = match hold.held {
        Held::Exam(exam) => (Some(id_bytes(exam.0)), None),
        Held::Patient(patient) => (None, Some(id_bytes(patient.0))),
    };
    sqlx::query(
        "INSERT INTO retention_hold (group_id, hold_id, exam_id, patient_id, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
    )
    .bind(scene.group.0)
    .bind(id_bytes(hold.hold))
    .bind(exam)
    .bind(patient)
    .bind(json(hold)?)
    .execute(&mut *db)
    .await
    .doing("putting a hold")?;
    concerned(db, scene, hold.held).await
}

/// Whether this person's word is enough.
pub(crate) async fn may_release(
    db: &mut SqliteConnection,
    group: GroupId,
    hold: Uuid,
    by: &str,
) -> Result<Release, RecordError> {
    let Some((hold, asked)) = by_id(db, group, hold).await? else {
        return Err(RecordError::NotFound { what: "hold" });
    };
    if super::requests::is_open(db, group, hold.hold).await? {
        return Err(RecordError::Refused { reason: "an open request holds by itself, until it is answered" });
    }
    match (hold.kind, asked) {
        (Kind::Claim, None) => Ok(Release::Asked),
        (Kind::Claim, Some(asked)) if asked.by == by => {
            Err(RecordError::Refused { reason: "a second person must agree to release a claim" })
        }
        _ => Ok(Release::Released),
    }
}

pub(crate) async fn release_asked(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    hold: Uuid,
    by: &str,
    at: i64,
) -> Result<(), RecordError> {
    let asked = json(&Word { by: by.to_owned(), at })?;
    sqlx::query("UPDATE retention_hold SET release_asked = ?3 WHERE group_id = ?1 AND hold_id = ?2")
        .bind(scene.group.0)
        .bind(id_bytes(hold))
        .bind(asked)
        .execute(db)
        .await
        .doing("asking for a hold's release")?;
    Ok(())
}

pub(crate) async fn released(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    hold: Uuid,
    by: &str,
    at: i64,
) -> Result<(), RecordError> {
    let Some((held, _)) = by_id(db, scene.group, hold).await? else { return Ok(()) };
    let released = json(&Word { by: by.to_owned(), at })?;
    sqlx::query("UPDATE retention_hold SET released = ?3 WHERE group_id = ?1 AND hold_id = ?2")
        .bind(scene.group.0)
        .bind(id_bytes(hold))
        .bind(released)
        .execute(&mut *db)
        .await
        .doing("releasing a hold")?;
    concerned(db, scene, held.held).await
}

/// Open holds of an exam, oldest first: its own, then its patient's, those of records merged into it included.
pub(crate) async fn open(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
) -> Result<Vec<RetentionHold>, RecordError> {
    let own = "SELECT body, release_asked FROM retention_hold INDEXED BY hold_exam
         WHERE group_id = ?1 AND exam_id = ?2 AND released IS NULL";
    let of_patient = "SELECT body, release_asked FROM retention_hold INDEXED BY hold_patient
         WHERE group_id = ?1 AND released IS NULL AND patient_id IN (
            SELECT patient_id FROM exam WHERE group_id = ?1 AND exam_id = ?2 UNION ALL
            SELECT patient.patient_id FROM exam JOIN patient INDEXED BY patient_merged
                ON patient.group_id = exam.group_id AND patient.merged_into = exam.patient_id
            WHERE exam.group_id = ?1 AND exam.exam_id = ?2)";
    let mut all = Vec::new();
    for sql in [own, of_patient] {
        let rows =
            sqlx::query(sql).bind(group.0).bind(id_bytes(exam.0)).fetch_all(&mut *db).await.doing("reading holds")?;
        let mut some = rows
            .iter()
            .map(|row| hold(row.col("body")?, row.col("release_asked")?).map(|(hold, _)| hold))
            .collect::<Result<Vec<_>, _>>()?;
        some.sort_by_key(|hold: &RetentionHold| (hold.at, hold.hold));
        all.extend(some);
    }
    Ok(all)
}

async fn by_id(
    db: &mut SqliteConnection,
    group: GroupId,
    id: Uuid,
) -> Result<Option<(RetentionHold, Option<Word>)>, RecordError> {
    let row = sqlx::query("SELECT body, release_asked FROM retention_hold WHERE group_id = ?1 AND hold_id = ?2")
        .bind(group.0)
        .bind(id_bytes(id))
        .fetch_optional(db)
        .await
        .doing("reading a hold")?;
    row.map(|row| hold(row.col("body")?, row.col("release_asked")?)).transpose()
}

fn hold(body: &str, asked: Option<&str>) -> Result<(RetentionHold, Option<Word>), RecordError> {
    let mut hold: RetentionHold = from_json(body, "hold")?;
    let asked: Option<Word> = asked.map(|asked| from_json(asked, "hold")).transpose()?;
    hold.release_asked_by = asked.as_ref().map(|asked| asked.by.clone());
    Ok((hold, asked))
}

/// Every exam a hold is about stands elsewhere now, and is judged again.
async fn concerned(db: &mut SqliteConnection, scene: Scene<'_>, held: Held) -> Result<(), RecordError> {
    let exams = match held {
        Held::Exam(exam) => vec![exam],
        Held::Patient(patient) => of_patient(db, scene.group, patient).await?,
    };
    for exam in exams {
        review::touch(db, scene, exam).await?;
        lifecycle::refresh(db, scene, exam).await?;
        if !scene.replaying {
            exam_row::ask(db, scene, exam, &["publish"]).await?;
        }
    }
    Ok(())
}

async fn of_patient(db: &mut SqliteConnection, group: GroupId, patient: PatientId) -> Result<Vec<ExamId>, RecordError> {
    let rows = sqlx::query(
        "SELECT exam_id FROM exam INDEXED BY exam_patient WHERE group_id = ?1 AND patient_id IN (?2,
            (SELECT merged_into FROM patient WHERE group_id = ?1 AND patient_id = ?2))",
    )
    .bind(group.0)
    .bind(id_bytes(patient.0))
    .fetch_all(db)
    .await
    .doing("reading a patient's exams")?;
    rows.iter().map(|row| row.id("exam_id").map(ExamId)).collect()
}
