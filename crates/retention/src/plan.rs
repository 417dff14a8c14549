//! Which exams may be proposed. What it reads grows with what has expired or changed, not with what there is: each exam
//! has a hint, a day before which its verdict cannot turn, and only those whose day has come are judged.

use crate::judge::{Judged, judge};
use crate::{GRACE_DAYS, Retention, RetentionError, policies_digest};
use exam::policy::Policies;
use record::{ErasureItem, ErasureList, ErasurePath, ExamDetail, ExamId, ItemState, ListState, Review, StandingRule};
use std::collections::{BTreeMap, BTreeSet};
use time::{Date, Duration, Month, OffsetDateTime};

/// Exams judged between two writes of hints.
const PAGE: u32 = 500;
/// Lines of a list, at most: a list is read by people.
const LINES: usize = 500;
/// Hints reset in one transaction.
const RESET_PAGE: u32 = 5000;

/// Which exams are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Those whose hint has come.
    Hints,
    /// Every one: for a policy table that the hints know nothing of.
    Everything,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Exams that may be proposed, by way, in the order of their ids.
    pub items: BTreeMap<ErasurePath, Vec<ErasureItem>>,
    /// Exams that were judged.
    pub judged: u64,
}

impl Found {
    /// How many.
    pub fn count(&self) -> u64 {
        self.items.values().map(|items| items.len() as u64).sum()
    }

    /// Bytes of their objects.
    pub fn bytes(&self) -> u64 {
        self.items.values().flatten().map(|item| item.size_bytes).sum()
    }
}

impl Retention {
    /// Judges as of an instant. `keep` writes better hints back.
    pub(crate) async fn find(
        &self,
        policies: &Policies,
        at: OffsetDateTime,
        look: Look,
        keep: bool,
    ) -> Result<Found, RetentionError> {
        let day = self.day_of(at);
        let mut found = Found::default();
        let mut last: Option<Review> = None;
        loop {
            let page = match look {
                Look::Hints => self.catalogue.reviews_due(self.group(), day, last, PAGE).await?,
                Look::Everything => self.catalogue.reviews(self.group(), last.map(|one| one.exam), PAGE).await?,
            };
            let Some(end) = page.last().copied() else { break };
            last = Some(end);
            let mut moved = Vec::new();
            for review in page {
                found.judged += 1;
                let detail = self.catalogue.exam(self.group(), review.exam).await?;
                match judge(&detail, policies, self.config.zone, at) {
                    Judged::Eligible(eligible) => {
                        let item = self.item(&detail, eligible.reasons, eligible.kept_until).await?;
                        found.items.entry(eligible.path).or_default().push(item);
                    }
                    Judged::NotBefore(on) => moved.push(Review { on, ..review }),
                    Judged::OnlyByChange => moved.push(Review { on: never(), ..review }),
                }
            }
            if keep && !moved.is_empty() {
                self.catalogue.reviews_move(self.group(), moved).await?;
            }
        }
        found.items.values_mut().for_each(|items| items.sort_by_key(|item| item.exam));
        Ok(found)
    }

    async fn item(
        &self,
        detail: &ExamDetail,
        reasons: Vec<String>,
        kept_until: Option<Date>,
    ) -> Result<ErasureItem, RetentionError> {
        let generations = self.catalogue.generations(self.group(), detail.id).await?;
        let sizes: BTreeMap<String, u64> = generations.into_iter().map(|one| (one.object, one.size_bytes)).collect();
        Ok(ErasureItem {
            exam: detail.id,
            number: detail.number.clone(),
            class: detail.class.clone(),
            exam_date: detail.date.ok_or(RetentionError::Refused("an exam without a date is kept"))?,
            reasons,
            kept_until,
            instances: detail.instances,
            size_bytes: sizes.values().sum(),
            objects: sizes.into_keys().collect::<BTreeSet<_>>().into_iter().collect(),
            state: ItemState::Proposed,
            left_because: None,
        })
    }

    /// Another policy table than the last time: every hint is reset, page by page, before it counts.
    pub(crate) async fn take_policies(&self, today: Date) -> Result<(), RetentionError> {
        let (group, policies) = (self.group(), &self.config.policies);
        if !self.catalogue.policies_are_new(group, policies, today).await? {
            return Ok(());
        }
        let mut after: Option<ExamId> = None;
        while let Some(last) = self.catalogue.reviews_reset(group, after, RESET_PAGE).await? {
            after = Some(last);
        }
        Ok(self.catalogue.adopt_policies(group, policies, today).await?)
    }

    /// Writes lists of what was found. What nobody chose to archive goes under the rule, if two people approved one.
    pub(crate) async fn propose(&self, found: Found, now: OffsetDateTime) -> Result<u64, RetentionError> {
        let digest = policies_digest(&self.config.policies);
        let rule = self.catalogue.rule(self.group(), &digest).await?.filter(|rule| rule.approved);
        let mut proposed = 0;
        for (path, items) in found.items {
            let rule = rule.as_ref().filter(|_| path == ErasurePath::StoredOnly);
            for lines in items.chunks(LINES) {
                let list = self.list_for(path, rule, now);
                proposed += u64::from(self.catalogue.list_propose(self.group(), list, lines.to_vec()).await?);
            }
        }
        Ok(proposed)
    }

    fn list_for(&self, path: ErasurePath, rule: Option<&StandingRule>, now: OffsetDateTime) -> ErasureList {
        ErasureList {
            list: self.fresh_id(),
            path,
            day: self.day_of(now),
            state: if rule.is_some() { ListState::Approved } else { ListState::Proposed },
            proposed_at: now,
            exams: 0,
            size_bytes: 0,
            rule: rule.map(|rule| rule.rule),
            approvals: rule.map(|rule| rule.approvals.clone()).unwrap_or_default(),
            refusal: None,
            grace_until: rule.map(|_| now + Duration::days(GRACE_DAYS)),
        }
    }
}

/// A day that only a changed fact brings nearer.
fn never() -> Date {
    Date::from_calendar_date(9999, Month::December, 31).unwrap_or(Date::MAX)
}
