//! Senders' own codes of prescribers ↔ RPPS.

use super::catalogue::{fact, reading};
use super::rows::{Columns, Doing, json};
use super::scene::Scene;
use super::{SqliteCatalogue, exam_row, journal};
use crate::model::{ExamId, GroupId, PrescriberCode, Professional, UnmatchedPrescriber};
use crate::{Prescribers, RecordError};
use ::exam::ids::Rpps;
use async_trait::async_trait;
use serde_json::{Value, json as value};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;

#[async_trait]
impl Prescribers for SqliteCatalogue {
    async fn match_prescriber(&self, group: GroupId, matched: PrescriberCode) -> Result<(), RecordError> {
        fact!(self, db => {
            if matched.code.trim().is_empty() {
                return Err(RecordError::Refused { reason: "no code is matched" });
            }
            if matched.rpps.as_deref().is_some_and(|rpps| Rpps::parse(rpps).is_err()) {
                return Err(RecordError::Refused { reason: "that number is no RPPS" });
            }
            let scene = self.scene(group);
            let entry = scene.journal(db, &value!({ "v": 1, "kind": "prescriber", "matched": &matched })).await?;
            write(db, scene, entry, &matched).await?;
        })
    }

    async fn prescriber_codes(&self, group: GroupId) -> Result<Vec<PrescriberCode>, RecordError> {
        reading!(self, db => {
            let rows = sqlx::query("SELECT body FROM prescriber_code WHERE group_id = ?1 AND rpps <> '' ORDER BY code")
                .bind(group.0)
                .fetch_all(db)
                .await
                .doing("listing prescribers' codes")?;
            rows.iter().map(|row| row.value("body")).collect::<Result<_, _>>()?
        })
    }

    async fn unmatched_prescribers(&self, group: GroupId, limit: u32) -> Result<Vec<UnmatchedPrescriber>, RecordError> {
        reading!(self, db => unmatched(db, group, limit).await?)
    }

    async fn unmatched_prescriber_count(&self, group: GroupId) -> Result<u64, RecordError> {
        reading!(self, db => {
            let row = sqlx::query(
                "SELECT COUNT(DISTINCT json_extract(body, '$.prescriber.local_code')) AS codes
                 FROM exam INDEXED BY exam_prescriber_code
                 WHERE group_id = ?1 AND gone = 0 AND json_extract(body, '$.prescriber.local_code') IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM prescriber_code AS known WHERE known.group_id = exam.group_id
                        AND known.rpps <> '' AND known.code = json_extract(exam.body, '$.prescriber.local_code'))",
            )
            .bind(group.0)
            .fetch_one(db)
            .await
            .doing("counting prescribers not matched")?;
            row.number("codes")?
        })
    }
}

async fn unmatched(
    db: &mut SqliteConnection,
    group: GroupId,
    limit: u32,
) -> Result<Vec<UnmatchedPrescriber>, RecordError> {
    // Of the bare columns SQLite gives those of the row with the latest date.
    let rows = sqlx::query(
        "SELECT json_extract(body, '$.prescriber.local_code') AS code, COUNT(*) AS exams, MAX(sort_date) AS latest,
            COALESCE(json_extract(body, '$.prescriber.family_name'), '') AS family,
            COALESCE(json_extract(body, '$.prescriber.first_name'), '') AS first
         FROM exam INDEXED BY exam_prescriber_code
         WHERE group_id = ?1 AND gone = 0 AND json_extract(body, '$.prescriber.local_code') IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM prescriber_code AS known WHERE known.group_id = exam.group_id
                AND known.rpps <> '' AND known.code = json_extract(exam.body, '$.prescriber.local_code'))
         GROUP BY 1 ORDER BY exams DESC, code LIMIT ?2",
    )
    .bind(group.0)
    .bind(limit)
    .fetch_all(db)
    .await
    .doing("listing prescribers not matched")?;
    rows.iter()
        .map(|row| {
            let (family, first): (String, String) = (row.col("family")?, row.col("first")?);
            let latest: i64 = row.col("latest")?;
            let julian = i32::try_from(latest).ok().filter(|day| *day > 0);
            Ok(UnmatchedPrescriber {
                code: row.col("code")?,
                name: format!("{family} {first}").trim().to_owned(),
                exams: row.number("exams")?,
                latest: julian.and_then(|day| time::Date::from_julian_day(day).ok()),
            })
        })
        .collect()
}

async fn write(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    entry: i64,
    matched: &PrescriberCode,
) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO prescriber_code (group_id, code, entry, rpps, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (group_id, code) DO UPDATE SET entry = excluded.entry, rpps = excluded.rpps, body = excluded.body",
    )
    .bind(scene.group.0)
    .bind(&matched.code)
    .bind(entry)
    .bind(matched.rpps.as_deref().unwrap_or_default())
    .bind(json(matched)?)
    .execute(&mut *db)
    .await
    .doing("matching a prescriber's code")?;
    for exam in bearing(db, scene.group, &matched.code).await? {
        exam_row::ask(db, scene, exam, &["publish"]).await?;
    }
    Ok(())
}

/// Exams whose order bears a code: as its prescriber's, or as that of somebody copied. More than
/// those does no harm: publishing again what agrees moves nothing.
async fn bearing(db: &mut SqliteConnection, group: GroupId, code: &str) -> Result<Vec<ExamId>, RecordError> {
    let rows = sqlx::query(
        "SELECT exam_id FROM exam INDEXED BY exam_prescriber_code
         WHERE group_id = ?1 AND gone = 0 AND json_extract(body, '$.prescriber.local_code') IS NOT NULL
            AND json_extract(body, '$.prescriber.local_code') = ?2
         UNION
         SELECT exam_study.exam_id FROM fact INDEXED BY fact_copies
         CROSS JOIN claim ON claim.group_id = fact.group_id AND claim.accession = fact.accession
         CROSS JOIN exam_study ON exam_study.group_id = claim.group_id AND exam_study.study_uid = claim.study_uid
         WHERE fact.group_id = ?1 AND fact.kind = 'order' AND json_array_length(fact.body, '$.order.copies') > 0
            AND instr(fact.body, '\"local_code\":' || json_quote(?2)) > 0",
    )
    .bind(group.0)
    .bind(code)
    .fetch_all(db)
    .await
    .doing("looking for the exams of a prescriber's code")?;
    rows.iter().map(|row| Ok(ExamId(row.id("exam_id")?))).collect()
}

/// The professionals with the RPPS that people have matched their codes with.
pub(crate) async fn resolve(
    db: &mut SqliteConnection,
    group: GroupId,
    named: impl Iterator<Item = &mut Professional>,
) -> Result<(), RecordError> {
    let mut known: BTreeMap<String, Option<String>> = BTreeMap::new();
    for who in named.filter(|who| who.rpps.is_none()) {
        let Some(code) = who.local_code.clone() else { continue };
        if !known.contains_key(&code) {
            let rpps: Option<String> =
                sqlx::query_scalar("SELECT rpps FROM prescriber_code WHERE group_id = ?1 AND code = ?2 AND rpps <> ''")
                    .bind(group.0)
                    .bind(&code)
                    .fetch_optional(&mut *db)
                    .await
                    .doing("reading a prescriber's code")?;
            known.insert(code.clone(), rpps);
        }
        who.rpps = known.get(&code).cloned().flatten();
    }
    Ok(())
}

/// Applies a journal entry again.
pub(crate) async fn replay(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    number: i64,
    body: &Value,
) -> Result<(), RecordError> {
    write(db, scene, number, &journal::read(journal::part(body, "matched")?)?).await
}
