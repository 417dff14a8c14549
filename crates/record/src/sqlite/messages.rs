//! Messages: exactly once, and whatever their order the same record.

use super::exam_row;
use super::load::{self, people};
use super::patients;
use super::recompute::recompute;
use super::reservations;
use super::rows::{Columns, Doing, digest, id_bytes, json, micros, signed};
use super::scene::Scene;
use super::seeds;
use super::worklist;
use crate::RecordError;
use crate::component::{Component, Fact};
use crate::identity;
use crate::model::{Document, DocumentKind, FactBody, MessageEffect, MessageFact, PatientFact};
use ::exam::identity::{Identifier, MessageKey, check_merge};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A message as the journal keeps it: everything but the documents' bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MessageEntry {
    pub v: u32,
    pub kind: String,
    pub sender: String,
    pub control_id: String,
    pub digest: String,
    pub received_at: i64,
    pub said_at: Option<i64>,
    pub facts: Vec<FactEntry>,
    pub refusal: Option<String>,
}

/// One fact of a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FactEntry {
    pub body: FactBody,
    pub report: Option<Uuid>,
    pub documents: Vec<DocumentEntry>,
}

/// A document, named by its digest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DocumentEntry {
    pub kind: DocumentKind,
    pub size_bytes: u64,
    pub sha256: String,
}

/// A fact's number is its message's journal number and its position in the message.
const FACTS_PER_MESSAGE: i64 = 1 << 16;

/// Keeps a message.
pub(crate) async fn apply(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    message: &MessageFact,
) -> Result<MessageEffect, RecordError> {
    if let Some(effect) = before(db, scene, message).await? {
        return Ok(effect);
    }
    if let Some(reason) = message.facts.iter().find_map(|fact| impossible(fact, scene)) {
        return Ok(MessageEffect::Refused(reason.to_owned()));
    }
    let refusal = contradiction(db, scene, message).await?;
    let entry = MessageEntry {
        v: 1,
        kind: "message".to_owned(),
        sender: message.sender.clone(),
        control_id: message.control_id.clone(),
        digest: hex::encode(message.digest),
        received_at: micros(message.received_at),
        said_at: message.said_at.map(micros),
        facts: message.facts.iter().map(|fact| fact_entry(fact, scene)).collect(),
        refusal: refusal.clone(),
    };
    let body = serde_json::to_value(&entry).map_err(|_| RecordError::Damaged { what: "message" })?;
    let number = scene.journal(db, &body).await?;
    let documents: Vec<&[Document]> = message.facts.iter().map(documents_of).collect();
    write(db, scene, number, &entry, &documents).await?;
    Ok(refusal.map_or(MessageEffect::Applied, MessageEffect::Refused))
}

fn documents_of(fact: &FactBody) -> &[Document] {
    match fact {
        FactBody::Report(report) => &report.documents,
        _ => &[],
    }
}

fn fact_entry(fact: &FactBody, scene: Scene<'_>) -> FactEntry {
    FactEntry {
        body: fact.clone(),
        report: matches!(fact, FactBody::Report(_)).then(|| scene.new_id()),
        documents: documents_of(fact).iter().map(document_entry).collect(),
    }
}

fn document_entry(document: &Document) -> DocumentEntry {
    DocumentEntry {
        kind: document.kind,
        size_bytes: u64::try_from(document.bytes.len()).unwrap_or(u64::MAX),
        sha256: hex::encode(Sha256::digest(&document.bytes)),
    }
}

/// The answer to a message that is already here.
async fn before(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    message: &MessageFact,
) -> Result<Option<MessageEffect>, RecordError> {
    let row = sqlx::query(
        "SELECT refusal FROM message WHERE group_id = ?1 AND sender = ?2 AND control_id = ?3 AND digest = ?4",
    )
    .bind(scene.group.0)
    .bind(&message.sender)
    .bind(&message.control_id)
    .bind(message.digest.as_slice())
    .fetch_optional(db)
    .await
    .doing("looking for a message")?;
    row.map(|row| {
        let refusal: Option<String> = row.col("refusal")?;
        Ok(refusal.map_or(MessageEffect::AlreadyApplied, MessageEffect::Refused))
    })
    .transpose()
}

/// Why the message can never be right, whatever else is known: nothing of it is kept.
fn impossible(body: &FactBody, scene: Scene<'_>) -> Option<&'static str> {
    match body {
        FactBody::Patient(patient) if identity::identifiers(patient, scene.settings).is_empty() => {
            Some("the message gives the patient no identifier")
        }
        FactBody::Patient(patient) if two_numbers_of_one_issuer(patient, scene) => {
            Some("the message gives one patient two identifiers of the same issuer")
        }
        FactBody::Merge(_) => {
            let key = MessageKey { time: scene.now, control_id: String::new() };
            let merges = identity::merges(&key, body, scene.settings);
            if merges.is_empty() {
                return Some("the merge names no surviving or no merged identifier");
            }
            merges
                .iter()
                .any(|merge| merge.survivor == merge.merged)
                .then_some("a patient cannot be merged with itself")
        }
        _ => None,
    }
}

fn two_numbers_of_one_issuer(patient: &PatientFact, scene: Scene<'_>) -> bool {
    let own = patient.identifiers.iter().filter(|id| identity::is_local(id));
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    own.filter_map(|id| identity::identifier(id, scene.settings)).any(|id| {
        let before = values.insert(id.issuer, id.value.clone());
        before.is_some_and(|before| before != id.value)
    })
}

/// Why a merge contradicts what is known so far. It is kept all the same: which of two contradictory
/// merges stands follows from their own time, not from which came first.
async fn contradiction(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    message: &MessageFact,
) -> Result<Option<String>, RecordError> {
    let time = message.said_at.unwrap_or(message.received_at);
    let key = message_key(time, &message.control_id, &message.sender, &message.digest);
    let merges: Vec<_> = message.facts.iter().flat_map(|fact| identity::merges(&key, fact, scene.settings)).collect();
    if merges.is_empty() {
        return Ok(None);
    }
    let mut known = Component::default();
    let named = merges.iter().flat_map(|merge| [merge.survivor.clone(), merge.merged.clone()]).collect();
    people(db, scene.group, scene.settings, named, &mut known).await?;
    let refused = merges.iter().find_map(|merge| check_merge(&known.merges, merge).err());
    Ok(refused.map(|why| why.to_string()))
}

/// A message's own place in time, the same on every arrival.
fn message_key(time: time::OffsetDateTime, control_id: &str, sender: &str, digest: &[u8; 32]) -> MessageKey {
    MessageKey { time, control_id: format!("{control_id}|{sender}|{}", hex::encode(digest)) }
}

/// Writes a journalled message into the tables and computes again what it bears on.
pub(crate) async fn write(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    number: i64,
    entry: &MessageEntry,
    documents: &[&[Document]],
) -> Result<(), RecordError> {
    let digest =
        hex::decode(&entry.digest).map_err(|_| RecordError::Damaged { what: "digest" }).and_then(|d| digest(&d))?;
    sqlx::query("INSERT INTO message (group_id, sender, control_id, digest, refusal) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(scene.group.0)
        .bind(&entry.sender)
        .bind(&entry.control_id)
        .bind(digest.as_slice())
        .bind(&entry.refusal)
        .execute(&mut *db)
        .await
        .doing("writing a message")?;
    let said_at = super::rows::instant(entry.said_at.unwrap_or(entry.received_at))?;
    let message = message_key(said_at, &entry.control_id, &entry.sender, &digest);
    let mut facts = Vec::new();
    for (part, said) in entry.facts.iter().enumerate() {
        let part_number = i64::try_from(part).unwrap_or(FACTS_PER_MESSAGE - 1).min(FACTS_PER_MESSAGE - 1);
        let key = MessageKey { time: message.time, control_id: format!("{}|{part_number}", message.control_id) };
        let fact = fact_of(number * FACTS_PER_MESSAGE + part_number, key, said, scene);
        insert_fact(db, scene, &fact).await?;
        if let Some(report) = fact.report_id {
            insert_documents(db, scene, report, &said.documents, documents.get(part).copied().unwrap_or(&[])).await?;
        }
        worklist::hear(db, scene, &fact).await?;
        facts.push(fact);
    }
    let (mut studies, mut reached) = (BTreeSet::new(), BTreeSet::new());
    for fact in &facts {
        let (touched, known) = touched(db, scene, fact).await?;
        let people = patients::refresh(db, scene, &known).await?;
        // What may have changed is where a one-time code goes, which is in no row of an exam.
        if !identity::patient_of(&fact.body).0.contacts.is_empty() {
            reached.extend(patients::exams_of(db, scene, people.values()).await?);
        }
        if !scene.replaying {
            reservations::ask(db, scene, known.told.iter().chain([fact])).await?;
        }
        studies.extend(touched);
    }
    let changed = recompute(db, scene, &studies).await?;
    let reported = facts.iter().any(|fact| fact.report_id.is_some());
    let kinds: &[&str] = if reported { &["seal", "publish"] } else { &["publish"] };
    for exam in reached.difference(&changed) {
        exam_row::ask(db, scene, *exam, &["publish"]).await?;
    }
    for exam in changed {
        exam_row::ask(db, scene, exam, kinds).await?;
    }
    Ok(())
}

async fn touched(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    fact: &Fact,
) -> Result<(BTreeSet<String>, Component), RecordError> {
    let (mut studies, known) = seeds::by_people(db, scene.group, scene.settings, named(fact, scene)).await?;
    studies.extend(seeds::by_exam_keys(db, scene.group, fact).await?);
    Ok((studies, known))
}

fn named(fact: &Fact, scene: Scene<'_>) -> BTreeSet<Identifier> {
    let (patient, _) = identity::patient_of(&fact.body);
    let merges = identity::merges(&fact.message, &fact.body, scene.settings);
    let merged = merges.into_iter().flat_map(|merge| [merge.survivor, merge.merged]);
    identity::identifiers(patient, scene.settings).into_iter().chain(merged).collect()
}

fn fact_of(fact: i64, message: MessageKey, said: &FactEntry, scene: Scene<'_>) -> Fact {
    let key = |accession: &Option<crate::model::Accession>| {
        let accession = accession.as_ref()?;
        scene.settings.number_key(Some(&accession.number), accession.issuer.as_deref())
    };
    let (accession, study_uid, placer) = match &said.body {
        FactBody::Patient(_) | FactBody::Merge(_) => (None, None, None),
        FactBody::Order(order) | FactBody::OrderStatus(order) => {
            let placer = scene.settings.number_key(order.placer_number.as_deref(), None);
            (key(&order.accession), order.study_instance_uid.clone(), placer)
        }
        FactBody::Report(report) => {
            let placer = scene.settings.number_key(report.placer_number.as_deref(), None);
            (key(&report.accession), report.study_instance_uid.clone(), placer)
        }
    };
    let study_uid = study_uid.filter(|uid| !uid.trim().is_empty());
    Fact { fact, message, accession, study_uid, placer, report_id: said.report, body: said.body.clone() }
}

async fn insert_fact(db: &mut SqliteConnection, scene: Scene<'_>, fact: &Fact) -> Result<(), RecordError> {
    let kind = match &fact.body {
        FactBody::Patient(_) => "patient",
        FactBody::Merge(_) => "merge",
        FactBody::Order(_) => "order",
        FactBody::OrderStatus(_) => "order_status",
        FactBody::Report(_) => "report",
    };
    sqlx::query(
        "INSERT INTO fact (group_id, fact, kind, said_at, control_id, accession, study_uid, placer, report_id, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(scene.group.0)
    .bind(fact.fact)
    .bind(kind)
    .bind(micros(fact.message.time))
    .bind(&fact.message.control_id)
    .bind(&fact.accession)
    .bind(&fact.study_uid)
    .bind(&fact.placer)
    .bind(fact.report_id.map(id_bytes))
    .bind(json(&fact.body)?)
    .execute(&mut *db)
    .await
    .doing("writing a fact")?;
    for id in named(fact, scene) {
        sqlx::query("INSERT INTO fact_patient (group_id, issuer, value, fact) VALUES (?1, ?2, ?3, ?4)")
            .bind(scene.group.0)
            .bind(&id.issuer)
            .bind(&id.value)
            .bind(fact.fact)
            .execute(&mut *db)
            .await
            .doing("writing whom a fact names")?;
    }
    Ok(())
}

async fn insert_documents(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    report: Uuid,
    entries: &[DocumentEntry],
    documents: &[Document],
) -> Result<(), RecordError> {
    for (part, named) in entries.iter().enumerate() {
        let sha256 = hex::decode(&named.sha256).map_err(|_| RecordError::Damaged { what: "digest" })?;
        sqlx::query(
            "INSERT INTO document (group_id, report_id, part, kind, size_bytes, sha256, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .bind(scene.group.0)
        .bind(id_bytes(report))
        .bind(signed(u64::try_from(part).unwrap_or(u64::MAX)))
        .bind(json(&named.kind)?)
        .bind(signed(named.size_bytes))
        .bind(sha256)
        .bind(documents.get(part).map(|document| document.bytes.as_slice()))
        .execute(&mut *db)
        .await
        .doing("writing a document")?;
    }
    Ok(())
}

/// A fact's row, for those who show it.
pub(crate) async fn fact_by_number(
    db: &mut SqliteConnection,
    group: crate::model::GroupId,
    number: i64,
) -> Result<Option<Fact>, RecordError> {
    let row = sqlx::query("SELECT * FROM fact WHERE group_id = ?1 AND fact = ?2")
        .bind(group.0)
        .bind(number)
        .fetch_optional(db)
        .await
        .doing("reading a fact")?;
    row.as_ref().map(load::fact).transpose()
}
