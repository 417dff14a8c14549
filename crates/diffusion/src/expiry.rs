//! Freeing what is already out of reach. Access never waits for it: each request judges the time itself.

use crate::accept::blocking;
use crate::certificate::sealed_digest;
use crate::database::{instant, micros, uuid_at};
use crate::eraser::{End, Useless, erase_bytes, erase_key, erase_rows, erase_words};
use crate::traced::not_traced;
use crate::{Diffusion, DiffusionError, stub, temporary};
use ambient::ErasingClock;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};
use std::collections::HashSet;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// Publications one sweep ends at most; the next sweep goes on.
const MOST_SWEPT: u32 = 1000;

/// A dead code is kept so long that a late repetition of its grant cannot bring it back unnoticed.
const DEAD_CODES_STAY: Duration = Duration::from_secs(90 * 24 * 3600);
/// The patient's page tells of an emergency opening for a year.
const STANDINGS_STAY: Duration = Duration::from_secs(370 * 24 * 3600);

/// Bytes go within so long after their time has ended; beyond it the keeper is told.
const BYTES_GO_WITHIN: Duration = Duration::from_secs(7 * 24 * 3600);

/// How the sweeping goes, for the keeper.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepState {
    /// Web copies whose time ended over seven days ago and whose bytes, or certificate, are not settled.
    pub overdue: u64,
    /// When the time of the oldest of them ended.
    pub since: Option<OffsetDateTime>,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Publications whose key and bytes went because their time is over.
    pub expired: u64,
    /// Erasures certified in the trace.
    pub certified: u64,
    /// Leftovers of earlier erasures (key gone, bytes still there) that went now.
    pub leftovers: u64,
    /// Sessions, buckets and codes past any use.
    pub rows: u64,
}

impl Diffusion {
    /// Erases what is past its time, key first and bytes after, certifies it, and erases rows past any use. The time is
    /// that of a clock that may refuse: then nothing is erased.
    pub async fn sweep(&self, clock: &dyn ErasingClock) -> Result<Swept, DiffusionError> {
        let now = clock.erasing_now()?;
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
        swept.certified = self.certify_erasures().await?;
        swept.rows = self.erase_useless_rows(now).await?;
        self.tell_patients().await?;
        self.inner.database.empty_log().await?;
        Ok(swept)
    }

    async fn end_the_expired(&self, now: OffsetDateTime) -> Result<Vec<Uuid>, DiffusionError> {
        let mut transaction = self.inner.database.write().await?;
        let ended = self.end_what_is_over(&mut transaction, None, micros(now)).await?;
        transaction.commit().await.map_err(DiffusionError::db("ending expired publications"))?;
        Ok(ended)
    }

    /// Plans and begins, for one exam or for all: the keys of what is over go, and what the certificate will say is
    /// noted while the words can still be read.
    pub(crate) async fn end_what_is_over(
        &self,
        transaction: &mut Transaction<'static, Sqlite>,
        exam: Option<Uuid>,
        now: i64,
    ) -> Result<Vec<Uuid>, DiffusionError> {
        let doing = "ending expired publications";
        let group = self.inner.database.group();
        let rows = sqlx::query(
            "SELECT p.publication, e.exam, e.online_until, e.stub, p.wrapped_key, p.document
             FROM exam e JOIN publication p ON p.group_id = e.group_id AND p.publication = e.visible
             WHERE e.group_id = ?1 AND e.visible IS NOT NULL AND e.online_until <= ?2 AND (?3 IS NULL OR e.exam = ?3)
             LIMIT ?4",
        )
        .bind(group)
        .bind(now)
        .bind(exam.map(|exam| exam.as_bytes().to_vec()))
        .bind(MOST_SWEPT)
        .fetch_all(&mut **transaction)
        .await
        .map_err(DiffusionError::db(doing))?;
        let mut ended = Vec::with_capacity(rows.len());
        for row in &rows {
            let (publication, exam) = (uuid_at(row, 0)?, uuid_at(row, 1)?);
            self.note_what_ends(transaction, publication, exam, row).await?;
            erase_key(transaction, group, publication, End::Expired, now).await?;
            sqlx::query("UPDATE exam SET visible = NULL WHERE group_id = ? AND exam = ?")
                .bind(group)
                .bind(exam.as_bytes().as_slice())
                .execute(&mut **transaction)
                .await
                .map_err(DiffusionError::db(doing))?;
            ended.push(publication);
        }
        Ok(ended)
    }

    async fn note_what_ends(
        &self,
        transaction: &mut Transaction<'static, Sqlite>,
        publication: Uuid,
        exam: Uuid,
        row: &SqliteRow,
    ) -> Result<(), DiffusionError> {
        let doing = || DiffusionError::db("noting what ends");
        let master = self.inner.keys.master();
        let stub: Option<Vec<u8>> = row.try_get(3).map_err(doing())?;
        let wrapped: Option<Vec<u8>> = row.try_get(4).map_err(doing())?;
        let document: Option<Vec<u8>> = row.try_get(5).map_err(doing())?;
        let words = stub.and_then(|stub| stub::open(master, exam, &stub).ok());
        if !words.as_ref().is_some_and(|words| words.times.can_come_back()) {
            erase_words(transaction, self.inner.database.group(), exam).await?;
        }
        let rule = words.map(|words| words.times.online_reason);
        let digest = wrapped
            .zip(document)
            .and_then(|(wrapped, document)| sealed_digest(master, publication, &wrapped, &document));
        sqlx::query(
            "UPDATE publication SET expired_at = ?, rule = ?, blobs_sha = ? WHERE group_id = ? AND publication = ?",
        )
        .bind(row.try_get::<i64, _>(2).map_err(doing())?)
        .bind(rule)
        .bind(digest.map(|digest| digest.to_vec()))
        .bind(self.inner.database.group())
        .bind(publication.as_bytes().as_slice())
        .execute(&mut **transaction)
        .await
        .map_err(doing())?;
        Ok(())
    }

    /// Whether bytes have stayed too long after their time: then somebody must look at the sweeper.
    pub async fn sweep_state(&self) -> Result<SweepState, DiffusionError> {
        let doing = || DiffusionError::db("judging the sweeping");
        let before = micros(self.now() - BYTES_GO_WITHIN);
        let row = sqlx::query(
            "SELECT count(*), min(since) FROM (
                 SELECT online_until AS since FROM exam
                 WHERE group_id = ?1 AND visible IS NOT NULL AND online_until <= ?2
                 UNION ALL SELECT coalesce(expired_at, ended_at) FROM publication
                 WHERE group_id = ?1 AND wrapped_key IS NULL AND bytes_gone = 0 AND coalesce(expired_at, ended_at) <= ?2
                 UNION ALL SELECT coalesce(expired_at, ended_at) FROM publication
                 WHERE group_id = ?1 AND state = 'expired' AND leaf IS NULL AND bytes_gone = 1
                     AND coalesce(expired_at, ended_at) <= ?2)",
        )
        .bind(self.inner.database.group())
        .bind(before)
        .fetch_one(self.inner.database.read())
        .await
        .map_err(doing())?;
        let overdue: i64 = row.try_get(0).map_err(doing())?;
        let since: Option<i64> = row.try_get(1).map_err(doing())?;
        Ok(SweepState { overdue: overdue.unsigned_abs(), since: since.map(instant) })
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
        let professionals = self.inner.settings.professional_sessions;
        let before = |age: Duration| micros(now - age);
        let useless = Useless {
            sessions_opened_before: before(sessions.absolute),
            sessions_seen_before: before(sessions.idle),
            professional_opened_before: before(professionals.absolute),
            professional_seen_before: before(professionals.idle),
            failures_before: before(throttle.bucket_memory),
            clients_before: before(throttle.known_client),
            codes_dead_before: before(DEAD_CODES_STAY),
            standings_over_before: before(STANDINGS_STAY),
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
