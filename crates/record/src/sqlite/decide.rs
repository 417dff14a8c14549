//! A person settles a doubt.

use super::exam_row;
use super::messages::{self, FactEntry, MessageEntry};
use super::patients;
use super::receive::{self, AsideBody, Touched, aside_body};
use super::recompute::recompute;
use super::rows::{Columns, Doing, from_json, id_bytes, micros};
use super::scene::Scene;
use super::seeds;
use crate::RecordError;
use crate::derive::ExamBody;
use crate::identity::name_parts;
use crate::model::{
    Decision, DoubtId, ExamId, FactBody, PatientFact, PatientIdentifier, PatientTraits, Received, ReportId,
};
use ::exam::identity::Identifier;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

/// A decision, as the journal keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "about")]
pub(crate) enum DecisionEntry {
    Patient { studies: BTreeSet<String>, issuer: String, value: String, at: i64, by: String },
    Report { report: ReportId, study: String, at: i64, by: String },
    Aside { sop_uid: String, sha256: String, accepted: bool, at: i64, by: String },
}

/// The issuer of numbers given here to people whose images carry none.
const OWN_ISSUER: &str = "negatoscope";

/// Settles an open doubt; `scene.now` is when the person decided.
pub(crate) async fn settle(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    doubt: DoubtId,
    decision: &Decision,
    by: &str,
) -> Result<(), RecordError> {
    let row =
        sqlx::query("SELECT kind, subject FROM doubt WHERE group_id = ?1 AND doubt_id = ?2 AND closed_at IS NULL")
            .bind(scene.group.0)
            .bind(id_bytes(doubt.0))
            .fetch_optional(&mut *db)
            .await
            .doing("reading a doubt")?
            .ok_or(RecordError::NotFound { what: "doubt" })?;
    let (kind, subject): (String, _) = (row.col("kind")?, row.id("subject")?);
    let at = micros(scene.now);
    let by = by.to_owned();
    let entry = match (kind.as_str(), decision) {
        ("identity", Decision::Patient { patient }) => {
            let known = patients::by_id(db, scene.group, *patient).await?;
            let (number, _) = known.ok_or(RecordError::NotFound { what: "patient" })?;
            patient_entry(db, scene, ExamId(subject), number, by).await?
        }
        ("identity", Decision::AsImages) => {
            let number = as_images(db, scene, ExamId(subject)).await?;
            patient_entry(db, scene, ExamId(subject), number, by).await?
        }
        ("conflict", Decision::AcceptAside | Decision::DiscardAside) => {
            let (sop_uid, sha256, _) = aside(db, scene, subject.as_bytes()).await?;
            let accepted = *decision == Decision::AcceptAside;
            DecisionEntry::Aside { sop_uid, sha256: hex::encode(sha256), accepted, at, by }
        }
        ("report", Decision::Exam { exam }) => {
            let study = studies(db, scene, *exam).await?.pop_first().ok_or(RecordError::NotFound { what: "exam" })?;
            DecisionEntry::Report { report: ReportId(subject), study, at, by }
        }
        _ => return Err(RecordError::Refused { reason: "this decision does not settle this kind of doubt" }),
    };
    scene.journal(db, &json!({ "v": 1, "kind": "decision", "decision": entry })).await?;
    write(db, scene, &entry).await
}

async fn patient_entry(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    number: Identifier,
    by: String,
) -> Result<DecisionEntry, RecordError> {
    let studies = studies(db, scene, exam).await?;
    Ok(DecisionEntry::Patient { studies, issuer: number.issuer, value: number.value, at: micros(scene.now), by })
}

/// Writes a journalled decision again.
pub(crate) async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, body: &Value) -> Result<(), RecordError> {
    match super::journal::read::<DecisionEntry>(body)? {
        // What was kept aside and chosen is in the vault under its UID; the other one is not kept.
        DecisionEntry::Aside { .. } => Ok(()),
        entry => write(db, scene, &entry).await,
    }
}

async fn write(db: &mut SqliteConnection, scene: Scene<'_>, entry: &DecisionEntry) -> Result<(), RecordError> {
    let touched = match entry {
        DecisionEntry::Patient { studies, issuer, value, at, by } => {
            for study in studies {
                sqlx::query(
                    "INSERT INTO decision (group_id, study_uid, at, issuer, value, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT DO NOTHING",
                )
                .bind(scene.group.0)
                .bind(study)
                .bind(at)
                .bind(issuer)
                .bind(value)
                .bind(by)
                .execute(&mut *db)
                .await
                .doing("writing a decision")?;
            }
            studies.clone()
        }
        DecisionEntry::Report { report, study, at, by } => give_report(db, scene, *report, study, *at, by).await?,
        DecisionEntry::Aside { sop_uid, sha256, accepted, .. } => {
            settle_aside(db, scene, sop_uid, sha256, *accepted).await?
        }
    };
    for exam in recompute(db, scene, &touched).await? {
        exam_row::ask(db, scene, exam, &["seal", "publish"]).await?;
    }
    Ok(())
}

async fn give_report(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    report: ReportId,
    study: &str,
    at: i64,
    by: &str,
) -> Result<BTreeSet<String>, RecordError> {
    sqlx::query(
        "INSERT INTO report_decision (group_id, report_id, study_uid, at, by) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (group_id, report_id) DO UPDATE SET study_uid = excluded.study_uid, at = excluded.at, by = excluded.by",
    )
    .bind(scene.group.0)
    .bind(id_bytes(report.0))
    .bind(study)
    .bind(at)
    .bind(by)
    .execute(&mut *db)
    .await
    .doing("writing a decision on a report")?;
    let row = sqlx::query("SELECT * FROM fact WHERE group_id = ?1 AND report_id = ?2")
        .bind(scene.group.0)
        .bind(id_bytes(report.0))
        .fetch_one(&mut *db)
        .await
        .doing("reading a report")?;
    let mut touched = seeds::by_exam_keys(db, scene.group, &super::load::fact(&row)?).await?;
    touched.insert(study.to_owned());
    Ok(touched)
}

async fn studies(db: &mut SqliteConnection, scene: Scene<'_>, exam: ExamId) -> Result<BTreeSet<String>, RecordError> {
    let studies: Vec<String> =
        sqlx::query_scalar("SELECT study_uid FROM exam_study WHERE group_id = ?1 AND exam_id = ?2")
            .bind(scene.group.0)
            .bind(id_bytes(exam.0))
            .fetch_all(db)
            .await
            .doing("reading an exam's studies")?;
    Ok(studies.into_iter().collect())
}

/// Makes the person whom an exam's images name known, as a message about a patient would; returns
/// their number.
async fn as_images(db: &mut SqliteConnection, scene: Scene<'_>, exam: ExamId) -> Result<Identifier, RecordError> {
    let row = sqlx::query("SELECT number, body FROM exam WHERE group_id = ?1 AND exam_id = ?2")
        .bind(scene.group.0)
        .bind(id_bytes(exam.0))
        .fetch_optional(&mut *db)
        .await
        .doing("reading an exam")?
        .ok_or(RecordError::NotFound { what: "exam" })?;
    let body: ExamBody = row.value("body")?;
    let claimed = claimed_number(db, scene, &body).await?;
    // A number that is already somebody's cannot be this person's: they are told apart by a person.
    let number = match claimed {
        Some(number) if patients::by_number(db, scene.group, &number).await?.is_none() => number,
        _ => Identifier::new(OWN_ISSUER, row.col::<String>("number")?),
    };
    let (family, first) = name_parts(&body.name);
    let patient = PatientFact {
        identifiers: vec![PatientIdentifier {
            value: number.value.clone(),
            issuer: number.issuer.clone(),
            kind: "PI".to_owned(),
        }],
        traits: PatientTraits {
            birth_name: family.unwrap_or_default(),
            first_names: first.unwrap_or_default(),
            sex: body.sex,
            birth_date: body.birth,
            ..PatientTraits::default()
        },
        ..PatientFact::default()
    };
    let entry = MessageEntry {
        v: 1,
        kind: "message".to_owned(),
        sender: OWN_ISSUER.to_owned(),
        control_id: scene.new_id().to_string(),
        digest: hex::encode([0; 32]),
        received_at: micros(scene.now),
        said_at: None,
        facts: vec![FactEntry { body: FactBody::Patient(patient), report: None, documents: Vec::new() }],
        refusal: None,
    };
    let value = serde_json::to_value(&entry).map_err(|_| RecordError::Damaged { what: "message" })?;
    let journalled = scene.journal(db, &value).await?;
    messages::write(db, scene, journalled, &entry, &[]).await?;
    Ok(number)
}

async fn claimed_number(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    body: &ExamBody,
) -> Result<Option<Identifier>, RecordError> {
    let mut numbers = BTreeSet::new();
    for study in &body.studies {
        let rows = sqlx::query("SELECT body FROM claim WHERE group_id = ?1 AND study_uid = ?2 AND instances > 0")
            .bind(scene.group.0)
            .bind(study)
            .fetch_all(&mut *db)
            .await
            .doing("reading what images say")?;
        for row in &rows {
            let claim: crate::identity::ClaimBody = row.value("body")?;
            let image = claim.image(study, scene.settings);
            numbers.extend(image.patient_ids.iter().filter_map(|id| id.identifier(&scene.settings.default_issuer)));
        }
    }
    let only = numbers.pop_first();
    Ok(only.filter(|_| numbers.is_empty()))
}

async fn aside(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    doubt: &[u8],
) -> Result<(String, Vec<u8>, AsideBody), RecordError> {
    let row = sqlx::query("SELECT sop_uid, sha256, body FROM aside WHERE group_id = ?1 AND doubt_id = ?2")
        .bind(scene.group.0)
        .bind(doubt)
        .fetch_optional(db)
        .await
        .doing("reading an instance kept aside")?
        .ok_or(RecordError::NotFound { what: "instance kept aside" })?;
    Ok((row.col("sop_uid")?, row.col("sha256")?, aside_body(row.col("body")?)?))
}

/// The one aside takes the place of the one in the record, or is closed; its landing record is free
/// in the second case, the other's in the first.
async fn settle_aside(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    sop_uid: &str,
    sha256: &str,
    accepted: bool,
) -> Result<BTreeSet<String>, RecordError> {
    let sha256 = hex::decode(sha256).map_err(|_| RecordError::Damaged { what: "digest" })?;
    let row = sqlx::query(
        "UPDATE aside SET settled = ?4 WHERE group_id = ?1 AND sop_uid = ?2 AND sha256 = ?3 RETURNING doubt_id, body",
    )
    .bind(scene.group.0)
    .bind(sop_uid)
    .bind(sha256.as_slice())
    .bind(if accepted { "accepted" } else { "discarded" })
    .fetch_one(&mut *db)
    .await
    .doing("settling an instance kept aside")?;
    super::doubts::close(db, scene, "conflict", row.id("doubt_id")?).await?;
    if !accepted {
        return Ok(BTreeSet::new());
    }
    let body: AsideBody = from_json(row.col("body")?, "instance kept aside")?;
    let mut touched = take_out(db, scene, sop_uid).await?;
    let image = Received {
        group: scene.group,
        header: body.header,
        sha256: super::rows::digest(&sha256)?,
        size_bytes: body.size_bytes,
        place: body.place,
        source: body.source,
        received_at: super::rows::instant(body.received_at)?,
    };
    let mut news = Touched::default();
    receive::put_instead(db, scene, &image, &mut news).await?;
    touched.extend(news.studies);
    Ok(touched)
}

/// Takes an instance out of the counts of its claim and series; its row is about to be overwritten.
async fn take_out(db: &mut SqliteConnection, scene: Scene<'_>, sop_uid: &str) -> Result<BTreeSet<String>, RecordError> {
    let row = sqlx::query(
        "SELECT study_uid, series_uid, claim, object IS NULL AS unsealed FROM instance WHERE group_id = ?1 AND sop_uid = ?2",
    )
    .bind(scene.group.0)
    .bind(sop_uid)
    .fetch_one(&mut *db)
    .await
    .doing("reading an instance")?;
    let (study, series): (String, String) = (row.col("study_uid")?, row.col("series_uid")?);
    sqlx::query(
        "UPDATE claim SET instances = instances - 1, unsealed = unsealed - ?3 WHERE group_id = ?1 AND claim = ?2",
    )
    .bind(scene.group.0)
    .bind(row.col::<i64>("claim")?)
    .bind(row.col::<i64>("unsealed")?)
    .execute(&mut *db)
    .await
    .doing("counting an instance out")?;
    sqlx::query(
        "UPDATE series SET instances = instances - 1 WHERE group_id = ?1 AND study_uid = ?2 AND series_uid = ?3",
    )
    .bind(scene.group.0)
    .bind(&study)
    .bind(series)
    .execute(db)
    .await
    .doing("counting an instance out")?;
    Ok(BTreeSet::from([study]))
}
