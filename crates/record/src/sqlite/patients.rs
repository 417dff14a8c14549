//! The patients that the messages tell of: one row per number that survives the merges.

use super::rows::{self, Columns, Doing, from_json, id_bytes, uuid};
use super::scene::Scene;
use crate::RecordError;
use crate::component::{Component, Fact};
use crate::identity;
use crate::model::{Contact, ExamId, KnownContact, Patient, PatientFact, PatientId, PatientIdentifier, PatientTraits};
use ::exam::identity::{Identifier, Merges, PatientSource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

/// What a patient's row says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PatientBody {
    pub identifiers: BTreeSet<PatientIdentifier>,
    pub traits: PatientTraits,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<KnownContact>,
}

/// Brings the rows of these people up to date; returns their opaque ids by surviving number.
pub(crate) async fn refresh(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    known: &Component,
) -> Result<BTreeMap<Identifier, PatientId>, RecordError> {
    let merges = Merges::of(&known.merges);
    let mut ids = BTreeMap::new();
    for (number, body) in bodies(&known.told, &merges, scene) {
        ids.insert(number.clone(), upsert(db, scene, &number, &body).await?);
    }
    for merge in &known.merges {
        let survivor = merges.survivor(&merge.merged);
        let into = ids.get(survivor).filter(|_| survivor != &merge.merged);
        mark_merged(db, scene, &merge.merged, into.copied()).await?;
    }
    Ok(ids)
}

/// Traits and numbers of each surviving patient: oldest first and ADT last, so that the latest known
/// value prevails; what was said of a merged patient counts only when nothing is said of the survivor.
fn bodies(told: &[Fact], merges: &Merges, scene: Scene<'_>) -> BTreeMap<Identifier, PatientBody> {
    let mut said: Vec<(PatientSource, &Fact, Identifier)> = Vec::new();
    for fact in told {
        let (patient, source) = identity::patient_of(&fact.body);
        let Some(own) = identity::identifiers(patient, scene.settings).into_iter().next() else { continue };
        said.push((source, fact, own));
    }
    said.sort_by(|a, b| (a.0, &a.1.message).cmp(&(b.0, &b.1.message)));
    let owns: BTreeSet<Identifier> = said.iter().map(|(_, _, own)| own.clone()).collect();
    let mut bodies: BTreeMap<Identifier, PatientBody> = BTreeMap::new();
    for (source, fact, own) in &said {
        let (patient, _) = identity::patient_of(&fact.body);
        let survivor = merges.survivor(own);
        let body = bodies.entry(survivor.clone()).or_default();
        body.identifiers.extend(patient.identifiers.iter().cloned());
        if own == survivor || !owns.contains(survivor) {
            overlay(&mut body.traits, patient);
            if *source == PatientSource::Adt {
                replace_contacts(&mut body.contacts, &patient.contacts, fact.message.time);
            }
        }
    }
    bodies
}

/// A message that says contacts says all of them; one that stays is known since it was first said.
fn replace_contacts(known: &mut Vec<KnownContact>, said: &[Contact], at: OffsetDateTime) {
    if said.is_empty() {
        return;
    }
    let since =
        |contact: &Contact| known.iter().find(|known| known.contact == *contact).map_or(at, |known| known.since);
    let mut now: Vec<KnownContact> = Vec::new();
    for contact in said {
        if !now.iter().any(|listed| listed.contact == *contact) {
            now.push(KnownContact { contact: contact.clone(), since: since(contact) });
        }
    }
    *known = now;
}

fn overlay(known: &mut PatientTraits, fact: &PatientFact) {
    let newer = &fact.traits;
    fn take<T: Clone>(into: &mut Option<T>, from: &Option<T>) {
        if from.is_some() {
            into.clone_from(from);
        }
    }
    if !newer.birth_name.is_empty() {
        known.birth_name.clone_from(&newer.birth_name);
    }
    if !newer.first_names.is_empty() {
        known.first_names.clone_from(&newer.first_names);
    }
    take(&mut known.used_name, &newer.used_name);
    take(&mut known.used_first_name, &newer.used_first_name);
    take(&mut known.sex, &newer.sex);
    take(&mut known.birth_date, &newer.birth_date);
    take(&mut known.birth_place, &newer.birth_place);
    take(&mut known.ins, &newer.ins);
    take(&mut known.ins_oid, &newer.ins_oid);
    take(&mut known.died_on, &newer.died_on);
    if fact.death_withdrawn {
        known.died_on = None;
    }
}

async fn upsert(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    number: &Identifier,
    body: &PatientBody,
) -> Result<PatientId, RecordError> {
    let new = PatientId(scene.new_id());
    let id: Vec<u8> = sqlx::query_scalar(
        "INSERT INTO patient (group_id, issuer, value, patient_id, birth_year, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (group_id, value, issuer) DO UPDATE
            SET body = excluded.body, birth_year = excluded.birth_year, merged_into = NULL
         RETURNING patient_id",
    )
    .bind(scene.group.0)
    .bind(&number.issuer)
    .bind(&number.value)
    .bind(id_bytes(new.0))
    .bind(body.traits.birth_date.map(|birth| birth.year))
    .bind(rows::json(body)?)
    .fetch_one(&mut *db)
    .await
    .doing("writing a patient")?;
    let id = PatientId(uuid(&id)?);
    super::found::index(db, scene.group, number, body).await?;
    if id == new {
        let entry = PatientEntry { patient: id, issuer: number.issuer.clone(), value: number.value.clone() };
        scene.journal(db, &json!({ "v": 1, "kind": "patient", "patient": entry })).await?;
    }
    Ok(id)
}

/// A patient's opaque id, as the journal keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PatientEntry {
    patient: PatientId,
    issuer: String,
    value: String,
}

/// Gives a patient, known again from its messages, the id it had.
pub(crate) async fn replay(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    entry: &PatientEntry,
) -> Result<(), RecordError> {
    let number = Identifier::new(entry.issuer.clone(), entry.value.clone());
    let now = by_number(db, scene.group, &number).await?;
    let moves = [
        "UPDATE exam SET patient_id = ?3 WHERE group_id = ?1 AND patient_id = ?2",
        "UPDATE patient SET merged_into = ?3 WHERE group_id = ?1 AND merged_into = ?2",
        "UPDATE patient SET patient_id = ?3 WHERE group_id = ?1 AND patient_id = ?2",
    ];
    for sql in moves {
        sqlx::query(sql)
            .bind(scene.group.0)
            .bind(now.map(|now| id_bytes(now.0)))
            .bind(id_bytes(entry.patient.0))
            .execute(&mut *db)
            .await
            .doing("restoring a patient's id")?;
    }
    Ok(())
}

/// Exams of these patients.
pub(crate) async fn exams_of(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    patients: impl Iterator<Item = &PatientId>,
) -> Result<BTreeSet<ExamId>, RecordError> {
    let mut exams = BTreeSet::new();
    for patient in patients {
        let ids: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT exam_id FROM exam WHERE group_id = ?1 AND patient_id = ?2 AND gone = 0")
                .bind(scene.group.0)
                .bind(id_bytes(patient.0))
                .fetch_all(&mut *db)
                .await
                .doing("listing a patient's exams")?;
        for id in ids {
            exams.insert(ExamId(uuid(&id)?));
        }
    }
    Ok(exams)
}

async fn mark_merged(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    merged: &Identifier,
    into: Option<PatientId>,
) -> Result<(), RecordError> {
    sqlx::query("UPDATE patient SET merged_into = ?4 WHERE group_id = ?1 AND issuer = ?2 AND value = ?3")
        .bind(scene.group.0)
        .bind(&merged.issuer)
        .bind(&merged.value)
        .bind(into.map(|id| id_bytes(id.0)))
        .execute(db)
        .await
        .doing("marking a merged patient")?;
    Ok(())
}

/// The surviving number and what is known of a patient.
pub(crate) async fn by_id(
    db: &mut SqliteConnection,
    group: crate::model::GroupId,
    patient: PatientId,
) -> Result<Option<(Identifier, Patient)>, RecordError> {
    let row = sqlx::query("SELECT issuer, value, body FROM patient WHERE group_id = ?1 AND patient_id = ?2")
        .bind(group.0)
        .bind(id_bytes(patient.0))
        .fetch_optional(db)
        .await
        .doing("reading a patient")?;
    row.map(|row| {
        let number = Identifier::new(row.col::<String>("issuer")?, row.col::<String>("value")?);
        let body: PatientBody = from_json(row.col("body")?, "patient")?;
        let identifiers = body.identifiers.into_iter().collect();
        Ok((number, Patient { id: patient, identifiers, traits: body.traits, contacts: body.contacts }))
    })
    .transpose()
}

/// The patient whose own number this is.
pub(crate) async fn by_number(
    db: &mut SqliteConnection,
    group: crate::model::GroupId,
    number: &Identifier,
) -> Result<Option<PatientId>, RecordError> {
    let id: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT patient_id FROM patient WHERE group_id = ?1 AND issuer = ?2 AND value = ?3")
            .bind(group.0)
            .bind(&number.issuer)
            .bind(&number.value)
            .fetch_optional(db)
            .await
            .doing("reading a patient's id")?;
    id.map(|id| uuid(&id).map(PatientId)).transpose()
}
