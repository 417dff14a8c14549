//! What peers asked us to commit to, on SQLite.

use super::catalogue::{fact, reading};
use super::rows::{Columns, Doing, instant, json, micros, signed};
use super::{SqliteCatalogue, seal};
use crate::RecordError;
use crate::commitments::{COMMIT_JOB, CommitmentAsked, CommitmentKey, Commitments};
use crate::model::{GroupId, StoredInstance};
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;
use time::OffsetDateTime;
use work::NewJob;

#[async_trait]
impl Commitments for SqliteCatalogue {
    async fn commitment_asked(&self, group: GroupId, asked: CommitmentAsked) -> Result<(), RecordError> {
        fact!(self, db => {
            write(db, group, &asked).await?;
            let (kind, key, now) = (COMMIT_JOB.to_owned(), asked.key.to_string(), asked.asked_at);
            work::enqueue(db, &NewJob { group: group.0, kind, key, asked_at: now, due_at: now }).await?
        })
    }

    async fn commitment(&self, group: GroupId, key: &CommitmentKey) -> Result<Option<CommitmentAsked>, RecordError> {
        reading!(self, db => read(db, group, key).await?)
    }

    async fn commitment_answered(
        &self,
        group: GroupId,
        key: &CommitmentKey,
        (kept, failed): (u64, u64),
        at: OffsetDateTime,
    ) -> Result<(), RecordError> {
        fact!(self, db => {
            sqlx::query(
                "UPDATE commitment SET answered_at = ?4, kept = ?5, failed = ?6, body = '[]'
                 WHERE group_id = ?1 AND peer = ?2 AND transaction_uid = ?3",
            )
            .bind(group.0)
            .bind(&key.peer)
            .bind(&key.transaction_uid)
            .bind(micros(at))
            .bind(signed(kept))
            .bind(signed(failed))
            .execute(&mut *db)
            .await
            .doing("noting an answered commitment")?;
        })
    }

    async fn instances_named(&self, group: GroupId, uids: &[String]) -> Result<Vec<StoredInstance>, RecordError> {
        reading!(self, db => seal::named(db, group, uids).await?)
    }
}

async fn write(db: &mut SqliteConnection, group: GroupId, asked: &CommitmentAsked) -> Result<(), RecordError> {
    let body = json(&asked.instances)?;
    let digest = Sha256::digest(body.as_bytes());
    // Asked again after its answer, it is to be answered again: the list comes back.
    let written = sqlx::query(
        "INSERT INTO commitment (group_id, peer, transaction_uid, asked_at, instances, body, digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (group_id, peer, transaction_uid) DO UPDATE
            SET asked_at = excluded.asked_at, body = excluded.body, answered_at = NULL
            WHERE digest = excluded.digest",
    )
    .bind(group.0)
    .bind(&asked.key.peer)
    .bind(&asked.key.transaction_uid)
    .bind(micros(asked.asked_at))
    .bind(signed(asked.instances.len() as u64))
    .bind(&body)
    .bind(digest.as_slice())
    .execute(db)
    .await
    .doing("keeping a request for commitment")?;
    match written.rows_affected() {
        0 => Err(RecordError::Refused { reason: "the transaction was used for other instances" }),
        _ => Ok(()),
    }
}

async fn read(
    db: &mut SqliteConnection,
    group: GroupId,
    key: &CommitmentKey,
) -> Result<Option<CommitmentAsked>, RecordError> {
    let row = sqlx::query(
        "SELECT asked_at, answered_at, body FROM commitment
         WHERE group_id = ?1 AND peer = ?2 AND transaction_uid = ?3",
    )
    .bind(group.0)
    .bind(&key.peer)
    .bind(&key.transaction_uid)
    .fetch_optional(db)
    .await
    .doing("reading a request for commitment")?;
    let Some(row) = row else { return Ok(None) };
    let answered_at = row.col::<Option<i64>>("answered_at")?.map(instant).transpose()?;
    let (asked_at, instances) = (row.at("asked_at")?, row.value("body")?);
    Ok(Some(CommitmentAsked { key: key.clone(), instances, asked_at, answered_at }))
}
