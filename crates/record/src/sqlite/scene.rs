//! What every step of a write needs to know beside its connection; and the journal's pen.

use super::rows::{Doing, micros};
use crate::RecordError;
use crate::model::GroupId;
use crate::settings::Settings;
use ambient::{Random, random_bytes};
use serde_json::Value;
use sqlx::SqliteConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// One write, for one group.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub group: GroupId,
    pub settings: &'a Settings,
    pub random: &'a dyn Random,
    pub now: OffsetDateTime,
    /// Journal entries are being applied again: what follows from them is journalled already.
    pub replaying: bool,
}

impl Scene<'_> {
    /// A new opaque id (UUID v7: rows written together lie together).
    pub(crate) fn new_id(&self) -> Uuid {
        let millis = u64::try_from(self.now.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random_bytes::<10>(self.random)).into_uuid()
    }

    /// Writes a fact into the journal; returns its number (0 while replaying).
    pub(crate) async fn journal(&self, db: &mut SqliteConnection, body: &Value) -> Result<i64, RecordError> {
        if self.replaying {
            return Ok(0);
        }
        sqlx::query_scalar(
            "INSERT INTO journal (group_id, number, at, body)
             VALUES (?1, 1 + COALESCE((SELECT MAX(number) FROM journal WHERE group_id = ?1), 0), ?2, ?3)
             RETURNING number",
        )
        .bind(self.group.0)
        .bind(micros(self.now))
        .bind(body.to_string())
        .fetch_one(db)
        .await
        .doing("writing the journal")
    }

    /// Makes the group known to the queries that go from group to group.
    pub(crate) async fn tenant(&self, db: &mut SqliteConnection) -> Result<(), RecordError> {
        sqlx::query("INSERT INTO tenant (group_id) VALUES (?1) ON CONFLICT DO NOTHING")
            .bind(self.group.0)
            .execute(db)
            .await
            .doing("naming a group")?;
        Ok(())
    }
}
