//! Sessions: a random token in the browser, its digest here, bound to one exam and one sheet.
//!
//! Nothing a session may see is remembered: each request asks again whether the sheet is revoked,
//! whether the exam is on line now, and which publication is the visible one.

use crate::copies::OpenCopy;
use crate::database::{instant, micros, uuid_at};
use crate::rights::viewers_of;
use crate::{Basis, Diffusion, DiffusionError, SessionToken, Viewer, stub};
use link::{BlobInfo, BlobName, Publication, Times};
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// A session's last request is written down when the one before is this old; the session may end that much early.
const SEEN_EVERY: Duration = Duration::from_secs(30);

/// How a session was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenedWith {
    /// Exam number, code and birth date.
    Code,
    /// The QR's token and birth date.
    Qr,
    /// An invitation, and the code sent to its address.
    Invitation,
}

/// Why a session opens nothing. One word on purpose: unknown, ended, revoked look the same.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// No such session, or it is over, or its sheet is revoked: back to the door.
    #[error("no session")]
    NoSession,
    /// The session waits for its one-time code, and opens nothing before.
    #[error("one-time code awaited")]
    FactorAwaited,
    /// Asked of the patient alone, strongly identified.
    #[error("not strongly identified")]
    NotStrong,
    /// The exam cannot be seen on line now; the session's [`Look`] says what to show.
    #[error("not on line")]
    NotOnline,
    /// The exam cannot be asked back: it is on line, never was, or the archive does not keep it.
    #[error("not to be asked back")]
    NotRecallable,
    /// There is no such exam for whoever asks: hidden and unknown look the same.
    #[error("no such exam")]
    Absent,
    /// The judgement could not be made, so nothing is served.
    #[error(transparent)]
    Failed(#[from] DiffusionError),
}

/// What a living session may see at this instant.
#[derive(Debug, Clone)]
pub enum Look {
    /// The exam is on line.
    Online(Grant),
    /// It was; the page that says so.
    Expired(ExpiryPage),
    /// It is not published yet, or has been taken back for now.
    NotYet(NotYet),
}

/// Who holds a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// Whoever holds a sheet.
    Sheet {
        /// The sheet whose code or QR opened the session.
        sheet: Uuid,
        /// How.
        with: OpenedWith,
    },
    /// A professional who has proved who they are.
    Professional {
        /// As the trace knows them.
        actor: trace::Actor,
        /// Why they see it.
        basis: Basis,
    },
}

/// A judged right to see one publication, for one request.
#[derive(Debug, Clone)]
pub struct Grant {
    pub(crate) exam: Uuid,
    pub(crate) holder: Holder,
    pub(crate) session: [u8; 32],
    pub(crate) share: Option<Uuid>,
    pub(crate) strong: bool,
    pub(crate) may_download: bool,
    pub(crate) publication: Arc<Publication>,
}

impl Grant {
    /// The exam.
    pub fn exam(&self) -> Uuid {
        self.exam
    }

    /// Who holds it.
    pub fn holder(&self) -> &Holder {
        &self.holder
    }

    /// The share of a person invited.
    pub fn share(&self) -> Option<Uuid> {
        self.share
    }

    /// Whether the patient proved a contact recorded before the session.
    pub fn strong(&self) -> bool {
        self.strong
    }

    /// Whether files may be taken away.
    pub fn may_download(&self) -> bool {
        self.may_download
    }

    /// What is published, as announced by the archive side.
    pub fn publication(&self) -> &Publication {
        &self.publication
    }

    /// The announced blob of that name, if there is one.
    pub fn blob(&self, name: &BlobName) -> Option<&BlobInfo> {
        self.publication.blobs.iter().find(|blob| blob.name == *name)
    }
}

/// What is still known of an exam whose time on line is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryPage {
    /// The exam.
    pub exam: Uuid,
    /// The exam in words.
    pub title: String,
    /// The site's name.
    pub site: String,
    /// Its class key.
    pub class: String,
    /// Its dates: `archived_until` says whether it can be brought back.
    pub times: Times,
}

/// An exam whose code is right but of which nothing is on line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotYet {
    /// The exam.
    pub exam: Uuid,
    /// The instant of the judgement.
    pub at: OffsetDateTime,
}

/// A session judged alive.
pub(crate) struct Living {
    pub(crate) exam: Uuid,
    pub(crate) sheet: Uuid,
    pub(crate) opened_with: OpenedWith,
    pub(crate) digest: [u8; 32],
    pub(crate) opened_at: OffsetDateTime,
    /// Waits for its one-time code.
    pub(crate) awaited: bool,
    /// The patient's, with its one-time code typed.
    pub(crate) strong: bool,
    /// A person invited by this share.
    pub(crate) share: Option<Uuid>,
    pub(crate) may_download: bool,
    /// In a representative's hands: a child's sheet, or a guardian who proved their contact.
    pub(crate) parents: bool,
}

impl Living {
    /// Who is behind the session.
    pub(crate) fn viewers(&self) -> Vec<Viewer> {
        viewers_of(self.exam, self.parents, self.share)
    }

    pub(crate) fn waits(&self) -> bool {
        self.awaited
    }
}

impl Diffusion {
    /// What a session may see at this instant.
    pub async fn look(&self, token: &SessionToken) -> Result<Look, Denied> {
        let session = self.living_session(token).await?;
        let now = self.now();
        let row = sqlx::query("SELECT visible, online_until, stub FROM exam WHERE group_id = ? AND exam = ?")
            .bind(self.inner.database.group())
            .bind(session.exam.as_bytes().as_slice())
            .fetch_optional(self.inner.database.read())
            .await
            .map_err(DiffusionError::db("looking at an exam"))?;
        let Some(row) = row else { return Ok(Look::NotYet(NotYet { exam: session.exam, at: now })) };
        let reading = || DiffusionError::db("looking at an exam");
        let visible: Option<Vec<u8>> = row.try_get(0).map_err(reading())?;
        let until: Option<i64> = row.try_get(1).map_err(reading())?;
        let stub: Option<Vec<u8>> = row.try_get(2).map_err(reading())?;
        let on_line = until.is_some_and(|until| micros(now) < until);
        let here = visible.is_some() && self.inner.copies.folder_of(uuid_at(&row, 0)?).is_dir();
        if here && on_line {
            // Gone between the two readings: what replaced it shows at the next request.
            let copy = self.open_copy(uuid_at(&row, 0)?).await?;
            let words = stub.map(|stub| stub::open(self.inner.keys.master(), session.exam, &stub)).transpose()?;
            let mut grant = grant_of(&session, &copy, words);
            grant.publication = self.as_seen_by(&session.viewers(), grant.publication).await?;
            return Ok(Look::Online(grant));
        }
        let words = stub.map(|stub| stub::open(self.inner.keys.master(), session.exam, &stub)).transpose()?;
        // What was never on line here, or was taken back, has an end of its own only in its words.
        let over = |words: &ExpiryPage| until.unwrap_or_else(|| micros(words.times.online_until)) <= micros(now);
        match words.filter(over) {
            Some(words) => Ok(Look::Expired(words)),
            None => Ok(Look::NotYet(NotYet { exam: session.exam, at: now })),
        }
    }

    /// The right to see the exam on line at this instant.
    pub async fn grant(&self, token: &SessionToken) -> Result<Grant, Denied> {
        match self.look(token).await? {
            Look::Online(grant) => Ok(grant),
            Look::Expired(_) | Look::NotYet(_) => Err(Denied::NotOnline),
        }
    }

    /// Ends a session, whether or not it lives.
    pub async fn close(&self, token: &SessionToken) -> Result<(), DiffusionError> {
        let doing = "closing a session";
        let mut transaction = self.inner.database.write().await?;
        // Opened and seen before any time: never alive again; the sweep takes the row.
        sqlx::query("UPDATE session SET opened_at = 0, seen_at = 0 WHERE group_id = ? AND token_sha = ?")
            .bind(self.inner.database.group())
            .bind(digest_of(token).as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(DiffusionError::db(doing))?;
        transaction.commit().await.map_err(DiffusionError::db(doing))
    }

    /// Whether a report of the exam is kept from who is behind a session: then nothing tells that it was read.
    pub(crate) async fn report_kept_from(&self, session: &Living) -> Result<bool, DiffusionError> {
        let doing = || DiffusionError::db("looking for a report");
        let row = sqlx::query("SELECT visible, person FROM exam WHERE group_id = ? AND exam = ?")
            .bind(self.inner.database.group())
            .bind(session.exam.as_bytes().as_slice())
            .fetch_optional(self.inner.database.read())
            .await
            .map_err(doing())?;
        let Some(row) = row else { return Ok(false) };
        let has = |at: usize| row.try_get::<Option<Vec<u8>>, _>(at).map(|id| id.is_some()).map_err(doing());
        let copy = if has(0)? { self.open_copy(uuid_at(&row, 0)?).await } else { Err(DiffusionError::Gone) };
        match copy {
            Ok(copy) => {
                let seen = self.as_seen_by(&session.viewers(), Arc::clone(&copy.publication)).await?;
                Ok(copy.publication.report.is_some() && seen.report.is_none())
            }
            // Of which report it was nothing here tells any more.
            Err(DiffusionError::Gone) if has(1)? => self.masks_reports(uuid_at(&row, 1)?).await,
            Err(DiffusionError::Gone) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Judges a session: its times, and its sheet, which may have been revoked since.
    pub(crate) async fn living_session(&self, token: &SessionToken) -> Result<Living, Denied> {
        let (living, seen_at) = self.session_as_it_is(token).await?;
        let now = self.now();
        if now >= seen_at + SEEN_EVERY {
            self.note_seen(&living.digest, now).await?;
        }
        Ok(living)
    }

    /// The same, without counting as a request: what a page asks for by itself keeps no session alive. Also says when
    /// the last request was.
    pub(crate) async fn session_as_it_is(&self, token: &SessionToken) -> Result<(Living, OffsetDateTime), Denied> {
        let (living, seen_at) = self.session_row(token).await?;
        if living.waits() {
            return Err(Denied::FactorAwaited);
        }
        Ok((living, seen_at))
    }

    /// A session whether or not it waits for its one-time code: for the page that asks for it, and nothing else.
    pub(crate) async fn session_in_any_state(&self, token: &SessionToken) -> Result<Living, Denied> {
        let (living, seen_at) = self.session_row(token).await?;
        let now = self.now();
        if now >= seen_at + SEEN_EVERY {
            self.note_seen(&living.digest, now).await?;
        }
        Ok(living)
    }

    /// The patient's own session, not that of a person invited.
    pub(crate) async fn patients_session(&self, token: &SessionToken) -> Result<Living, Denied> {
        let session = self.living_session(token).await?;
        if session.share.is_some() { Err(Denied::NotStrong) } else { Ok(session) }
    }

    /// The patient's session, strongly identified.
    pub(crate) async fn strong_session(&self, token: &SessionToken) -> Result<Living, Denied> {
        let session = self.living_session(token).await?;
        if session.strong { Ok(session) } else { Err(Denied::NotStrong) }
    }

    async fn session_row(&self, token: &SessionToken) -> Result<(Living, OffsetDateTime), Denied> {
        let doing = "judging a session";
        let digest = digest_of(token);
        let row = sqlx::query(
            "SELECT s.exam, s.sheet, s.opened_by, s.opened_at, s.seen_at,
                 min(h.dead_from, coalesce(h.parent_until, h.dead_from)), s.factor, s.share, i.download,
                 s.contact IS NOT NULL OR h.parent_until IS NOT NULL
             FROM session s JOIN sheet h ON h.group_id = s.group_id AND h.sheet = s.sheet
             LEFT JOIN share i ON i.group_id = s.group_id AND i.share = s.share
             WHERE s.group_id = ?1 AND s.token_sha = ?2 AND h.revoked_at IS NULL
               AND (s.share IS NULL OR (i.revoked_at IS NULL AND i.until > ?3))
               AND (s.contact IS NULL OR EXISTS (SELECT 1 FROM contact c WHERE c.group_id = s.group_id
                   AND c.exam = s.exam AND c.contact = s.contact AND coalesce(c.usable_until > ?3, 1)))",
        )
        .bind(self.inner.database.group())
        .bind(digest.as_slice())
        .bind(micros(self.now()))
        .fetch_optional(self.inner.database.read())
        .await
        .map_err(DiffusionError::db(doing))?;
        let Some(row) = row else { return Err(Denied::NoSession) };
        let read = || -> Result<(String, i64, i64, i64), sqlx::Error> {
            Ok((row.try_get(2)?, row.try_get(3)?, row.try_get(4)?, row.try_get(5)?))
        };
        let (by, opened_at, seen_at, dead_from) = read().map_err(DiffusionError::db(doing))?;
        let now = self.now();
        let times = self.inner.settings.sessions;
        let over = now >= instant(opened_at) + times.absolute
            || now >= instant(seen_at) + times.idle
            || now < instant(opened_at)
            || micros(now) >= dead_from;
        if over {
            return Err(Denied::NoSession);
        }
        let living = living_of(&row, digest, &by, instant(opened_at))?;
        // An exam that is not here yet is hidden from nobody; its page says so.
        for viewer in living.viewers() {
            let judged = self.judge_exam(&viewer, living.exam).await?;
            if judged.is_some_and(|judged| !judged.decision.permit) {
                return Err(Denied::NoSession);
            }
        }
        Ok((living, instant(seen_at)))
    }

    async fn note_seen(&self, digest: &[u8; 32], now: OffsetDateTime) -> Result<(), DiffusionError> {
        let doing = "noting a session's request";
        let mut transaction = self.inner.database.write().await?;
        // Never forward again once closed.
        sqlx::query("UPDATE session SET seen_at = ? WHERE group_id = ? AND token_sha = ? AND seen_at > 0")
            .bind(micros(now))
            .bind(self.inner.database.group())
            .bind(digest.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(DiffusionError::db(doing))?;
        transaction.commit().await.map_err(DiffusionError::db(doing))
    }
}

fn living_of(row: &SqliteRow, digest: [u8; 32], by: &str, opened_at: OffsetDateTime) -> Result<Living, DiffusionError> {
    let doing = || DiffusionError::db("judging a session");
    let factor: String = row.try_get(6).map_err(doing())?;
    let invited = row.try_get::<Option<Vec<u8>>, _>(7).map_err(doing())?.is_some();
    let download: Option<bool> = row.try_get(8).map_err(doing())?;
    Ok(Living {
        exam: uuid_at(row, 0)?,
        sheet: uuid_at(row, 1)?,
        opened_with: match by {
            "qr" => OpenedWith::Qr,
            "share" => OpenedWith::Invitation,
            _ => OpenedWith::Code,
        },
        digest,
        opened_at,
        awaited: factor == "awaited",
        strong: factor == "passed" && !invited,
        share: if invited { Some(uuid_at(row, 7)?) } else { None },
        may_download: !invited || download == Some(true),
        parents: row.try_get(9).map_err(doing())?,
    })
}

fn digest_of(token: &SessionToken) -> [u8; 32] {
    Sha256::digest(token.secret().as_bytes()).into()
}

/// The publication with the dates in force: a choice made since it was committed may have moved them.
fn grant_of(session: &Living, copy: &OpenCopy, words: Option<ExpiryPage>) -> Grant {
    let publication = match words {
        Some(words) if words.times != copy.publication.times => {
            Arc::new(Publication { times: words.times, ..(*copy.publication).clone() })
        }
        _ => Arc::clone(&copy.publication),
    };
    Grant {
        exam: session.exam,
        holder: Holder::Sheet { sheet: session.sheet, with: session.opened_with },
        session: session.digest,
        share: session.share,
        strong: session.strong,
        may_download: session.may_download,
        publication,
    }
}
