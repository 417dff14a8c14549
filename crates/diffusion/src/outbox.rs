//! What the diffusion side has to say: numbered messages the archive side comes to fetch. What it has fetched goes.

use crate::eraser::erase_messages;
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
    let doing = "adding a message for the archive side";
    let text = serde_json::to_string(message).map_err(|error| DiffusionError::Document(error.to_string()))?;
    let number: i64 = sqlx::query_scalar(
        "INSERT INTO outbox_counter (group_id, last) VALUES (?, 1)
         ON CONFLICT (group_id) DO UPDATE SET last = last + 1 RETURNING last",
    )
    .bind(group)
    .fetch_one(&mut **transaction)
    .await
    .map_err(DiffusionError::db(doing))?;
    sqlx::query("INSERT INTO outbox (group_id, number, message) VALUES (?, ?, ?)")
        .bind(group)
        .bind(number)
        .bind(text)
        .execute(&mut **transaction)
        .await
        .map_err(DiffusionError::db(doing))?;
    Ok(())
}

impl Diffusion {
    /// The messages after a number, oldest first. Asking for what comes after a number confirms it and all before.
    pub(crate) async fn outbox_after(
        &self,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Numbered<ToArchive>>, DiffusionError> {
        let doing = "reading messages for the archive side";
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        if self.has_something_to_settle(after).await? {
            self.settle_messages(after).await?;
        }
        let rows =
            sqlx::query("SELECT number, message FROM outbox WHERE group_id = ? AND number > ? ORDER BY number LIMIT ?")
                .bind(self.inner.database.group())
                .bind(after)
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

    /// Whether a message is confirmed and still here, or the other side has numbers this side never gave.
    async fn has_something_to_settle(&self, after: i64) -> Result<bool, DiffusionError> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM outbox WHERE group_id = ?1 AND number <= ?2)
                 OR ?2 > coalesce((SELECT last FROM outbox_counter WHERE group_id = ?1), 0)",
        )
        .bind(self.inner.database.group())
        .bind(after)
        .fetch_one(self.inner.database.read())
        .await
        .map_err(DiffusionError::db("reading messages for the archive side"))
    }

    async fn settle_messages(&self, after: i64) -> Result<(), DiffusionError> {
        let doing = "forgetting the messages that were fetched";
        let group = self.inner.database.group();
        let mut transaction = self.inner.database.write().await?;
        let last: Option<i64> = sqlx::query_scalar("SELECT last FROM outbox_counter WHERE group_id = ?")
            .bind(group)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(DiffusionError::db(doing))?;
        if after > last.unwrap_or(0) {
            // The other side remembers more than was ever said here: this side was wiped or taken from a backup.
            // What waits is said under numbers it has not seen; twice is better than never.
            renumber(&mut transaction, group, after).await?;
        } else {
            erase_messages(&mut transaction, group, after).await?;
        }
        transaction.commit().await.map_err(DiffusionError::db(doing))
    }
}

/// Gives what waits the numbers that follow `after`, which is above every number given so far.
async fn renumber(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    after: i64,
) -> Result<(), DiffusionError> {
    let doing = || DiffusionError::db("numbering the messages again");
    let waiting: Vec<i64> = sqlx::query_scalar("SELECT number FROM outbox WHERE group_id = ? ORDER BY number")
        .bind(group)
        .fetch_all(&mut **transaction)
        .await
        .map_err(doing())?;
    let mut last = after;
    for number in waiting {
        last += 1;
        sqlx::query("UPDATE outbox SET number = ? WHERE group_id = ? AND number = ?")
            .bind(last)
            .bind(group)
            .bind(number)
            .execute(&mut **transaction)
            .await
            .map_err(doing())?;
    }
    sqlx::query(
        "INSERT INTO outbox_counter (group_id, last) VALUES (?, ?)
         ON CONFLICT (group_id) DO UPDATE SET last = excluded.last",
    )
    .bind(group)
    .bind(last)
    .execute(&mut **transaction)
    .await
    .map_err(doing())?;
    Ok(())
}
