//! The rules of the trade, by tables of cases and by properties.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that meets the unexpected fails")]

mod class;
mod code;
mod dates;
mod identity_cases;
mod identity_links;
mod identity_properties;
mod ids;
mod lifecycle;
mod number;
mod partner;
mod policy;
mod requests;
mod retention_cases;
mod retention_properties;
mod rights_cases;
mod rights_properties;

use time::{Date, Month};

/// A day, from `2026-11-25`.
fn day(text: &str) -> Date {
    let mut parts = text.split('-');
    let mut next = || parts.next().unwrap().parse::<u16>().unwrap();
    let (year, month, day) = (next(), next(), next());
    Date::from_calendar_date(year.into(), Month::try_from(month as u8).unwrap(), day as u8).unwrap()
}
