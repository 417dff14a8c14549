//! Minors: a sheet and the contacts of a child are its parents', until the eighteenth birthday.

use exam::dates::{Zone, add_years};
use link::BirthDate;
use time::{Date, Month, OffsetDateTime};

/// Years of majority (article 414 of the Code civil).
const MAJORITY: u32 = 18;

/// The first instant of the eighteenth birthday. An unknown month or day counts as the first: a parent's access may end
/// early, never late. `None` for a date that is none.
pub(crate) fn adult_from(birth: BirthDate) -> Option<OffsetDateTime> {
    let month = Month::try_from(birth.month.unwrap_or(1)).ok()?;
    let born = Date::from_calendar_date(birth.year, month, birth.day.unwrap_or(1)).ok()?;
    Some(Zone::EuropeParis.start_of(add_years(born, MAJORITY)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_parent_has_until_the_first_instant_of_the_eighteenth_birthday() {
        let born = |year, month, day| BirthDate { year, month, day };
        assert_eq!(adult_from(born(2009, Some(7), Some(14))), Some(datetime!(2027-07-13 22:00 UTC)));
        // 29 February clamps, and what is unknown is early.
        assert_eq!(adult_from(born(2008, Some(2), Some(29))), Some(datetime!(2026-02-27 23:00 UTC)));
        assert_eq!(adult_from(born(2009, Some(7), None)), Some(datetime!(2027-06-30 22:00 UTC)));
        assert_eq!(adult_from(born(2009, None, None)), Some(datetime!(2026-12-31 23:00 UTC)));
        assert_eq!(adult_from(born(2009, Some(13), Some(1))), None);
    }
}
