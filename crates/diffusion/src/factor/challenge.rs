//! A one-time code: six digits, ten minutes, five tries, one use, one session.

use super::{Contact, Language, Letter, Message};
use crate::database::micros;
use crate::keys::Use;
use crate::session::Living;
use crate::traced::{Act, actor_of, event_of, not_traced};
use crate::{Denied, Diffusion, DiffusionError, SessionToken};
use ambient::random_bytes;
use sqlx::{Row, Sqlite, Transaction};
use std::time::Duration;
use subtle::ConstantTimeEq;
use trace::Outcome;
use uuid::Uuid;

/// How long a code may be typed after it was sent.
const VALID: Duration = Duration::from_secs(600);
/// Wrong codes typed against one sent code.
const TRIES: i64 = 5;
/// Between two sendings in one session.
const RESEND_AFTER: Duration = Duration::from_secs(60);
/// Sendings about one exam, over all sessions, in an hour and in a day: five tries each are what a thief of the sheet
/// has against a million codes.
const MOST_IN_AN_HOUR: i64 = 6;
const MOST_IN_A_DAY: i64 = 20;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What became of the wish for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// On its way.
    Sent,
    /// One was sent just before, or too many of late.
    TooSoon,
    /// There is nowhere to send it.
    Nowhere,
    /// Whoever carries messages did not take it.
    Undelivered,
}

/// What a typed code proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It is the one sent: the session is open, and strong when it is the patient's.
    Passed,
    /// It is not.
    Wrong,
    /// No code is waited for any more: used, too old, or out of tries. Another can be sent.
    Over,
}

impl Diffusion {
    /// Sends a code to the contact of that id, or to the first one.
    pub async fn send_code(
        &self,
        token: &SessionToken,
        contact: Option<&str>,
        language: Language,
    ) -> Result<Sending, Denied> {
        let session = self.session_in_any_state(token).await?;
        if !session.waits() {
            return Err(Denied::NoSession);
        }
        let contacts = self.contacts_of(&session).await?;
        let chosen = match contact {
            Some(id) => contacts.into_iter().find(|contact| hex::encode(contact.id) == id),
            None => contacts.into_iter().next(),
        };
        let Some(chosen) = chosen else { return Ok(Sending::Nowhere) };
        let code = self.six_digits();
        if !self.keep_challenge(&session, &chosen, &code).await? {
            return Ok(Sending::TooSoon);
        }
        Ok(self.carry(chosen, language, code).await)
    }

    async fn carry(&self, contact: Contact, language: Language, code: String) -> Sending {
        let letter = Letter::OneTimeCode { code };
        let message = Message { channel: contact.channel, to: contact.address, language, letter };
        match self.inner.settings.second_factor.messenger.send(message).await {
            Ok(()) => Sending::Sent,
            Err(error) => {
                tracing::error!(%error, "a one-time code could not be sent");
                Sending::Undelivered
            }
        }
    }

    /// Six digits, each as likely as the others.
    fn six_digits(&self) -> String {
        // 64 bits modulo a million: the bias is below 10⁻¹³.
        let chance = u64::from_be_bytes(random_bytes::<8>(self.inner.ports.random.as_ref()));
        format!("{:06}", chance % 1_000_000)
    }

    fn code_mac(&self, challenge: Uuid, session: &[u8; 32], code: &str) -> Result<[u8; 32], DiffusionError> {
        self.inner.keys.digest(Use::OneTimeCode, &[challenge.as_bytes(), session, code.as_bytes()])
    }

    /// Writes down that a code is sent, before it is; false when it is too soon.
    async fn keep_challenge(&self, session: &Living, to: &Contact, code: &str) -> Result<bool, DiffusionError> {
        let doing = || DiffusionError::db("keeping a one-time code");
        let (group, now) = (self.inner.database.group(), self.now());
        let challenge = Uuid::from_bytes(random_bytes(self.inner.ports.random.as_ref()));
        let mac = self.code_mac(challenge, &session.digest, code)?;
        let mut transaction = self.inner.database.write().await?;
        if too_soon(&mut transaction, group, session, now).await? {
            return Ok(false);
        }
        sqlx::query("UPDATE one_time_code SET ended_at = ? WHERE group_id = ? AND session = ? AND ended_at IS NULL")
            .bind(micros(now))
            .bind(group)
            .bind(session.digest.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(doing())?;
        sqlx::query(
            "INSERT INTO one_time_code (group_id, challenge, session, exam, code_mac, sent_at, contact)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(group)
        .bind(challenge.as_bytes().as_slice())
        .bind(session.digest.as_slice())
        .bind(session.exam.as_bytes().as_slice())
        .bind(mac.as_slice())
        .bind(micros(now))
        .bind(to.representative.then(|| to.id.to_vec()))
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        transaction.commit().await.map_err(doing())?;
        Ok(true)
    }

    /// Whether a code sent to this session can still be typed.
    pub(super) async fn living_challenge(&self, session: &Living) -> Result<bool, DiffusionError> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM one_time_code
             WHERE group_id = ? AND session = ? AND ended_at IS NULL AND sent_at > ? AND tries < ?)",
        )
        .bind(self.inner.database.group())
        .bind(session.digest.as_slice())
        .bind(micros(self.now() - VALID))
        .bind(TRIES)
        .fetch_one(self.inner.database.read())
        .await
        .map_err(DiffusionError::db("looking for a one-time code"))
    }

    /// Judges a typed code. The try is counted, durably, with the judgement; the proof is traced before it opens
    /// anything.
    pub async fn prove(&self, token: &SessionToken, typed: &str) -> Result<Proof, Denied> {
        let session = self.session_in_any_state(token).await?;
        if !session.waits() {
            return Err(Denied::NoSession);
        }
        let typed: String = typed.chars().filter(char::is_ascii_digit).take(12).collect();
        let proof = self.judge_code(&session, &typed).await?;
        if proof == Proof::Wrong {
            let event = event_of(session.exam, Act::Refusal, actor_of(&session), Outcome::Refused);
            self.inner.gate.refuse(event).await.map_err(not_traced)?;
        }
        if proof == Proof::Passed {
            let event = event_of(session.exam, Act::Prove, actor_of(&session), Outcome::Success);
            self.inner.ports.trace.append(event).await.map_err(not_traced)?;
            self.pass(&session).await?;
        }
        Ok(proof)
    }

    async fn judge_code(&self, session: &Living, typed: &str) -> Result<Proof, DiffusionError> {
        let doing = || DiffusionError::db("judging a one-time code");
        let (group, now) = (self.inner.database.group(), self.now());
        let mut transaction = self.inner.database.write().await?;
        let row = sqlx::query(
            "UPDATE one_time_code SET tries = tries + 1
             WHERE group_id = ? AND session = ? AND ended_at IS NULL AND sent_at > ? AND tries < ?
             RETURNING challenge, code_mac, tries",
        )
        .bind(group)
        .bind(session.digest.as_slice())
        .bind(micros(now - VALID))
        .bind(TRIES)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(doing())?;
        let Some(row) = row else { return Ok(Proof::Over) };
        let challenge = crate::database::uuid_at(&row, 0)?;
        let kept: Vec<u8> = row.try_get(1).map_err(doing())?;
        let tries: i64 = row.try_get(2).map_err(doing())?;
        let right: bool = kept.as_slice().ct_eq(&self.code_mac(challenge, &session.digest, typed)?).into();
        if right || tries >= TRIES {
            sqlx::query("UPDATE one_time_code SET ended_at = ? WHERE group_id = ? AND challenge = ?")
                .bind(micros(now))
                .bind(group)
                .bind(challenge.as_bytes().as_slice())
                .execute(&mut *transaction)
                .await
                .map_err(doing())?;
        }
        transaction.commit().await.map_err(doing())?;
        Ok(if right { Proof::Passed } else { Proof::Wrong })
    }

    async fn pass(&self, session: &Living) -> Result<(), DiffusionError> {
        let doing = || DiffusionError::db("opening a session that proved itself");
        let mut transaction = self.inner.database.write().await?;
        // Who proved a representative's contact stands for the person, and only while that contact may be used. The code
        // just typed is the latest that was sent.
        sqlx::query(
            "UPDATE session SET factor = 'passed', contact = (
                 SELECT c.contact FROM one_time_code c WHERE c.group_id = session.group_id
                 AND c.session = session.token_sha ORDER BY c.sent_at DESC LIMIT 1)
             WHERE group_id = ? AND token_sha = ? AND factor = 'awaited'",
        )
        .bind(self.inner.database.group())
        .bind(session.digest.as_slice())
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        transaction.commit().await.map_err(doing())
    }
}

async fn too_soon(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    session: &Living,
    now: time::OffsetDateTime,
) -> Result<bool, DiffusionError> {
    let row = sqlx::query(
        "SELECT count(*) FILTER (WHERE session = ?1 AND sent_at > ?2), count(*) FILTER (WHERE sent_at > ?3), count(*)
         FROM one_time_code WHERE group_id = ?4 AND exam = ?5 AND sent_at > ?6 AND sent_at <= ?7",
    )
    .bind(session.digest.as_slice())
    .bind(micros(now - RESEND_AFTER))
    .bind(micros(now - HOUR))
    .bind(group)
    .bind(session.exam.as_bytes().as_slice())
    .bind(micros(now - DAY))
    .bind(micros(now))
    .fetch_one(&mut **transaction)
    .await
    .map_err(DiffusionError::db("counting one-time codes"))?;
    let counts = || -> Result<(i64, i64, i64), sqlx::Error> { Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)) };
    let (just_now, hour, day) = counts().map_err(DiffusionError::db("counting one-time codes"))?;
    Ok(just_now > 0 || hour >= MOST_IN_AN_HOUR || day >= MOST_IN_A_DAY)
}
