//! Until when an exam is consultable.

use super::{Choice, ExamFacts};
use crate::dates::{Zone, add_days, add_months};
use crate::policy::{DIFFUSION_CAP_MONTHS, Policies, PolicyRow};
use crate::retention::archive::is_archived;
use time::{Date, OffsetDateTime};

/// Why an exam is consultable until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnlineReason {
    /// So many months from the exam date.
    Months(u16),
    /// So many days from the moment a recall was ready.
    AfterRecall(u16),
    /// Never published: a phantom or a test.
    NeverPublished,
}

impl OnlineReason {
    /// The stable key: `online-24-months`, `online-6-months`, `online-after-recall-30-days`,
    /// `online-never`.
    pub fn key(self) -> String {
        match self {
            Self::Months(months) => format!("online-{months}-months"),
            Self::AfterRecall(days) => format!("online-after-recall-{days}-days"),
            Self::NeverPublished => "online-never".to_owned(),
        }
    }
}

/// The verdict: judged at each request, true even when nothing sweeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Diffusion {
    /// The last day on which the exam is served, as printed: *consultable until*. `None`: never served.
    pub last_day: Option<Date>,
    /// The first instant at which nothing is served (UTC): the end of the last day. For an exam never
    /// served, the start of its own day.
    pub online_until: OffsetDateTime,
    /// Whether it may be served now.
    pub consultable: bool,
    /// Why.
    pub reason: OnlineReason,
}

/// Until when an exam is consultable, and whether it is now.
///
/// The row in force on the exam's date counts first; each later row takes effect on its first day if
/// the exam is still on line then: what has expired stays expired. Never over 24 months. A recall of
/// an archived exam opens it again for the row's days, counted from the day it was ready.
pub fn diffusion_verdict(facts: &ExamFacts, policies: &Policies, zone: Zone, now: OffsetDateTime) -> Diffusion {
    let today = zone.date_of(now);
    let rows = policies.since(facts.class, facts.exam_date, today);
    let Some((mut last_day, mut reason)) = by_months(facts, &rows) else {
        return never(facts, zone);
    };
    let recalled = recalled_until(facts, policies, zone, today).filter(|&(day, _)| day > last_day);
    if let Some((day, days)) = recalled {
        (last_day, reason) = (day, OnlineReason::AfterRecall(days));
    }
    let online_until = zone.end_of(last_day);
    Diffusion { last_day: Some(last_day), online_until, consultable: now < online_until, reason }
}

fn never(facts: &ExamFacts, zone: Zone) -> Diffusion {
    Diffusion {
        last_day: None,
        online_until: zone.start_of(facts.exam_date),
        consultable: false,
        reason: OnlineReason::NeverPublished,
    }
}

fn by_months(facts: &ExamFacts, rows: &[&PolicyRow]) -> Option<(Date, OnlineReason)> {
    let (first, later) = rows.split_first()?;
    let mut end = months_of(facts, first);
    for row in later {
        if row.valid_from > end.0 {
            break;
        }
        end = months_of(facts, row);
    }
    Some(end)
}

fn months_of(facts: &ExamFacts, row: &PolicyRow) -> (Date, OnlineReason) {
    let months = match facts.choice {
        Choice::Chosen => row.diffusion_if_chosen_months,
        _ => row.diffusion_months,
    };
    let months = months.min(DIFFUSION_CAP_MONTHS);
    (add_months(facts.exam_date, months.into()), OnlineReason::Months(months))
}

fn recalled_until(facts: &ExamFacts, policies: &Policies, zone: Zone, today: Date) -> Option<(Date, u16)> {
    let ready = zone.date_of(facts.recall_ready_at?);
    if !is_archived(facts, policies, today) {
        return None;
    }
    let rows = policies.since(facts.class, ready, today);
    let days = rows.iter().map(|row| row.after_recall_days).min()?;
    Some((add_days(ready, days.into()), days))
}
