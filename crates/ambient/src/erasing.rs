//! The time by which something may be destroyed: it may be refused, and then nothing is destroyed.

use time::OffsetDateTime;

/// A clock for erasers.
pub trait ErasingClock: Send + Sync + 'static {
    /// The instant by which something may be erased: the earlier of all clocks, so that nothing goes early.
    ///
    /// # Errors
    /// [`ClockDoubt`] while the clocks disagree or a gap is not confirmed: erase nothing.
    fn erasing_now(&self) -> Result<OffsetDateTime, ClockDoubt>;
}

/// Why nothing may be erased now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockDoubt {
    /// The wall clock no longer agrees with the kept one.
    #[error("the wall clock has jumped by {seconds} s")]
    WallJumped {
        /// Wall clock minus kept clock, seconds.
        seconds: i64,
    },
    /// The program did not run for so long that only a person can say what time it is.
    #[error("a gap of {seconds} s without the program is not confirmed")]
    GapUnconfirmed {
        /// Wall clock minus the last kept instant, seconds.
        seconds: i64,
    },
    /// The kept clock cannot be read or written.
    #[error("the kept clock is not on disk")]
    NotPersisted,
}
