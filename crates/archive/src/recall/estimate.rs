//! How long a recall will take, learned from those before it. Pure: figures in, seconds out.

use record::RecallTime;
use std::time::Duration;

/// Before anything is learned: half a second, and 100 MB in each second after it (8.6 s for 1 GB were measured on two
/// cores).
const PRIOR_SECONDS: f64 = 0.5;
const PRIOR_BYTES_PER_SECOND: f64 = 100e6;
/// Recalls of nearly the same size that are asked.
const NEAREST: usize = 7;
/// Recalls looked at, the newest.
pub const LATEST: u32 = 40;
/// Nothing is promised sooner.
const LEAST: Duration = Duration::from_secs(1);

/// How long reading and sending `size_bytes` takes, from what the latest recalls took (newest first). What is known of
/// recalls of nearly the same size decides: the middle one of how much slower or faster than the prior they were.
pub fn alone(latest: &[RecallTime], size_bytes: u64) -> Duration {
    let mut by_size: Vec<(f64, f64)> = latest
        .iter()
        .take(LATEST as usize)
        .map(|time| (apart(time.size_bytes, size_bytes), time.took.as_secs_f64() / prior(time.size_bytes)))
        .collect();
    by_size.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut pace: Vec<f64> = by_size.into_iter().take(NEAREST).map(|(_, pace)| pace).collect();
    if pace.len() < NEAREST {
        pace.push(1.0);
    }
    pace.sort_by(f64::total_cmp);
    let middle = pace.get(pace.len() / 2).copied().unwrap_or(1.0);
    Duration::try_from_secs_f64(middle * prior(size_bytes)).unwrap_or(LEAST).max(LEAST)
}

/// The same when `ahead` (their sizes) come first, `at_once` of them at the same time.
pub fn behind(latest: &[RecallTime], ahead: &[u64], size_bytes: u64, at_once: u32) -> Duration {
    let before: Duration = ahead.iter().map(|&size| alone(latest, size)).sum();
    before / at_once.max(1) + alone(latest, size_bytes)
}

fn prior(size_bytes: u64) -> f64 {
    PRIOR_SECONDS + size_bytes as f64 / PRIOR_BYTES_PER_SECOND
}

/// How far apart two sizes are, by their ratio.
fn apart(a: u64, b: u64) -> f64 {
    let size = |bytes: u64| (bytes as f64 + 1e6).ln();
    (size(a) - size(b)).abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MEGA: u64 = 1_000_000;

    #[test]
    fn with_nothing_learned_a_gigabyte_takes_ten_seconds_and_never_no_time() {
        let seconds = alone(&[], 1000 * MEGA).as_secs_f64();
        assert!((10.0..12.0).contains(&seconds), "{seconds}");
        assert_eq!(alone(&[], 0), LEAST);
    }

    #[test]
    fn those_who_wait_are_told_of_those_before_them() {
        let ahead = [1000 * MEGA; 4];
        let waited = behind(&[], &ahead, MEGA, 2) - alone(&[], MEGA);
        assert_eq!(waited, alone(&[], 1000 * MEGA) * 2);
    }

    /// A machine: seconds before the first byte, bytes in a second, and how much both vary.
    #[derive(Debug, Clone)]
    struct Machine {
        overhead: f64,
        rate: f64,
    }

    impl Machine {
        fn takes(&self, size_bytes: u64, luck: f64) -> Duration {
            Duration::from_secs_f64((self.overhead + size_bytes as f64 / self.rate) * luck)
        }
    }

    fn machine() -> impl Strategy<Value = Machine> {
        (0.1f64..4.0, 6f64.ln()..600f64.ln()).prop_map(|(overhead, rate)| Machine { overhead, rate: rate.exp() * 1e6 })
    }

    /// Sizes of exams from a radiograph to the largest CT, and a luck of 0.7 to 1.4.
    fn recalls() -> impl Strategy<Value = Vec<(u64, f64)>> {
        let one = (1f64.ln()..1500f64.ln(), 0.7f64..1.4);
        proptest::collection::vec(one.prop_map(|(size, luck)| ((size.exp() * 1e6) as u64, luck)), 140)
    }

    /// How many of the last hundred recalls were told within a factor of two.
    fn within_two(machines: &[&Machine], recalls: &[(u64, f64)]) -> usize {
        let mut latest: Vec<RecallTime> = Vec::new();
        let mut good = 0;
        for (number, &(size_bytes, luck)) in recalls.iter().enumerate() {
            let machine = machines[number * machines.len() / recalls.len()];
            let took = machine.takes(size_bytes, luck);
            let ratio = alone(&latest, size_bytes).as_secs_f64() / took.as_secs_f64().max(1.0);
            if number >= 40 && (0.5..=2.0).contains(&ratio) {
                good += 1;
            }
            latest.insert(0, RecallTime { size_bytes, took });
        }
        good
    }

    proptest! {
        #[test]
        fn nine_in_ten_are_told_within_a_factor_of_two_whatever_the_machine(
            machine in machine(),
            recalls in recalls(),
        ) {
            let good = within_two(&[&machine], &recalls);
            prop_assert!(good >= 90, "{good} of 100");
        }

        #[test]
        fn a_machine_that_becomes_half_as_fast_is_learned_again(machine in machine(), recalls in recalls()) {
            let slower = Machine { overhead: machine.overhead * 2.0, rate: machine.rate / 2.0 };
            // The change comes with the fortieth: the hundred that count begin with it.
            let halves: Vec<&Machine> = (0..7).map(|part| if part < 2 { &machine } else { &slower }).collect();
            let good = within_two(&halves, &recalls);
            prop_assert!(good >= 75, "{good} of 100");
        }
    }
}
