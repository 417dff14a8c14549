//! Bringing an expired exam back: asked here by whoever holds the sheet, done by the archive side, ready when the new
//! publication is committed.

use crate::database::{instant, micros};
use crate::traced::{Act, actor_of, event_of, not_traced};
use crate::{Denied, Diffusion, DiffusionError, SessionToken, outbox, stub};
use ambient::random_bytes;
use exam::policy::RECALL_LATE_AFTER;
use link::{RecallBy, RecallStage, ToArchive};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};
use time::OffsetDateTime;
use trace::Outcome;
use uuid::Uuid;

/// How far a recall has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecallProgress {
    /// Asked for.
    Asked,
    /// Its objects are found in the archive.
    Found,
    /// Every byte is read and its digests agree.
    Verified,
    /// The last try failed.
    Failed,
    /// On line again.
    Ready,
}

impl RecallProgress {
    fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Found => "found",
            Self::Verified => "verified",
            Self::Failed => "failed",
            Self::Ready => "ready",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "found" => Self::Found,
            "verified" => Self::Verified,
            "failed" => Self::Failed,
            "ready" => Self::Ready,
            _ => Self::Asked,
        }
    }
}

/// The latest recall of an exam, as of one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecallView {
    /// Opaque id.
    pub recall: Uuid,
    /// How far.
    pub stage: RecallProgress,
    /// When it was asked for.
    pub asked_at: OffsetDateTime,
    /// Since when it is at this stage.
    pub at: OffsetDateTime,
    /// When it should be ready, once the archive side has said so.
    pub ready_by: Option<OffsetDateTime>,
    /// The key of the last failure's reason (`recall-damaged`, …).
    pub failure: Option<String>,
    /// Whether it is still under way: being done, or to be tried again by itself.
    pub open: bool,
    /// Whether it takes longer than it should.
    pub late: bool,
}

impl Diffusion {
    /// Asks for the expired exam of a session. Traced first; one recall is open per exam, whoever asks and however
    /// often: the second asker gets the first one's.
    ///
    /// # Errors
    /// [`Denied::NotRecallable`] when the exam is on line, never was, or is not kept by the archive.
    pub async fn ask_recall(&self, token: &SessionToken) -> Result<RecallView, Denied> {
        let session = self.patients_session(token).await?;
        if !self.can_be_asked(session.exam).await? {
            return Err(Denied::NotRecallable);
        }
        let actor = actor_of(&session);
        let event = event_of(session.exam, Act::Recall, actor, Outcome::Success);
        self.inner.gate.admit(&hex::encode(session.digest), event).await.map_err(not_traced)?;
        self.open_recall(session.exam, RecallBy::Sheet { sheet: session.sheet }).await?;
        self.latest_recall(session.exam).await?.ok_or(Denied::NotRecallable)
    }

    /// The latest recall of a session's exam, be it open, ready or failed.
    pub async fn recall_of(&self, token: &SessionToken) -> Result<Option<RecallView>, Denied> {
        let session = self.living_session(token).await?;
        Ok(self.latest_recall(session.exam).await?)
    }

    /// The same for a page that follows it by itself: it keeps no session alive, and ends with it.
    pub async fn follow_recall(&self, token: &SessionToken) -> Result<Option<RecallView>, Denied> {
        let (session, _) = self.session_as_it_is(token).await?;
        Ok(self.latest_recall(session.exam).await?)
    }

    /// Whether the exam's time is over and its words say that the archive keeps it.
    pub(crate) async fn can_be_asked(&self, exam: Uuid) -> Result<bool, DiffusionError> {
        let mut reading = self.inner.database.read().acquire().await.map_err(DiffusionError::db("judging a recall"))?;
        self.recallable(&mut reading, exam).await
    }

    async fn recallable(&self, reading: &mut sqlx::SqliteConnection, exam: Uuid) -> Result<bool, DiffusionError> {
        let doing = || DiffusionError::db("judging a recall");
        let row = sqlx::query("SELECT online_until, stub FROM exam WHERE group_id = ? AND exam = ?")
            .bind(self.inner.database.group())
            .bind(exam.as_bytes().as_slice())
            .fetch_optional(reading)
            .await
            .map_err(doing())?;
        let Some(row) = row else { return Ok(false) };
        let until: Option<i64> = row.try_get(0).map_err(doing())?;
        let sealed: Option<Vec<u8>> = row.try_get(1).map_err(doing())?;
        let Some(sealed) = sealed else { return Ok(false) };
        let words = stub::open(self.inner.keys.master(), exam, &sealed)?;
        let until = until.unwrap_or_else(|| micros(words.times.online_until));
        Ok(until <= micros(self.now()) && words.times.can_come_back())
    }

    /// One open recall, judged and said in one transaction: the database's constraint decides between two at once.
    pub(crate) async fn open_recall(&self, exam: Uuid, by: RecallBy) -> Result<(), DiffusionError> {
        let doing = || DiffusionError::db("asking for a recall");
        let recall = uuid::Builder::from_random_bytes(random_bytes(self.inner.ports.random.as_ref())).into_uuid();
        let (group, at) = (self.inner.database.group(), self.now());
        let mut transaction = self.inner.database.write().await?;
        if !self.recallable(&mut transaction, exam).await? {
            return Ok(());
        }
        let added = insert(&mut transaction, group, (recall, exam), micros(at)).await?;
        let asked = if added { Some((recall, at)) } else { said_long_ago(&mut transaction, group, exam, at).await? };
        if let Some((recall, asked_at)) = asked {
            let message = ToArchive::RecallAsked { recall, exam, by, at: asked_at };
            outbox::say(&mut transaction, group, &message).await?;
        }
        transaction.commit().await.map_err(doing())
    }

    pub(crate) async fn latest_recall(&self, exam: Uuid) -> Result<Option<RecallView>, DiffusionError> {
        let row = sqlx::query(
            "SELECT recall, stage, asked_at, stage_at, ready_by, reason, ended_at FROM recall
             WHERE group_id = ? AND exam = ? ORDER BY ended_at IS NULL DESC, asked_at DESC LIMIT 1",
        )
        .bind(self.inner.database.group())
        .bind(exam.as_bytes().as_slice())
        .fetch_optional(self.inner.database.read())
        .await
        .map_err(DiffusionError::db("reading a recall"))?;
        row.map(|row| view(&row, self.now())).transpose()
    }

    /// A stage, as the archive side says it. What is older than what is known, or about a recall that is unknown or
    /// over, changes nothing.
    pub(crate) async fn take_stage(
        &self,
        recall: Uuid,
        exam: Uuid,
        stage: &RecallStage,
        at: OffsetDateTime,
    ) -> Result<(), DiffusionError> {
        let doing = || DiffusionError::db("taking a recall's stage");
        let (group, now) = (self.inner.database.group(), micros(self.now()));
        let mut transaction = self.inner.database.write().await?;
        if matches!(stage, RecallStage::Asked) {
            take_asked(&mut transaction, group, (recall, exam), micros(at), now).await?;
        } else {
            move_on(&mut transaction, group, recall, &Told::of(stage), micros(at), now).await?;
        }
        transaction.commit().await.map_err(doing())
    }
}

/// A stage as the row keeps it.
struct Told<'a> {
    stage: RecallProgress,
    ready_by: Option<i64>,
    reason: Option<&'a str>,
    trying_again: bool,
}

impl<'a> Told<'a> {
    fn of(stage: &'a RecallStage) -> Self {
        let plain = |stage| Self { stage, ready_by: None, reason: None, trying_again: false };
        match stage {
            RecallStage::Asked => plain(RecallProgress::Asked),
            RecallStage::Found { ready_by } => {
                Self { ready_by: Some(micros(*ready_by)), ..plain(RecallProgress::Found) }
            }
            RecallStage::Verified => plain(RecallProgress::Verified),
            RecallStage::Failed { reason, trying_again } => {
                Self { reason: Some(reason), trying_again: *trying_again, ..plain(RecallProgress::Failed) }
            }
        }
    }
}

/// Adds an open recall unless one is open; says whether it did.
async fn insert(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    (recall, exam): (Uuid, Uuid),
    at: i64,
) -> Result<bool, DiffusionError> {
    let added = sqlx::query(
        "INSERT INTO recall (group_id, recall, exam, stage, asked_at, said_at, stage_at)
         VALUES (?1, ?2, ?3, 'asked', ?4, ?4, ?4) ON CONFLICT DO NOTHING",
    )
    .bind(group)
    .bind(recall.as_bytes().as_slice())
    .bind(exam.as_bytes().as_slice())
    .bind(at)
    .execute(&mut **transaction)
    .await
    .map_err(DiffusionError::db("opening a recall"))?;
    Ok(added.rows_affected() == 1)
}

/// The open recall of an exam, if the archive side was told of it long ago and has said nothing since: it may have
/// come back from a backup that does not know of it.
async fn said_long_ago(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    exam: Uuid,
    now: OffsetDateTime,
) -> Result<Option<(Uuid, OffsetDateTime)>, DiffusionError> {
    let doing = || DiffusionError::db("asking for a recall again");
    let row = sqlx::query(
        "UPDATE recall SET said_at = ?1
         WHERE group_id = ?2 AND exam = ?3 AND ended_at IS NULL AND stage = 'asked' AND said_at <= ?4
         RETURNING recall, asked_at",
    )
    .bind(micros(now))
    .bind(group)
    .bind(exam.as_bytes().as_slice())
    .bind(micros(now - RECALL_LATE_AFTER))
    .fetch_optional(&mut **transaction)
    .await
    .map_err(doing())?;
    row.map(|row| Ok((crate::database::uuid_at(&row, 0)?, instant(row.try_get(1).map_err(doing())?)))).transpose()
}

/// A recall the archive side took on: the one asked here, one asked at the desk, or its own for the one asked here.
async fn take_asked(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    (recall, exam): (Uuid, Uuid),
    at: i64,
    now: i64,
) -> Result<(), DiffusionError> {
    let doing = || DiffusionError::db("taking a recall from the archive side");
    let known = sqlx::query(
        "SELECT 1 FROM recall WHERE group_id = ?1 AND recall = ?2
         UNION ALL SELECT 1 FROM exam WHERE group_id = ?1 AND exam = ?3 AND visible IS NOT NULL AND online_until > ?4",
    )
    .bind(group)
    .bind(recall.as_bytes().as_slice())
    .bind(exam.as_bytes().as_slice())
    .bind(now)
    .fetch_optional(&mut **transaction)
    .await
    .map_err(doing())?;
    if known.is_some() || insert(transaction, group, (recall, exam), at).await? {
        return Ok(());
    }
    // Two asked at once on the two sides; the archive side's name for it holds.
    sqlx::query("UPDATE recall SET recall = ? WHERE group_id = ? AND exam = ? AND ended_at IS NULL")
        .bind(recall.as_bytes().as_slice())
        .bind(group)
        .bind(exam.as_bytes().as_slice())
        .execute(&mut **transaction)
        .await
        .map_err(doing())?;
    Ok(())
}

async fn move_on(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    recall: Uuid,
    told: &Told<'_>,
    at: i64,
    now: i64,
) -> Result<(), DiffusionError> {
    let ended = (told.stage == RecallProgress::Failed && !told.trying_again).then_some(now);
    // Within one instant the stages have their order; the first one told always counts, whatever this side's clock.
    sqlx::query(
        "UPDATE recall SET stage = ?3, stage_at = ?4, ready_by = coalesce(?5, ready_by), reason = ?6, trying_again = ?7,
             ended_at = ?8
         WHERE group_id = ?1 AND recall = ?2 AND ended_at IS NULL AND (stage = 'asked' OR stage_at < ?4
             OR (stage_at = ?4 AND ?9 >= CASE stage WHEN 'found' THEN 1 WHEN 'verified' THEN 2 ELSE 3 END))",
    )
    .bind(group)
    .bind(recall.as_bytes().as_slice())
    .bind(told.stage.word())
    .bind(at)
    .bind(told.ready_by)
    .bind(told.reason)
    .bind(told.trying_again)
    .bind(ended)
    .bind(told.stage as i64)
    .execute(&mut **transaction)
    .await
    .map_err(DiffusionError::db("moving a recall on"))?;
    Ok(())
}

/// The exam is on line again: its open recall, if any, is ready.
pub(crate) async fn close_ready(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    exam: Uuid,
    now: i64,
) -> Result<(), DiffusionError> {
    sqlx::query(
        "UPDATE recall SET stage = 'ready', stage_at = ?3, ended_at = ?3, reason = NULL, trying_again = 0
         WHERE group_id = ?1 AND exam = ?2 AND ended_at IS NULL",
    )
    .bind(group)
    .bind(exam.as_bytes().as_slice())
    .bind(now)
    .execute(&mut **transaction)
    .await
    .map_err(DiffusionError::db("closing a recall"))?;
    Ok(())
}

fn view(row: &SqliteRow, now: OffsetDateTime) -> Result<RecallView, DiffusionError> {
    let reading = || DiffusionError::db("reading a recall");
    let stage: String = row.try_get(1).map_err(reading())?;
    let at = |column: usize| row.try_get::<i64, _>(column).map(instant).map_err(reading());
    let ready_by: Option<i64> = row.try_get(4).map_err(reading())?;
    let ended: Option<i64> = row.try_get(6).map_err(reading())?;
    let asked_at = at(2)?;
    Ok(RecallView {
        recall: crate::database::uuid_at(row, 0)?,
        stage: RecallProgress::of(&stage),
        asked_at,
        at: at(3)?,
        ready_by: ready_by.map(instant),
        failure: row.try_get(5).map_err(reading())?,
        open: ended.is_none(),
        late: ended.is_none() && now > asked_at + RECALL_LATE_AFTER,
    })
}
