use intake::completeness::{Completeness, Evidence, QuietPeriods, Reason, judge};
use std::time::Duration;
use time::{OffsetDateTime, macros::datetime};

const T0: OffsetDateTime = datetime!(2026-11-25 10:00 UTC);

fn periods() -> QuietPeriods {
    QuietPeriods {
        silence: Duration::from_secs(600),
        after_report: Duration::from_secs(60),
        after_count: Duration::from_secs(5),
    }
}

fn arrived(instances: u64) -> Evidence {
    Evidence { last_arrival: Some(T0), instances_arrived: instances, ..Evidence::default() }
}

fn seconds(n: i64) -> OffsetDateTime {
    T0 + time::Duration::seconds(n)
}

#[test]
fn nothing_received_is_never_complete() {
    assert_eq!(judge(&Evidence::default(), &periods(), T0), Completeness::Empty);
    let report_only = Evidence { last_arrival: Some(T0), report_arrived: true, ..Evidence::default() };
    assert_eq!(judge(&report_only, &periods(), seconds(10_000)), Completeness::Empty);
}

#[test]
fn silence_completes_at_the_end_of_the_quiet_period_and_not_one_second_before() {
    let due = Completeness::Due { at: seconds(600), reason: Reason::Silent };
    let complete = Completeness::Complete { since: seconds(600), reason: Reason::Silent };
    assert_eq!(judge(&arrived(3), &periods(), seconds(599)), due);
    assert_eq!(judge(&arrived(3), &periods(), seconds(600)), complete);
}

#[test]
fn a_report_shortens_the_wait() {
    let evidence = Evidence { report_arrived: true, ..arrived(3) };
    let complete = Completeness::Complete { since: seconds(60), reason: Reason::Reported };
    assert_eq!(judge(&evidence, &periods(), seconds(60)), complete);
}

#[test]
fn the_announced_count_completes_soonest() {
    let evidence = Evidence { instances_announced: Some(3), ..arrived(3) };
    let complete = Completeness::Complete { since: seconds(5), reason: Reason::Counted };
    assert_eq!(judge(&evidence, &periods(), seconds(5)), complete);
}

#[test]
fn a_report_does_not_complete_an_exam_that_misses_announced_instances() {
    let evidence = Evidence { instances_announced: Some(4), report_arrived: true, ..arrived(3) };
    let due = Completeness::Due { at: seconds(600), reason: Reason::Silent };
    assert_eq!(judge(&evidence, &periods(), seconds(120)), due);
}

#[test]
fn a_quiet_period_beyond_the_calendar_does_not_panic() {
    let endless = QuietPeriods { silence: Duration::MAX, ..periods() };
    judge(&arrived(1), &endless, T0);
}
