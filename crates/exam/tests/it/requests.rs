//! The clocks of what people ask: the law's vectors, by name.

use exam::Zone;
use exam::requests::{
    Asker, Clocks, IdentityProof, Kind, LawReason, State, Step, Urgency, clocks, is_free, next, notify_breach_by,
};
use time::macros::{date, datetime};
use time::{Date, Duration, OffsetDateTime};

const PARIS: Zone = Zone::EuropeParis;

fn noon(on: Date) -> OffsetDateTime {
    PARIS.start_of(on) + Duration::hours(12)
}

fn access(on: Date, newest: Option<Date>) -> Clocks {
    clocks(Kind::Access, noon(on), newest, PARIS)
}

fn law(on: Date, newest: Date) -> Date {
    access(on, Some(newest)).law.unwrap().0
}

#[test]
fn recent_information_is_handed_over_within_eight_days_and_not_before_forty_eight_hours() {
    let told = access(date!(2026 - 11 - 25), Some(date!(2026 - 11 - 20)));
    assert_eq!(told.law, Some((date!(2026 - 12 - 03), LawReason::Recent)));
    assert_eq!(told.not_before, Some(noon(date!(2026 - 11 - 27))));
    assert!(!told.may_be_delivered(noon(date!(2026 - 11 - 27)) - Duration::SECOND));
    assert!(told.may_be_delivered(noon(date!(2026 - 11 - 27))));
    assert_eq!(told.gdpr, date!(2026 - 12 - 25));
    assert_eq!(told.due(), date!(2026 - 12 - 03), "the shorter one is due");
}

#[test]
fn the_eight_days_cross_months_and_29_february() {
    assert_eq!(law(date!(2026 - 12 - 28), date!(2026 - 12 - 01)), date!(2027 - 01 - 05));
    assert_eq!(law(date!(2028 - 02 - 25), date!(2028 - 01 - 01)), date!(2028 - 03 - 04));
    assert_eq!(law(date!(2027 - 02 - 25), date!(2027 - 01 - 01)), date!(2027 - 03 - 05));
}

#[test]
fn information_of_exactly_five_years_is_still_recent_and_the_day_after_it_is_old() {
    let newest = date!(2021 - 11 - 25);
    assert_eq!(access(date!(2026 - 11 - 25), Some(newest)).law.unwrap().1, LawReason::Recent);
    assert_eq!(
        access(date!(2026 - 11 - 26), Some(newest)).law,
        Some((date!(2027 - 01 - 26), LawReason::Old)),
        "two months"
    );
    let leap = date!(2024 - 02 - 29);
    assert_eq!(access(date!(2029 - 02 - 28), Some(leap)).law.unwrap().1, LawReason::Recent);
    assert_eq!(access(date!(2029 - 03 - 01), Some(leap)).law.unwrap().1, LawReason::Old);
}

#[test]
fn the_two_months_clamp_to_the_last_day_of_a_short_month() {
    let old = date!(2010 - 01 - 01);
    assert_eq!(law(date!(2026 - 12 - 31), old), date!(2027 - 02 - 28));
    assert_eq!(law(date!(2027 - 12 - 31), old), date!(2028 - 02 - 29));
    assert_eq!(law(date!(2028 - 02 - 29), old), date!(2028 - 04 - 29));
    assert_eq!(access(date!(2026 - 12 - 31), Some(old)).due(), date!(2027 - 01 - 31), "the month is due first");
}

#[test]
fn the_month_of_the_regulation_clamps_too() {
    for (asked, due) in [
        (date!(2027 - 01 - 31), date!(2027 - 02 - 28)),
        (date!(2028 - 01 - 31), date!(2028 - 02 - 29)),
        (date!(2028 - 02 - 29), date!(2028 - 03 - 29)),
        (date!(2026 - 03 - 31), date!(2026 - 04 - 30)),
    ] {
        assert_eq!(clocks(Kind::Rectification, noon(asked), None, PARIS).due(), due, "{asked}");
    }
}

#[test]
fn when_nobody_knows_how_old_it_is_the_short_delay_counts() {
    assert_eq!(access(date!(2026 - 11 - 25), None).law.unwrap(), (date!(2026 - 12 - 03), LawReason::Recent));
}

#[test]
fn a_request_of_the_evening_counts_from_the_day_it_is_in_paris() {
    let late = datetime!(2026-11-25 23:30 UTC);
    assert_eq!(clocks(Kind::Access, late, None, PARIS).law.unwrap().0, date!(2026 - 12 - 04));
    // The 48 hours are hours: the change to summer time moves no instant.
    let before_summer = datetime!(2027-03-27 12:00 UTC);
    assert_eq!(clocks(Kind::Access, before_summer, None, PARIS).not_before, Some(datetime!(2027-03-29 12:00 UTC)));
}

#[test]
fn the_other_rights_have_the_month_alone() {
    for kind in [Kind::Objection, Kind::Rectification, Kind::Erasure] {
        let told = clocks(kind, noon(date!(2026 - 11 - 25)), Some(date!(2001 - 01 - 01)), PARIS);
        assert_eq!((told.law, told.not_before, told.gdpr), (None, None, date!(2026 - 12 - 25)));
        assert!(told.may_be_delivered(noon(date!(2026 - 11 - 25))));
    }
}

#[test]
fn amber_comes_two_days_before_the_eighth_and_red_the_day_after_it() {
    let asked = date!(2026 - 11 - 25);
    let told = access(asked, None);
    let on = |today| told.urgency(asked, today);
    assert_eq!(on(date!(2026 - 11 - 30)), Urgency::InTime);
    assert_eq!(on(date!(2026 - 12 - 01)), Urgency::Soon);
    assert_eq!(on(date!(2026 - 12 - 03)), Urgency::Soon, "the last day is a day");
    assert_eq!(on(date!(2026 - 12 - 04)), Urgency::Late);
    assert_eq!(told.days_left(date!(2026 - 12 - 05)), -2);
    let month = clocks(Kind::Objection, noon(asked), None, PARIS);
    assert_eq!(month.remind_from(asked), date!(2026 - 12 - 18), "a quarter of thirty days");
}

#[test]
fn the_first_copy_is_free() {
    assert!(is_free(0));
    assert!(!is_free(1));
}

#[test]
fn each_step_has_its_states_and_no_other() {
    use State::{Answered, Asked, Delivered, Prepared, Refused};
    let states = [Asked, Prepared, Delivered, Answered, Refused];
    let steps = [Step::Prepare, Step::Deliver, Step::Answer, Step::Refuse, Step::Lapse];
    let row = |kind, state| steps.map(|step| next(kind, state, step));
    assert_eq!(row(Kind::Access, Asked), [Some(Prepared), None, None, Some(Refused), None]);
    assert_eq!(row(Kind::Access, Prepared), [Some(Prepared), Some(Delivered), None, Some(Refused), Some(Asked)]);
    for kind in [Kind::Objection, Kind::Rectification, Kind::Erasure] {
        assert_eq!(row(kind, Asked), [None, None, Some(Answered), Some(Refused), None]);
    }
    for kind in Kind::ALL {
        for state in states.into_iter().filter(|state| !state.is_open()) {
            assert_eq!(row(kind, state), [None; 5], "{state:?} is the end");
        }
    }
}

#[test]
fn every_key_reads_back() {
    assert!(Kind::ALL.into_iter().all(|kind| Kind::from_key(kind.key()) == Some(kind)));
    assert!(Asker::ALL.into_iter().all(|asker| Asker::from_key(asker.key()) == Some(asker)));
    assert!(IdentityProof::ALL.into_iter().all(|proof| IdentityProof::from_key(proof.key()) == Some(proof)));
    assert_eq!(Kind::from_key("other"), None);
}

#[test]
fn representatives_are_parents_and_guardians() {
    let kept_from: Vec<_> = Asker::ALL.into_iter().filter(|asker| asker.is_representative()).collect();
    assert_eq!(kept_from, [Asker::Parent, Asker::Guardian]);
    assert!(!Asker::Patient.needs_a_name() && Asker::Heir.needs_a_purpose());
}

#[test]
fn a_breach_is_notified_within_seventy_two_hours() {
    assert_eq!(notify_breach_by(datetime!(2028-02-27 09:00 UTC)), Some(datetime!(2028-03-01 09:00 UTC)));
}
