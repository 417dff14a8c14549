//! Working days.

use billing::deadline::{Holidays, is_holiday, last_day};
use time::macros::date;

#[test]
fn the_holidays_of_known_years() {
    let easter_mondays = [date!(2024 - 04 - 01), date!(2025 - 04 - 21), date!(2026 - 04 - 06), date!(2027 - 03 - 29)];
    let ascensions = [date!(2024 - 05 - 09), date!(2025 - 05 - 29), date!(2026 - 05 - 14), date!(2027 - 05 - 06)];
    let whit_mondays = [date!(2024 - 05 - 20), date!(2025 - 06 - 09), date!(2026 - 05 - 25), date!(2027 - 05 - 17)];
    for day in easter_mondays.into_iter().chain(ascensions).chain(whit_mondays) {
        assert!(is_holiday(day, Holidays::National), "{day}");
    }
    let mut day = date!(2026 - 01 - 01);
    let mut count = [0, 0];
    while day.year() == 2026 {
        count[0] += usize::from(is_holiday(day, Holidays::National));
        count[1] += usize::from(is_holiday(day, Holidays::AlsaceMoselle));
        day = day.next_day().unwrap();
    }
    assert_eq!(count, [11, 13]);
    assert!(is_holiday(date!(2026 - 04 - 03), Holidays::AlsaceMoselle));
    assert!(!is_holiday(date!(2026 - 04 - 03), Holidays::National));
}

#[test]
fn three_working_days_when_the_patient_paid_and_eight_when_the_fund_is_asked() {
    // A Wednesday: Thursday, Friday, Saturday.
    assert_eq!(last_day(date!(2026 - 11 - 25), false, Holidays::National), date!(2026 - 11 - 28));
    assert_eq!(last_day(date!(2026 - 11 - 25), true, Holidays::National), date!(2026 - 12 - 04));
    // Maundy Thursday 2026: Friday, Saturday, then Tuesday after Easter.
    assert_eq!(last_day(date!(2026 - 04 - 02), false, Holidays::National), date!(2026 - 04 - 07));
    assert_eq!(last_day(date!(2026 - 04 - 02), false, Holidays::AlsaceMoselle), date!(2026 - 04 - 08));
    // Over the New Year.
    assert_eq!(last_day(date!(2026 - 12 - 31), false, Holidays::National), date!(2027 - 01 - 05));
}
