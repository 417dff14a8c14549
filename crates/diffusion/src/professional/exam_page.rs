//! One exam in front of a professional: judged at each request, like everything else here.

use super::list::ProLine;
use super::{ProSession, ProToken};
use crate::database::{micros, uuid_at};
use crate::rights::{Asked, Basis, without_report};
use crate::{Denied, Diffusion, DiffusionError, ExpiryPage, Grant, Holder, stub};
use exam::ids::Finess;
use link::{Publication, ReportSummary};
use sqlx::Row;
use std::collections::BTreeSet;
use std::sync::Arc;
use time::OffsetDateTime;
use uuid::Uuid;

/// What a professional may see of an exam at this instant.
#[derive(Debug, Clone)]
pub enum ProLook {
    /// The exam is on line.
    Online(Grant),
    /// It was, and can be brought back.
    Expired(ExpiryPage),
}

/// Why a professional gets nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProDenied {
    /// No living session: back to the login.
    #[error("no session")]
    NoSession,
    /// Unknown, not theirs, hidden from them, or not here now: one answer.
    #[error("not there")]
    NotThere,
    /// Many exams in an hour: the next opens at this instant.
    #[error("slowed down")]
    Slowed(OffsetDateTime),
    /// The judgement could not be made, so nothing is served.
    #[error(transparent)]
    Failed(#[from] DiffusionError),
}

impl From<Denied> for ProDenied {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Failed(error) => Self::Failed(error),
            Denied::NoSession | Denied::FactorAwaited | Denied::NotStrong => Self::NoSession,
            Denied::NotOnline | Denied::NotRecallable | Denied::Absent => Self::NotThere,
        }
    }
}

impl Diffusion {
    /// What this professional may see of this exam at this instant; it counts as opened by them.
    ///
    /// # Errors
    /// [`ProDenied`].
    pub async fn pro_look(&self, token: &ProToken, exam: Uuid) -> Result<(ProSession, ProLook), ProDenied> {
        let session = self.pro_session(token).await?.ok_or(ProDenied::NoSession)?;
        let basis = self.basis(&session, exam, Asked::Exam).await?.ok_or(ProDenied::NotThere)?;
        let look = self.pro_judged(&session, exam, basis).await?;
        if matches!(look, ProLook::Online(_)) {
            self.note_pro_opened(&session, exam).await?;
        }
        Ok((session, look))
    }

    /// The right to see an exam on line at this instant.
    ///
    /// # Errors
    /// [`ProDenied`].
    pub async fn pro_grant(&self, token: &ProToken, exam: Uuid) -> Result<Grant, ProDenied> {
        match self.pro_look(token, exam).await?.1 {
            ProLook::Online(grant) => Ok(grant),
            ProLook::Expired(_) => Err(ProDenied::NotThere),
        }
    }

    /// The other exams of the same person that this professional may see, newest first. By the archive's own word of
    /// whom they are about, never by name.
    pub async fn pro_others(&self, session: &ProSession, exam: Uuid) -> Result<Vec<ProLine>, DiffusionError> {
        let lines = self.pro_lines(session).await?;
        let person = lines.iter().find(|(_, line)| line.exam == exam).and_then(|(_, line)| line.person);
        let Some(person) = person else { return Ok(Vec::new()) };
        let same = |line: &ProLine| line.exam != exam && line.person == Some(person);
        let mut others: Vec<ProLine> = lines.into_iter().map(|(_, line)| line).filter(same).collect();
        others.sort_by_key(|line| std::cmp::Reverse((line.date, line.exam)));
        Ok(others)
    }

    /// Whether a reading under way may go on: the session lives, and the exam is still theirs, with its report where
    /// that is read.
    pub(crate) async fn pro_may_go_on(
        &self,
        digest: &[u8; 32],
        exam: Uuid,
        report: Option<&ReportSummary>,
    ) -> Result<(), DiffusionError> {
        let session = self.pro_session_as_it_is(digest).await?.ok_or(DiffusionError::Gone)?.0;
        let mut may = self.may_see(&session, exam, Asked::Exam).await?;
        if let Some(report) = report.filter(|_| may) {
            may = self.may_see(&session, exam, Asked::Report(&report.all_versions())).await?;
        }
        if may { Ok(()) } else { Err(DiffusionError::Gone) }
    }

    /// Whether this professional may see the exam, or its report.
    pub(super) async fn may_see(
        &self,
        session: &ProSession,
        exam: Uuid,
        asked: Asked<'_>,
    ) -> Result<bool, DiffusionError> {
        Ok(self.basis(session, exam, asked).await?.is_some())
    }

    /// Why this professional may see it: by themselves first, else for somebody they stand in for.
    pub(super) async fn basis(
        &self,
        session: &ProSession,
        exam: Uuid,
        asked: Asked<'_>,
    ) -> Result<Option<Basis>, DiffusionError> {
        let structures = session.who.structures.iter().filter_map(|text| Finess::parse(text).ok());
        let structures: BTreeSet<Finess> = structures.collect();
        for mac in self.macs_of(session).await? {
            let who = (&session.rpps_mac, &session.who.rpps, structures.clone());
            if let Some(basis) = self.basis_by(who, &mac, exam, asked).await? {
                return Ok(Some(basis));
            }
        }
        Ok(None)
    }

    async fn pro_judged(&self, session: &ProSession, exam: Uuid, basis: Basis) -> Result<ProLook, ProDenied> {
        let doing = || DiffusionError::db("looking at a professional's exam");
        let row = sqlx::query("SELECT visible, online_until, stub FROM exam WHERE group_id = ? AND exam = ?")
            .bind(self.inner.database.group())
            .bind(exam.as_bytes().as_slice())
            .fetch_optional(self.inner.database.read())
            .await
            .map_err(doing())?
            .ok_or(ProDenied::NotThere)?;
        let visible: Option<Vec<u8>> = row.try_get(0).map_err(doing())?;
        let until: Option<i64> = row.try_get(1).map_err(doing())?;
        let sealed: Option<Vec<u8>> = row.try_get(2).map_err(doing())?;
        let words = sealed.map(|sealed| stub::open(self.inner.keys.master(), exam, &sealed)).transpose()?;
        let now = micros(self.now());
        if visible.is_some() && until.is_some_and(|until| now < until) {
            let copy = match self.open_copy(uuid_at(&row, 0)?).await {
                Err(DiffusionError::Gone) => return Err(ProDenied::NotThere),
                other => other?,
            };
            let mut publication = match words {
                Some(words) if words.times != copy.publication.times => {
                    Arc::new(Publication { times: words.times, ..(*copy.publication).clone() })
                }
                _ => Arc::clone(&copy.publication),
            };
            if let Some(report) = &publication.report
                && !self.may_see(session, exam, Asked::Report(&report.all_versions())).await?
            {
                publication = Arc::new(without_report(&publication));
            }
            let holder = Holder::Professional { actor: self.pro_actor_as(session, basis), basis };
            return Ok(ProLook::Online(Grant {
                exam,
                holder,
                session: session.digest,
                share: None,
                strong: false,
                may_download: true,
                publication,
            }));
        }
        let over = |words: &ExpiryPage| until.unwrap_or_else(|| micros(words.times.online_until)) <= now;
        let expired = words.filter(|words| over(words) && words.times.can_come_back());
        expired.map(ProLook::Expired).ok_or(ProDenied::NotThere)
    }
}
