//! Random histories against what time it truly was.

use crate::rig::{START, World};
use ambient::{Clock, ErasingClock};
use proptest::prelude::*;
use std::time::Duration;

#[derive(Debug, Clone)]
enum Event {
    /// The program runs for so many seconds.
    Runs(u32),
    /// The wall clock is set so many seconds from the true time.
    Set(i64),
    /// Stopped, or killed, for so many seconds.
    Stopped { orderly: bool, seconds: u32 },
}

fn event() -> impl Strategy<Value = Event> {
    let far = 25 * 365 * 86_400_i64;
    prop_oneof![
        3 => (1_u32..200_000).prop_map(Event::Runs),
        2 => prop_oneof![Just(0), -far..far, -5_000_i64..5_000].prop_map(Event::Set),
        1 => (any::<bool>(), 1_u32..400_000).prop_map(|(orderly, seconds)| Event::Stopped { orderly, seconds }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Nobody confirms anything here. An eraser may run ahead of the true time by what a lying wall clock can gain:
    /// a fiftieth of the running time, the agreement, and the trusted gap of each start; never by more, whatever the
    /// wall clock says. Nothing is served late by more than the running time's fiftieth and the stops.
    #[test]
    fn no_history_of_wrong_clocks_erases_early_or_serves_late(events in proptest::collection::vec(event(), 1..40)) {
        let world = World::new();
        let mut kept = world.start();
        kept.write().unwrap();
        let (mut truth, mut running, mut stopped, mut starts) = (START, Duration::ZERO, Duration::ZERO, 0_u32);
        for event in events {
            match event {
                Event::Runs(seconds) => {
                    let passing = Duration::from_secs(u64::from(seconds));
                    // In steps of an hour: the test is about the sum.
                    let mut left = passing;
                    while !left.is_zero() {
                        let step = left.min(Duration::from_secs(3600));
                        world.clock.advance(step);
                        kept.keep().unwrap();
                        left -= step;
                    }
                    (truth, running) = (truth + passing, running + passing);
                }
                Event::Set(off) => world.clock.jump_to(truth + time::Duration::seconds(off)),
                Event::Stopped { orderly, seconds } => {
                    if orderly {
                        kept.write().unwrap();
                    }
                    let passing = Duration::from_secs(u64::from(seconds));
                    (truth, stopped, starts) = (truth + passing, stopped + passing, starts + 1);
                    world.stopped(passing);
                    // Killed, it may lose what passed since the last writing.
                    stopped += Duration::from_secs(3600);
                    kept = world.start();
                }
            }
            let gained = Duration::from_secs(u64::from(starts) * 72 * 3600);
            if let Ok(erasing) = kept.erasing_now() {
                prop_assert!(erasing <= truth + running / 50 + gained + ambient::AGREEMENT, "{erasing} at {truth}");
            }
            let now = kept.now();
            prop_assert!(now + running / 50 + stopped >= truth, "serving by {now} at {truth}");
            prop_assert!(now >= world.clock.now(), "access is judged by the later clock");
        }
    }
}
