//! Months, partial birth dates, and where days begin.

use crate::day;
use exam::dates::{BirthDate, Zone, add_days, add_months, add_years};
use proptest::prelude::*;
use time::{Date, Duration, OffsetDateTime, UtcOffset};

#[test]
fn the_29th_of_february_clamps_to_the_28th() {
    assert_eq!(add_years(day("2024-02-29"), 5), day("2029-02-28"));
    assert_eq!(add_years(day("2024-02-29"), 20), day("2044-02-29"));
    assert_eq!(add_months(day("2026-08-31"), 6), day("2027-02-28"));
    assert_eq!(add_months(day("2026-12-15"), 1), day("2027-01-15"));
}

#[test]
fn a_day_in_paris_begins_an_hour_or_two_before_greenwichs() {
    let start = |text: &str| Zone::EuropeParis.start_of(day(text)).to_string();
    assert_eq!(start("2026-11-25"), "2026-11-24 23:00:00.0 +00:00:00");
    assert_eq!(start("2026-07-01"), "2026-06-30 22:00:00.0 +00:00:00");
    // the clock changes in the night that follows midnight of these Sundays
    assert_eq!(start("2026-03-29"), "2026-03-28 23:00:00.0 +00:00:00");
    assert_eq!(start("2026-03-30"), "2026-03-29 22:00:00.0 +00:00:00");
    assert_eq!(start("2026-10-25"), "2026-10-24 22:00:00.0 +00:00:00");
    assert_eq!(start("2026-10-26"), "2026-10-25 23:00:00.0 +00:00:00");
}

#[test]
fn a_zone_of_fixed_minutes_serves_the_islands() {
    let reunion = Zone::FixedMinutes(240);
    assert_eq!(reunion.start_of(day("2026-11-25")).to_string(), "2026-11-24 20:00:00.0 +00:00:00");
    assert_eq!(reunion.date_of(reunion.start_of(day("2026-11-25"))), day("2026-11-25"));
}

#[test]
fn birth_dates_are_read_whole_and_partial() {
    let partial = |month, day| Some(BirthDate { year: 1950, month, day });
    assert_eq!(BirthDate::parse("19500229"), None);
    assert_eq!(BirthDate::parse("19520229").map(BirthDate::latest), Some(day("1952-02-29")));
    assert_eq!(BirthDate::parse("1950"), partial(None, None));
    assert_eq!(BirthDate::parse("195003"), partial(Some(3), None));
    assert_eq!(BirthDate::parse("19500300"), partial(Some(3), None));
    assert_eq!(BirthDate::parse("19500000"), partial(None, None));
    assert_eq!(BirthDate::parse("19501301"), None);
    assert_eq!(BirthDate::parse("195"), None);
    assert_eq!(BirthDate::parse("00000101"), None);
    assert_eq!(BirthDate::parse(""), None);
}

#[test]
fn partial_birth_dates_compare_on_the_known_parts() {
    let parse = |text| BirthDate::parse(text).unwrap();
    assert!(!parse("1950").contradicts(parse("19500312")));
    assert!(!parse("195003").contradicts(parse("19500312")));
    assert!(parse("195004").contradicts(parse("19500312")));
    assert!(parse("1951").contradicts(parse("19500312")));
}

fn any_date() -> impl Strategy<Value = Date> {
    (day("1-01-01").to_julian_day()..=day("9999-12-31").to_julian_day())
        .prop_map(|number| Date::from_julian_day(number).unwrap())
}

proptest! {
    #[test]
    fn no_date_from_year_1_to_9999_panics(date in any_date(), amount: u32, minutes: i16, month: Option<u8>, d: Option<u8>) {
        prop_assert!(add_months(date, amount) >= date);
        prop_assert!(add_years(date, amount) >= date);
        prop_assert!(add_days(date, amount) >= date);
        for zone in [Zone::EuropeParis, Zone::FixedMinutes(minutes)] {
            let _ = (zone.start_of(date), zone.end_of(date), zone.date_of(zone.start_of(date)));
        }
        let _ = BirthDate { year: date.year(), month, day: d }.latest();
        let _ = BirthDate::parse(&amount.to_string());
    }

    #[test]
    fn an_instant_lies_in_the_day_it_is_said_to(seconds in 0i64..4_000_000_000, offset in -12i8..=12) {
        let utc = OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds);
        let instant = utc.to_offset(UtcOffset::from_hms(offset, 0, 0).unwrap());
        for zone in [Zone::EuropeParis, Zone::FixedMinutes(-240), Zone::FixedMinutes(720)] {
            let date = zone.date_of(instant);
            prop_assert!(zone.start_of(date) <= instant && instant < zone.end_of(date));
        }
    }
}
