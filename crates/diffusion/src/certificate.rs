//! The certificate of a web copy erased because its time was over: one trace entry that says which copy, what it was
//! (a digest over its blobs' digests), by which rule, and when its time ended. It comes after the bytes are gone.

use crate::copies::OpenCopy;
use crate::database::{instant, uuid_at};
use crate::traced::not_traced;
use crate::{Diffusion, DiffusionError};
use link::Publication;
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;
use time::format_description::well_known::Rfc3339;
use trace::{Actor, Event, Kind, Outcome, Role};
use uuid::Uuid;

/// Certificates one sweep writes at most; the next sweep goes on.
const MOST_CERTIFIED: u32 = 1000;

/// SHA-256 over the SHA-256 of each blob, in the order announced.
pub(crate) fn blobs_digest(publication: &Publication) -> [u8; 32] {
    let all = publication.blobs.iter().fold(Sha256::new(), |all, blob| all.chain_update(blob.sha256.as_bytes()));
    all.finalize().into()
}

/// The digest of a copy that is still sealed; `None` when it cannot be opened: it is erased all the same.
pub(crate) fn sealed_digest(master: &[u8; 32], id: Uuid, wrapped: &[u8], document: &[u8]) -> Option<[u8; 32]> {
    match OpenCopy::unseal(master, id, wrapped, document) {
        Ok(copy) => Some(blobs_digest(&copy.publication)),
        Err(error) => {
            tracing::warn!(%error, "an expired copy could not be opened: its certificate has no digest");
            None
        }
    }
}

impl Diffusion {
    /// Certifies the erasures whose bytes are gone; says how many. A stop between the entry and its note makes a
    /// second entry about the same publication, never none.
    pub(crate) async fn certify_erasures(&self) -> Result<u64, DiffusionError> {
        let doing = "looking for erasures to certify";
        let rows = sqlx::query(
            "SELECT publication, exam, expired_at, rule, blobs_sha FROM publication
             WHERE group_id = ? AND state = 'expired' AND leaf IS NULL AND bytes_gone = 1 LIMIT ?",
        )
        .bind(self.inner.database.group())
        .bind(MOST_CERTIFIED)
        .fetch_all(self.inner.database.read())
        .await
        .map_err(DiffusionError::db(doing))?;
        for row in &rows {
            let leaf = self.inner.ports.trace.append(certificate(row)?).await.map_err(not_traced)?;
            self.note_certificate(uuid_at(row, 0)?, leaf.0).await?;
        }
        Ok(rows.len() as u64)
    }

    async fn note_certificate(&self, publication: Uuid, leaf: u64) -> Result<(), DiffusionError> {
        let doing = "noting a certificate";
        let mut transaction = self.inner.database.write().await?;
        sqlx::query("UPDATE publication SET leaf = ? WHERE group_id = ? AND publication = ?")
            .bind(i64::try_from(leaf).unwrap_or(i64::MAX))
            .bind(self.inner.database.group())
            .bind(publication.as_bytes().as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(DiffusionError::db(doing))?;
        transaction.commit().await.map_err(DiffusionError::db(doing))
    }
}

fn certificate(row: &SqliteRow) -> Result<Event, DiffusionError> {
    let reading = || DiffusionError::db("reading an erasure to certify");
    let ended: Option<i64> = row.try_get(2).map_err(reading())?;
    let rule: Option<String> = row.try_get(3).map_err(reading())?;
    let digest: Option<Vec<u8>> = row.try_get(4).map_err(reading())?;
    let mut words = vec![
        ("what", "web-copy".to_owned()),
        ("publication", uuid_at(row, 0)?.to_string()),
        ("rule", rule.unwrap_or_else(|| "unknown".into())),
        ("blobs", digest.map_or_else(|| "unknown".into(), hex::encode)),
    ];
    if let Some(until) = ended.and_then(|ended| instant(ended).format(&Rfc3339).ok()) {
        words.push(("online-until", until));
    }
    Ok(by_the_program(Kind::Erase, uuid_at(row, 1)?, words))
}

/// An act of the program itself.
pub(crate) fn by_the_program(kind: Kind, exam: Uuid, words: impl IntoIterator<Item = (&'static str, String)>) -> Event {
    let actor = Actor { role: Role::System, label: "diffusion".into(), name: None };
    let detail: BTreeMap<String, String> = words.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Event { kind, patient: None, exam: Some(exam), actor, outcome: Outcome::Success, detail }
}
