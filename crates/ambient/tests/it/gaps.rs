//! The program stops, and starts again later, or on another clock.

use crate::rig::{DAY, START, World, erases};
use ambient::{Clock, ClockDoubt, ErasingClock, Kept};
use std::time::Duration;

#[test]
fn a_short_stop_is_taken() {
    let world = World::new();
    world.start().write().unwrap();
    world.stopped(3 * DAY);
    let kept = world.start();
    assert_eq!(kept.erasing_now(), Ok(START + 3 * DAY));
}

#[test]
fn a_longer_stop_erases_nothing_until_a_person_confirms() {
    let world = World::new();
    world.start().write().unwrap();
    world.stopped(4 * DAY);
    let kept = world.start();
    let doubt = ClockDoubt::GapUnconfirmed { seconds: 4 * 86_400 };
    assert_eq!(kept.erasing_now(), Err(doubt));
    // Access is judged by the later clock meanwhile.
    assert_eq!(kept.now(), START + 4 * DAY);
    // Neither waiting nor starting again makes it believable.
    world.run(&kept, 30 * DAY);
    assert_eq!(kept.erasing_now(), Err(doubt));
    kept.write().unwrap();
    let kept = world.start();
    assert_eq!(kept.erasing_now(), Err(doubt));
    kept.confirm().unwrap();
    assert_eq!(kept.erasing_now(), Ok(START + 34 * DAY));
    let kept = world.start();
    assert!(erases(&kept), "what was confirmed is written down");
}

#[test]
fn a_wall_clock_earlier_than_the_kept_one_at_the_start_is_a_doubt() {
    let world = World::new();
    let kept = world.start();
    world.run(&kept, 10 * DAY);
    kept.write().unwrap();
    world.clock.jump_to(START - 365 * DAY);
    let kept = world.start();
    assert_eq!(kept.erasing_now(), Err(ClockDoubt::GapUnconfirmed { seconds: -375 * 86_400 }));
    assert_eq!(kept.now(), START + 10 * DAY, "nothing is served late");
    // The time source answers at last, an hour after the stop.
    world.clock.jump_to(START + 10 * DAY + Duration::from_secs(3600));
    assert!(erases(&kept));
}

#[test]
fn started_on_a_far_clock_it_goes_on_by_itself_when_the_clock_is_set_right() {
    let world = World::new();
    world.start().write().unwrap();
    world.clock.jump_to(START + 25 * 365 * DAY);
    let kept = world.start();
    assert!(!erases(&kept));
    world.run(&kept, DAY);
    kept.write().unwrap();
    world.clock.jump_to(START + DAY);
    assert!(erases(&kept));
    assert!(kept.now() < START + 2 * DAY);
}

#[test]
fn killed_between_two_writings_it_loses_a_minute_at_most() {
    let world = World::new();
    let kept = world.start();
    world.run(&kept, Duration::from_secs(3600 + 59));
    let written = world.store.0.lock().unwrap().kept.unwrap().at;
    assert!(kept.now() - written <= Duration::from_secs(60), "{written}");
    // Not written again at each question either.
    world.clock.advance(Duration::from_secs(1));
    let before = world.store.0.lock().unwrap().kept.unwrap().at;
    kept.keep().unwrap();
    kept.keep().unwrap();
    assert!(world.store.0.lock().unwrap().kept.unwrap().at - before <= Duration::from_secs(60));
    drop(kept);
    let kept = world.start();
    assert!(erases(&kept));
}

#[test]
fn data_found_to_be_older_than_they_should_be_wait_for_a_person() {
    let world = World::new();
    let kept = world.start();
    kept.distrust().unwrap();
    assert!(!erases(&kept));
    let kept = world.start();
    assert!(!erases(&kept), "a restart changes nothing");
    kept.confirm().unwrap();
    assert!(erases(&kept));
}

#[test]
fn what_was_restored_waits_for_a_person_however_short_the_stop() {
    let world = World::new();
    world.store.0.lock().unwrap().kept = Some(Kept { at: START, unconfirmed: true });
    let kept = world.start();
    world.run(&kept, DAY);
    assert!(matches!(kept.erasing_now(), Err(ClockDoubt::GapUnconfirmed { .. })));
    kept.write().unwrap();
    let kept = world.start();
    assert!(!erases(&kept));
    kept.confirm().unwrap();
    assert!(erases(&kept));
}
