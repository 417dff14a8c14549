//! Which studies a fact bears on.

use super::load::people;
use super::rows::{Columns, Doing};
use crate::RecordError;
use crate::component::{Component, Fact};
use crate::model::GroupId;
use crate::settings::Settings;
use ::exam::identity::Identifier;
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

/// The studies tied to a message's exam keys: by UID, accession or placer number.
pub(crate) async fn by_exam_keys(
    db: &mut SqliteConnection,
    group: GroupId,
    fact: &Fact,
) -> Result<BTreeSet<String>, RecordError> {
    let mut studies: BTreeSet<String> = fact.study_uid.iter().cloned().collect();
    let mut accessions: BTreeSet<String> = fact.accession.iter().cloned().collect();
    if let Some(placer) = &fact.placer {
        let rows = sqlx::query("SELECT accession, study_uid FROM fact WHERE group_id = ?1 AND placer = ?2")
            .bind(group.0)
            .bind(placer)
            .fetch_all(&mut *db)
            .await
            .doing("reading what shares an order number")?;
        for row in &rows {
            accessions.extend(row.col::<Option<String>>("accession")?);
            studies.extend(row.col::<Option<String>>("study_uid")?);
        }
    }
    for accession in accessions {
        studies.extend(
            studies_of(
                db,
                group,
                "SELECT DISTINCT study_uid FROM claim WHERE group_id = ?1 AND accession = ?2",
                &accession,
            )
            .await?,
        );
        let told =
            "SELECT DISTINCT study_uid FROM fact WHERE group_id = ?1 AND accession = ?2 AND study_uid IS NOT NULL";
        studies.extend(studies_of(db, group, told, &accession).await?);
    }
    Ok(studies)
}

/// The studies that name one of these people, or are tied to a message that names them, after
/// following merges; with the people themselves.
pub(crate) async fn by_people(
    db: &mut SqliteConnection,
    group: GroupId,
    settings: &Settings,
    named: BTreeSet<Identifier>,
) -> Result<(BTreeSet<String>, Component), RecordError> {
    let mut known = Component::default();
    people(db, group, settings, named.clone(), &mut known).await?;
    let mut ids = named;
    for patient in &known.patients {
        ids.extend(patient.ids.iter().filter_map(|id| id.identifier(&settings.default_issuer)));
    }
    ids.extend(known.merges.iter().flat_map(|merge| [merge.survivor.clone(), merge.merged.clone()]));
    let values: BTreeSet<&str> = ids.iter().map(|id| id.value.as_str()).collect();
    let mut studies = BTreeSet::new();
    for value in values {
        let sql = "SELECT DISTINCT study_uid FROM claim WHERE group_id = ?1 AND patient_value = ?2";
        studies.extend(studies_of(db, group, sql, value).await?);
    }
    for fact in &known.told {
        studies.extend(by_exam_keys(db, group, fact).await?);
    }
    Ok((studies, known))
}

async fn studies_of(
    db: &mut SqliteConnection,
    group: GroupId,
    sql: &'static str,
    value: &str,
) -> Result<Vec<String>, RecordError> {
    sqlx::query_scalar(sql).bind(group.0).bind(value).fetch_all(db).await.doing("reading which studies are touched")
}
