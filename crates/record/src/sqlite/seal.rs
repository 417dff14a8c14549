//! Instances and where they are; generations; documents.

use super::receive::recount;
use super::rows::{Columns, Doing, from_json, id_bytes, micros, signed, uuid};
use super::scene::Scene;
use crate::RecordError;
use crate::derive::SeriesBody;
use crate::identity::ClaimBody;
use crate::model::{
    DocumentSealed, ExamId, Generation, GroupId, InstanceHeader, Location, NamedObject, Place, ReportId,
    SealedInstance, StoredDocument, StoredInstance,
};
use dicom::attributes::Levels;
use serde_json::json;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeSet;

/// Which instances of an exam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    Unsealed,
}

/// The instances of an exam, by series number, series UID, instance number, UID.
pub(crate) async fn instances(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
    which: Which,
) -> Result<Vec<StoredInstance>, RecordError> {
    let sql = match which {
        Which::All => {
            "SELECT instance.*, claim.body AS claim_body, series.body AS series_body
             FROM exam_study JOIN instance USING (group_id, study_uid)
             JOIN claim ON claim.group_id = instance.group_id AND claim.claim = instance.claim
             JOIN series ON series.group_id = instance.group_id AND series.study_uid = instance.study_uid
                AND series.series_uid = instance.series_uid
             WHERE exam_study.group_id = ?1 AND exam_study.exam_id = ?2"
        }
        Which::Unsealed => {
            "SELECT instance.*, claim.body AS claim_body, series.body AS series_body,
                find_study.body AS found_study, find_series.body AS found_series, find_instance.body AS found_instance
             FROM exam_study JOIN instance INDEXED BY instance_unsealed USING (group_id, study_uid)
             JOIN claim ON claim.group_id = instance.group_id AND claim.claim = instance.claim
             JOIN series ON series.group_id = instance.group_id AND series.study_uid = instance.study_uid
                AND series.series_uid = instance.series_uid
             LEFT JOIN find_study ON find_study.group_id = instance.group_id
                AND find_study.study_uid = instance.study_uid
             LEFT JOIN find_series ON find_series.group_id = instance.group_id
                AND find_series.study_uid = instance.study_uid AND find_series.series_uid = instance.series_uid
             LEFT JOIN find_instance ON find_instance.group_id = instance.group_id
                AND find_instance.sop_uid = instance.sop_uid
             WHERE exam_study.group_id = ?1 AND exam_study.exam_id = ?2 AND instance.object IS NULL"
        }
    };
    let rows = sqlx::query(sql)
        .bind(group.0)
        .bind(id_bytes(exam.0))
        .fetch_all(db)
        .await
        .doing("reading an exam's instances")?;
    let mut instances = rows.iter().map(instance).collect::<Result<Vec<_>, _>>()?;
    if which == Which::Unsealed {
        for (instance, row) in instances.iter_mut().zip(&rows) {
            instance.header.attributes = attributes(row)?;
        }
    }
    instances.sort_by(|a, b| order(&a.header).cmp(&order(&b.header)));
    Ok(instances)
}

/// Those of these instances that are here.
pub(crate) async fn named(
    db: &mut SqliteConnection,
    group: GroupId,
    uids: &[String],
) -> Result<Vec<StoredInstance>, RecordError> {
    let rows = sqlx::query(
        "SELECT instance.*, claim.body AS claim_body, series.body AS series_body
         FROM json_each(?2) AS wanted
         CROSS JOIN instance ON instance.group_id = ?1 AND instance.sop_uid = wanted.value
         JOIN claim ON claim.group_id = instance.group_id AND claim.claim = instance.claim
         JOIN series ON series.group_id = instance.group_id AND series.study_uid = instance.study_uid
            AND series.series_uid = instance.series_uid",
    )
    .bind(group.0)
    .bind(super::rows::json(&uids)?)
    .fetch_all(db)
    .await
    .doing("reading instances by their names")?;
    rows.iter().map(instance).collect()
}

pub(super) fn order(header: &InstanceHeader) -> (i64, &str, i64, &str) {
    let last = |number: Option<i32>| number.map_or(i64::MAX, i64::from);
    let series = (last(header.series_number), header.series_instance_uid.as_str());
    (series.0, series.1, last(header.instance_number), header.sop_instance_uid.as_str())
}

/// The instance of a row that also has its claim's and its series' bodies.
pub(crate) fn instance(row: &SqliteRow) -> Result<StoredInstance, RecordError> {
    let object: Option<String> = row.col("object")?;
    let location = match object {
        Some(object) => {
            Location::Sealed { object, generation: row.number("generation")?, offset: row.number("entry_offset")? }
        }
        None => Location::Landing(Place {
            writer: row.number("place_writer")?,
            segment: row.number("place_segment")?,
            offset: row.number("place_offset")?,
            length: row.number("place_length")?,
            file: row.number_or_none("place_file")?,
        }),
    };
    Ok(StoredInstance {
        header: header(row)?,
        sha256: row.sha256("sha256")?,
        size_bytes: row.number("size_bytes")?,
        received_at: row.at("received_at")?,
        location,
    })
}

/// What queries find of it, which a sealed generation repeats so that a record made again finds the same.
fn attributes(row: &SqliteRow) -> Result<Levels, RecordError> {
    let text = |column: &'static str| row.col::<Option<String>>(column).map(Option::unwrap_or_default);
    Ok(Levels { study: text("found_study")?, series: text("found_series")?, instance: text("found_instance")? })
}

/// Headers of images of which queries know nothing: those of a record of the version before.
pub(crate) async fn without_documents(
    db: &mut SqliteConnection,
    group: GroupId,
    limit: u32,
) -> Result<Vec<InstanceHeader>, RecordError> {
    let rows = sqlx::query(
        "SELECT instance.*, claim.body AS claim_body, series.body AS series_body FROM instance
         JOIN claim ON claim.group_id = instance.group_id AND claim.claim = instance.claim
         JOIN series ON series.group_id = instance.group_id AND series.study_uid = instance.study_uid
            AND series.series_uid = instance.series_uid
         WHERE instance.group_id = ?1 AND NOT EXISTS (SELECT 1 FROM find_instance
            WHERE find_instance.group_id = instance.group_id AND find_instance.sop_uid = instance.sop_uid)
         ORDER BY instance.received_at, instance.sop_uid LIMIT ?2",
    )
    .bind(group.0)
    .bind(limit)
    .fetch_all(db)
    .await
    .doing("reading images of the version before")?;
    rows.iter().map(header).collect()
}

fn header(row: &SqliteRow) -> Result<InstanceHeader, RecordError> {
    let claim: ClaimBody = row.value("claim_body")?;
    let series: SeriesBody = row.value("series_body")?;
    let text = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok(InstanceHeader {
        sop_instance_uid: row.col("sop_uid")?,
        sop_class_uid: row.col("sop_class_uid")?,
        transfer_syntax_uid: row.col("transfer_syntax")?,
        study_instance_uid: row.col("study_uid")?,
        series_instance_uid: row.col("series_uid")?,
        claim: claim.claim,
        accession_number: claim.accession_number,
        accession_issuer: claim.accession_issuer,
        modality: text(series.modality),
        study_date: claim.study_date,
        study_time: claim.study_time,
        series_date: series.date,
        study_description: claim.study_description,
        series_description: text(series.description),
        referring_physician: claim.referring_physician,
        institution: claim.institution,
        series_number: series.number,
        instance_number: row.col("number")?,
        frames: row.number("frames")?,
        rows: row.number_or_none("image_rows")?,
        columns: row.number_or_none("image_columns")?,
        phantom: claim.phantom,
        attributes: Levels::default(),
    })
}

/// Records a generation. The same one again changes nothing; another one of that number is refused.
pub(crate) async fn record_generation(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    generation: &Generation,
) -> Result<(), RecordError> {
    if !insert_generation(db, scene, generation).await? {
        return Ok(());
    }
    let entry = json!({ "v": 1, "kind": "generation", "generation": {
        "exam": generation.exam, "series": generation.series_instance_uid, "number": generation.number,
        "object": generation.object, "size_bytes": generation.size_bytes, "sha256": hex::encode(generation.sha256),
        "sealed_at": micros(generation.sealed_at), "instances": generation.instances.len(),
    }});
    scene.journal(db, &entry).await?;
    seal_instances(db, scene, generation).await?;
    super::review::touch(db, scene, generation.exam).await?;
    recount(db, scene, generation.exam).await
}

/// Writes the generation's row; false when it is already there.
pub(crate) async fn insert_generation(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    generation: &Generation,
) -> Result<bool, RecordError> {
    let object: Option<String> =
        sqlx::query_scalar("SELECT object FROM generation WHERE group_id = ?1 AND series_uid = ?2 AND number = ?3")
            .bind(scene.group.0)
            .bind(&generation.series_instance_uid)
            .bind(generation.number)
            .fetch_optional(&mut *db)
            .await
            .doing("looking for a generation")?;
    match object {
        Some(object) if object == generation.object => return Ok(false),
        Some(_) => {
            return Err(RecordError::Refused { reason: "this series already has another generation of that number" });
        }
        None => {}
    }
    sqlx::query(
        "INSERT INTO generation (group_id, series_uid, number, study_uid, object, size_bytes, sha256, sealed_at)
         VALUES (?1, ?2, ?3, COALESCE((SELECT study_uid FROM instance WHERE group_id = ?1 AND sop_uid = ?4), ''), ?5, ?6, ?7, ?8)",
    )
    .bind(scene.group.0)
    .bind(&generation.series_instance_uid)
    .bind(generation.number)
    .bind(generation.instances.first().map(|instance| instance.sop_instance_uid.as_str()))
    .bind(&generation.object)
    .bind(signed(generation.size_bytes))
    .bind(generation.sha256.as_slice())
    .bind(micros(generation.sealed_at))
    .execute(db)
    .await
    .doing("writing a generation")?;
    Ok(true)
}

/// These instances are in the vault from now on. Refused when the bytes of one are not those of the
/// record: a person may have chosen the ones kept aside meanwhile.
pub(crate) async fn seal_instances(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    generation: &Generation,
) -> Result<(), RecordError> {
    let mut claims = BTreeSet::new();
    for instance in &generation.instances {
        claims.insert(seal_instance(db, scene, generation, instance).await?);
    }
    for claim in claims {
        sqlx::query(
            "UPDATE claim SET unsealed = (SELECT COUNT(*) FROM instance INDEXED BY instance_unsealed
                WHERE instance.group_id = ?1 AND instance.study_uid = claim.study_uid AND instance.object IS NULL
                  AND instance.claim = ?2)
             WHERE group_id = ?1 AND claim = ?2",
        )
        .bind(scene.group.0)
        .bind(claim)
        .execute(&mut *db)
        .await
        .doing("counting unsealed instances")?;
    }
    Ok(())
}

async fn seal_instance(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    generation: &Generation,
    instance: &SealedInstance,
) -> Result<i64, RecordError> {
    let claim: Option<i64> = sqlx::query_scalar(
        "UPDATE instance SET object = ?4, generation = ?5, entry_offset = ?6, place_writer = NULL, place_segment = NULL,
            place_offset = NULL, place_length = NULL, place_file = NULL
         WHERE group_id = ?1 AND sop_uid = ?2 AND sha256 = ?3 RETURNING claim",
    )
    .bind(scene.group.0)
    .bind(&instance.sop_instance_uid)
    .bind(instance.sha256.as_slice())
    .bind(&generation.object)
    .bind(generation.number)
    .bind(signed(instance.offset))
    .fetch_optional(db)
    .await
    .doing("marking an instance as sealed")?;
    claim.ok_or(RecordError::Refused { reason: "a sealed instance is not the one of the record" })
}

/// All generations of an exam, by series then number.
pub(crate) async fn generations(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
) -> Result<Vec<Generation>, RecordError> {
    let rows = sqlx::query(
        "SELECT generation.* FROM exam_study JOIN generation USING (group_id, study_uid)
         WHERE exam_study.group_id = ?1 AND exam_study.exam_id = ?2 ORDER BY series_uid, number",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .fetch_all(&mut *db)
    .await
    .doing("reading generations")?;
    let mut generations = Vec::new();
    for row in &rows {
        let (series, object): (String, String) = (row.col("series_uid")?, row.col("object")?);
        generations.push(Generation {
            group,
            exam,
            number: row.number("number")?,
            size_bytes: row.number("size_bytes")?,
            sha256: row.sha256("sha256")?,
            sealed_at: row.at("sealed_at")?,
            instances: sealed_instances(db, group, row.col("study_uid")?, &series, &object).await?,
            series_instance_uid: series,
            object,
        });
    }
    Ok(generations)
}

async fn sealed_instances(
    db: &mut SqliteConnection,
    group: GroupId,
    study: &str,
    series: &str,
    object: &str,
) -> Result<Vec<SealedInstance>, RecordError> {
    let rows = sqlx::query(
        "SELECT sop_uid, entry_offset, size_bytes, sha256 FROM instance INDEXED BY instance_series
         WHERE group_id = ?1 AND study_uid = ?2 AND series_uid = ?3 AND object = ?4 ORDER BY entry_offset",
    )
    .bind(group.0)
    .bind(study)
    .bind(series)
    .bind(object)
    .fetch_all(db)
    .await
    .doing("reading a generation's instances")?;
    rows.iter()
        .map(|row| {
            Ok(SealedInstance {
                sop_instance_uid: row.col("sop_uid")?,
                offset: row.number("entry_offset")?,
                size_bytes: row.number("size_bytes")?,
                sha256: row.sha256("sha256")?,
            })
        })
        .collect()
}

pub(crate) async fn next_generation(
    db: &mut SqliteConnection,
    group: GroupId,
    series: &str,
) -> Result<u32, RecordError> {
    let last: Option<i64> =
        sqlx::query_scalar("SELECT MAX(number) FROM generation WHERE group_id = ?1 AND series_uid = ?2")
            .bind(group.0)
            .bind(series)
            .fetch_one(db)
            .await
            .doing("reading the last generation")?;
    super::rows::unsigned(last.unwrap_or(0).saturating_add(1))
}

/// Every object the record names: generations, documents, journal.
pub(crate) async fn objects(
    db: &mut SqliteConnection,
    group: GroupId,
    after: &str,
    limit: u32,
) -> Result<Vec<NamedObject>, RecordError> {
    let rows = sqlx::query(
        "SELECT object, size_bytes, sha256, study_uid, NULL AS report_id FROM (
            SELECT object, size_bytes, sha256, study_uid FROM generation
            WHERE group_id = ?1 AND object > ?2 ORDER BY object LIMIT ?3)
         UNION ALL SELECT object, object_size, object_sha256, NULL, report_id FROM (
            SELECT object, object_size, object_sha256, report_id FROM document
            WHERE group_id = ?1 AND object > ?2 ORDER BY object LIMIT ?3)
         UNION ALL SELECT object, size_bytes, sha256, NULL, NULL FROM journal_object
            WHERE group_id = ?1 AND object > ?2
         ORDER BY object LIMIT ?3",
    )
    .bind(group.0)
    .bind(after)
    .bind(limit)
    .fetch_all(&mut *db)
    .await
    .doing("listing objects")?;
    let mut objects = Vec::new();
    for row in &rows {
        let study: Option<String> = row.col("study_uid")?;
        let report: Option<Vec<u8>> = row.col("report_id")?;
        objects.push(NamedObject {
            object: row.col("object")?,
            size_bytes: row.number("size_bytes")?,
            sha256: row.sha256("sha256")?,
            exam: owner(db, group, study, report).await?,
        });
    }
    Ok(objects)
}

async fn owner(
    db: &mut SqliteConnection,
    group: GroupId,
    study: Option<String>,
    report: Option<Vec<u8>>,
) -> Result<Option<ExamId>, RecordError> {
    let exam: Option<Vec<u8>> = match (study, report) {
        (Some(study), _) => sqlx::query_scalar("SELECT exam_id FROM exam_study WHERE group_id = ?1 AND study_uid = ?2")
            .bind(group.0)
            .bind(study)
            .fetch_optional(db)
            .await
            .doing("reading an object's exam")?,
        (None, Some(report)) => {
            let exam: Option<Option<Vec<u8>>> =
                sqlx::query_scalar("SELECT exam_id FROM exam_report WHERE group_id = ?1 AND report_id = ?2")
                    .bind(group.0)
                    .bind(report)
                    .fetch_optional(db)
                    .await
                    .doing("reading an object's exam")?;
            exam.flatten()
        }
        (None, None) => None,
    };
    exam.map(|exam| uuid(&exam).map(ExamId)).transpose()
}

/// The documents of an exam's reports, by version then part.
pub(crate) async fn documents(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
) -> Result<Vec<StoredDocument>, RecordError> {
    let mut documents = Vec::new();
    for fact in super::exam_row::report_facts(db, group, exam).await? {
        let Some(report) = fact.report_id else { continue };
        let rows = sqlx::query("SELECT * FROM document WHERE group_id = ?1 AND report_id = ?2 ORDER BY part")
            .bind(group.0)
            .bind(id_bytes(report))
            .fetch_all(&mut *db)
            .await
            .doing("reading documents")?;
        for row in &rows {
            documents.push(StoredDocument {
                report: ReportId(report),
                part: row.number("part")?,
                kind: from_json(row.col("kind")?, "kind of document")?,
                size_bytes: row.number("size_bytes")?,
                sha256: row.sha256("sha256")?,
                bytes: row.col("bytes")?,
                object: row.col("object")?,
            });
        }
    }
    Ok(documents)
}

/// A document was sealed: its bytes leave the database.
pub(crate) async fn document_sealed(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    sealed: &DocumentSealed,
) -> Result<bool, RecordError> {
    let updated = sqlx::query(
        "UPDATE document SET object = ?4, object_size = ?5, object_sha256 = ?6, bytes = NULL
         WHERE group_id = ?1 AND report_id = ?2 AND part = ?3 AND object IS NOT ?4",
    )
    .bind(scene.group.0)
    .bind(id_bytes(sealed.report.0))
    .bind(sealed.part)
    .bind(&sealed.object)
    .bind(signed(sealed.object_size_bytes))
    .bind(sealed.object_sha256.as_slice())
    .execute(db)
    .await
    .doing("marking a document as sealed")?;
    Ok(updated.rows_affected() > 0)
}

/// Instances of these studies, for rebuilding.
pub(crate) fn studies(headers: &[InstanceHeader]) -> BTreeSet<String> {
    headers.iter().map(|header| header.study_instance_uid.clone()).collect()
}
