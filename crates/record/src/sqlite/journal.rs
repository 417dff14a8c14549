//! The journal, read and restored.

use super::messages::{self, MessageEntry};
use super::patients;
use super::publish;
use super::receive::{self, Touched};
use super::recompute;
use super::rows::{Columns, Doing, from_json, instant, micros, signed};
use super::scene::Scene;
use super::seal;
use crate::RecordError;
use crate::model::{
    DocumentSealed, ExamId, Generation, GroupId, InstanceHeader, JournalEntry, NamedObject, Place, Received,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

pub(crate) async fn after(
    db: &mut SqliteConnection,
    group: GroupId,
    after: u64,
    limit: u32,
) -> Result<Vec<JournalEntry>, RecordError> {
    let rows = sqlx::query(
        "SELECT number, at, body FROM journal WHERE group_id = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
    )
    .bind(group.0)
    .bind(signed(after))
    .bind(limit)
    .fetch_all(db)
    .await
    .doing("reading the journal")?;
    rows.iter()
        .map(|row| {
            Ok(JournalEntry {
                group,
                number: row.number("number")?,
                at: instant(row.col("at")?)?,
                body: from_json(row.col("body")?, "journal entry")?,
            })
        })
        .collect()
}

pub(crate) async fn sealed_up_to(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    number: u64,
    object: &NamedObject,
) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO journal_object (group_id, number, object, size_bytes, sha256) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (group_id, number) DO NOTHING",
    )
    .bind(scene.group.0)
    .bind(signed(number))
    .bind(&object.object)
    .bind(signed(object.size_bytes))
    .bind(object.sha256.as_slice())
    .execute(db)
    .await
    .doing("marking the journal as sealed")?;
    Ok(())
}

pub(crate) async fn sealed(db: &mut SqliteConnection, group: GroupId) -> Result<u64, RecordError> {
    let number: Option<i64> = sqlx::query_scalar("SELECT MAX(number) FROM journal_object WHERE group_id = ?1")
        .bind(group.0)
        .fetch_one(db)
        .await
        .doing("reading how far the journal is sealed")?;
    super::rows::unsigned(number.unwrap_or(0))
}

/// The objects beyond entry `after`.
pub(crate) async fn objects(
    db: &mut SqliteConnection,
    group: GroupId,
    after: u64,
) -> Result<Vec<(u64, NamedObject)>, RecordError> {
    let rows = sqlx::query(
        "SELECT number, object, size_bytes, sha256 FROM journal_object WHERE group_id = ?1 AND number > ?2
         ORDER BY number",
    )
    .bind(group.0)
    .bind(signed(after))
    .fetch_all(db)
    .await
    .doing("listing the journal's objects")?;
    rows.iter()
        .map(|row| {
            let (object, size_bytes) = (row.col("object")?, row.number("size_bytes")?);
            let named = NamedObject { object, size_bytes, sha256: row.sha256("sha256")?, exam: None };
            Ok((row.number("number")?, named))
        })
        .collect()
}

/// Applies an entry again. One that is here is skipped; one out of turn is refused.
pub(crate) async fn restore(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    entry: &JournalEntry,
) -> Result<(), RecordError> {
    let last: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(number), 0) FROM journal WHERE group_id = ?1")
        .bind(scene.group.0)
        .fetch_one(&mut *db)
        .await
        .doing("reading the journal's end")?;
    let number = signed(entry.number);
    if number <= last {
        return Ok(());
    }
    if number != last + 1 {
        return Err(RecordError::Refused { reason: "journal entries must be restored in order" });
    }
    sqlx::query("INSERT INTO journal (group_id, number, at, body) VALUES (?1, ?2, ?3, ?4)")
        .bind(scene.group.0)
        .bind(number)
        .bind(micros(entry.at))
        .bind(entry.body.to_string())
        .execute(&mut *db)
        .await
        .doing("restoring the journal")?;
    replay(db, scene, number, &entry.body).await
}

#[derive(Deserialize)]
struct ExamEntry {
    exam: ExamId,
    number: String,
    studies: BTreeSet<String>,
}

async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, number: i64, body: &Value) -> Result<(), RecordError> {
    match body.get("kind").and_then(Value::as_str) {
        Some("message") => messages::write(db, scene, number, &read::<MessageEntry>(body)?, &[]).await,
        Some("exam") => {
            let entry: ExamEntry = read(body)?;
            recompute::insert(db, scene, entry.exam, &entry.number).await?;
            for study in &entry.studies {
                recompute::give(db, scene, study, entry.exam).await?;
            }
            // Until its images come back it is in no list.
            super::exam_row::mark_gone(db, scene, entry.exam).await
        }
        Some("document-sealed") => {
            seal::document_sealed(db, scene, &read::<DocumentSealed>(part(body, "sealed")?)?).await.map(|_| ())
        }
        Some("patient") => patients::replay(db, scene, &read(part(body, "patient")?)?).await,
        Some("generation") => Ok(()),
        Some("worklist-study") => super::worklist::replay(db, scene, body).await,
        Some("performed-step") => super::steps::replay(db, scene, body).await,
        Some("reservation") => super::reservations::replay(db, scene, body).await,
        Some("choice") => super::choices::replay(db, scene, body).await,
        Some("prescriber") => super::prescribers::replay(db, scene, number, body).await,
        Some("request") => super::requests::replay(db, scene, body).await,
        Some("books") => super::billings::replay(db, scene, body).await,
        Some("desk") => super::practices::replay(db, scene, body).await,
        Some("relation") => super::relations::replay(db, scene, body).await,
        Some("recall") => super::recalls::replay(db, scene, body).await,
        Some("transmission") => super::transmissions::replay(db, scene, body).await,
        Some("statement") => super::statements::replay(db, scene, body).await,
        Some("retention") => super::retentions::replay(db, scene, body).await,
        Some(_) => publish::replay(db, scene, body).await,
        None => Err(RecordError::Damaged { what: "journal entry" }),
    }
}

pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, RecordError> {
    T::deserialize(value).map_err(|_| RecordError::Damaged { what: "journal entry" })
}

pub(crate) fn part<'a>(body: &'a Value, name: &str) -> Result<&'a Value, RecordError> {
    body.get(name).ok_or(RecordError::Damaged { what: "journal entry" })
}

/// Names the instances of a sealed generation again.
pub(crate) async fn restore_generation(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    generation: &Generation,
    headers: &[InstanceHeader],
) -> Result<(), RecordError> {
    // A copy from before its erasure names nothing.
    if super::tombstone::is_destroyed(db, scene.group, &generation.object).await? {
        return Ok(());
    }
    let mut touched = Touched::default();
    for sealed in &generation.instances {
        let header = headers.iter().find(|header| header.sop_instance_uid == sealed.sop_instance_uid);
        let header = header.ok_or(RecordError::Refused { reason: "a sealed instance has no header" })?;
        let image = Received {
            group: scene.group,
            header: header.clone(),
            sha256: sealed.sha256,
            size_bytes: sealed.size_bytes,
            // Overwritten below: it never was in this landing log.
            place: Place { writer: 0, segment: 0, offset: 0, length: 0, file: None },
            source: String::new(),
            received_at: generation.sealed_at,
        };
        if !known(db, scene, &header.sop_instance_uid).await? {
            receive::put_new(db, scene, &image, &mut touched).await?;
        }
    }
    let new = seal::insert_generation(db, scene, generation).await?;
    seal::seal_instances(db, scene, generation).await?;
    touched.news.extend(seal::studies(headers));
    for exam in recompute::recompute(db, scene, &touched.news).await? {
        super::exam_row::ask(db, scene, exam, &["publish"]).await?;
    }
    tracing::debug!(new, "generation restored");
    Ok(())
}

async fn known(db: &mut SqliteConnection, scene: Scene<'_>, sop_uid: &str) -> Result<bool, RecordError> {
    let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM instance WHERE group_id = ?1 AND sop_uid = ?2")
        .bind(scene.group.0)
        .bind(sop_uid)
        .fetch_optional(db)
        .await
        .doing("looking for an instance")?;
    Ok(found.is_some())
}

/// The journal's entry for a sealed document.
pub(crate) fn document_entry(sealed: &DocumentSealed) -> Value {
    serde_json::json!({ "v": 1, "kind": "document-sealed", "sealed": sealed })
}

/// Marks that everything committed so far is durable: an empty write with full sync.
pub(crate) async fn fence(db: &mut SqliteConnection) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO cursor (group_id, name, value) VALUES (0, 'fence', 1)
         ON CONFLICT (group_id, name) DO UPDATE SET value = value + 1",
    )
    .execute(db)
    .await
    .doing("making the record durable")?;
    Ok(())
}
