//! The exam's row: what follows from the facts, written only when it changed.

use super::continued::Pace;
use super::doubts::{self, DoubtBody};
use super::load;
use super::patients;
use super::rows::{Columns, Doing, id_bytes, json, micros, signed, sort_date, uuid};
use super::scene::Scene;
use super::{lifecycle, review};
use crate::RecordError;
use crate::component::Component;
use crate::derive::{ExamBody, SeriesBody, Unit};
use crate::model::{ExamId, PatientId};
use crate::words::{name_words, words};
use sqlx::SqliteConnection;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Whether a write changed anything a page or a publication could show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Changed,
    Same,
}

/// Writes the exam's row, its words and its doubt.
pub(crate) async fn write(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    component: &Component,
    exam: ExamId,
    unit: &Unit,
    patient: Option<PatientId>,
) -> Result<Outcome, RecordError> {
    let series = series_of(db, scene, &unit.studies).await?;
    let reports = report_facts(db, scene.group, exam).await?;
    let known = match patient {
        Some(id) => patients::by_id(db, scene.group, id).await?.map(|(_, patient)| patient),
        None => None,
    };
    let declared = super::choices::declared(db, scene.group, &unit.studies).await?;
    let mut body = unit.body(component, &series, &reports, declared, scene.settings);
    body.numbers = known.iter().flat_map(|patient| &patient.identifiers).map(|id| id.value.clone()).collect();
    body.patient = known.map(|patient| patient.traits);
    let waiting = patient.is_none();
    let text = json(&body)?;
    let before = patient_of(db, scene, exam).await?;
    let updated = sqlx::query(
        "UPDATE exam SET gone = 0, sort_date = ?3, site = ?4, patient_id = ?5, waiting = ?6, body = ?7
         WHERE group_id = ?1 AND exam_id = ?2
           AND (gone, sort_date, site, waiting, body) IS NOT (0, ?3, ?4, ?6, ?7)
            OR group_id = ?1 AND exam_id = ?2 AND patient_id IS NOT ?5",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .bind(sort_date(body.date))
    .bind(&body.site)
    .bind(patient.map(|patient| id_bytes(patient.0)))
    .bind(waiting)
    .bind(text)
    .execute(&mut *db)
    .await
    .doing("writing an exam's row")?;
    count(db, scene, component, exam, &unit.studies).await?;
    if updated.rows_affected() == 0 {
        // Words and doubt follow from the row alone.
        return Ok(Outcome::Same);
    }
    judge_again(db, scene, exam, &[before, patient]).await?;
    super::finds::told(db, scene, &unit.studies, patient).await?;
    write_words(db, scene, exam, &body).await?;
    if waiting {
        doubts::open(db, scene, "identity", exam.0, &DoubtBody { reasons: body.reasons, exams: vec![exam] }).await?;
    } else {
        doubts::close(db, scene, "identity", exam.0).await?;
    }
    Ok(Outcome::Changed)
}

async fn patient_of(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
) -> Result<Option<PatientId>, RecordError> {
    let id: Option<Option<Vec<u8>>> =
        sqlx::query_scalar("SELECT patient_id FROM exam WHERE group_id = ?1 AND exam_id = ?2")
            .bind(scene.group.0)
            .bind(id_bytes(exam.0))
            .fetch_optional(db)
            .await
            .doing("reading an exam's patient")?;
    id.flatten().map(|id| uuid(&id).map(PatientId)).transpose()
}

/// What is known of the exam changed: it, and the other exams of its people, are judged again before they may go.
async fn judge_again(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    patients: &[Option<PatientId>],
) -> Result<(), RecordError> {
    review::touch(db, scene, exam).await?;
    for patient in patients.iter().flatten() {
        review::touch_patient(db, scene, &id_bytes(patient.0)).await?;
    }
    lifecycle::refresh(db, scene, exam).await
}

/// Instances, unsealed instances and last arrival, as the claims' rows count them.
async fn count(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    component: &Component,
    exam: ExamId,
    studies: &BTreeSet<String>,
) -> Result<(), RecordError> {
    let claims = || component.claims_of(studies);
    let instances: u64 = claims().map(|claim| claim.instances).sum();
    let unsealed: u64 = claims().map(|claim| claim.unsealed).sum();
    sqlx::query(
        "UPDATE exam SET instances = ?3, unsealed = ?4, last_arrival = MAX(last_arrival, ?5)
         WHERE group_id = ?1 AND exam_id = ?2",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .bind(signed(instances))
    .bind(signed(unsealed))
    .bind(claims().map(|claim| claim.last_arrival).max().unwrap_or(0))
    .execute(&mut *db)
    .await
    .doing("counting an exam's instances")?;
    lifecycle::state(db, scene, exam).await
}

async fn series_of(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    studies: &BTreeSet<String>,
) -> Result<Vec<SeriesBody>, RecordError> {
    let mut all = Vec::new();
    for uid in studies {
        let rows = sqlx::query("SELECT body FROM series WHERE group_id = ?1 AND study_uid = ?2 AND instances > 0")
            .bind(scene.group.0)
            .bind(uid)
            .fetch_all(&mut *db)
            .await
            .doing("reading series")?;
        for row in &rows {
            all.push(row.value("body")?);
        }
    }
    Ok(all)
}

/// The report messages of an exam, in the order in which they were said.
pub(crate) async fn report_facts(
    db: &mut SqliteConnection,
    group: crate::model::GroupId,
    exam: ExamId,
) -> Result<Vec<crate::component::Fact>, RecordError> {
    let rows = sqlx::query(
        "SELECT fact.* FROM exam_report JOIN fact USING (group_id, report_id)
         WHERE exam_report.group_id = ?1 AND exam_id = ?2",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .fetch_all(db)
    .await
    .doing("reading an exam's reports")?;
    let mut facts = rows.iter().map(load::fact).collect::<Result<Vec<_>, _>>()?;
    facts.sort_by(|a, b| a.message.cmp(&b.message));
    Ok(facts)
}

/// Gives a report to an exam or to none; returns the exams that this changes.
pub(crate) async fn give_report(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    report: Uuid,
    exam: Option<ExamId>,
) -> Result<BTreeSet<ExamId>, RecordError> {
    let before: Option<Option<Vec<u8>>> =
        sqlx::query_scalar("SELECT exam_id FROM exam_report WHERE group_id = ?1 AND report_id = ?2")
            .bind(scene.group.0)
            .bind(id_bytes(report))
            .fetch_optional(&mut *db)
            .await
            .doing("reading a report's exam")?;
    let known = before.is_some();
    let before = before.flatten().map(|id| uuid(&id).map(ExamId)).transpose()?;
    if known && before == exam {
        return Ok(BTreeSet::new());
    }
    // The end of the images never takes the report with it.
    if let Some(before) = before
        && super::tombstone::is_buried(db, scene.group, before).await?
    {
        return Ok(BTreeSet::new());
    }
    sqlx::query(
        "INSERT INTO exam_report (group_id, report_id, exam_id) VALUES (?1, ?2, ?3)
         ON CONFLICT (group_id, report_id) DO UPDATE SET exam_id = excluded.exam_id",
    )
    .bind(scene.group.0)
    .bind(id_bytes(report))
    .bind(exam.map(|exam| id_bytes(exam.0)))
    .execute(db)
    .await
    .doing("giving a report its exam")?;
    Ok(before.into_iter().chain(exam).collect())
}

/// The exam's studies all belong to other exams now.
pub(crate) async fn mark_gone(db: &mut SqliteConnection, scene: Scene<'_>, exam: ExamId) -> Result<(), RecordError> {
    sqlx::query(
        "UPDATE exam SET gone = 1, patient_id = NULL, waiting = 0, instances = 0, unsealed = 0
         WHERE group_id = ?1 AND exam_id = ?2",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .execute(&mut *db)
    .await
    .doing("marking an exam as gone")?;
    review::touch(db, scene, exam).await?;
    set_words(db, scene, exam, &BTreeSet::new()).await
}

async fn write_words(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    body: &ExamBody,
) -> Result<(), RecordError> {
    let number: String = sqlx::query_scalar("SELECT number FROM exam WHERE group_id = ?1 AND exam_id = ?2")
        .bind(scene.group.0)
        .bind(id_bytes(exam.0))
        .fetch_one(&mut *db)
        .await
        .doing("reading an exam's number")?;
    let mut all = words(&number);
    all.extend(body.accession.iter().flat_map(|accession| name_words(&accession.number)));
    all.extend(body.numbers.iter().flat_map(|number| words(number)));
    match &body.patient {
        None => all.extend(body.name.split(['^', '=']).flat_map(name_words)),
        Some(traits) => {
            let used = [&traits.used_name, &traits.used_first_name].into_iter().flatten();
            for name in [&traits.birth_name, &traits.first_names].into_iter().chain(used) {
                all.extend(name_words(name));
            }
        }
    }
    set_words(db, scene, exam, &all).await
}

async fn set_words(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    wanted: &BTreeSet<String>,
) -> Result<(), RecordError> {
    let wanted = json(wanted)?;
    // Words that no longer fit go dark instead of being deleted: they come back with the next merge.
    sqlx::query(
        "UPDATE exam_word SET live = 0
         WHERE group_id = ?1 AND exam_id = ?2 AND live = 1 AND word NOT IN (SELECT value FROM json_each(?3))",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .bind(&wanted)
    .execute(&mut *db)
    .await
    .doing("forgetting an exam's words")?;
    sqlx::query(
        "INSERT INTO exam_word (group_id, word, exam_id, live)
         SELECT ?1, value, ?2, 1 FROM json_each(?3) WHERE true
         ON CONFLICT (group_id, word, exam_id) DO UPDATE SET live = 1 WHERE live = 0",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .bind(&wanted)
    .execute(db)
    .await
    .doing("writing an exam's words")?;
    Ok(())
}

/// Asks for the exam to be sealed and published once it has been quiet. What is on the web is looked at now: a hold or a
/// doubt takes it off without waiting for images that go on arriving.
pub(crate) async fn ask(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    kinds: &[&str],
) -> Result<(), RecordError> {
    let (last_arrival, on_line): (i64, bool) = sqlx::query_as(
        "SELECT last_arrival, publication IS NOT NULL AND withdrawn_at IS NULL FROM exam
         WHERE group_id = ?1 AND exam_id = ?2",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .fetch_one(&mut *db)
    .await
    .doing("reading an exam's last arrival")?;
    ask_at(db, scene, exam, kinds, Pace { last_arrival, on_line }).await
}

/// The same, for whoever knows the exam's pace.
pub(crate) async fn ask_at(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    kinds: &[&str],
    pace: Pace,
) -> Result<(), RecordError> {
    let quiet = i64::try_from(scene.settings.quiet.as_micros()).unwrap_or(i64::MAX);
    let once_quiet = super::rows::instant(micros(scene.now).max(pace.last_arrival.saturating_add(quiet)))?;
    let job = |kind: &&str| work::NewJob {
        group: scene.group.0,
        kind: (*kind).to_owned(),
        key: exam.to_string(),
        asked_at: scene.now,
        due_at: if pace.on_line && *kind == "publish" { scene.now } else { once_quiet },
    };
    let jobs: Vec<_> = kinds.iter().map(job).collect();
    Ok(work::enqueue_all(db, &jobs).await?)
}
