//! The sentences of the pages, in two files with the same keys, and dates in full.

use axum::http::header::COOKIE;
use axum::http::request::Parts;
use exam::dates::Zone;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use time::{Date, Month, OffsetDateTime};

/// The cookie that remembers the language: not personal, readable by nobody else.
pub const LANGUAGE_COOKIE: &str = "lang";

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lang {
    /// French, the first.
    Fr,
    /// English, the mirror.
    En,
}

impl Lang {
    /// The language tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// The language with this tag.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag {
            "fr" => Some(Self::Fr),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Fr => Self::En,
            Self::En => Self::Fr,
        }
    }

    /// The language a request asks for: `?lang=`, else the cookie, else French.
    pub fn of_request(parts: &Parts) -> Self {
        Self::of_query(parts).or_else(|| Self::of_cookie(parts)).unwrap_or(Self::Fr)
    }

    /// The language named in the query, if one is.
    pub fn of_query(parts: &Parts) -> Option<Self> {
        let pairs = parts.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(name, _)| *name == "lang").find_map(|(_, tag)| Self::from_tag(tag))
    }

    fn of_cookie(parts: &Parts) -> Option<Self> {
        let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == LANGUAGE_COOKIE).and_then(|(_, tag)| Self::from_tag(tag))
    }
}

/// Sentences by key, in both languages.
pub struct Messages {
    fr: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
}

impl Messages {
    /// From the texts of two Fluent files. A line that does not parse is left out; the tests of the files find it.
    pub fn new(fr: &str, en: &str) -> Self {
        Self { fr: bundle(Lang::Fr, fr), en: bundle(Lang::En, en) }
    }

    /// The sentence of `key` with its figures; the key itself when there is none, so that nothing is blank.
    pub fn text(&self, lang: Lang, key: &str, figures: &[(&str, &str)]) -> String {
        let bundle = match lang {
            Lang::Fr => &self.fr,
            Lang::En => &self.en,
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut args = FluentArgs::new();
        for (name, value) in figures {
            // A whole number chooses singular or plural; anything else is text.
            match value.parse::<u32>() {
                Ok(number) if !value.starts_with('0') || *value == "0" => args.set(*name, number),
                _ => args.set(*name, FluentValue::from(*value)),
            }
        }
        bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }
}

fn bundle(lang: Lang, text: &str) -> FluentBundle<FluentResource> {
    let tag = lang.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(partial, _)| partial);
    bundle.add_resource_overriding(resource);
    bundle
}

/// *25 novembre 2026*, *25 November 2026*; the first of a month is *1er* in French.
pub fn full_date(lang: Lang, date: Date) -> String {
    match (lang, date.day()) {
        (Lang::Fr, 1) => format!("1er {} {}", month(lang, date.month()), date.year()),
        (_, day) => format!("{day} {} {}", month(lang, date.month()), date.year()),
    }
}

/// *30,00 €*, *€30.00*.
pub fn price(lang: Lang, cents: u32) -> String {
    let (whole, rest) = (cents / 100, cents % 100);
    match lang {
        Lang::Fr => format!("{whole},{rest:02}\u{a0}€"),
        Lang::En => format!("€{whole}.{rest:02}"),
    }
}

/// Day and time of metropolitan France: *3 mars 2027 à 10 h 12*, *3 March 2027 at 10:12*.
pub fn full_instant(lang: Lang, instant: OffsetDateTime) -> String {
    let local = instant + offset_at(instant);
    let (date, hour, minute) = (local.date(), local.hour(), local.minute());
    match lang {
        Lang::Fr => format!("{} à {hour} h {minute:02}", full_date(lang, date)),
        Lang::En => format!("{} at {hour:02}:{minute:02}", full_date(lang, date)),
    }
}

/// The instant that a form's `2026-11-25T12:00` is in metropolitan France; the earlier one of an hour that comes twice.
pub fn local_instant(text: &str) -> Option<OffsetDateTime> {
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]");
    let wanted = time::PrimitiveDateTime::parse(text.trim().get(..16)?, format).ok()?.assume_utc();
    let candidates = [2, 1].map(|hours| wanted - time::Duration::hours(hours));
    candidates.into_iter().find(|candidate| *candidate + offset_at(*candidate) == wanted)
}

/// How far metropolitan France is ahead of UTC at an instant; its clocks change at 01:00 UTC.
pub(crate) fn offset_at(instant: OffsetDateTime) -> time::Duration {
    let date = Zone::EuropeParis.date_of(instant);
    let changed = instant >= date.with_hms(1, 0, 0).map_or(instant, time::PrimitiveDateTime::assume_utc);
    let day = if changed { date.next_day().unwrap_or(date) } else { date };
    day.midnight().assume_utc() - Zone::EuropeParis.start_of(day)
}

fn month(lang: Lang, month: Month) -> &'static str {
    exam::dates::month_name(month, lang == Lang::En)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn dates_are_spelled_in_full() {
        assert_eq!(full_date(Lang::Fr, date!(2026 - 11 - 25)), "25 novembre 2026");
        assert_eq!(full_date(Lang::Fr, date!(2027 - 05 - 01)), "1er mai 2027");
        assert_eq!(full_date(Lang::En, date!(2027 - 05 - 01)), "1 May 2027");
    }

    #[test]
    fn hours_are_those_of_the_practice_in_winter_in_summer_and_on_the_days_between() {
        for (utc, local) in [
            (datetime!(2027-03-03 09:12 UTC), "3 mars 2027 à 10 h 12"),
            (datetime!(2027-07-14 22:30 UTC), "15 juillet 2027 à 0 h 30"),
            (datetime!(2027-03-28 00:59 UTC), "28 mars 2027 à 1 h 59"),
            (datetime!(2027-03-28 01:00 UTC), "28 mars 2027 à 3 h 00"),
            (datetime!(2027-10-31 00:30 UTC), "31 octobre 2027 à 2 h 30"),
            (datetime!(2027-10-31 12:00 UTC), "31 octobre 2027 à 13 h 00"),
        ] {
            assert_eq!(full_instant(Lang::Fr, utc), local);
        }
    }

    #[test]
    fn a_moment_of_a_form_is_that_of_the_practice() {
        for (local, utc) in [
            ("2026-11-25T12:00", Some(datetime!(2026-11-25 11:00 UTC))),
            ("2027-07-14T00:30", Some(datetime!(2027-07-13 22:30 UTC))),
            ("2027-03-28T03:00", Some(datetime!(2027-03-28 01:00 UTC))),
            ("2027-03-28T02:30", None),
            ("2027-10-31T02:30", Some(datetime!(2027-10-31 00:30 UTC))),
            ("hier", None),
        ] {
            assert_eq!(local_instant(local), utc, "{local}");
        }
    }

    #[test]
    fn a_missing_sentence_shows_its_key_and_a_figure_chooses_the_plural() {
        let messages = Messages::new("n = { $n ->\n    [one] une page\n   *[other] { $n } pages\n }\n", "");
        assert_eq!(messages.text(Lang::Fr, "n", &[("n", "1")]), "une page");
        assert_eq!(messages.text(Lang::Fr, "n", &[("n", "3")]), "3 pages");
        assert_eq!(messages.text(Lang::En, "n", &[]), "n");
    }
}
