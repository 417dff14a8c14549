//! A report that comes when the images are gone: an erased exam keeps its reports for twenty years, the late ones too.

use super::retentions::{self, RetentionFact};
use super::rows::{Columns, Doing, id_bytes, micros};
use super::scene::Scene;
use super::{exam_row, patients};
use crate::RecordError;
use crate::component::Fact;
use crate::identity;
use crate::model::{ExamId, PatientId};
use ::exam::identity::Merges;
use sqlx::SqliteConnection;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The erased exam that a report goes with: the only one of its study or number whose patient is the report's. Else
/// those of that study or number, for a person to choose from.
pub(crate) async fn exam_for(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    report: &Fact,
    merges: &Merges,
) -> Result<(Option<ExamId>, Vec<ExamId>), RecordError> {
    let near = erased(db, scene, report).await?;
    if near.is_empty() {
        return Ok((None, Vec::new()));
    }
    let (patient, _) = identity::patient_of(&report.body);
    let own = identity::identifiers(patient, scene.settings).into_iter().next();
    let whose = match &own {
        Some(own) => patients::by_number(db, scene.group, merges.survivor(own)).await?,
        None => None,
    };
    let mut certain = Vec::new();
    for (exam, patient) in &near {
        let Some(patient) = patient else { continue };
        if whose.is_some() && survivor(db, scene, *patient).await? == whose {
            certain.push(*exam);
        }
    }
    match certain.as_slice() {
        [only] => Ok((Some(*only), Vec::new())),
        _ => Ok((None, near.into_iter().map(|(exam, _)| exam).collect())),
    }
}

/// The erased exams of the report's study, or of a study that goes by its number.
async fn erased(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    report: &Fact,
) -> Result<Vec<(ExamId, Option<PatientId>)>, RecordError> {
    let rows = sqlx::query(
        "SELECT DISTINCT exam.exam_id, exam.patient_id FROM exam_study JOIN exam USING (group_id, exam_id)
         WHERE exam_study.group_id = ?1 AND destroyed_at IS NOT NULL AND study_uid IN (
            SELECT ?2 WHERE ?2 IS NOT NULL
            UNION SELECT study_uid FROM claim WHERE group_id = ?1 AND accession = ?3
            UNION SELECT study_uid FROM fact WHERE group_id = ?1 AND accession = ?3 AND study_uid IS NOT NULL)",
    )
    .bind(scene.group.0)
    .bind(&report.study_uid)
    .bind(&report.accession)
    .fetch_all(db)
    .await
    .doing("looking for the erased exam of a late report")?;
    rows.iter().map(|row| Ok((ExamId(row.id("exam_id")?), row.id_or_none("patient_id")?.map(PatientId)))).collect()
}

/// Who lives on when this patient was merged since the exam was erased.
async fn survivor(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    patient: PatientId,
) -> Result<Option<PatientId>, RecordError> {
    let row = sqlx::query(
        "SELECT COALESCE(merged_into, patient_id) AS survivor FROM patient WHERE group_id = ?1 AND patient_id = ?2",
    )
    .bind(scene.group.0)
    .bind(id_bytes(patient.0))
    .fetch_optional(db)
    .await
    .doing("reading who a patient has become")?;
    row.map(|row| row.id("survivor").map(PatientId)).transpose()
}

/// Ties the versions of a report that are not tied yet, as a fact: a record made again has no images left to find the
/// exam by. Whether there were any.
pub(crate) async fn came(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    versions: &[Uuid],
) -> Result<bool, RecordError> {
    let mut reports = Vec::new();
    for version in versions {
        let tied: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM exam_report WHERE group_id = ?1 AND report_id = ?2 AND exam_id = ?3")
                .bind(scene.group.0)
                .bind(id_bytes(*version))
                .bind(id_bytes(exam.0))
                .fetch_optional(&mut *db)
                .await
                .doing("reading an erased exam's reports")?;
        if tied.is_none() {
            reports.push(*version);
        }
    }
    if reports.is_empty() || scene.replaying {
        return Ok(false);
    }
    let at = micros(scene.now);
    retentions::state(db, scene, &RetentionFact::ReportCame { exam, reports, at }).await.map(|()| true)
}

/// Writes it.
pub(crate) async fn write(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    reports: &[Uuid],
) -> Result<BTreeSet<ExamId>, RecordError> {
    let mut changed = BTreeSet::new();
    for report in reports {
        changed.extend(exam_row::give_report(db, scene, *report, Some(exam)).await?);
    }
    Ok(changed)
}
