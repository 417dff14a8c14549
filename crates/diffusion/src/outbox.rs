//! What the diffusion side has to say: numbered messages the archive side comes to fetch.

use crate::{Diffusion, DiffusionError};
use link::{Numbered, ToArchive};
use sqlx::{Row, Sqlite, Transaction};

/// Messages one poll returns at most.
const MOST_POLLED: u32 = 1000;

/// Adds a message, in the transaction of the fact it tells.
pub(crate) async fn say(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    message: &ToArchive,
) -> Result<(), DiffusionError> {
    let text = serde_json::to_string(message).map_err(|error| DiffusionError::Document(error.to_string()))?;
    sqlx::query(
        "INSERT INTO outbox (group_id, number, message)
         SELECT ?1, coalesce(max(number), 0) + 1, ?2 FROM outbox WHERE group_id = ?1",
    )
    .bind(group)
    .bind(text)
    .execute(&mut **transaction)
    .await
    .map_err(DiffusionError::db("adding a message for the archive side"))?;
    Ok(())
}

impl Diffusion {
    /// The messages after a number, oldest first.
    pub(crate) async fn outbox_after(
        &self,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Numbered<ToArchive>>, DiffusionError> {
        let doing = "reading messages for the archive side";
        let rows =
            sqlx::query("SELECT number, message FROM outbox WHERE group_id = ? AND number > ? ORDER BY number LIMIT ?")
                .bind(self.inner.database.group())
                .bind(i64::try_from(after).unwrap_or(i64::MAX))
                .bind(limit.min(MOST_POLLED))
                .fetch_all(self.inner.database.read())
                .await
                .map_err(DiffusionError::db(doing))?;
        let mut messages = Vec::with_capacity(rows.len());
        for row in rows {
            let number: i64 = row.try_get(0).map_err(DiffusionError::db(doing))?;
            let text: String = row.try_get(1).map_err(DiffusionError::db(doing))?;
            let message = serde_json::from_str(&text).map_err(|error| DiffusionError::Document(error.to_string()))?;
            messages.push(Numbered { number: number.unsigned_abs(), message });
        }
        Ok(messages)
    }
}
