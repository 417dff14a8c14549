//! What is written down is damaged, gone, or cannot be written.

use crate::rig::{DAY, START, World, erases};
use ambient::{Clock, ClockDoubt, ErasingClock};
use std::time::Duration;

#[test]
fn a_damaged_file_is_a_doubt_that_stays_until_a_person_confirms() {
    let world = World::new();
    world.start().write().unwrap();
    world.store.0.lock().unwrap().damaged = true;
    let kept = world.start();
    assert_eq!(kept.erasing_now(), Err(ClockDoubt::NotPersisted));
    assert_eq!(kept.now(), START, "it serves");
    world.run(&kept, DAY);
    assert!(world.store.0.lock().unwrap().damaged, "the file is not replaced behind the person's back");
    assert!(!erases(&world.start()));
    kept.confirm().unwrap();
    assert!(erases(&kept) && erases(&world.start()));
}

#[test]
fn an_absent_file_beside_kept_exams_is_a_doubt_and_beside_nothing_is_the_first_start() {
    let world = World::new();
    assert!(!erases(&world.start_with(false)));
    assert!(erases(&world.start_with(true)));
}

#[test]
fn while_it_cannot_be_written_nothing_is_erased() {
    let world = World::new();
    let kept = world.start();
    world.run(&kept, Duration::from_secs(120));
    world.store.0.lock().unwrap().full = true;
    world.run(&kept, Duration::from_secs(120));
    assert_eq!(kept.erasing_now(), Err(ClockDoubt::NotPersisted));
    assert!(kept.confirm().is_err());
    assert!(!erases(&kept));
    assert_eq!(kept.now(), START + Duration::from_secs(240), "it serves");
    world.store.0.lock().unwrap().full = false;
    world.run(&kept, Duration::from_secs(60));
    assert!(erases(&kept));
}
