//! An exam shared with a person: by whom it was opened strongly, with one address, for some days. The link opens nothing
//! by itself: whoever follows it must type a code sent to that address at that moment.

use crate::copies::{open_small, seal_small};
use crate::database::{instant, micros, uuid_at};
use crate::factor::{Channel, Contact, Language, Letter, Message};
use crate::keys::Use;
use crate::session::Living;
use crate::traced::{Act, actor_of, event_of, not_traced};
use crate::{Denied, Diffusion, DiffusionError, SessionToken, Viewer};
use ambient::random_bytes;
use exam::dates::{Zone, add_days};
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use time::{Date, OffsetDateTime};
use trace::Outcome;
use uuid::Uuid;

/// The longest share, and the one proposed, in days.
pub const LONGEST_SHARE_DAYS: u32 = 30;
/// The share proposed.
pub const USUAL_SHARE_DAYS: u32 = 7;
/// Shares of one exam that live at the same time.
const MOST_SHARES: i64 = 20;

/// What the patient asks for.
pub struct ShareWish {
    /// The address of the person; only who reads there can open.
    pub email: String,
    /// Days, today included, 1 to [`LONGEST_SHARE_DAYS`].
    pub days: u32,
    /// Whether files may be taken away.
    pub download: bool,
    /// Language of the invitation.
    pub language: Language,
}

/// A share as its maker sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Its opaque id.
    pub share: Uuid,
    /// With whom.
    pub email: String,
    /// Whether files may be taken away.
    pub download: bool,
    /// Its last day.
    pub last_day: Date,
    /// When it was last opened.
    pub used_at: Option<OffsetDateTime>,
    /// Whether it opens anything now.
    pub living: bool,
}

/// What became of a wish to share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Made, and the invitation is on its way.
    Made,
    /// No such address or number of days, or too many shares.
    Refused,
    /// The exam is hidden from all: the person would see nothing.
    Hidden,
    /// Made and ended at once: the invitation could not be sent.
    Undelivered,
}

impl Diffusion {
    /// Shares the exam of a strong session with a person.
    pub async fn share(&self, token: &SessionToken, wish: &ShareWish) -> Result<Sharing, Denied> {
        let session = self.strong_session(token).await?;
        let email = wish.email.trim();
        if !looks_like_email(email) || !(1..=LONGEST_SHARE_DAYS).contains(&wish.days) {
            return Ok(Sharing::Refused);
        }
        if self.living_shares(session.exam).await? >= MOST_SHARES {
            return Ok(Sharing::Refused);
        }
        let anyone = Viewer::invited(Uuid::nil(), session.exam);
        if self.judge_exam(&anyone, session.exam).await?.is_some_and(|judged| !judged.decision.permit) {
            return Ok(Sharing::Hidden);
        }
        let event = event_of(session.exam, Act::Share, actor_of(&session), Outcome::Success);
        self.inner.ports.trace.append(event).await.map_err(not_traced)?;
        let link = SessionToken(hex::encode(random_bytes::<16>(self.inner.ports.random.as_ref())));
        let last_day = add_days(Zone::EuropeParis.date_of(self.now()), wish.days.saturating_sub(1));
        let share = self.keep_share(&session, wish, &link, last_day).await?;
        let letter = Letter::Invitation { link, last_day };
        let message = Message { channel: Channel::Email, to: email.to_owned(), language: wish.language, letter };
        if let Err(error) = self.inner.settings.second_factor.messenger.send(message).await {
            tracing::error!(%error, "an invitation could not be sent");
            self.end_share(session.exam, share).await?;
            return Ok(Sharing::Undelivered);
        }
        Ok(Sharing::Made)
    }

    /// The shares of the exam of a strong session, newest first.
    pub async fn shares(&self, token: &SessionToken) -> Result<Vec<Share>, Denied> {
        let session = self.strong_session(token).await?;
        let rows = sqlx::query(
            "SELECT s.share, s.sealed, s.download, s.until, s.used_at, s.revoked_at
             FROM share s WHERE s.group_id = ? AND s.exam = ? ORDER BY s.made_at DESC, s.share LIMIT 100",
        )
        .bind(self.inner.database.group())
        .bind(session.exam.as_bytes().as_slice())
        .fetch_all(self.inner.database.read())
        .await
        .map_err(DiffusionError::db("listing shares"))?;
        let shares: Result<Vec<Share>, DiffusionError> = rows.iter().map(|row| self.share_of(row)).collect();
        Ok(shares?)
    }

    /// Ends a share of the exam of a strong session: it opens nothing from the next request on, whoever is inside.
    pub async fn end_sharing(&self, token: &SessionToken, share: Uuid) -> Result<(), Denied> {
        let session = self.strong_session(token).await?;
        let event = event_of(session.exam, Act::EndShare, actor_of(&session), Outcome::Success);
        self.inner.ports.trace.append(event).await.map_err(not_traced)?;
        Ok(self.end_share(session.exam, share).await?)
    }

    /// Follows the link of an invitation: a session that waits for the code sent to the address of the share. `None` for
    /// a link that opens nothing (any more).
    pub async fn follow_link(&self, link: &str) -> Result<Option<SessionToken>, DiffusionError> {
        let doing = || DiffusionError::db("following an invitation");
        let link: String = link.chars().filter(char::is_ascii_hexdigit).take(64).collect();
        let mac = self.inner.keys.digest(Use::Link, &[link.to_ascii_lowercase().as_bytes()])?;
        let (group, now) = (self.inner.database.group(), micros(self.now()));
        let row = sqlx::query(
            "SELECT share, exam, sheet FROM share
             WHERE group_id = ? AND link_mac = ? AND revoked_at IS NULL AND until > ?",
        )
        .bind(group)
        .bind(mac.as_slice())
        .bind(now)
        .fetch_optional(self.inner.database.read())
        .await
        .map_err(doing())?;
        let Some(row) = row else { return Ok(None) };
        let token = hex::encode(random_bytes::<32>(self.inner.ports.random.as_ref()));
        let mut transaction = self.inner.database.write().await?;
        sqlx::query(
            "INSERT INTO session (group_id, token_sha, exam, sheet, opened_by, opened_at, seen_at, factor, share)
             VALUES (?, ?, ?, ?, 'share', ?, ?, 'awaited', ?)",
        )
        .bind(group)
        .bind(Sha256::digest(token.as_bytes()).as_slice())
        .bind(uuid_at(&row, 1)?.as_bytes().as_slice())
        .bind(uuid_at(&row, 2)?.as_bytes().as_slice())
        .bind(now)
        .bind(now)
        .bind(uuid_at(&row, 0)?.as_bytes().as_slice())
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        transaction.commit().await.map_err(doing())?;
        Ok(Some(SessionToken(token)))
    }

    /// Where the code of an invitation goes.
    pub(crate) async fn contact_of_share(&self, share: Uuid) -> Result<Option<Contact>, DiffusionError> {
        let doing = || DiffusionError::db("reading a share");
        let row = sqlx::query("SELECT sealed FROM share WHERE group_id = ? AND share = ?")
            .bind(self.inner.database.group())
            .bind(share.as_bytes().as_slice())
            .fetch_optional(self.inner.database.read())
            .await
            .map_err(doing())?;
        let Some(row) = row else { return Ok(None) };
        let address = self.address_of(share, &row.try_get::<Vec<u8>, _>(0).map_err(doing())?)?;
        Ok(Some(Contact {
            id: Sha256::digest(share.as_bytes()).into(),
            channel: Channel::Email,
            address,
            representative: false,
        }))
    }

    /// Notes the use of a share; tells the patient, at the first of each day.
    pub(crate) async fn note_share_used(&self, share: Uuid, exam: Uuid) -> Result<(), DiffusionError> {
        let doing = || DiffusionError::db("noting the use of a share");
        let (group, now) = (self.inner.database.group(), self.now());
        let today = i64::from(Zone::EuropeParis.date_of(now).to_julian_day());
        let mut transaction = self.inner.database.write().await?;
        let first = sqlx::query(
            "UPDATE share SET noticed_day = ? WHERE group_id = ? AND share = ? AND coalesce(noticed_day, 0) < ?",
        )
        .bind(today)
        .bind(group)
        .bind(share.as_bytes().as_slice())
        .bind(today)
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        sqlx::query("UPDATE share SET used_at = ? WHERE group_id = ? AND share = ?")
            .bind(micros(now))
            .bind(group)
            .bind(share.as_bytes().as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(doing())?;
        transaction.commit().await.map_err(doing())?;
        if first.rows_affected() > 0 {
            self.tell_patient(exam).await?;
        }
        Ok(())
    }

    /// A notice to the patient's first contact, beside the answer.
    async fn tell_patient(&self, exam: Uuid) -> Result<(), DiffusionError> {
        let now = micros(self.now());
        let messenger = self.inner.settings.second_factor.messenger.clone();
        let contacts = crate::factor::usable(&self.inner, exam, now, now).await?;
        let Some(contact) = contacts.into_iter().find(|contact| messenger.reaches(contact.channel)) else {
            return Ok(());
        };
        let (channel, to, letter) = (contact.channel, contact.address, Letter::ShareUsed);
        self.inner.beside.spawn(async move {
            let message = Message { channel, to, language: Language::French, letter };
            if let Err(error) = messenger.send(message).await {
                tracing::error!(%error, "a patient could not be told that a share was used");
            }
        });
        Ok(())
    }

    async fn keep_share(
        &self,
        session: &Living,
        wish: &ShareWish,
        link: &SessionToken,
        last_day: Date,
    ) -> Result<Uuid, DiffusionError> {
        let doing = || DiffusionError::db("keeping a share");
        let (keys, random) = (&self.inner.keys, self.inner.ports.random.as_ref());
        let share = Uuid::from_bytes(random_bytes(random));
        let sealed = seal_small(keys.master(), random_bytes(random), b"share", share, wish.email.trim().as_bytes())?;
        let mac = keys.digest(Use::Link, &[link.secret().as_bytes()])?;
        let mut transaction = self.inner.database.write().await?;
        sqlx::query(
            "INSERT INTO share (group_id, share, exam, sheet, link_mac, sealed, download, made_at, until)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(self.inner.database.group())
        .bind(share.as_bytes().as_slice())
        .bind(session.exam.as_bytes().as_slice())
        .bind(session.sheet.as_bytes().as_slice())
        .bind(mac.as_slice())
        .bind(sealed)
        .bind(wish.download)
        .bind(micros(self.now()))
        .bind(micros(Zone::EuropeParis.end_of(last_day)))
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        transaction.commit().await.map_err(doing())?;
        Ok(share)
    }

    async fn end_share(&self, exam: Uuid, share: Uuid) -> Result<(), DiffusionError> {
        let doing = || DiffusionError::db("ending a share");
        let mut transaction = self.inner.database.write().await?;
        sqlx::query(
            "UPDATE share SET revoked_at = ? WHERE group_id = ? AND exam = ? AND share = ? AND revoked_at IS NULL",
        )
        .bind(micros(self.now()))
        .bind(self.inner.database.group())
        .bind(exam.as_bytes().as_slice())
        .bind(share.as_bytes().as_slice())
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        transaction.commit().await.map_err(doing())
    }

    async fn living_shares(&self, exam: Uuid) -> Result<i64, DiffusionError> {
        sqlx::query_scalar(
            "SELECT count(*) FROM share WHERE group_id = ? AND exam = ? AND revoked_at IS NULL AND until > ?",
        )
        .bind(self.inner.database.group())
        .bind(exam.as_bytes().as_slice())
        .bind(micros(self.now()))
        .fetch_one(self.inner.database.read())
        .await
        .map_err(DiffusionError::db("counting shares"))
    }

    fn share_of(&self, row: &SqliteRow) -> Result<Share, DiffusionError> {
        let doing = || DiffusionError::db("reading a share");
        let share = uuid_at(row, 0)?;
        let (sealed, download, until): (Vec<u8>, bool, i64) =
            (row.try_get(1).map_err(doing())?, row.try_get(2).map_err(doing())?, row.try_get(3).map_err(doing())?);
        let used_at: Option<i64> = row.try_get(4).map_err(doing())?;
        let revoked_at: Option<i64> = row.try_get(5).map_err(doing())?;
        Ok(Share {
            share,
            email: self.address_of(share, &sealed)?,
            download,
            last_day: Zone::EuropeParis.date_of(instant(until) - time::Duration::SECOND),
            used_at: used_at.map(instant),
            living: revoked_at.is_none() && micros(self.now()) < until,
        })
    }

    fn address_of(&self, share: Uuid, sealed: &[u8]) -> Result<String, DiffusionError> {
        let plain = open_small(self.inner.keys.master(), b"share", share, sealed)?;
        String::from_utf8(plain).map_err(|error| DiffusionError::Document(error.to_string()))
    }
}

/// One `@` between two parts without spaces, a dot in the second: the rest is the mail server's to judge.
fn looks_like_email(text: &str) -> bool {
    let fine = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    let parts = text.split_once('@');
    text.len() <= 254
        && text.is_ascii()
        && parts.is_some_and(|(name, host)| {
            fine(name)
                && fine(host)
                && !host.contains('@')
                && host.contains('.')
                && !text.contains(['<', '>', ',', ';'])
        })
}
