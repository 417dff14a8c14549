//! The wall clock jumps while the program runs.

use crate::rig::{DAY, START, World, erases};
use ambient::{Clock, ClockDoubt, ErasingClock};
use std::time::Duration;
use time::macros::datetime;
use time::{OffsetDateTime, UtcOffset};

/// Where administrators, flat batteries and bad time sources put a clock.
const WRONG: [OffsetDateTime; 7] = [
    datetime!(2051-11-25 10:00 UTC),
    datetime!(2001-11-25 10:00 UTC),
    datetime!(1970-01-01 0:00 UTC),
    datetime!(2038-01-19 3:14:08 UTC),
    datetime!(2106-02-07 6:28:16 UTC),
    datetime!(1980-01-06 0:00 UTC),
    datetime!(2554-07-21 23:34:33 UTC),
];

#[test]
fn no_wrong_clock_lets_anything_be_erased_and_each_is_told() {
    for wrong in WRONG {
        let world = World::new();
        let kept = world.start();
        world.run(&kept, DAY);
        assert!(erases(&kept));
        world.clock.jump_to(wrong);
        let apart = (wrong - START - time::Duration::DAY).whole_seconds();
        assert_eq!(kept.erasing_now(), Err(ClockDoubt::WallJumped { seconds: apart }), "{wrong}");
        // And not by waiting either: a year on, the kept clock has followed by a week at most.
        for _ in 0..365 {
            world.clock.advance(DAY);
            assert!(!erases(&kept), "{wrong}");
        }
    }
}

#[test]
fn a_clock_set_back_serves_nothing_late() {
    for wrong in WRONG.into_iter().filter(|wrong| *wrong < START) {
        let world = World::new();
        let kept = world.start();
        let end = START + DAY;
        world.clock.jump_to(wrong);
        world.clock.advance(DAY - Duration::from_secs(1800));
        assert!(kept.now() < end);
        // The kept clock may lag by two hundredths of what has passed: half an hour a day.
        world.clock.advance(Duration::from_secs(3600));
        assert!(kept.now() >= end, "{wrong}: still served at {}", kept.now());
    }
}

#[test]
fn when_the_wall_clock_comes_back_all_goes_on() {
    for wrong in WRONG {
        let world = World::new();
        let kept = world.start();
        world.clock.jump_to(wrong);
        world.run(&kept, Duration::from_secs(3600));
        assert!(!erases(&kept));
        world.clock.jump_to(START + Duration::from_secs(3600));
        assert!(erases(&kept), "{wrong}");
        assert!((kept.now() - START - Duration::from_secs(3600)).abs() < time::Duration::minutes(2));
    }
}

#[test]
fn a_wall_clock_an_hour_off_is_followed_slowly_and_believed_in_the_end() {
    let world = World::new();
    let kept = world.start();
    world.clock.jump_to(START + Duration::from_secs(3600));
    world.run(&kept, Duration::from_secs(41 * 3600));
    assert!(!erases(&kept), "50 minutes need 41 h 40 min");
    world.run(&kept, Duration::from_secs(3600));
    assert!(erases(&kept));
}

#[test]
fn erasing_goes_by_the_earlier_clock_and_access_by_the_later() {
    let world = World::new();
    let kept = world.start();
    for seconds in [540, -540] {
        let set = world.clock.now() + time::Duration::seconds(seconds);
        world.clock.jump_to(set);
        let (erasing, now) = (kept.erasing_now().unwrap(), kept.now());
        assert!(erasing <= now);
        assert_eq!(now - erasing, time::Duration::seconds(540));
        assert!(now == set || erasing == set);
        world.clock.jump_to(set - time::Duration::seconds(seconds));
    }
}

#[test]
fn a_leap_second_stepped_or_smeared_is_nothing() {
    let world = World::new();
    let kept = world.start();
    // 23:59:60 as POSIX tells it: the second before midnight twice.
    let before = kept.now();
    world.clock.advance(Duration::from_secs(1));
    world.clock.jump_to(world.clock.now() - Duration::from_secs(1));
    assert!(kept.now() >= before && erases(&kept));
    // Smeared over a day: each second a little longer.
    for _ in 0..86_400 {
        world.clock.advance(Duration::from_secs(1));
        world.clock.jump_to(world.clock.now() - Duration::from_nanos(11_574));
        assert!(erases(&kept));
    }
    assert!((kept.now() - world.clock.now()).abs() < time::Duration::seconds(1));
}

#[test]
fn summer_and_winter_time_end_a_day_at_its_own_midnight() {
    let zone = exam::Zone::EuropeParis;
    for (day, offset) in [
        (datetime!(2028-03-25 0:00 UTC), 1),
        (datetime!(2028-03-26 0:00 UTC), 2),
        (datetime!(2028-10-28 0:00 UTC), 2),
        (datetime!(2028-10-29 0:00 UTC), 1),
    ] {
        let end = zone.end_of(day.date());
        let local = end.to_offset(UtcOffset::from_hms(offset, 0, 0).unwrap());
        assert_eq!((local.date(), local.hour()), (day.date().next_day().unwrap(), 0));
        let world = World::new();
        let kept = world.start();
        world.clock.jump_to(end - Duration::from_secs(1));
        kept.confirm().unwrap();
        assert!(kept.now() < end, "{day}: ended early");
        world.clock.advance(Duration::from_secs(1));
        assert!(kept.now() >= end, "{day}: ended late");
        assert!(erases(&kept), "the change of hour is none of UTC");
    }
}
