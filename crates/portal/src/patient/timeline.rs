//! The two dates as a small timeline that explains itself: a drawing for the eye, a list for everybody.

use crate::layout::Words;
use diffusion::Times;
use exam::dates::Zone;
use maud::{Markup, html};
use time::{Date, Duration};

/// The last whole day on line: the instant is the first at which nothing is served.
pub(crate) fn online_last_day(times: &Times) -> Date {
    Zone::EuropeParis.date_of(times.online_until - Duration::SECOND)
}

/// The section with both dates.
pub(super) fn timeline(words: &Words, times: &Times, today: Date) -> Markup {
    let online = online_last_day(times);
    let online_text = words.date(online);
    let archived_text = times.archived_until.map(|date| words.date(date));
    html! {
        section .times aria-labelledby="jusqua" {
            h2 #jusqua { (words.t("times-title")) }
            (drawing(times, online, today))
            ol .steps {
                li .on { (words.with(if again(times) { "times-again-until" } else { "times-online-until" }, &[("date", &online_text)])) }
                @if let Some(archived) = &archived_text {
                    li .kept { (words.with("times-archived-until", &[("date", archived)])) }
                    li .end { (words.t("times-may-end")) }
                } @else {
                    li .end { (words.t("times-erased-after")) }
                }
            }
            p .sentence { (sentence(words, times, &online_text, archived_text.as_deref())) }
        }
    }
}

/// Whether it is on line again after a recall.
fn again(times: &Times) -> bool {
    times.online_reason.starts_with("online-after-recall")
}

fn sentence(words: &Words, times: &Times, online: &str, archived: Option<&str>) -> String {
    match (archived, times.archive_reason.as_str()) {
        (Some(archived), _) if again(times) => words.with("times-again", &[("online", online), ("archived", archived)]),
        (Some(archived), _) => words.with("times-archived", &[("online", online), ("archived", archived)]),
        (None, "archive-not-chosen" | "archive-declined") => words.with("times-not-chosen", &[("online", online)]),
        (None, _) => words.with("times-other", &[("online", online)]),
    }
}

/// A bar from the exam to the end, with a mark for today. The text beside it says the same.
fn drawing(times: &Times, online: Date, today: Date) -> Markup {
    const WIDTH: i64 = 320;
    // On line always takes at least a third, so that its end and today can be told apart.
    let split = if times.archived_until.is_some() { WIDTH * 2 / 5 } else { WIDTH };
    let at = |day: Date| {
        let within = |from: Date, to: Date, start: i64, end: i64| {
            let (passed, whole) = ((day - from).whole_days(), (to - from).whole_days().max(1));
            start + (end - start) * passed.clamp(0, whole) / whole
        };
        match times.archived_until {
            Some(archived) if day > online => within(online, archived, split, WIDTH),
            _ => within(times.exam_date, online, 0, split),
        }
    };
    let now = at(today).clamp(5, WIDTH - 5);
    html! {
        svg .bar viewBox="-8 0 336 24" aria-hidden="true" focusable="false" {
            line x1="0" y1="12" x2=(split) y2="12" stroke="#0b5563" stroke-width="8" stroke-linecap="round" {}
            @if times.archived_until.is_some() {
                line x1=(split + 10) y1="12" x2=(WIDTH) y2="12" stroke="#8fb8bf" stroke-width="8" stroke-linecap="round" {}
            }
            circle cx=(now) cy="12" r="8" fill="#fff" stroke="#0b5563" stroke-width="4" {}
        }
    }
}
