//! Days and months of the law: adding months, partial birth dates, and the instant a day begins.

use serde::{Deserialize, Serialize};
use time::{Date, Month, OffsetDateTime, Time, UtcOffset, Weekday};

/// `date` and `months` months later; a day that the month does not have becomes its last
/// (29 February clamps to 28 February). Stops at the calendar's end instead of failing.
pub fn add_months(date: Date, months: u32) -> Date {
    let index = i64::from(date.year()) * 12 + i64::from(u8::from(date.month())) - 1 + i64::from(months);
    let (Ok(year), Ok(number)) = (i32::try_from(index.div_euclid(12)), u8::try_from(index.rem_euclid(12) + 1)) else {
        return Date::MAX;
    };
    let Ok(month) = Month::try_from(number) else { return Date::MAX };
    let day = date.day().min(month.length(year));
    Date::from_calendar_date(year, month, day).unwrap_or(Date::MAX)
}

/// `date` and `years` years later; 29 February clamps to 28 February.
pub fn add_years(date: Date, years: u32) -> Date {
    add_months(date, years.saturating_mul(12))
}

/// `date` and `days` days later; stops at the calendar's end.
pub fn add_days(date: Date, days: u32) -> Date {
    date.checked_add(time::Duration::days(i64::from(days))).unwrap_or(Date::MAX)
}

/// A birth date as identity papers know it: day or month may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BirthDate {
    /// Year.
    pub year: i32,
    /// Month 1–12, if known.
    pub month: Option<u8>,
    /// Day 1–31, if known.
    pub day: Option<u8>,
}

impl BirthDate {
    /// A whole date.
    pub fn of(date: Date) -> Self {
        Self { year: date.year(), month: Some(date.month().into()), day: Some(date.day()) }
    }

    /// Reads `YYYY`, `YYYYMM` or `YYYYMMDD` (what follows the eighth digit is ignored, and `00` is
    /// unknown); `None` when it is no date.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.trim().chars().take(8).take_while(char::is_ascii_digit).collect();
        let year = digits.get(..4)?.parse().ok().filter(|&year| year > 0)?;
        let part = |range: std::ops::Range<usize>| match digits.get(range) {
            None | Some("00") => Some(None),
            Some(two) => two.parse::<u8>().ok().map(Some),
        };
        let date = match digits.len() {
            4 => Self { year, month: None, day: None },
            6 => Self { year, month: part(4..6)?, day: None },
            8 => Self { year, month: part(4..6)?, day: part(6..8)? },
            _ => return None,
        };
        date.is_possible().then_some(date)
    }

    /// Whether the known parts can make a date.
    pub fn is_possible(self) -> bool {
        let length = match self.month.map(Month::try_from) {
            Some(Err(_)) => return false,
            Some(Ok(month)) => month.length(self.year),
            None => 31,
        };
        (1..=9999).contains(&self.year) && self.day.is_none_or(|day| (1..=length).contains(&day))
    }

    /// The latest day it can stand for: rules that protect count from it.
    pub fn latest(self) -> Date {
        let month = self.month.and_then(|month| Month::try_from(month).ok()).unwrap_or(Month::December);
        let day = if self.month.is_none() { 31 } else { self.day.unwrap_or(31) };
        let day = day.clamp(1, month.length(self.year));
        Date::from_calendar_date(self.year, month, day).unwrap_or(Date::MAX)
    }

    /// Whether the parts known on both sides differ.
    pub fn contradicts(self, other: Self) -> bool {
        let differ = |a: Option<u8>, b: Option<u8>| matches!((a, b), (Some(a), Some(b)) if a != b);
        self.year != other.year || differ(self.month, other.month) || differ(self.day, other.day)
    }

    /// Whether year, month and day are all known.
    pub fn is_whole(self) -> bool {
        self.month.is_some() && self.day.is_some()
    }
}

/// Where the group's days begin. No time-zone database: metropolitan France follows the European
/// rule of summer time (directive 2000/84/EC); overseas departments have a fixed offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Zone {
    /// Europe/Paris: UTC+1, UTC+2 from the last Sunday of March to the last Sunday of October.
    #[default]
    EuropeParis,
    /// A fixed number of minutes east of Greenwich.
    FixedMinutes(i16),
}

impl Zone {
    /// The instant at which `date` begins here, in UTC.
    pub fn start_of(self, date: Date) -> OffsetDateTime {
        let local = date.with_time(Time::MIDNIGHT).assume_offset(self.offset_at_midnight(date));
        local.checked_to_offset(UtcOffset::UTC).unwrap_or_else(|| local.replace_offset(UtcOffset::UTC))
    }

    /// The instant at which nothing of `date` is left here: the start of the next day.
    pub fn end_of(self, date: Date) -> OffsetDateTime {
        self.start_of(date.next_day().unwrap_or(Date::MAX))
    }

    /// The day it is here at `instant`.
    pub fn date_of(self, instant: OffsetDateTime) -> Date {
        let utc = instant.checked_to_offset(UtcOffset::UTC).map_or(instant.date(), OffsetDateTime::date);
        let next = utc.next_day().filter(|&day| self.start_of(day) <= instant);
        match next {
            Some(day) => day,
            None if self.start_of(utc) <= instant => utc,
            None => utc.previous_day().unwrap_or(utc),
        }
    }

    fn offset_at_midnight(self, date: Date) -> UtcOffset {
        let minutes = match self {
            Self::FixedMinutes(minutes) => i32::from(minutes).clamp(-18 * 60, 18 * 60),
            // The clock changes at 01:00 UTC of those Sundays, after midnight.
            Self::EuropeParis
                if last_sunday(date.year(), Month::March).is_some_and(|sunday| date > sunday)
                    && last_sunday(date.year(), Month::October).is_some_and(|sunday| date <= sunday) =>
            {
                120
            }
            Self::EuropeParis => 60,
        };
        UtcOffset::from_whole_seconds(minutes * 60).unwrap_or(UtcOffset::UTC)
    }
}

fn last_sunday(year: i32, month: Month) -> Option<Date> {
    let last = Date::from_calendar_date(year, month, month.length(year)).ok()?;
    let back = match last.weekday() {
        Weekday::Sunday => 0,
        other => i64::from(other.number_from_monday()),
    };
    last.checked_sub(time::Duration::days(back))
}

/// The name of a month, in French or English.
pub fn month_name(month: Month, english: bool) -> &'static str {
    const FR: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    const EN: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let names = if english { EN } else { FR };
    names.get(usize::from(u8::from(month)) - 1).copied().unwrap_or_default()
}
