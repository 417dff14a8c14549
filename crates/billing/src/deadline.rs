//! Until when a care sheet must have been sent: three working days when the patient paid, eight when the fund is asked
//! (Code de la sécurité sociale, R.161-47). Working days are all but Sundays and public holidays.

use time::{Date, Duration, Month, Weekday};

/// Working days after the day of care.
pub fn last_day(care: Date, third_party: bool, zone: Holidays) -> Date {
    let mut left = if third_party { 8 } else { 3 };
    let mut day = care;
    while left > 0 {
        let Some(next) = day.next_day() else { return day };
        day = next;
        if day.weekday() != Weekday::Sunday && !is_holiday(day, zone) {
            left -= 1;
        }
    }
    day
}

/// Where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holidays {
    /// The eleven of the Code du travail, L3133-1.
    National,
    /// Good Friday and 26 December too (L3134-13).
    AlsaceMoselle,
}

/// Whether a day is a public holiday.
pub fn is_holiday(day: Date, zone: Holidays) -> bool {
    const FIXED: [(Month, u8); 8] = [
        (Month::January, 1),
        (Month::May, 1),
        (Month::May, 8),
        (Month::July, 14),
        (Month::August, 15),
        (Month::November, 1),
        (Month::November, 11),
        (Month::December, 25),
    ];
    let of_the_year = FIXED.contains(&(day.month(), day.day()));
    // Easter Monday, Ascension, Whit Monday.
    let after_easter = easter(day.year()).is_some_and(|easter| [1, 39, 50].contains(&(day - easter).whole_days()));
    let local = zone == Holidays::AlsaceMoselle
        && ((day.month(), day.day()) == (Month::December, 26)
            || easter(day.year()).is_some_and(|easter| day == easter - Duration::days(2)));
    of_the_year || after_easter || local
}

/// Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876).
fn easter(year: i32) -> Option<Date> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()
}
