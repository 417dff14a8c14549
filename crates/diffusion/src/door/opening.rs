//! An attempt from the first byte to the answer. Every path that ends in a refusal does the same work.

use super::attempt::{normal_code, normal_number, normal_token};
use super::counters::{self, Admitted, Keyed};
use super::prefix::prefix_of;
use super::{Attempt, DoorState, Opened, QrAttempt, SessionToken, birth_date};
use crate::database::{instant, micros, uuid_at};
use crate::keys::Use;
use crate::traced::{Act, event_of, not_traced, sheet_actor};
use crate::{Diffusion, DiffusionError, OpenedWith, outbox};
use ambient::random_bytes;
use link::{BirthDate, ToArchive};
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};
use std::collections::BTreeMap;
use std::net::IpAddr;
use subtle::ConstantTimeEq;
use trace::{Actor, Outcome, Role, SecurityEvent};
use uuid::Uuid;

/// A sheet that the selector points to, with its exam's birth date.
struct Candidate {
    sheet: Uuid,
    exam: Uuid,
    verifier: Vec<u8>,
    birth: Vec<u8>,
    dead: bool,
    code_locked: bool,
}

/// Whether an attempt opened, and which exam its selector names, if any.
struct Verdict {
    opened: Option<(Uuid, Uuid)>,
    known_exam: Option<Uuid>,
}

impl Diffusion {
    /// Opens the door to a number, a code and a birth date. An error means that the judgement or its trace could
    /// not be made; it is shown like a refusal.
    pub async fn open(&self, attempt: &Attempt) -> Result<Opened, DiffusionError> {
        let Some(_place) = self.inner.hasher.enter() else { return Ok(Opened::Refused) };
        let (number, code) = (normal_number(&attempt.number), normal_code(&attempt.code));
        let number_digest = self.inner.keys.digest(Use::Number, &[number.as_bytes()])?;
        let keyed = self.keyed(&number_digest, Some(number_digest), attempt.client)?;
        let Some(admitted) = self.admit(&keyed).await? else { return Ok(Opened::Refused) };
        let verifier = self.inner.hasher.verifier(&self.inner.keys, &number, &code).await?;
        let candidates = self.sheets_by("number_mac", &number_digest).await?;
        let locked = admitted.spent(&self.inner.settings.throttle);
        let verdict = self.judge(&candidates, &verifier, attempt.birth_date, locked)?;
        self.conclude(&keyed, verdict, OpenedWith::Code, &admitted).await
    }

    /// Opens the door to a scanned QR and a birth date. No number locks it.
    pub async fn open_by_qr(&self, attempt: &QrAttempt) -> Result<Opened, DiffusionError> {
        let Some(_place) = self.inner.hasher.enter() else { return Ok(Opened::Refused) };
        let qr = self.inner.keys.digest(Use::Qr, &[normal_token(&attempt.token).as_bytes()])?;
        let keyed = self.keyed(&qr, None, attempt.client)?;
        let Some(admitted) = self.admit(&keyed).await? else { return Ok(Opened::Refused) };
        let mut candidates = self.sheets_by("qr_mac", &qr).await?;
        // 128 random bits need no slow hash: what is compared is the token's own digest, found by index.
        for candidate in &mut candidates {
            candidate.verifier = qr.to_vec();
            candidate.code_locked = false;
        }
        let verdict = self.judge(&candidates, &qr, attempt.birth_date, false)?;
        self.conclude(&keyed, verdict, OpenedWith::Qr, &admitted).await
    }

    /// What the keeper sees of the door.
    pub async fn door_state(&self) -> Result<DoorState, DiffusionError> {
        let (database, policy) = (&self.inner.database, &self.inner.settings.throttle);
        let budget = counters::budget(database.read(), database.group(), policy, micros(self.now())).await?;
        Ok(DoorState { failures: budget.count, alarm: budget.alarm(policy) })
    }

    pub(crate) fn keyed(
        &self,
        selector: &[u8; 32],
        number: Option<[u8; 32]>,
        client: IpAddr,
    ) -> Result<Keyed, DiffusionError> {
        let prefix = prefix_of(client);
        Ok(Keyed {
            bucket: self.inner.keys.digest(Use::Bucket, &[selector, &prefix])?,
            number,
            prefix: self.inner.keys.digest(Use::Prefix, &[&prefix])?,
        })
    }

    /// Takes back the count of an attempt that succeeded.
    pub(crate) async fn forgive(&self, keyed: &Keyed) -> Result<(), DiffusionError> {
        let (database, policy) = (&self.inner.database, &self.inner.settings.throttle);
        let mut transaction = database.write().await?;
        counters::succeed(&mut transaction, database.group(), keyed, policy, micros(self.now())).await?;
        transaction.commit().await.map_err(DiffusionError::db("forgiving an attempt"))
    }

    pub(crate) async fn admit(&self, keyed: &Keyed) -> Result<Option<Admitted>, DiffusionError> {
        let (database, policy) = (&self.inner.database, &self.inner.settings.throttle);
        let mut transaction = database.write().await?;
        let admitted = counters::admit(&mut transaction, database.group(), keyed, policy, micros(self.now())).await?;
        transaction.commit().await.map_err(DiffusionError::db("counting an attempt"))?;
        if admitted.as_ref().is_some_and(|admitted| admitted.alarm_begins) {
            tracing::warn!("the door's failure budget is spent: new clients are slowed");
            self.note_security("budget-exhausted");
        }
        Ok(admitted)
    }

    async fn sheets_by(&self, column: &'static str, digest: &[u8; 32]) -> Result<Vec<Candidate>, DiffusionError> {
        let statement = match column {
            "qr_mac" => {
                "SELECT s.sheet, s.exam, s.verifier, e.birth_mac, min(s.dead_from, coalesce(s.parent_until, s.dead_from)),
                     s.revoked_at, s.code_locked
                 FROM sheet s JOIN exam e ON e.group_id = s.group_id AND e.exam = s.exam
                 WHERE s.group_id = ? AND s.qr_mac = ?"
            }
            _ => {
                "SELECT s.sheet, s.exam, s.verifier, e.birth_mac, min(s.dead_from, coalesce(s.parent_until, s.dead_from)),
                     s.revoked_at, s.code_locked
                 FROM sheet s JOIN exam e ON e.group_id = s.group_id AND e.exam = s.exam
                 WHERE s.group_id = ? AND s.number_mac = ?"
            }
        };
        let rows = sqlx::query(statement)
            .bind(self.inner.database.group())
            .bind(digest.as_slice())
            .fetch_all(self.inner.database.read())
            .await
            .map_err(DiffusionError::db("looking for codes"))?;
        let now = micros(self.now());
        rows.iter().map(|row| candidate_of(row, now)).collect()
    }

    fn judge(
        &self,
        candidates: &[Candidate],
        verifier: &[u8; 32],
        typed: BirthDate,
        locked: bool,
    ) -> Result<Verdict, DiffusionError> {
        let mut opened = None;
        for candidate in candidates {
            let right_code: bool = candidate.verifier.as_slice().ct_eq(verifier).into();
            let right_date = birth_date::fits(&self.inner.keys, candidate.exam, typed, &candidate.birth)?;
            if right_code && right_date && !candidate.dead && !candidate.code_locked && !locked {
                opened = Some((candidate.sheet, candidate.exam));
            }
        }
        Ok(Verdict { opened, known_exam: candidates.first().map(|candidate| candidate.exam) })
    }

    async fn conclude(
        &self,
        keyed: &Keyed,
        verdict: Verdict,
        with: OpenedWith,
        admitted: &Admitted,
    ) -> Result<Opened, DiffusionError> {
        let Some((sheet, exam)) = verdict.opened else {
            self.note_refusal(verdict.known_exam);
            self.lock_if_spent(keyed, verdict.known_exam, admitted).await?;
            return Ok(Opened::Refused);
        };
        let event = event_of(exam, Act::Open, sheet_actor(sheet, with), Outcome::Success);
        self.inner.ports.trace.append(event).await.map_err(not_traced)?;
        let token = hex::encode(random_bytes::<32>(self.inner.ports.random.as_ref()));
        let factor = if self.must_prove(exam).await? { "awaited" } else { "none" };
        self.admit_session(keyed, sheet, exam, (with, factor), &token).await?;
        Ok(Opened::Session(SessionToken(token)))
    }

    /// Session, use count, forgiveness and message, in one transaction.
    async fn admit_session(
        &self,
        keyed: &Keyed,
        sheet: Uuid,
        exam: Uuid,
        (with, factor): (OpenedWith, &'static str),
        token: &str,
    ) -> Result<(), DiffusionError> {
        let (database, policy) = (&self.inner.database, &self.inner.settings.throttle);
        let (group, now) = (database.group(), micros(self.now()));
        let doing = "opening a session";
        let mut transaction = database.write().await?;
        counters::succeed(&mut transaction, group, keyed, policy, now).await?;
        let uses: i64 = sqlx::query("UPDATE sheet SET uses = uses + 1 WHERE group_id = ? AND sheet = ? RETURNING uses")
            .bind(group)
            .bind(sheet.as_bytes().as_slice())
            .fetch_one(&mut *transaction)
            .await
            .and_then(|row| row.try_get(0))
            .map_err(DiffusionError::db(doing))?;
        sqlx::query(
            "INSERT INTO session (group_id, token_sha, exam, sheet, opened_by, opened_at, seen_at, factor)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(group)
        .bind(Sha256::digest(token.as_bytes()).as_slice())
        .bind(exam.as_bytes().as_slice())
        .bind(sheet.as_bytes().as_slice())
        .bind(match with {
            OpenedWith::Code => "code",
            OpenedWith::Qr => "qr",
            OpenedWith::Invitation => "share",
        })
        .bind(now)
        .bind(now)
        .bind(factor)
        .execute(&mut *transaction)
        .await
        .map_err(DiffusionError::db(doing))?;
        let used = ToArchive::CodeUsed { sheet, uses: uses.unsigned_abs(), at: instant(now) };
        outbox::say(&mut transaction, group, &used).await?;
        transaction.commit().await.map_err(DiffusionError::db(doing))
    }

    /// The hundredth failure locks the codes of the number and tells the archive side, once.
    async fn lock_if_spent(
        &self,
        keyed: &Keyed,
        known_exam: Option<Uuid>,
        admitted: &Admitted,
    ) -> Result<(), DiffusionError> {
        let spent = admitted.number_failures.saturating_add(1) >= self.inner.settings.throttle.number_failures;
        let (Some(number), true) = (keyed.number, spent) else { return Ok(()) };
        let (group, now) = (self.inner.database.group(), micros(self.now()));
        let mut transaction = self.inner.database.write().await?;
        let locked = lock_codes(&mut transaction, group, &number).await?;
        if let (Some(exam), true) = (known_exam, locked > 0) {
            outbox::say(&mut transaction, group, &ToArchive::NumberLocked { exam, at: instant(now) }).await?;
        }
        transaction.commit().await.map_err(DiffusionError::db("locking a number"))
    }

    /// Refusals are traced beside the answer, not before it: nothing leaves, and a wait for the disk would tell a
    /// known number from an unknown one.
    fn note_refusal(&self, known_exam: Option<Uuid>) {
        let Some(exam) = known_exam else { return self.note_security("door-refused") };
        let gate = self.inner.gate.clone();
        let actor = Actor { role: Role::Patient, label: "door".into(), name: None };
        let event = event_of(exam, Act::Refusal, actor, Outcome::Refused);
        self.inner.beside.spawn(async move {
            if let Err(error) = gate.refuse(event).await {
                tracing::error!(%error, "a refusal could not be traced");
            }
        });
    }

    fn note_security(&self, kind: &'static str) {
        let trace = self.inner.ports.trace.clone();
        let event = SecurityEvent { kind: kind.into(), origin: None, detail: BTreeMap::new() };
        self.inner.beside.spawn(async move {
            if let Err(error) = trace.security(event).await {
                tracing::error!(%error, "the security log could not be written");
            }
        });
    }
}

async fn lock_codes(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    number: &[u8; 32],
) -> Result<u64, DiffusionError> {
    let done = sqlx::query(
        "UPDATE sheet SET code_locked = 1
         WHERE group_id = ? AND number_mac = ? AND code_locked = 0 AND revoked_at IS NULL",
    )
    .bind(group)
    .bind(number.as_slice())
    .execute(&mut **transaction)
    .await
    .map_err(DiffusionError::db("locking a number"))?;
    Ok(done.rows_affected())
}

fn candidate_of(row: &SqliteRow, now: i64) -> Result<Candidate, DiffusionError> {
    let reading = || DiffusionError::db("reading a code");
    let birth: Option<Vec<u8>> = row.try_get(3).map_err(reading())?;
    let dead_from: i64 = row.try_get(4).map_err(reading())?;
    let revoked_at: Option<i64> = row.try_get(5).map_err(reading())?;
    let locked: i64 = row.try_get(6).map_err(reading())?;
    Ok(Candidate {
        sheet: uuid_at(row, 0)?,
        exam: uuid_at(row, 1)?,
        verifier: row.try_get(2).map_err(reading())?,
        birth: birth.unwrap_or_default(),
        dead: revoked_at.is_some() || now >= dead_from,
        code_locked: locked != 0,
    })
}
