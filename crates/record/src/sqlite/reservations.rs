//! Exams born with their order.

use super::catalogue::{fact, reading};
use super::load::{self, people};
use super::rows::{Columns, Doing, id_bytes, uuid};
use super::scene::Scene;
use super::{SqliteCatalogue, exam_row, patients, publish, recompute, seeds};
use crate::component::{Component, Fact};
use crate::model::{ExamId, FactBody, GroupId, OrderFact, Patient};
use crate::reservations::{Ordered, RESERVE_JOB};
use crate::settings::Settings;
use crate::{RecordError, Reservations, identity};
use ::exam::ExamNumber;
use ::exam::identity::Merges;
use ambient::random_bytes;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

/// A reservation, as the journal keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    order: String,
    exam: ExamId,
    accession: Option<String>,
}

#[async_trait]
impl Reservations for SqliteCatalogue {
    async fn ordered(&self, group: GroupId, order_key: &str) -> Result<Option<Ordered>, RecordError> {
        reading!(self, db => ordered(db, group, &self.settings, order_key).await?)
    }

    async fn reserve_exam(&self, group: GroupId, order_key: &str) -> Result<(ExamId, String), RecordError> {
        fact!(self, db => reserve(db, self.scene(group), order_key).await?)
    }
}

/// The key of an order's jobs: its placer number, which lasts over its changes, else its accession number.
pub(crate) fn key_of(fact: &Fact) -> Option<String> {
    let placer = fact.placer.as_ref().map(|placer| format!("placer:{placer}"));
    placer.or_else(|| fact.accession.as_ref().map(|accession| format!("accession:{accession}")))
}

/// Asks for a look at the orders that a message bears on: its own, and those of the people it names.
pub(crate) async fn ask(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    facts: impl Iterator<Item = &Fact>,
) -> Result<(), RecordError> {
    let orders = facts.filter(|fact| matches!(fact.body, FactBody::Order(_)));
    let keys: BTreeSet<String> = orders.filter_map(key_of).collect();
    let mut jobs = Vec::new();
    for key in keys {
        // Switched off, a code that was given may still have to die.
        if scene.settings.reserve_at_order || exam_of(db, scene.group, &key).await?.is_some() {
            let (kind, now) = (RESERVE_JOB.to_owned(), scene.now);
            jobs.push(work::NewJob { group: scene.group.0, kind, key, asked_at: now, due_at: now });
        }
    }
    Ok(work::enqueue_all(db, &jobs).await?)
}

/// Everything of these kinds that is said of an order.
pub(crate) async fn of_order(
    db: &mut SqliteConnection,
    group: GroupId,
    order_key: &str,
    kinds: &[&str],
) -> Result<Vec<Fact>, RecordError> {
    let (sql, value) = match order_key.split_once(':') {
        Some(("placer", value)) => ("SELECT * FROM fact WHERE group_id = ?1 AND placer = ?2", value),
        Some(("accession", value)) => ("SELECT * FROM fact WHERE group_id = ?1 AND accession = ?2", value),
        _ => return Ok(Vec::new()),
    };
    let rows = sqlx::query(sql).bind(group.0).bind(value).fetch_all(db).await.doing("reading an order")?;
    let mut facts = Vec::new();
    for row in rows {
        if kinds.contains(&row.col::<&str>("kind")?) {
            facts.push(load::fact(&row)?);
        }
    }
    Ok(facts)
}

/// The last word on an order, with the fact that says it.
async fn latest(
    db: &mut SqliteConnection,
    group: GroupId,
    order_key: &str,
) -> Result<Option<(Fact, OrderFact)>, RecordError> {
    let facts = of_order(db, group, order_key, &["order"]).await?;
    let last = facts.into_iter().max_by(|a, b| a.message.cmp(&b.message));
    Ok(last.and_then(|fact| match fact.body.clone() {
        FactBody::Order(order) => Some((fact, order)),
        _ => None,
    }))
}

async fn ordered(
    db: &mut SqliteConnection,
    group: GroupId,
    settings: &Settings,
    order_key: &str,
) -> Result<Option<Ordered>, RecordError> {
    let Some((fact, order)) = latest(db, group, order_key).await? else { return Ok(None) };
    let patient = patient(db, group, settings, &order).await?;
    let exam = exam_of(db, group, order_key).await?;
    let (mut sheets, mut begun) = (Vec::new(), false);
    if let Some((id, _)) = &exam {
        sheets = publish::sheets(db, group, *id).await?;
        begun = sqlx::query_scalar("SELECT instances > 0 FROM exam WHERE group_id = ?1 AND exam_id = ?2")
            .bind(group.0)
            .bind(id_bytes(id.0))
            .fetch_one(db)
            .await
            .doing("reading an exam")?;
    }
    let (said_at, reserving) = (fact.message.time, settings.reserve_at_order);
    Ok(Some(Ordered { order, said_at, patient, exam, begun, sheets, reserving }))
}

/// The patient of an order: known by the issuer's own number, and not contradicted by the order's traits.
pub(crate) async fn patient(
    db: &mut SqliteConnection,
    group: GroupId,
    settings: &Settings,
    order: &OrderFact,
) -> Result<Option<Patient>, RecordError> {
    let named = identity::identifiers(&order.patient, settings);
    let Some(own) = named.first().cloned() else { return Ok(None) };
    let mut known = Component::default();
    people(db, group, settings, BTreeSet::from([own.clone()]), &mut known).await?;
    let merges = Merges::of(&known.merges);
    let Some(id) = patients::by_number(db, group, merges.survivor(&own)).await? else { return Ok(None) };
    let Some((_, patient)) = patients::by_id(db, group, id).await? else { return Ok(None) };
    let (said, kept) = (identity::traits(&order.patient.traits), identity::traits(&patient.traits));
    Ok(Some(patient).filter(|_| ::exam::identity::may_be_corrected(&said, &kept)))
}

/// The exam born with an order, and its number.
async fn exam_of(
    db: &mut SqliteConnection,
    group: GroupId,
    order_key: &str,
) -> Result<Option<(ExamId, String)>, RecordError> {
    let row = sqlx::query(
        "SELECT exam_id, number FROM reservation JOIN exam USING (group_id, exam_id)
         WHERE reservation.group_id = ?1 AND order_key = ?2",
    )
    .bind(group.0)
    .bind(order_key)
    .fetch_optional(db)
    .await
    .doing("reading the exam of an order")?;
    row.map(|row| Ok((ExamId(row.id("exam_id")?), row.col("number")?))).transpose()
}

async fn reserve(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    order_key: &str,
) -> Result<(ExamId, String), RecordError> {
    if let Some(exam) = exam_of(db, scene.group, order_key).await? {
        return Ok(exam);
    }
    let found = latest(db, scene.group, order_key).await?;
    let (fact, _) = found.ok_or(RecordError::NotFound { what: "order" })?;
    let mut exams = BTreeSet::new();
    for study in seeds::by_exam_keys(db, scene.group, &fact).await? {
        exams.extend(recompute::exam_of(db, scene, &study).await?);
    }
    let exam = match (exams.pop_first(), exams.is_empty()) {
        (Some(only), true) => only,
        (Some(_), false) => return Err(RecordError::Refused { reason: "the order goes with several exams" }),
        (None, _) => born(db, scene, &fact).await?,
    };
    let entry = Entry { order: order_key.to_owned(), exam, accession: fact.accession };
    write(db, scene, &entry).await?;
    scene.journal(db, &json!({ "v": 1, "kind": "reservation", "reservation": entry })).await?;
    exam_of(db, scene.group, order_key).await?.ok_or(RecordError::Damaged { what: "reservation" })
}

/// A new exam that no list shows before its images come.
async fn born(db: &mut SqliteConnection, scene: Scene<'_>, fact: &Fact) -> Result<ExamId, RecordError> {
    let exam = ExamId(scene.new_id());
    let number = loop {
        let number = ExamNumber::from_entropy(random_bytes::<8>(scene.random));
        if recompute::insert(db, scene, exam, number.as_str()).await? {
            break number;
        }
    };
    if let Some(study) = &fact.study_uid {
        recompute::give(db, scene, study, exam).await?;
    }
    exam_row::mark_gone(db, scene, exam).await?;
    let studies: Vec<&String> = fact.study_uid.iter().collect();
    scene.journal(db, &json!({ "v": 1, "kind": "exam", "exam": exam, "number": number, "studies": studies })).await?;
    Ok(exam)
}

async fn write(db: &mut SqliteConnection, scene: Scene<'_>, entry: &Entry) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO reservation (group_id, order_key, exam_id, accession) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (group_id, order_key) DO NOTHING",
    )
    .bind(scene.group.0)
    .bind(&entry.order)
    .bind(id_bytes(entry.exam.0))
    .bind(&entry.accession)
    .execute(db)
    .await
    .doing("writing a reservation")?;
    Ok(())
}

/// Writes a journalled reservation again.
pub(crate) async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, body: &Value) -> Result<(), RecordError> {
    write(db, scene, &super::journal::read(super::journal::part(body, "reservation")?)?).await
}

/// The exam that waits for images with one of these accession numbers; `None` when several do.
pub(crate) async fn waiting(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    accessions: &BTreeSet<String>,
) -> Result<Option<(ExamId, String)>, RecordError> {
    let mut waiting = BTreeSet::new();
    for accession in accessions {
        let rows = sqlx::query(
            "SELECT exam_id, number FROM reservation JOIN exam USING (group_id, exam_id)
             WHERE reservation.group_id = ?1 AND accession = ?2 AND gone = 1
               AND NOT EXISTS (SELECT 1 FROM exam_study
                   WHERE exam_study.group_id = ?1 AND exam_study.exam_id = reservation.exam_id)",
        )
        .bind(scene.group.0)
        .bind(accession)
        .fetch_all(&mut *db)
        .await
        .doing("looking for an exam born with its order")?;
        for row in &rows {
            let id: Vec<u8> = row.col("exam_id")?;
            waiting.insert((uuid(&id).map(ExamId)?, row.col::<String>("number")?));
        }
    }
    let only = waiting.pop_first();
    Ok(only.filter(|_| waiting.is_empty()))
}
