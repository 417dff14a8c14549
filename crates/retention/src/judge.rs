//! Whether an exam may be proposed for erasure, and if not, when to look again: pure.

use crate::GRACE_DAYS;
use exam::class::ExamClass;
use exam::dates::{Zone, add_days};
use exam::policy::Policies;
use exam::retention::{Archive, ExamFacts, Keep, archive_verdict};
use record::{ErasurePath, ExamDetail, Identity, ItemState};
use time::{Date, OffsetDateTime};

/// After a refusal an exam is not proposed again for so long.
pub const REFUSED_DAYS: i64 = 90;

/// What follows for an exam on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// It may be proposed.
    Eligible(Eligible),
    /// Not before this day, as far as the facts of today say.
    NotBefore(Date),
    /// Only a changed fact can make it so.
    OnlyByChange,
}

/// Why an exam may be proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligible {
    /// Which way.
    pub path: ErasurePath,
    /// The keys of the reasons, the one to print first.
    pub reasons: Vec<String>,
    /// The last day it had to be kept; none for a phantom.
    pub kept_until: Option<Date>,
}

/// Judges an exam that stands in no list. What the rules need and nobody knows keeps it: its date, its class, its
/// patient, whether it is complete.
pub fn judge(detail: &ExamDetail, policies: &Policies, zone: Zone, now: OffsetDateTime) -> Judged {
    let today = zone.date_of(now);
    if detail.standing.doom.is_some() {
        return Judged::OnlyByChange;
    }
    let not_before = match detail.standing.listed {
        Some(listed) if listed.state == ItemState::Proposed => return Judged::OnlyByChange,
        Some(listed) if listed.state == ItemState::Refused => add_days(zone.date_of(listed.at), days(REFUSED_DAYS)),
        // Taken back: looked at again when as much time has passed as it would have been out of sight.
        Some(listed) if listed.state == ItemState::TakenOff => add_days(zone.date_of(listed.at), days(GRACE_DAYS)),
        _ => Date::MIN,
    };
    match verdict_of(detail, policies, zone, now) {
        Judged::Eligible(_) if today < not_before => Judged::NotBefore(not_before),
        Judged::NotBefore(day) => Judged::NotBefore(day.max(not_before)),
        judged => judged,
    }
}

/// The same, for an exam in its grace: whatever would have kept it off the list takes it off now.
pub fn still_eligible(
    detail: &ExamDetail,
    policies: &Policies,
    zone: Zone,
    now: OffsetDateTime,
) -> Result<Eligible, &'static str> {
    if detail.standing.doom.as_ref().is_none_or(|doom| doom.destroyed_at.is_some()) {
        return Err("retention-not-doomed");
    }
    if !detail.standing.open_holds().is_empty() {
        return Err("retention-held");
    }
    match verdict_of(detail, policies, zone, now) {
        Judged::Eligible(eligible) => Ok(eligible),
        _ => Err("retention-changed"),
    }
}

fn verdict_of(detail: &ExamDetail, policies: &Policies, zone: Zone, now: OffsetDateTime) -> Judged {
    let today = zone.date_of(now);
    let tomorrow = add_days(today, 1);
    let (Some(facts), Some(class)) = (detail.facts(), ExamClass::from_key(&detail.class)) else {
        return Judged::OnlyByChange;
    };
    let certain = matches!(detail.identity, Identity::Certain(_)) && detail.patient.is_some();
    if detail.instances == 0 || (!certain && !detail.phantom) {
        return Judged::OnlyByChange;
    }
    let verdict = archive_verdict(&facts, policies, zone, now);
    let end = match verdict.keep {
        Keep::Archived { until_at_least } => Some(until_at_least),
        Keep::StoredUntilDiffusionEnds { until } => Some(until),
        Keep::LegacyUnknown => return Judged::OnlyByChange,
        Keep::Never => None,
    };
    let here = detail.unsealed == 0;
    if verdict.eligible && here {
        return Judged::Eligible(eligible(&verdict, end));
    }
    if !verdict.holds.is_empty() || !here {
        // Releasing it, or sealing it, is a change; the end of its time is not.
        let end = end.map_or(tomorrow, |end| add_days(end, 1));
        return if end > today { Judged::NotBefore(end) } else { Judged::OnlyByChange };
    }
    let end = end.map_or(tomorrow, |end| add_days(end, 1));
    Judged::NotBefore(next_row(policies, class, &facts, today).map_or(end, |row| end.min(row)).max(tomorrow))
}

fn eligible(verdict: &Archive, end: Option<Date>) -> Eligible {
    let path = if verdict.is_archived() { ErasurePath::Archived } else { ErasurePath::StoredOnly };
    let reasons = verdict.reasons.iter().map(|reason| reason.key()).collect();
    Eligible { path, reasons, kept_until: end }
}

/// The first day from tomorrow on which another row of the table counts: it may shorten the time on line.
fn next_row(policies: &Policies, class: ExamClass, facts: &ExamFacts, today: Date) -> Option<Date> {
    let class = if facts.class == ExamClass::Phantom { return None } else { class };
    let later = policies.rows().iter().filter(|row| row.class == class && row.valid_from > today);
    later.map(|row| row.valid_from).min()
}

fn days(days: i64) -> u32 {
    u32::try_from(days).unwrap_or(u32::MAX)
}
