//! What comes from the world rather than from an argument: the time and chance.
//!
//! This room must not know any other room: everything may depend on it, so it depends on nothing.
//!
//! A room takes `Arc<dyn Clock>` and `Arc<dyn Random>` when it is built and asks them; tests hand in
//! the fakes of `testkit`. `clippy.toml` bans the system's own clock and chance everywhere else. Who
//! destroys asks [`ErasingClock`] instead, which may refuse to say what time it is.
//!
//! Start with [`Clock`].

mod erasing;
mod kept;

pub use erasing::{ClockDoubt, ErasingClock};
pub use kept::{AGREEMENT, ClockStatus, Kept, KeptClock, KeptError, KeptSettings, KeptStore};

use std::time::Duration;
use time::OffsetDateTime;

/// The wall clock and a clock that never goes back.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock, in UTC.
    fn now(&self) -> OffsetDateTime;
    /// Time since an arbitrary start; never decreases, unaffected by changes of the wall clock.
    fn monotonic(&self) -> Duration;
}

/// A source of secure random bytes.
pub trait Random: Send + Sync + 'static {
    /// Fills `out` entirely with random bytes.
    fn fill(&self, out: &mut [u8]);
}

/// An array of `N` random bytes.
pub fn random_bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}

/// The system's clocks.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    start: std::time::Instant,
}

impl SystemClock {
    /// A system clock whose monotonic reading starts now.
    #[allow(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    pub fn new() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// The operating system's secure random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[allow(
        clippy::disallowed_methods,
        clippy::panic,
        reason = "the one place that asks the system; without chance no code may be made"
    )]
    fn fill(&self, out: &mut [u8]) {
        if let Err(error) = getrandom::fill(out) {
            panic!("the system gives no random bytes: {error}");
        }
    }
}
