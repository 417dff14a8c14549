//! Patients, found by what people know of them, and what was said of each over time.

use super::load;
use super::patients::PatientBody;
use super::rows::{Columns, Doing, from_json, id_bytes, uuid};
use crate::RecordError;
use crate::model::{FactBody, GroupId, Patient, PatientFact, PatientId, PatientQuery, PatientSaid};
use crate::words::{after_prefix, name_words, words};
use ::exam::identity::Identifier;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::collections::BTreeSet;

/// The words of a patient: names, used and of birth, and numbers.
fn words_of(body: &PatientBody) -> BTreeSet<String> {
    let traits = &body.traits;
    let names = [
        Some(&traits.birth_name),
        Some(&traits.first_names),
        traits.used_name.as_ref(),
        traits.used_first_name.as_ref(),
    ];
    let mut all: BTreeSet<String> = names.into_iter().flatten().flat_map(|name| name_words(name)).collect();
    all.extend(body.identifiers.iter().flat_map(|id| words(&id.value)));
    all
}

/// Brings the words of a patient up to date.
pub(crate) async fn index(
    db: &mut SqliteConnection,
    group: GroupId,
    number: &Identifier,
    body: &PatientBody,
) -> Result<(), RecordError> {
    sqlx::query("UPDATE patient_word SET live = 0 WHERE group_id = ?1 AND value = ?2 AND issuer = ?3")
        .bind(group.0)
        .bind(&number.value)
        .bind(&number.issuer)
        .execute(&mut *db)
        .await
        .doing("forgetting a patient's words")?;
    for word in words_of(body) {
        sqlx::query(
            "INSERT INTO patient_word (group_id, word, issuer, value, live) VALUES (?1, ?2, ?3, ?4, 1)
             ON CONFLICT (group_id, word, value, issuer) DO UPDATE SET live = 1",
        )
        .bind(group.0)
        .bind(word)
        .bind(&number.issuer)
        .bind(&number.value)
        .execute(&mut *db)
        .await
        .doing("writing a patient's words")?;
    }
    Ok(())
}

/// The words of the patients of a record that is older than these words; once.
pub(crate) async fn index_all(db: &mut SqliteConnection) -> Result<(), RecordError> {
    let rows = sqlx::query(
        "SELECT group_id, issuer, value, body FROM patient
         WHERE NOT EXISTS (SELECT 1 FROM cursor WHERE group_id = 0 AND name = 'patient-words')",
    )
    .fetch_all(&mut *db)
    .await
    .doing("listing patients")?;
    for row in &rows {
        let number = Identifier::new(row.col::<String>("issuer")?, row.col::<String>("value")?);
        let body: PatientBody = from_json(row.col("body")?, "patient")?;
        index(db, GroupId(row.number("group_id")?), &number, &body).await?;
    }
    sqlx::query(
        "INSERT INTO cursor (group_id, name, value) VALUES (0, 'patient-words', 1)
         ON CONFLICT (group_id, name) DO NOTHING",
    )
    .execute(db)
    .await
    .doing("noting that the patients have words")?;
    Ok(())
}

/// Patients whom every word fits, those merged into another left out.
pub(crate) async fn patients(
    db: &mut SqliteConnection,
    group: GroupId,
    query: &PatientQuery,
) -> Result<Vec<Patient>, RecordError> {
    let asked = words(&query.text);
    if asked.is_empty() && query.born.is_none() {
        return Ok(Vec::new());
    }
    let mut sql: QueryBuilder<Sqlite> =
        QueryBuilder::new("SELECT patient_id, body FROM patient WHERE merged_into IS NULL AND group_id = ");
    sql.push_bind(group.0);
    if let Some(born) = query.born {
        sql.push(" AND birth_year = ").push_bind(born.year);
    }
    for word in asked {
        sql.push(" AND (value, issuer) IN (SELECT value, issuer FROM patient_word WHERE live = 1 AND group_id = ");
        sql.push_bind(group.0).push(" AND word >= ").push_bind(word.clone());
        sql.push(" AND word < ").push_bind(after_prefix(&word)).push(")");
    }
    let limit = query.limit.clamp(1, 100);
    // A birth date that is only partly known is compared below: more rows are read than shown.
    sql.push(" ORDER BY patient_id DESC LIMIT ").push_bind(limit * 10);
    let rows = sql.build().fetch_all(db).await.doing("looking for patients")?;
    let mut found = rows.iter().map(patient).collect::<Result<Vec<_>, _>>()?;
    if let Some(born) = query.born {
        found.retain(|patient| patient.traits.birth_date.is_none_or(|known| !known.contradicts(born)));
    }
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

fn patient(row: &SqliteRow) -> Result<Patient, RecordError> {
    let body: PatientBody = from_json(row.col("body")?, "patient")?;
    let id = PatientId(uuid(row.col::<&[u8]>("patient_id")?)?);
    let identifiers = body.identifiers.into_iter().collect();
    Ok(Patient { id, identifiers, traits: body.traits, contacts: body.contacts })
}

/// What messages and forms said of a patient and of records merged with theirs, newest first.
pub(crate) async fn history(
    db: &mut SqliteConnection,
    group: GroupId,
    patient: PatientId,
) -> Result<Vec<PatientSaid>, RecordError> {
    let rows = sqlx::query(
        "SELECT DISTINCT fact.* FROM fact JOIN fact_patient USING (group_id, fact)
         JOIN patient ON patient.group_id = fact.group_id AND patient.issuer = fact_patient.issuer
            AND patient.value = fact_patient.value
         WHERE fact.group_id = ?1 AND fact.kind IN ('patient', 'merge') AND ?2 IN (patient_id, merged_into)
         ORDER BY said_at DESC, fact.fact DESC LIMIT 200",
    )
    .bind(group.0)
    .bind(id_bytes(patient.0))
    .fetch_all(db)
    .await
    .doing("reading what was said of a patient")?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        let fact = load::fact(row)?;
        let (merge, said): (bool, PatientFact) = match fact.body {
            FactBody::Patient(said) => (false, said),
            FactBody::Merge(said) => (true, said.kept),
            FactBody::Order(_) | FactBody::OrderStatus(_) | FactBody::Report(_) => continue,
        };
        // `control|application|facility|digest|part`, as `messages` made it.
        let parts: Vec<&str> = fact.message.control_id.split('|').collect();
        let sender = parts.get(1..parts.len().saturating_sub(2)).unwrap_or_default().join("|");
        all.push(PatientSaid { at: fact.message.time, sender, merge, said });
    }
    Ok(all)
}
