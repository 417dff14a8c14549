//! Everything about one exam.

use super::diffused;
use super::messages::fact_by_number;
use super::patients;
use super::prescribers;
use super::publish;
use super::rows::{Columns, Doing, from_json, id_bytes};
use crate::RecordError;
use crate::component::Fact;
use crate::derive::{self, ExamBody, SeriesBody};
use crate::model::{
    DocumentInfo, ExamDetail, ExamId, FactBody, GroupId, Identity, OrderFact, PatientId, ReportId, ReportVersion,
    SeriesLine, Standing,
};
use crate::reports;
use sqlx::SqliteConnection;

pub(crate) async fn exam(db: &mut SqliteConnection, group: GroupId, exam: ExamId) -> Result<ExamDetail, RecordError> {
    let row = sqlx::query("SELECT * FROM exam WHERE group_id = ?1 AND exam_id = ?2")
        .bind(group.0)
        .bind(id_bytes(exam.0))
        .fetch_optional(&mut *db)
        .await
        .doing("reading an exam")?
        .ok_or(RecordError::NotFound { what: "exam" })?;
    let mut body: ExamBody = row
        .value("body")
        .or_else(|error| if row.number::<u8>("gone")? == 1 { Ok(ExamBody::default()) } else { Err(error) })?;
    prescribers::resolve(db, group, body.prescriber.iter_mut()).await?;
    let patient_id = row.id_or_none("patient_id")?.map(PatientId);
    let patient = match patient_id {
        Some(id) => patients::by_id(db, group, id).await?.map(|(_, patient)| patient),
        None => None,
    };
    let hold: Option<String> = row.col("hold")?;
    let report_history = history(db, group, exam).await?;
    let versions: Vec<_> = report_history.iter().map(|(fact, _)| fact).filter_map(derive::version).collect();
    let in_force = reports::in_force(&versions).and_then(|index| report_history.get(index));
    let locked: Option<i64> = row.col("locked_at")?;
    let last: i64 = row.col("last_arrival")?;
    Ok(ExamDetail {
        group,
        id: exam,
        number: row.col("number")?,
        accession: body.accession,
        study_instance_uids: body.studies.into_iter().collect(),
        identity: match patient_id {
            Some(patient) => Identity::Certain(patient),
            None => Identity::Waiting(body.reasons.into_iter().collect()),
        },
        patient,
        order: order(db, group, body.order).await?,
        prescriber: body.prescriber,
        class: body.class,
        class_reason: body.class_reason,
        date: body.date,
        title: body.title,
        state: row.col("state")?,
        site: body.site,
        phantom: body.phantom,
        series: series(db, group, exam).await?,
        instances: row.number("instances")?,
        unsealed: row.number("unsealed")?,
        announced: super::steps::announced(db, group, exam).await?,
        last_arrival_at: if last == 0 { None } else { Some(super::rows::instant(last)?) },
        report: in_force.map(|(_, version)| version.clone()),
        report_history: report_history.into_iter().map(|(_, version)| version).collect(),
        locked_at: locked.map(super::rows::instant).transpose()?,
        hold: hold.as_deref().map(|hold| from_json(hold, "hold")).transpose()?,
        publication: publish::publication(&row)?,
        diffused_for: diffused::of(db, group, exam).await?,
        expired: row.col("expired")?,
        sheets: publish::sheets(db, group, exam).await?,
        standing: standing(db, group, exam).await?,
    })
}

async fn standing(db: &mut SqliteConnection, group: GroupId, exam: ExamId) -> Result<Standing, RecordError> {
    let mut standing = Standing::default();
    super::choices::stand(db, group, exam, &mut standing).await?;
    super::recalls::stand(db, group, exam, &mut standing).await?;
    super::transmissions::stand(db, group, exam, &mut standing).await?;
    super::retentions::stand(db, group, exam, &mut standing).await?;
    Ok(standing)
}

async fn order(db: &mut SqliteConnection, group: GroupId, fact: Option<i64>) -> Result<Option<OrderFact>, RecordError> {
    let Some(number) = fact else { return Ok(None) };
    let fact = fact_by_number(db, group, number).await?;
    let Some(FactBody::Order(mut order)) = fact.map(|fact| fact.body) else { return Ok(None) };
    prescribers::resolve(db, group, order.prescriber.iter_mut().chain(&mut order.copies)).await?;
    Ok(Some(order))
}

async fn series(db: &mut SqliteConnection, group: GroupId, exam: ExamId) -> Result<Vec<SeriesLine>, RecordError> {
    let rows = sqlx::query(
        "SELECT series.* FROM exam_study JOIN series USING (group_id, study_uid)
         WHERE exam_study.group_id = ?1 AND exam_study.exam_id = ?2 AND instances > 0",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .fetch_all(db)
    .await
    .doing("reading an exam's series")?;
    let mut lines = Vec::new();
    for row in &rows {
        let body: SeriesBody = row.value("body")?;
        lines.push(SeriesLine {
            series_instance_uid: row.col("series_uid")?,
            study_instance_uid: row.col("study_uid")?,
            modality: body.modality,
            description: body.description,
            number: body.number,
            instances: row.number("instances")?,
        });
    }
    lines.sort_by(|a, b| order_of(a).cmp(&order_of(b)));
    Ok(lines)
}

fn order_of(line: &SeriesLine) -> (i64, &str) {
    (line.number.map_or(i64::MAX, i64::from), &line.series_instance_uid)
}

async fn history(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
) -> Result<Vec<(Fact, ReportVersion)>, RecordError> {
    let mut history = Vec::new();
    for fact in super::exam_row::report_facts(db, group, exam).await? {
        let (FactBody::Report(report), Some(id)) = (&fact.body, fact.report_id) else { continue };
        let mut copies = report.copies.clone();
        prescribers::resolve(db, group, copies.iter_mut()).await?;
        let version = ReportVersion {
            id: ReportId(id),
            version: u32::try_from(history.len()).unwrap_or(u32::MAX).saturating_add(1),
            status: report.status,
            masks: report.masks,
            title: report.title.clone(),
            validated_at: report.validated_at.unwrap_or(fact.message.time),
            author: report.author.clone(),
            copies,
            documents: document_infos(db, group, ReportId(id)).await?,
        };
        history.push((fact, version));
    }
    Ok(history)
}

async fn document_infos(
    db: &mut SqliteConnection,
    group: GroupId,
    report: ReportId,
) -> Result<Vec<DocumentInfo>, RecordError> {
    let rows = sqlx::query(
        "SELECT kind, size_bytes, sha256 FROM document WHERE group_id = ?1 AND report_id = ?2 ORDER BY part",
    )
    .bind(group.0)
    .bind(id_bytes(report.0))
    .fetch_all(db)
    .await
    .doing("reading documents")?;
    rows.iter()
        .map(|row| {
            Ok(DocumentInfo {
                kind: from_json(row.col("kind")?, "kind of document")?,
                size_bytes: row.number("size_bytes")?,
                sha256: row.sha256("sha256")?,
            })
        })
        .collect()
}
