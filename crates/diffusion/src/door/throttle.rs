//! When an attempt may be made: pure, from counters, the time and the policy.

use crate::ThrottlePolicy;

/// Failures and the last of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Failures {
    pub(super) count: u32,
    /// Microseconds since 1970.
    pub(super) last_at: i64,
}

impl Failures {
    /// Whether a try is due after `quick` free ones, with doubling waits.
    pub(super) fn admit(self, quick: u32, policy: &ThrottlePolicy, now: i64) -> bool {
        let since = now.saturating_sub(self.last_at);
        // A failure in the future means that the clock was set back: nobody is locked out for that.
        if since < 0 || since >= as_micros(policy.bucket_memory) {
            return true;
        }
        since >= self.wait(quick, policy)
    }

    /// The wait after the last failure, in microseconds: none for the quick tries, then 30 s doubling to 1 h.
    fn wait(self, quick: u32, policy: &ThrottlePolicy) -> i64 {
        let Some(beyond) = self.count.checked_sub(quick) else { return 0 };
        let first = as_micros(policy.first_wait);
        first.saturating_mul(1i64.checked_shl(beyond.min(40)).unwrap_or(i64::MAX)).min(as_micros(policy.longest_wait))
    }

    /// One more failure now; forgotten ones no longer count.
    pub(super) fn counted(self, policy: &ThrottlePolicy, now: i64) -> Self {
        let old = now.saturating_sub(self.last_at) >= as_micros(policy.bucket_memory);
        Self { count: if old { 1 } else { self.count.saturating_add(1) }, last_at: now }
    }
}

/// Failures over everything, by windows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Budget {
    pub(super) window_start: i64,
    pub(super) count: u32,
}

impl Budget {
    /// The budget of the window that holds `now`.
    pub(super) fn at(self, policy: &ThrottlePolicy, now: i64) -> Self {
        let length = as_micros(policy.global_window).max(1);
        let window_start = now - now.rem_euclid(length);
        if window_start == self.window_start { self } else { Self { window_start, count: 0 } }
    }

    pub(super) fn alarm(self, policy: &ThrottlePolicy) -> bool {
        self.count >= policy.global_failures
    }
}

/// Whether a client succeeded recently enough not to be new.
pub(super) fn is_known(success_at: Option<i64>, policy: &ThrottlePolicy, now: i64) -> bool {
    success_at.is_some_and(|at| now.saturating_sub(at) < as_micros(policy.known_client))
}

pub(super) fn as_micros(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn failed(count: u32) -> Failures {
        Failures { count, last_at: 0 }
    }

    #[test]
    fn five_tries_are_quick_then_thirty_seconds_double_up_to_an_hour() {
        let policy = ThrottlePolicy::default();
        for quick in 0..5 {
            assert!(failed(quick).admit(5, &policy, 1), "try {quick} waits");
        }
        for (count, seconds) in [(5, 30), (6, 60), (7, 120), (8, 240), (11, 1920), (12, 3600), (60, 3600)] {
            assert!(!failed(count).admit(5, &policy, seconds * SECOND - 1), "{count} failures, just before");
            assert!(failed(count).admit(5, &policy, seconds * SECOND), "{count} failures, at the instant");
        }
    }

    #[test]
    fn a_clock_set_back_by_ten_years_locks_nobody_out() {
        let policy = ThrottlePolicy::default();
        let failed = Failures { count: 60, last_at: 315_360_000 * SECOND };
        assert!(failed.admit(5, &policy, 0));
    }

    #[test]
    fn the_budget_starts_again_with_each_window() {
        let policy = ThrottlePolicy { global_failures: 2, ..ThrottlePolicy::default() };
        let spent = Budget { window_start: 0, count: 2 };
        assert!(spent.at(&policy, 3599 * SECOND).alarm(&policy));
        assert!(!spent.at(&policy, 3600 * SECOND).alarm(&policy));
    }
}
