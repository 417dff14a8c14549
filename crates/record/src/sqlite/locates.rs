//! Instances by their UIDs, on SQLite.

use super::SqliteCatalogue;
use super::catalogue::reading;
use super::rows::{Columns, Doing};
use super::seal;
use crate::RecordError;
use crate::locates::{Located, Locates, UidPath};
use crate::model::{ExamId, GroupId, PatientId};
use async_trait::async_trait;
use sqlx::{QueryBuilder, SqliteConnection};

#[async_trait]
impl Locates for SqliteCatalogue {
    async fn located(&self, group: GroupId, path: &UidPath) -> Result<Vec<Located>, RecordError> {
        reading!(self, db => located(db, group, path).await?)
    }
}

async fn located(db: &mut SqliteConnection, group: GroupId, path: &UidPath) -> Result<Vec<Located>, RecordError> {
    let wanted = [
        (" AND instance.sop_uid = ", &path.instance),
        (" AND instance.study_uid = ", &path.study),
        (" AND instance.series_uid = ", &path.series),
    ];
    let wanted: Vec<(&str, &String)> =
        wanted.into_iter().filter_map(|(column, uid)| Some((column, uid.as_ref()?))).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::new(
        "SELECT instance.*, claim.body AS claim_body, series.body AS series_body, exam.exam_id, exam.patient_id
         FROM instance
         JOIN claim ON claim.group_id = instance.group_id AND claim.claim = instance.claim
         JOIN series ON series.group_id = instance.group_id AND series.study_uid = instance.study_uid
            AND series.series_uid = instance.series_uid
         JOIN exam_study ON exam_study.group_id = instance.group_id AND exam_study.study_uid = instance.study_uid
         JOIN exam ON exam.group_id = exam_study.group_id AND exam.exam_id = exam_study.exam_id
         WHERE exam.gone = 0 AND exam.doomed_at IS NULL AND exam.destroyed_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM find_instance WHERE find_instance.group_id = instance.group_id
                AND find_instance.sop_uid = instance.sop_uid AND find_instance.hidden = 1)
            AND instance.group_id = ",
    );
    query.push_bind(group.0);
    // The key of the table answers for an instance, an index for a study.
    for (column, uid) in wanted {
        query.push(column).push_bind(uid);
    }
    let rows = query.build().fetch_all(db).await.doing("locating instances")?;
    let mut found = rows
        .iter()
        .map(|row| {
            let (exam, patient) = (ExamId(row.id("exam_id")?), row.id_or_none("patient_id")?.map(PatientId));
            Ok(Located { exam, patient, instance: seal::instance(row)? })
        })
        .collect::<Result<Vec<_>, RecordError>>()?;
    found.sort_by(|a, b| seal::order(&a.instance.header).cmp(&seal::order(&b.instance.header)));
    Ok(found)
}
