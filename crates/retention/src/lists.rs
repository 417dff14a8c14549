//! What people do with lists: read, approve, refuse, take back. Judged by role, traced first.

use crate::{GRACE_DAYS, Person, Retention, RetentionError, policies_digest};
use record::{
    Approval, Approved, Destruction, ErasureItem, ErasureList, ExamId, LegacyRule, Refusal, RetentionDay, Role,
    StandingRule,
};
use std::collections::BTreeMap;
use time::{Date, Duration};
use trace::{Actor, Event, Kind, Outcome};
use uuid::Uuid;

/// Who may let exams go, or keep them.
const MAY: &[Role] = &[Role::DataProtection, Role::Administrator, Role::Radiologist];
/// Who may read what goes and why.
const READ: &[Role] = &[Role::DataProtection, Role::Administrator, Role::Radiologist, Role::Desk];
/// Lists of each state on a page.
const LISTS: u32 = 30;

/// Everything one page says.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Lists: those that wait, then those approved, then those refused.
    pub lists: Vec<ErasureList>,
    /// The rule for exams nobody chose to archive.
    pub rule: Option<StandingRule>,
    /// Today, and what was foreseen for it.
    pub today: Option<(Date, RetentionDay)>,
    /// Tomorrow.
    pub tomorrow: Option<RetentionDay>,
    /// The latest certificates.
    pub certificates: Vec<Destruction>,
    /// Batches adopted without a recorded choice.
    pub batches: Vec<(String, u64, Option<LegacyRule>)>,
}

impl Retention {
    /// The page of retention.
    pub async fn overview(&self, who: &Person) -> Result<Overview, RetentionError> {
        allow(who, READ)?;
        let group = self.group();
        let lists = self.catalogue.lists(group, LISTS).await?;
        self.told(who, Kind::Query, None, &[("what", "retention".into()), ("lists", lists.len().to_string())]).await?;
        // A page may be read while the clocks disagree: it then foresees nothing.
        let day = self.now().ok().map(|now| self.day_of(now));
        let (mut today, mut tomorrow) = (None, None);
        if let Some(day) = day {
            today = self.catalogue.retention_day(group, day).await?.map(|said| (day, said));
            tomorrow = self.catalogue.retention_day(group, exam::dates::add_days(day, 1)).await?;
        }
        Ok(Overview {
            lists,
            rule: self.catalogue.rule(group, &policies_digest(&self.config.policies)).await?,
            today,
            tomorrow,
            certificates: self.catalogue.destructions(group, None, LISTS).await?,
            batches: self.catalogue.legacy_batches(group).await?,
        })
    }

    /// A list with its lines.
    pub async fn list(&self, who: &Person, list: Uuid) -> Result<(ErasureList, Vec<ErasureItem>), RetentionError> {
        allow(who, READ)?;
        self.told(who, Kind::Query, None, &[("what", "retention-list".into()), ("list", list.to_string())]).await?;
        Ok(self.catalogue.list(self.group(), list).await?)
    }

    /// One person's yes to a list; the second one begins the grace.
    pub async fn approve(&self, who: &Person, list: Uuid) -> Result<Approved, RetentionError> {
        allow(who, MAY)?;
        let now = self.now()?;
        self.changes(who, None, "retention-approve", &[("list", list.to_string())]).await?;
        let approval = Approval { by: who.login.clone(), role: who.role, at: now };
        Ok(self.catalogue.list_approve(self.group(), list, approval, now + Duration::days(GRACE_DAYS)).await?)
    }

    /// One person's no.
    pub async fn refuse(&self, who: &Person, list: Uuid, reason: &str) -> Result<(), RetentionError> {
        allow(who, MAY)?;
        let now = self.now()?;
        self.changes(who, None, "retention-refuse", &[("list", list.to_string())]).await?;
        let refusal = Refusal { by: who.login.clone(), reason: reason.to_owned(), at: now };
        Ok(self.catalogue.list_refuse(self.group(), list, refusal).await?)
    }

    /// Takes an exam back during its grace.
    pub async fn recover(&self, who: &Person, exam: ExamId, reason: &str) -> Result<(), RetentionError> {
        allow(who, MAY)?;
        let at = self.wall_now();
        self.changes(who, Some(exam), "retention-recover", &[]).await?;
        Ok(self.catalogue.take_off(self.group(), exam, &who.login, reason, at).await?)
    }

    /// One person's yes to the rule under which exams nobody chose to archive go day by day.
    pub async fn approve_rule(&self, who: &Person) -> Result<Approved, RetentionError> {
        allow(who, MAY)?;
        let at = self.now()?;
        self.changes(who, None, "retention-approve-rule", &[]).await?;
        let approval = Approval { by: who.login.clone(), role: who.role, at };
        let policies = policies_digest(&self.config.policies);
        Ok(self.catalogue.rule_approve(self.group(), self.fresh_id(), &policies, approval).await?)
    }

    /// Ends that rule: its exams wait for two people each day again.
    pub async fn end_rule(&self, who: &Person) -> Result<(), RetentionError> {
        allow(who, MAY)?;
        let at = self.now()?;
        self.changes(who, None, "retention-end-rule", &[]).await?;
        Ok(self.catalogue.rules_end(self.group(), &who.login, at).await?)
    }

    /// A data-protection officer's word on a batch of adopted exams.
    pub async fn legacy(
        &self,
        who: &Person,
        batch: &str,
        kept_as_chosen: bool,
        reason: &str,
    ) -> Result<(), RetentionError> {
        allow(who, &[Role::DataProtection])?;
        let at = self.now()?;
        self.changes(who, None, "retention-batch", &[("batch", batch.to_owned())]).await?;
        let rule = LegacyRule {
            batch: batch.to_owned(),
            kept_as_chosen,
            reason: reason.to_owned(),
            by: who.login.clone(),
            at,
        };
        Ok(self.catalogue.legacy_rule(self.group(), rule).await?)
    }

    /// A data-protection officer lets a day that stopped at its cap go on.
    pub async fn lift_cap(&self, who: &Person) -> Result<(), RetentionError> {
        allow(who, &[Role::DataProtection])?;
        let today = self.day_of(self.now()?);
        self.changes(who, None, "retention-over-cap", &[]).await?;
        let day = self.catalogue.retention_day(self.group(), today).await?;
        let day = day.filter(|day| day.stopped.is_some()).ok_or(RetentionError::Refused("the day has not stopped"))?;
        let day = RetentionDay { lifted_by: Some(who.login.clone()), ..day };
        Ok(self.catalogue.retention_day_set(self.group(), today, day).await?)
    }

    /// The certificate of an exam.
    pub async fn certificate_of(&self, who: &Person, exam: ExamId) -> Result<Option<Destruction>, RetentionError> {
        allow(who, READ)?;
        self.told(who, Kind::Query, Some(exam), &[("what", "certificate".into())]).await?;
        Ok(self.catalogue.destruction(self.group(), exam).await?)
    }

    pub(crate) async fn changes(
        &self,
        who: &Person,
        exam: Option<ExamId>,
        what: &str,
        words: &[(&str, String)],
    ) -> Result<(), RetentionError> {
        let words: Vec<_> = words.iter().cloned().chain([("what", what.to_owned())]).collect();
        self.told(who, Kind::Change, exam, &words).await
    }

    async fn told(
        &self,
        who: &Person,
        kind: Kind,
        exam: Option<ExamId>,
        words: &[(&str, String)],
    ) -> Result<(), RetentionError> {
        let patient = match exam {
            Some(exam) => self.catalogue.exam(self.group(), exam).await?.patient,
            None => None,
        };
        let detail: BTreeMap<_, _> = words.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let event = Event {
            kind,
            patient: patient.map(|patient| patient.id.to_string()),
            exam: exam.map(|exam| exam.0),
            actor: Actor { role: trace::Role::Staff, label: label(who.role).into(), name: Some(who.login.clone()) },
            outcome: Outcome::Success,
            detail,
        };
        self.trace.append(event).await?;
        Ok(())
    }
}

pub(crate) fn allow(who: &Person, roles: &[Role]) -> Result<(), RetentionError> {
    if roles.contains(&who.role) { Ok(()) } else { Err(RetentionError::Refused("this role may not do that")) }
}

fn label(role: Role) -> &'static str {
    match role {
        Role::Desk => "accueil",
        Role::Radiologist => "radiologue",
        Role::Administrator => "administration",
        Role::DataProtection => "protection des données",
    }
}
