//! Dates and times, and ranges of them (PS3.5 §6.2: DA, TM, DT; PS3.4 §C.2.2.2.5).

use crate::Vr;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// A date, time or instant as precise as it was written: from its first microsecond to its last. A time of day counts from
/// midnight, the others from 1970; the offset from UTC is kept apart, since most say none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    first: i64,
    last: i64,
    offset: Option<i64>,
}

/// From one moment to another, both included; without one end, everything to that side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The beginning.
    pub from: Option<Moment>,
    /// The end.
    pub to: Option<Moment>,
}

impl Moment {
    /// From a DA, TM or DT value, also in the forms of ACR-NEMA (`2024.01.10`, `08:30:00`); `None` when it is none.
    pub fn parse(vr: Vr, text: &str) -> Option<Self> {
        let text = text.trim();
        match vr {
            Vr::DA => day(text),
            Vr::TM => time(text),
            Vr::DT => instant(text),
            _ => None,
        }
    }

    /// The day as `YYYYMMDD`; meaningless for a time of day.
    pub fn date(&self) -> String {
        let (year, month, day) = civil(self.first.div_euclid(DAY));
        format!("{year:04}{month:02}{day:02}")
    }

    /// The instant of a day and a time of day; a day whose time nobody said lasts from its beginning to its end.
    pub fn of_day(day: &Self, time: Option<&Self>) -> Self {
        match time {
            Some(time) => Self { first: day.first + time.first, last: day.first + time.last, offset: None },
            None => *day,
        }
    }

    fn shifted(&self, shift: i64) -> (i64, i64) {
        (self.first - shift, self.last - shift)
    }
}

impl Range {
    /// From a key: one value, or two with a hyphen between, of which one may be missing.
    pub fn parse(vr: Vr, text: &str) -> Option<Self> {
        if let Some(only) = Moment::parse(vr, text) {
            return Some(Self { from: Some(only), to: Some(only) });
        }
        // A hyphen also begins an offset from UTC: the one that parts two values is found by trying.
        text.match_indices('-').find_map(|(at, _)| {
            let (from, to) = (text.get(..at)?.trim(), text.get(at + 1..)?.trim());
            let side = |side: &str| if side.is_empty() { Some(None) } else { Moment::parse(vr, side).map(Some) };
            let (from, to) = (side(from)?, side(to)?);
            (from.is_some() || to.is_some()).then_some(Self { from, to })
        })
    }

    /// Whether a moment begins in it.
    pub fn holds(&self, moment: &Moment) -> bool {
        let shift = |end: &Moment| match (end.offset, moment.offset) {
            (Some(theirs), Some(ours)) => (theirs, ours),
            _ => (0, 0),
        };
        let after = self.from.is_none_or(|from| {
            let (theirs, ours) = shift(&from);
            moment.shifted(ours).0 >= from.shifted(theirs).0
        });
        let before = self.to.is_none_or(|to| {
            let (theirs, ours) = shift(&to);
            moment.shifted(ours).0 <= to.shifted(theirs).1
        });
        after && before
    }

    /// A range of dates and one of times as one range of instants.
    pub(super) fn combined(dates: &Self, times: &Self) -> Self {
        let from = dates.from.map(|day| Moment::of_day(&day, times.from.as_ref()));
        let to = dates.to.map(|day| Moment::of_day(&day, times.to.as_ref()));
        Self { from, to }
    }
}

fn day(text: &str) -> Option<Moment> {
    let digits = match text.as_bytes() {
        [_, _, _, _, b'.', _, _, b'.', _, _] => text.replace('.', ""),
        _ => text.to_owned(),
    };
    (digits.len() == 8).then(|| date(&digits)).flatten().map(|(first, last)| Moment { first, last, offset: None })
}

fn time(text: &str) -> Option<Moment> {
    let colons = matches!(text.as_bytes(), [_, _, b':', ..]);
    let digits = if colons { text.replace(':', "") } else { text.to_owned() };
    time_of_day(&digits).map(|(first, last)| Moment { first, last, offset: None })
}

fn instant(text: &str) -> Option<Moment> {
    let (local, offset) = match text.rfind(['+', '-']) {
        Some(at) => {
            let sign = if text.get(at..)?.starts_with('-') { -1 } else { 1 };
            let zone = text.get(at + 1..)?;
            let (hours, minutes) = (number(zone.get(..2)?)?, number(zone.get(2..)?)?);
            if zone.len() != 4 || hours > 14 || minutes > 59 {
                return None;
            }
            (text.get(..at)?, Some(sign * (hours * 60 + minutes) * 60 * SECOND))
        }
        None => (text, None),
    };
    let (day, time) = if local.len() > 8 { local.split_at_checked(8)? } else { (local, "") };
    let (first, last) = date(day)?;
    if time.is_empty() {
        return Some(Moment { first, last, offset });
    }
    let (from, to) = time_of_day(time)?;
    Some(Moment { first: first + from, last: first + to, offset })
}

/// The first and last microsecond of a year, month or day.
fn date(digits: &str) -> Option<(i64, i64)> {
    let year = number(digits.get(..4)?)?;
    let (first, next) = match digits.len() {
        4 => (days(year, 1, 1), days(year + 1, 1, 1)),
        6 => {
            let month = number(digits.get(4..)?).filter(|month| (1..=12).contains(month))?;
            (days(year, month, 1), days(year + month / 12, month % 12 + 1, 1))
        }
        8 => {
            let month = number(digits.get(4..6)?).filter(|month| (1..=12).contains(month))?;
            let day = number(digits.get(6..)?).filter(|day| (1..=31).contains(day))?;
            let first = days(year, month, day);
            if civil(first) != (year, month, day) {
                return None;
            }
            (first, first + 1)
        }
        _ => return None,
    };
    Some((first * DAY, next * DAY - 1))
}

/// The first and last microsecond, from midnight, of an hour, minute, second or fraction.
fn time_of_day(digits: &str) -> Option<(i64, i64)> {
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) if whole.len() == 6 && (1..=6).contains(&fraction.len()) => (whole, Some(fraction)),
        Some(_) => return None,
        None => (digits, None),
    };
    let part = |at: usize, most: i64| number(whole.get(at..at + 2)?).filter(|part| *part <= most);
    let hour = part(0, 23)? * 3600;
    let (seconds, length) = match whole.len() {
        2 => (hour, 3600),
        4 => (hour + part(2, 59)? * 60, 60),
        // 60 is a leap second.
        6 => (hour + part(2, 59)? * 60 + part(4, 60)?, 1),
        _ => return None,
    };
    let Some(fraction) = fraction else { return Some((seconds * SECOND, (seconds + length) * SECOND - 1)) };
    let step = 10_i64.pow(6 - u32::try_from(fraction.len()).ok()?);
    let first = seconds * SECOND + number(fraction)? * step;
    Some((first, first + step - 1))
}

fn number(digits: &str) -> Option<i64> {
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}

/// Days from 1970 (Howard Hinnant's algorithm for the Gregorian calendar).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + days.div_euclid(146_097) * 400 + i64::from(month <= 2);
    (year, month, of_year - (153 * shifted + 2) / 5 + 1)
}
