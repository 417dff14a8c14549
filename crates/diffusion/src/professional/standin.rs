//! Standing in: a professional declares that another one acts for them from one day until another. It ends at its
//! date, or when they take it back.

use super::{ProDenied, ProSession, ProToken};
use crate::copies::{open_small, seal_small};
use crate::database::{instant, micros, uuid_at};
use crate::traced::not_traced;
use crate::{Diffusion, DiffusionError};
use ambient::random_bytes;
use exam::ids::Rpps;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};
use trace::{Event, Kind, Outcome};
use uuid::Uuid;

/// Nobody stands in for longer in one declaration.
const LONGEST: Duration = Duration::days(366);

/// A declaration, as its maker sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// Opaque id.
    pub standin: Uuid,
    /// Who acts.
    pub acting: Rpps,
    /// From this instant.
    pub from: OffsetDateTime,
    /// Until this one (exclusive).
    pub until: OffsetDateTime,
}

#[derive(Serialize, Deserialize)]
struct Words {
    version: u32,
    acting: Rpps,
}

impl Diffusion {
    /// Declares who stands in for the holder of a session. Traced first. `false`: the dates do not hold, or it is oneself.
    pub async fn declare_standin(
        &self,
        token: &ProToken,
        acting: &Rpps,
        from: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<bool, ProDenied> {
        let session = self.pro_session(token).await?.ok_or(ProDenied::NoSession)?;
        let fits = from < until && until - from <= LONGEST && until > self.now();
        if !fits || *acting == session.who.rpps {
            return Ok(false);
        }
        self.trace_standin(&session, "standin").await?;
        let random = self.inner.ports.random.as_ref();
        let id = uuid::Builder::from_random_bytes(random_bytes(random)).into_uuid();
        let words = serde_json::to_vec(&Words { version: 1, acting: acting.clone() })
            .map_err(|error| DiffusionError::Document(error.to_string()))?;
        let sealed = seal_small(self.inner.keys.master(), random_bytes(random), b"professional-standin", id, &words)?;
        let doing = || DiffusionError::db("declaring who stands in");
        let mut transaction = self.inner.database.write().await?;
        sqlx::query(
            "INSERT INTO professional_standin (group_id, standin, absent_mac, acting_mac, words, from_at, until_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(self.inner.database.group())
        .bind(id.as_bytes().as_slice())
        .bind(session.rpps_mac.as_slice())
        .bind(self.rpps_mac(acting)?.as_slice())
        .bind(sealed)
        .bind(micros(from))
        .bind(micros(until))
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        transaction.commit().await.map_err(doing())?;
        Ok(true)
    }

    /// Takes a declaration back; it is over at once. Another's is left alone.
    pub async fn end_standin(&self, token: &ProToken, standin: Uuid) -> Result<(), ProDenied> {
        let session = self.pro_session(token).await?.ok_or(ProDenied::NoSession)?;
        self.trace_standin(&session, "standin-ended").await?;
        let doing = || DiffusionError::db("taking a declaration back");
        let mut transaction = self.inner.database.write().await?;
        sqlx::query(
            "UPDATE professional_standin SET ended_at = ? WHERE group_id = ? AND standin = ? AND absent_mac = ?
             AND ended_at IS NULL",
        )
        .bind(micros(self.now()))
        .bind(self.inner.database.group())
        .bind(standin.as_bytes().as_slice())
        .bind(session.rpps_mac.as_slice())
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        Ok(transaction.commit().await.map_err(doing())?)
    }

    /// What the holder of a session has declared and is not over.
    pub async fn standins(&self, session: &ProSession) -> Result<Vec<StandIn>, DiffusionError> {
        let doing = || DiffusionError::db("listing who stands in");
        let rows = sqlx::query(
            "SELECT standin, words, from_at, until_at FROM professional_standin
             WHERE group_id = ? AND absent_mac = ? AND ended_at IS NULL AND until_at > ? ORDER BY from_at",
        )
        .bind(self.inner.database.group())
        .bind(session.rpps_mac.as_slice())
        .bind(micros(self.now()))
        .fetch_all(self.inner.database.read())
        .await
        .map_err(doing())?;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            let standin = uuid_at(row, 0)?;
            let sealed: Vec<u8> = row.try_get(1).map_err(doing())?;
            let plain = open_small(self.inner.keys.master(), b"professional-standin", standin, &sealed)?;
            let words: Words =
                serde_json::from_slice(&plain).map_err(|error| DiffusionError::Document(error.to_string()))?;
            let at = |column: usize| row.try_get::<i64, _>(column).map(instant).map_err(doing());
            all.push(StandIn { standin, acting: words.acting, from: at(2)?, until: at(3)? });
        }
        Ok(all)
    }

    /// The digests under which a session's holder may see exams now: their own, then of those they stand in for. One
    /// whose account was ended lends nothing.
    pub(super) async fn macs_of(&self, session: &ProSession) -> Result<Vec<[u8; 32]>, DiffusionError> {
        let doing = || DiffusionError::db("judging who stands in");
        let now = micros(self.now());
        let rows = sqlx::query(
            "SELECT DISTINCT s.absent_mac FROM professional_standin s
             WHERE s.group_id = ?1 AND s.acting_mac = ?2 AND s.from_at <= ?3 AND s.until_at > ?3 AND s.ended_at IS NULL
             AND NOT EXISTS (SELECT 1 FROM professional_account a WHERE a.group_id = s.group_id
                 AND a.rpps_mac = s.absent_mac AND a.ended_at IS NOT NULL) LIMIT 32",
        )
        .bind(self.inner.database.group())
        .bind(session.rpps_mac.as_slice())
        .bind(now)
        .fetch_all(self.inner.database.read())
        .await
        .map_err(doing())?;
        let mut macs = vec![session.rpps_mac];
        for row in &rows {
            let mac: Vec<u8> = row.try_get(0).map_err(doing())?;
            macs.extend(<[u8; 32]>::try_from(mac).ok());
        }
        Ok(macs)
    }

    async fn trace_standin(&self, session: &ProSession, what: &str) -> Result<(), DiffusionError> {
        let detail = BTreeMap::from([("what".to_owned(), what.to_owned())]);
        let actor = self.pro_actor(session);
        let event = Event { kind: Kind::Change, patient: None, exam: None, actor, outcome: Outcome::Success, detail };
        self.inner.ports.trace.append(event).await.map_err(not_traced)?;
        Ok(())
    }
}
