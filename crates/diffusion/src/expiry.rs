//! Freeing what is already out of reach. Access never waits for it: each request judges the time itself.

use crate::accept::blocking;
use crate::database::{instant, micros, uuid_at};
use crate::eraser::{End, Useless, erase_bytes, erase_key, erase_rows};
use crate::traced::not_traced;
use crate::{Diffusion, DiffusionError, temporary};
use sqlx::Row;
use std::collections::HashSet;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// Publications one sweep ends at most; the next sweep goes on.
const MOST_SWEPT: u32 = 1000;

/// A dead code is kept so long that a late repetition of its grant cannot bring it back unnoticed.
const DEAD_CODES_STAY: Duration = Duration::from_secs(90 * 24 * 3600);

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Publications whose key and bytes went because their time is over.
    pub expired: u64,
    /// Leftovers of earlier erasures (key gone, bytes still there) that went now.
    pub leftovers: u64,
    /// Sessions, buckets and codes past any use.
    pub rows: u64,
}

impl Diffusion {
    /// Erases what is past its time at `now`, key first and bytes after, and rows past any use.
    pub async fn sweep(&self, now: OffsetDateTime) -> Result<Swept, DiffusionError> {
        let mut swept = Swept::default();
        self.inner.gate.flush_refusals().await.map_err(not_traced)?;
        for publication in self.end_the_expired(now).await? {
            self.erase_bytes_now(publication).await?;
            swept.expired += 1;
        }
        for publication in self.leftovers().await? {
            self.erase_bytes_now(publication).await?;
            swept.leftovers += 1;
        }
        swept.rows = self.erase_useless_rows(now).await?;
        self.inner.database.empty_log().await?;
        Ok(swept)
    }

    async fn end_the_expired(&self, now: OffsetDateTime) -> Result<Vec<Uuid>, DiffusionError> {
        let doing = "ending expired publications";
        let group = self.inner.database.group();
        let mut transaction = self.inner.database.write().await?;
        let rows = sqlx::query(
            "SELECT visible, exam FROM exam WHERE group_id = ? AND visible IS NOT NULL AND online_until <= ? LIMIT ?",
        )
        .bind(group)
        .bind(micros(now))
        .bind(MOST_SWEPT)
        .fetch_all(&mut *transaction)
        .await
        .map_err(DiffusionError::db(doing))?;
        let mut ended = Vec::with_capacity(rows.len());
        for row in &rows {
            let (publication, exam) = (uuid_at(row, 0)?, uuid_at(row, 1)?);
            erase_key(&mut transaction, group, publication, End::Expired, micros(now)).await?;
            sqlx::query("UPDATE exam SET visible = NULL WHERE group_id = ? AND exam = ?")
                .bind(group)
                .bind(exam.as_bytes().as_slice())
                .execute(&mut *transaction)
                .await
                .map_err(DiffusionError::db(doing))?;
            ended.push(publication);
        }
        transaction.commit().await.map_err(DiffusionError::db(doing))?;
        Ok(ended)
    }

    async fn leftovers(&self) -> Result<Vec<Uuid>, DiffusionError> {
        let rows = sqlx::query(
            "SELECT publication FROM publication
             WHERE group_id = ? AND wrapped_key IS NULL AND bytes_gone = 0 LIMIT ?",
        )
        .bind(self.inner.database.group())
        .bind(MOST_SWEPT)
        .fetch_all(self.inner.database.read())
        .await
        .map_err(DiffusionError::db("looking for bytes without a key"))?;
        rows.iter().map(|row| uuid_at(row, 0)).collect()
    }

    async fn erase_useless_rows(&self, now: OffsetDateTime) -> Result<u64, DiffusionError> {
        let (sessions, throttle) = (self.inner.settings.sessions, self.inner.settings.throttle);
        let before = |age: Duration| micros(now - age);
        let useless = Useless {
            sessions_opened_before: before(sessions.absolute),
            sessions_seen_before: before(sessions.idle),
            failures_before: before(throttle.bucket_memory),
            clients_before: before(throttle.known_client),
            codes_dead_before: before(DEAD_CODES_STAY),
        };
        let mut transaction = self.inner.database.write().await?;
        let rows = erase_rows(&mut transaction, self.inner.database.group(), &useless).await?;
        transaction.commit().await.map_err(DiffusionError::db("erasing rows past any use"))?;
        Ok(rows)
    }

    /// At start: what was on its way in has lost its key; a shelf without a publication in the database was moved
    /// and not committed. Both are noise.
    pub(crate) async fn clear_what_a_crash_left(&self) -> Result<(), DiffusionError> {
        let copies = self.inner.copies.clone();
        let shelved = blocking(move || {
            temporary::discard_all_incoming(&copies).map_err(DiffusionError::file("clearing what was arriving"))?;
            copies.shelved().map_err(DiffusionError::file("listing the web copies"))
        })
        .await?;
        let rows = sqlx::query("SELECT publication FROM publication WHERE wrapped_key IS NOT NULL")
            .fetch_all(self.inner.database.read())
            .await
            .map_err(DiffusionError::db("listing the publications"))?;
        let known: HashSet<Uuid> = rows.iter().map(|row| uuid_at(row, 0)).collect::<Result<_, _>>()?;
        let copies = self.inner.copies.clone();
        let orphans: Vec<Uuid> = shelved.into_iter().filter(|publication| !known.contains(publication)).collect();
        blocking(move || {
            for orphan in orphans {
                erase_bytes(&copies, orphan).map_err(DiffusionError::file("erasing an orphan"))?;
            }
            Ok(())
        })
        .await
    }

    /// When the next publication's time ends, for whoever schedules the sweep.
    pub async fn next_expiry(&self) -> Result<Option<OffsetDateTime>, DiffusionError> {
        let doing = "looking for the next expiry";
        let row = sqlx::query("SELECT min(online_until) FROM exam WHERE group_id = ? AND visible IS NOT NULL")
            .bind(self.inner.database.group())
            .fetch_one(self.inner.database.read())
            .await
            .map_err(DiffusionError::db(doing))?;
        let next: Option<i64> = row.try_get(0).map_err(DiffusionError::db(doing))?;
        Ok(next.map(instant))
    }
}
