//! A world with a wall clock that may lie, a disk that may fail, and a program that is started and stopped.

use ambient::{Clock, ErasingClock, Kept, KeptClock, KeptError, KeptSettings, KeptStore};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::FakeClock;
use time::OffsetDateTime;
use time::macros::datetime;

pub const START: OffsetDateTime = datetime!(2026-11-25 10:00 UTC);
pub const DAY: Duration = Duration::from_secs(86_400);

/// What lies on the disk.
#[derive(Default)]
pub struct Disk {
    pub kept: Option<Kept>,
    pub damaged: bool,
    pub full: bool,
}

#[derive(Clone, Default)]
pub struct Store(pub Arc<Mutex<Disk>>);

impl KeptStore for Store {
    fn load(&self) -> Result<Option<Kept>, KeptError> {
        let disk = self.0.lock().unwrap();
        if disk.damaged { Err(KeptError("damaged".into())) } else { Ok(disk.kept) }
    }

    fn save(&self, kept: Kept) -> Result<(), KeptError> {
        let mut disk = self.0.lock().unwrap();
        if disk.full {
            return Err(KeptError("no space".into()));
        }
        (disk.kept, disk.damaged) = (Some(kept), false);
        Ok(())
    }
}

pub struct World {
    pub clock: Arc<FakeClock>,
    pub store: Store,
}

impl World {
    pub fn new() -> Self {
        Self { clock: Arc::new(FakeClock::at(START)), store: Store::default() }
    }

    /// The program starts on what lies on the disk.
    pub fn start(&self) -> KeptClock {
        let fresh = self.clock.now() == START && self.store.0.lock().unwrap().kept.is_none();
        self.start_with(fresh)
    }

    pub fn start_with(&self, fresh: bool) -> KeptClock {
        let settings = KeptSettings { trusted_gap: Duration::from_secs(72 * 3600), fresh };
        KeptClock::start(self.clock.clone(), Box::new(self.store.clone()), settings)
    }

    /// Time passes while the program runs, a minute at a time as in life.
    pub fn run(&self, kept: &KeptClock, passing: Duration) {
        let mut left = passing;
        while !left.is_zero() {
            let step = left.min(Duration::from_secs(60));
            self.clock.advance(step);
            let _ = kept.keep();
            left -= step;
        }
    }

    /// Time passes while it does not run: the steady clock of the next process knows nothing of it.
    pub fn stopped(&self, passing: Duration) {
        self.clock.jump_to(self.clock.now() + passing);
    }
}

/// Whether erasers are let go.
pub fn erases(kept: &KeptClock) -> bool {
    kept.erasing_now().is_ok()
}
