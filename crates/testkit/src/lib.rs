//! Fakes and fixtures for tests: a clock that the test moves, chance that repeats, migrations that are cut off.
//!
//! This room must not know the rooms it helps to test, so that any of them may use it; it is a
//! development dependency only.
//!
//! Start with [`FakeClock`] and [`SeededRandom`].
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test support: a failure here fails the test"
)]

pub mod migrations;

use ambient::{Clock, ClockDoubt, ErasingClock, Random};
use std::sync::Mutex;
use std::time::Duration;
use time::OffsetDateTime;

/// A clock that stands still until the test moves it.
#[derive(Debug)]
pub struct FakeClock {
    state: Mutex<(OffsetDateTime, Duration)>,
    doubt: Mutex<Option<ClockDoubt>>,
}

impl FakeClock {
    /// A clock that stands at `start`.
    pub fn at(start: OffsetDateTime) -> Self {
        Self { state: Mutex::new((start, Duration::ZERO)), doubt: Mutex::new(None) }
    }

    /// Moves both clocks forward.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state.lock().unwrap();
        state.0 += by;
        state.1 += by;
    }

    /// Sets the wall clock alone, as an administrator or a bad time source would.
    pub fn jump_to(&self, now: OffsetDateTime) {
        self.state.lock().unwrap().0 = now;
    }

    /// Makes erasers hear this doubt, or none.
    pub fn doubt(&self, doubt: Option<ClockDoubt>) {
        *self.doubt.lock().unwrap() = doubt;
    }
}

/// Agrees with itself unless the test says otherwise.
impl ErasingClock for FakeClock {
    fn erasing_now(&self) -> Result<OffsetDateTime, ClockDoubt> {
        match *self.doubt.lock().unwrap() {
            Some(doubt) => Err(doubt),
            None => Ok(self.now()),
        }
    }
}

impl Clock for FakeClock {
    fn now(&self) -> OffsetDateTime {
        self.state.lock().unwrap().0
    }

    fn monotonic(&self) -> Duration {
        self.state.lock().unwrap().1
    }
}

/// Repeatable bytes from a seed (SplitMix64). Never for anything real.
#[derive(Debug)]
pub struct SeededRandom {
    state: Mutex<u64>,
}

impl SeededRandom {
    /// The same seed gives the same bytes.
    pub fn new(seed: u64) -> Self {
        Self { state: Mutex::new(seed) }
    }
}

impl Random for SeededRandom {
    fn fill(&self, out: &mut [u8]) {
        let mut state = self.state.lock().unwrap();
        for chunk in out.chunks_mut(8) {
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^= z >> 31;
            chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
        }
    }
}
