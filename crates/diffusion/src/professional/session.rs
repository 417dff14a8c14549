//! A professional's session: a random token in the browser, its digest here, bound to an RPPS.

use super::Professional;
use crate::copies::{open_small, seal_small};
use crate::database::{instant, micros};
use crate::traced::not_traced;
use crate::{Diffusion, DiffusionError};
use ambient::random_bytes;
use sha2::{Digest, Sha256};
use sqlx::{Row, Sqlite, Transaction};
use std::collections::BTreeMap;
use std::time::Duration;
use time::OffsetDateTime;
use trace::{Event, Kind, Outcome};
use uuid::Uuid;

/// A session's last request is written down when the one before is this old.
const SEEN_EVERY: Duration = Duration::from_secs(30);

/// A professional's secret, for the browser's cookie alone. It has no `Debug` on purpose.
#[derive(Clone, PartialEq, Eq)]
pub struct ProToken(String);

impl ProToken {
    /// As a cookie carries it; whether it is one is judged when it is used.
    pub fn from_cookie(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The 64 hexadecimal digits for the cookie.
    pub fn secret(&self) -> &str {
        &self.0
    }

    fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

/// A living session.
#[derive(Debug, Clone)]
pub struct ProSession {
    /// Who.
    pub who: Professional,
    /// Whether it was opened by the group's own account.
    pub local: bool,
    pub(crate) rpps_mac: [u8; 32],
    pub(crate) digest: [u8; 32],
}

/// By which way a session is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    OpenId,
    Local,
}

impl By {
    fn word(self) -> &'static str {
        match self {
            Self::OpenId => "openid",
            Self::Local => "local",
        }
    }
}

impl Diffusion {
    /// The living session of a token, if it lives at this instant: its times, and its holder's account.
    pub async fn pro_session(&self, token: &ProToken) -> Result<Option<ProSession>, DiffusionError> {
        let Some((session, seen_at)) = self.pro_session_as_it_is(&token.digest()).await? else { return Ok(None) };
        let now = self.now();
        if now >= seen_at + SEEN_EVERY {
            self.note_pro_seen(&session.digest, now).await?;
        }
        Ok(Some(session))
    }

    /// The same, without counting as a request; also says when the last request was.
    pub(super) async fn pro_session_as_it_is(
        &self,
        digest: &[u8; 32],
    ) -> Result<Option<(ProSession, OffsetDateTime)>, DiffusionError> {
        let doing = || DiffusionError::db("judging a professional's session");
        let row = sqlx::query(
            "SELECT s.rpps_mac, s.words, s.opened_by, s.opened_at, s.seen_at FROM professional_session s
             WHERE s.group_id = ?1 AND s.token_sha = ?2 AND NOT EXISTS (
                 SELECT 1 FROM professional_account a
                 WHERE a.group_id = s.group_id AND a.rpps_mac = s.rpps_mac AND a.ended_at IS NOT NULL)",
        )
        .bind(self.inner.database.group())
        .bind(digest.as_slice())
        .fetch_optional(self.inner.database.read())
        .await
        .map_err(doing())?;
        let Some(row) = row else { return Ok(None) };
        let mac: Vec<u8> = row.try_get(0).map_err(doing())?;
        let words: Vec<u8> = row.try_get(1).map_err(doing())?;
        let by: String = row.try_get(2).map_err(doing())?;
        let opened_at: i64 = row.try_get(3).map_err(doing())?;
        let seen_at: i64 = row.try_get(4).map_err(doing())?;
        let (now, times) = (self.now(), self.inner.settings.professional_sessions);
        let over = now >= instant(opened_at) + times.absolute
            || now >= instant(seen_at) + times.idle
            || now < instant(opened_at);
        if over {
            return Ok(None);
        }
        let plain = open_small(self.inner.keys.master(), b"professional-session", id_of(digest), &words)?;
        let who = serde_json::from_slice(&plain).map_err(|error| DiffusionError::Document(error.to_string()))?;
        let rpps_mac = mac.try_into().map_err(|_| DiffusionError::Document("a digest is not 32 bytes long".into()))?;
        let session = ProSession { who, local: by == "local", rpps_mac, digest: *digest };
        Ok(Some((session, instant(seen_at))))
    }

    /// Opens a session for who has just proved who they are; traced first. `None` when their account was ended.
    pub(super) async fn open_pro_session(
        &self,
        who: &Professional,
        by: By,
    ) -> Result<Option<ProToken>, DiffusionError> {
        let rpps_mac = self.rpps_mac(&who.rpps)?;
        if self.pro_account_ended(&rpps_mac).await? {
            self.note_pro_refusal("account-ended");
            return Ok(None);
        }
        let random = self.inner.ports.random.as_ref();
        let token = ProToken(hex::encode(random_bytes::<32>(random)));
        let digest = token.digest();
        let session = ProSession { who: who.clone(), local: by == By::Local, rpps_mac, digest };
        let actor = self.pro_actor(&session);
        let detail = BTreeMap::from([("by".to_owned(), by.word().to_owned())]);
        let event = Event { kind: Kind::Login, patient: None, exam: None, actor, outcome: Outcome::Success, detail };
        self.inner.ports.trace.append(event).await.map_err(not_traced)?;
        let plain = serde_json::to_vec(who).map_err(|error| DiffusionError::Document(error.to_string()))?;
        let master = self.inner.keys.master();
        let words = seal_small(master, random_bytes(random), b"professional-session", id_of(&digest), &plain)?;
        let doing = || DiffusionError::db("opening a professional's session");
        let now = micros(self.now());
        let mut transaction = self.inner.database.write().await?;
        sqlx::query(
            "INSERT INTO professional_session (group_id, token_sha, rpps_mac, words, opened_by, opened_at, seen_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(self.inner.database.group())
        .bind(digest.as_slice())
        .bind(rpps_mac.as_slice())
        .bind(words)
        .bind(by.word())
        .bind(now)
        .bind(now)
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        transaction.commit().await.map_err(doing())?;
        Ok(Some(token))
    }

    /// Ends a session, whether or not it lives.
    pub async fn close_pro(&self, token: &ProToken) -> Result<(), DiffusionError> {
        let doing = || DiffusionError::db("closing a professional's session");
        let mut transaction = self.inner.database.write().await?;
        sqlx::query("UPDATE professional_session SET opened_at = 0, seen_at = 0 WHERE group_id = ? AND token_sha = ?")
            .bind(self.inner.database.group())
            .bind(token.digest().as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(doing())?;
        transaction.commit().await.map_err(doing())
    }

    async fn note_pro_seen(&self, digest: &[u8; 32], now: OffsetDateTime) -> Result<(), DiffusionError> {
        let doing = || DiffusionError::db("noting a professional's request");
        let mut transaction = self.inner.database.write().await?;
        // Never forward again once closed.
        sqlx::query("UPDATE professional_session SET seen_at = ? WHERE group_id = ? AND token_sha = ? AND seen_at > 0")
            .bind(micros(now))
            .bind(self.inner.database.group())
            .bind(digest.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(doing())?;
        transaction.commit().await.map_err(doing())
    }
}

/// Every session of an RPPS is over, in the transaction of the fact that ends them.
pub(super) async fn end_sessions_of(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    rpps_mac: &[u8; 32],
) -> Result<(), DiffusionError> {
    sqlx::query("UPDATE professional_session SET opened_at = 0, seen_at = 0 WHERE group_id = ? AND rpps_mac = ?")
        .bind(group)
        .bind(rpps_mac.as_slice())
        .execute(&mut **transaction)
        .await
        .map_err(DiffusionError::db("ending a professional's sessions"))?;
    Ok(())
}

/// The id under which the words of a row with this digest are sealed.
pub(super) fn id_of(digest: &[u8; 32]) -> Uuid {
    let (head, _) = digest.split_at(16);
    Uuid::from_slice(head).unwrap_or_default()
}
