//! Reading in bulk: beyond so many exams in an hour, each further one opens only after a wait that is said, and the
//! keeper is alarmed.

use super::{ProDenied, ProSession};
use crate::database::{instant, micros};
use crate::traced::not_traced;
use crate::{Diffusion, DiffusionError};
use sqlx::Row;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use trace::SecurityEvent;
use uuid::Uuid;

/// An exam opened again so soon is the same opening.
const SAME_OPENING: time::Duration = time::Duration::minutes(15);

/// What the keeper sees of bulk reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BulkState {
    /// Professionals who opened as many exams as the threshold, or more, in the last hour.
    pub slowed: u64,
}

impl Diffusion {
    /// Counts an exam as opened by this professional, unless they have opened too many: then it is not opened.
    pub(super) async fn note_pro_opened(&self, session: &ProSession, exam: Uuid) -> Result<(), ProDenied> {
        let doing = || DiffusionError::db("counting what a professional opens");
        let (group, now) = (self.inner.database.group(), self.now());
        let policy = self.inner.settings.bulk;
        let known = sqlx::query(
            "SELECT count(*), max(last_at), max(CASE WHEN exam = ?4 THEN last_at END) FROM professional_opened
             WHERE group_id = ?1 AND rpps_mac = ?2 AND last_at > ?3",
        )
        .bind(group)
        .bind(session.rpps_mac.as_slice())
        .bind(micros(now - policy.window))
        .bind(exam.as_bytes().as_slice())
        .fetch_one(self.inner.database.read())
        .await
        .map_err(doing())?;
        let opened: i64 = known.try_get(0).map_err(doing())?;
        let last: Option<i64> = known.try_get(1).map_err(doing())?;
        let this: Option<i64> = known.try_get(2).map_err(doing())?;
        if this.is_some_and(|at| now - instant(at) < SAME_OPENING) {
            return Ok(());
        }
        let threshold = i64::from(policy.exams);
        let next = last.map(instant).map(|last| last + policy.delay).filter(|_| opened >= threshold && this.is_none());
        if let Some(next) = next.filter(|next| now < *next) {
            return Err(ProDenied::Slowed(next));
        }
        if opened + 1 == threshold && this.is_none() {
            self.alarm_bulk(session, opened + 1).await?;
        }
        self.write_opened(session, exam, now).await?;
        Ok(())
    }

    async fn write_opened(&self, session: &ProSession, exam: Uuid, now: OffsetDateTime) -> Result<(), DiffusionError> {
        let doing = || DiffusionError::db("noting what a professional opened");
        let mut transaction = self.inner.database.write().await?;
        sqlx::query(
            "INSERT INTO professional_opened (group_id, rpps_mac, exam, last_at) VALUES (?, ?, ?, ?)
             ON CONFLICT (group_id, rpps_mac, exam) DO UPDATE SET last_at = excluded.last_at",
        )
        .bind(self.inner.database.group())
        .bind(session.rpps_mac.as_slice())
        .bind(exam.as_bytes().as_slice())
        .bind(micros(now))
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        transaction.commit().await.map_err(doing())
    }

    /// One line of the security log, durable before the exam opens.
    async fn alarm_bulk(&self, session: &ProSession, opened: i64) -> Result<(), DiffusionError> {
        tracing::warn!(opened, "a professional opens many exams: they are slowed");
        let detail = BTreeMap::from([
            ("who".to_owned(), self.pro_actor(session).label),
            ("opened".to_owned(), opened.to_string()),
        ]);
        let event = SecurityEvent { kind: "bulk-reading".into(), origin: None, detail };
        self.inner.ports.trace.security(event).await.map_err(not_traced)
    }

    /// Whether anybody reads in bulk, for the keeper.
    pub async fn bulk_state(&self) -> Result<BulkState, DiffusionError> {
        let policy = self.inner.settings.bulk;
        let slowed: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM (SELECT 1 FROM professional_opened WHERE group_id = ?1 AND last_at > ?2
             GROUP BY rpps_mac HAVING count(*) >= ?3)",
        )
        .bind(self.inner.database.group())
        .bind(micros(self.now() - policy.window))
        .bind(policy.exams)
        .fetch_one(self.inner.database.read())
        .await
        .map_err(DiffusionError::db("looking for bulk reading"))?;
        Ok(BulkState { slowed: slowed.unsigned_abs() })
    }
}
