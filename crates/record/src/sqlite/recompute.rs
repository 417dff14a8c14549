//! After any fact: which exams there are, whose they are, which reports are theirs.

use super::doubts;
use super::exam_row::{self, Outcome};
use super::load;
use super::patients;
use super::reservations;
use super::rows::{Columns, Doing, id_bytes, micros, uuid};
use super::scene::Scene;
use super::{late_report, review, tombstone};
use crate::RecordError;
use crate::component::Component;
use crate::derive::{Report, Unit};
use crate::grouping;
use crate::model::{ExamId, PatientId};
use ::exam::ExamNumber;
use ::exam::identity::{Attachment, Decision, Identifier, Merges};
use ambient::random_bytes;
use serde_json::json;
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Computes again every exam that these studies bear on; returns those whose row changed. A pure
/// function of the facts stored so far, ids excepted. Studies that share nothing are computed apart.
pub(crate) async fn recompute(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    seeds: &BTreeSet<String>,
) -> Result<BTreeSet<ExamId>, RecordError> {
    let mut todo = seeds.clone();
    let mut changed = BTreeSet::new();
    while let Some(seed) = todo.pop_first() {
        let component = load::component(db, scene.group, scene.settings, &seed).await?;
        todo.retain(|study| !component.studies.contains_key(study));
        changed.extend(recompute_component(db, scene, &component).await?);
    }
    Ok(changed)
}

async fn recompute_component(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    component: &Component,
) -> Result<BTreeSet<ExamId>, RecordError> {
    let people = patients::refresh(db, scene, component).await?;
    let merges = Merges::of(&component.merges);
    let groups = grouping::exams(&component.studies, &merges, &scene.settings.default_issuer);
    let (exams, mut changed) = assign(db, scene, component, groups).await?;
    let mut units = Vec::new();
    for (exam, studies) in exams {
        let decisions = decisions(db, scene, &studies).await?;
        units.push((exam, component.unit(&studies, decisions, scene.settings)));
    }
    changed.extend(attach(db, scene, component, &units).await?);
    for (exam, unit) in &units {
        let patient = patient_id(db, scene, &people, unit.patient()).await?;
        if exam_row::write(db, scene, component, *exam, unit, patient).await? == Outcome::Changed {
            changed.insert(*exam);
        }
    }
    Ok(changed)
}

/// Gives each set of studies its exam: the one its studies had, else a new one. An exam whose studies
/// all went elsewhere is gone; its id is never used again.
async fn assign(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    component: &Component,
    groups: Vec<BTreeSet<String>>,
) -> Result<(Vec<(ExamId, BTreeSet<String>)>, BTreeSet<ExamId>), RecordError> {
    let mut before: BTreeMap<&String, ExamId> = BTreeMap::new();
    let mut buried: BTreeMap<&String, ExamId> = BTreeMap::new();
    for uid in component.studies.keys() {
        let Some(exam) = exam_of(db, scene, uid).await? else { continue };
        // What comes for an exam that was erased is another exam.
        let place = if tombstone::is_buried(db, scene.group, exam).await? { &mut buried } else { &mut before };
        place.insert(uid, exam);
    }
    let mut taken = BTreeSet::new();
    let mut exams = Vec::new();
    for studies in groups {
        let kept = studies.iter().filter_map(|uid| before.get(uid).copied()).find(|exam| !taken.contains(exam));
        let exam = match kept {
            Some(exam) => exam,
            None => create(db, scene, component, &studies).await?,
        };
        taken.insert(exam);
        for uid in &studies {
            if before.get(uid) != Some(&exam) {
                give(db, scene, uid, exam).await?;
            }
        }
        if let Some(was) = studies.iter().find_map(|uid| buried.get(uid)) {
            tombstone::came_back(db, scene, exam, *was).await?;
        }
        exams.push((exam, studies));
    }
    let gone: BTreeSet<ExamId> = before.into_values().filter(|exam| !taken.contains(exam)).collect();
    for exam in &gone {
        exam_row::mark_gone(db, scene, *exam).await?;
        doubts::close(db, scene, "identity", exam.0).await?;
    }
    Ok((exams, gone))
}

pub(crate) async fn exam_of(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    study: &str,
) -> Result<Option<ExamId>, RecordError> {
    let id: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT exam_id FROM exam_study WHERE group_id = ?1 AND study_uid = ?2")
            .bind(scene.group.0)
            .bind(study)
            .fetch_optional(db)
            .await
            .doing("reading a study's exam")?;
    id.map(|id| uuid(&id).map(ExamId)).transpose()
}

pub(crate) async fn give(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    study: &str,
    exam: ExamId,
) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO exam_study (group_id, study_uid, exam_id) VALUES (?1, ?2, ?3)
         ON CONFLICT (group_id, study_uid) DO UPDATE SET exam_id = excluded.exam_id",
    )
    .bind(scene.group.0)
    .bind(study)
    .bind(id_bytes(exam.0))
    .execute(db)
    .await
    .doing("giving a study its exam")?;
    Ok(())
}

async fn create(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    component: &Component,
    studies: &BTreeSet<String>,
) -> Result<ExamId, RecordError> {
    let own = studies.iter().filter_map(|uid| component.studies.get(uid));
    let accessions = own.flat_map(|study| study.accessions.union(&study.told)).cloned().collect();
    if let Some((exam, number)) = reservations::waiting(db, scene, &accessions).await? {
        let entry = json!({ "v": 1, "kind": "exam", "exam": exam, "number": number, "studies": studies });
        scene.journal(db, &entry).await?;
        return Ok(exam);
    }
    let exam = ExamId(scene.new_id());
    loop {
        let number = ExamNumber::from_entropy(random_bytes::<8>(scene.random));
        if insert(db, scene, exam, number.as_str()).await? {
            let entry = json!({ "v": 1, "kind": "exam", "exam": exam, "number": number, "studies": studies });
            scene.journal(db, &entry).await?;
            return Ok(exam);
        }
    }
}

/// False when the exam number is taken.
pub(crate) async fn insert(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    number: &str,
) -> Result<bool, RecordError> {
    let inserted = sqlx::query(
        "INSERT INTO exam (group_id, exam_id, number, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .bind(number)
    .bind(micros(scene.now))
    .execute(&mut *db)
    .await
    .doing("writing an exam")?;
    if inserted.rows_affected() == 1 {
        review::touch(db, scene, exam).await?;
    }
    Ok(inserted.rows_affected() == 1)
}

async fn decisions(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    studies: &BTreeSet<String>,
) -> Result<Vec<Decision>, RecordError> {
    let mut decisions = Vec::new();
    for uid in studies {
        let rows = sqlx::query("SELECT at, issuer, value FROM decision WHERE group_id = ?1 AND study_uid = ?2")
            .bind(scene.group.0)
            .bind(uid)
            .fetch_all(&mut *db)
            .await
            .doing("reading decisions")?;
        for row in &rows {
            let patient = Identifier::new(row.col::<String>("issuer")?, row.col::<String>("value")?);
            decisions.push(Decision { at: row.at("at")?, patient });
        }
    }
    Ok(decisions)
}

async fn patient_id(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    people: &BTreeMap<Identifier, PatientId>,
    number: Option<&Identifier>,
) -> Result<Option<PatientId>, RecordError> {
    match number {
        None => Ok(None),
        Some(number) => match people.get(number) {
            Some(id) => Ok(Some(*id)),
            None => patients::by_number(db, scene.group, number).await,
        },
    }
}

/// Gives each report its exam: the one a person chose, else the only one it goes with. One that
/// shares a number with exams but goes with none, or with several, waits for a person.
async fn attach(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    component: &Component,
    units: &[(ExamId, Unit)],
) -> Result<BTreeSet<ExamId>, RecordError> {
    let mut changed = BTreeSet::new();
    let merges = Merges::of(&component.merges);
    for report in component.reports() {
        let (exam, candidates) = match chosen(db, scene, &report, units).await? {
            Some(exam) => (Some(exam), Vec::new()),
            None => {
                let versions: Vec<Uuid> = report.versions.iter().filter_map(|version| version.report_id).collect();
                match tombstone::exam_of_report(db, scene.group, &versions).await? {
                    Some(erased) => {
                        if late_report::came(db, scene, erased, &versions).await? {
                            changed.insert(erased);
                        }
                        (Some(erased), Vec::new())
                    }
                    None => match matched(&report, units, scene) {
                        (None, near) if near.is_empty() && !report.taken_back && !scene.replaying => {
                            let late = late_report::exam_for(db, scene, report.speaks, &merges).await?;
                            if let Some(erased) = late.0
                                && late_report::came(db, scene, erased, &versions).await?
                            {
                                changed.insert(erased);
                            }
                            late
                        }
                        found => found,
                    },
                }
            }
        };
        for version in &report.versions {
            let Some(id) = version.report_id else { continue };
            changed.extend(exam_row::give_report(db, scene, id, exam).await?);
        }
        if let Some(id) = report.speaks.report_id {
            let doubtful = exam.is_none() && !candidates.is_empty() && !report.taken_back;
            doubts::report(db, scene, id, doubtful.then_some(&candidates)).await?;
        }
    }
    Ok(changed)
}

/// The exam a report goes with; else, when no exam waits for its own identity, those a person may
/// choose from.
fn matched(report: &Report<'_>, units: &[(ExamId, Unit)], scene: Scene<'_>) -> (Option<ExamId>, Vec<ExamId>) {
    let (mut certain, mut waiting, mut near) = (Vec::new(), Vec::new(), Vec::new());
    for (exam, unit) in units {
        match unit.attachment(report.speaks, scene.settings) {
            Attachment::Attached => certain.push(*exam),
            Attachment::Waiting(_) => waiting.push(*exam),
            Attachment::NotThisExam if shares_number(report, unit, scene) => near.push(*exam),
            Attachment::NotThisExam => {}
        }
    }
    match (certain.as_slice(), waiting.as_slice()) {
        ([only], _) => (Some(*only), Vec::new()),
        ([], [only]) if near.is_empty() => (Some(*only), Vec::new()),
        ([], []) => (None, near),
        _ => (None, [certain, waiting, near].concat()),
    }
}

fn shares_number(report: &Report<'_>, unit: &Unit, scene: Scene<'_>) -> bool {
    let Some(accession) = &report.speaks.accession else { return false };
    let own = unit.facts.images.iter().filter(|image| unit.studies.contains(&image.study_uid));
    let keys = own.filter_map(|image| image.accession.as_ref());
    keys.filter_map(|said| scene.settings.number_key(Some(&said.value), said.issuer.as_deref()))
        .any(|key| key == *accession)
}

async fn chosen(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    report: &Report<'_>,
    units: &[(ExamId, Unit)],
) -> Result<Option<ExamId>, RecordError> {
    let ids: Vec<Uuid> = report.versions.iter().filter_map(|version| version.report_id).collect();
    for id in ids {
        let study: Option<String> =
            sqlx::query_scalar("SELECT study_uid FROM report_decision WHERE group_id = ?1 AND report_id = ?2")
                .bind(scene.group.0)
                .bind(id_bytes(id))
                .fetch_optional(&mut *db)
                .await
                .doing("reading decisions on reports")?;
        let Some(study) = study else { continue };
        let unit = units.iter().find(|(_, unit)| unit.studies.contains(&study));
        return match unit {
            Some((exam, _)) => Ok(Some(*exam)),
            None => exam_of(db, scene, &study).await,
        };
    }
    Ok(None)
}
