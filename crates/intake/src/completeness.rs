//! When is an exam complete? Evidence first, silence as the fallback. Pure: `now` is a parameter.

use std::time::Duration;
use time::OffsetDateTime;

/// What is known about one exam at the moment of asking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// When the last image or message of this exam arrived; `None` when nothing has.
    pub last_arrival: Option<OffsetDateTime>,
    /// How many distinct instances have arrived.
    pub instances_arrived: u64,
    /// How many instances a trustworthy sender announced (MPPS, storage commitment, instance counts), when it did.
    pub instances_announced: Option<u64>,
    /// A validated report has arrived.
    pub report_arrived: bool,
}

/// How long silence must last before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietPeriods {
    /// With no other evidence.
    pub silence: Duration,
    /// Once a report has arrived (a radiologist has looked at the images: they are most likely all here).
    pub after_report: Duration,
    /// Once every announced instance is here.
    pub after_count: Duration,
}

impl Default for QuietPeriods {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(10 * 60),
            after_report: Duration::from_secs(60),
            after_count: Duration::from_secs(5),
        }
    }
}

/// On what the answer rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Every announced instance has arrived.
    Counted,
    /// A report has arrived.
    Reported,
    /// Nothing arrived for long enough.
    Silent,
}

/// Whether an exam is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Nothing has arrived: there is nothing to complete.
    Empty,
    /// Complete since `since`, because of `reason`.
    Complete {
        /// The instant from which it is complete.
        since: OffsetDateTime,
        /// The evidence.
        reason: Reason,
    },
    /// Not before `at`, if nothing else arrives.
    Due {
        /// The instant at which it becomes complete.
        at: OffsetDateTime,
        /// The evidence it would then rest on.
        reason: Reason,
    },
}

/// Judges one exam.
pub fn judge(evidence: &Evidence, periods: &QuietPeriods, now: OffsetDateTime) -> Completeness {
    let Some(last) = evidence.last_arrival.filter(|_| evidence.instances_arrived > 0) else {
        return Completeness::Empty;
    };
    let (period, reason) = period(evidence, periods);
    let at = last.checked_add(time::Duration::try_from(period).unwrap_or(time::Duration::MAX)).unwrap_or(last);
    if at <= now { Completeness::Complete { since: at, reason } } else { Completeness::Due { at, reason } }
}

fn period(evidence: &Evidence, periods: &QuietPeriods) -> (Duration, Reason) {
    match evidence.instances_announced {
        Some(announced) if evidence.instances_arrived >= announced => (periods.after_count, Reason::Counted),
        // Instances are missing for certain: a report does not shorten the wait.
        Some(_) => (periods.silence, Reason::Silent),
        None if evidence.report_arrived => (periods.after_report, Reason::Reported),
        None => (periods.silence, Reason::Silent),
    }
}
