//! How long a failed job waits.

use std::time::Duration;

/// After so many failed tries a job is a dead letter: with the waits below, about four days.
pub const MAX_ATTEMPTS: u32 = 100;

const FIRST: Duration = Duration::from_secs(5);
/// No wait is longer.
pub const LONGEST_BACK_OFF: Duration = Duration::from_secs(3600);

/// The wait after the `attempt`th try failed: 5 s, doubling, at most one hour.
pub fn back_off(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    FIRST.saturating_mul(1 << doublings).min(LONGEST_BACK_OFF)
}
