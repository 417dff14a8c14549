//! How long a recall will take, learned from those before it and from publications, which are much the same work. Pure:
//! figures in, seconds out.
//!
//! A recall takes a while of its own and a while for each byte. Both are estimated together: what makes one slow, a busy
//! machine say, mostly makes the other slow too, so that one recall of a large exam tells something of small ones.

use record::RecallTime;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Before anything is learned: half a second, and 100 MB in each second after it (8.6 s for 1 GB were measured on two
/// cores).
const PRIOR_SECONDS: f64 = 0.5;
const PRIOR_SECONDS_PER_BYTE: f64 = 1e-8;
/// How far from that a machine may be, as the variance of the logarithm of each, and of what both have in common.
const PRIOR_VARIANCE: f64 = 2.88;
const PRIOR_COVARIANCE: f64 = 1.44;
/// How much one recall differs from another of its size, and a publication from a recall: deviations of the logarithm.
const RECALLS_DIFFER: f64 = 0.3;
const PUBLICATIONS_DIFFER: f64 = 0.6;
/// Beyond so many deviations a recall counts as an accident rather than as news.
const ACCIDENT: f64 = 1.5;
/// Each newer one of about its size makes one count that much less.
const FADES: f64 = 0.9;
/// About the same size: the logarithm of the ratio, a megabyte added to each.
const SAME_SIZE: f64 = 1.4;
/// Recalls, and publications, looked at: the newest.
pub const LATEST: u32 = 40;
/// Nothing is promised sooner.
const LEAST: Duration = Duration::from_secs(1);
/// Steps of the search and how many of them to each side, from coarse to fine.
const SEARCH: [(f64, i32); 3] = [(0.8, 6), (0.27, 3), (0.09, 3)];

/// How long the latest publications took, newest first; lost at a stop, and soon known again.
#[derive(Debug, Clone, Default)]
pub struct Published(Arc<Mutex<VecDeque<RecallTime>>>);

impl Published {
    /// Notes one more.
    pub fn note(&self, time: RecallTime) {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        latest.push_front(time);
        latest.truncate(LATEST as usize);
    }

    /// The newest first.
    pub fn latest(&self) -> Vec<RecallTime> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}

/// What a machine takes for a recall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    seconds: f64,
    seconds_per_byte: f64,
}

/// One recall that is ahead and has its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderWay {
    /// What it reads.
    pub size_bytes: u64,
    /// Since its first byte.
    pub for_now: Duration,
}

impl Pace {
    /// From what the latest recalls and publications took, both newest first.
    pub fn learned(recalls: &[RecallTime], publications: &[RecallTime]) -> Self {
        let mut seen = weighed(recalls, RECALLS_DIFFER);
        seen.extend(weighed(publications, PUBLICATIONS_DIFFER));
        let mut best = (f64::INFINITY, 0.0, 0.0);
        for (step, each_side) in SEARCH {
            let (_, overhead, rate) = best;
            for i in -each_side..=each_side {
                for j in -each_side..=each_side {
                    let (overhead, rate) = (overhead + step * f64::from(i), rate + step * f64::from(j));
                    let doubt = doubt(overhead, rate, &seen);
                    if doubt < best.0 {
                        best = (doubt, overhead, rate);
                    }
                }
            }
        }
        Self::times(best.1, best.2)
    }

    /// The prior with both of its times changed by the exponential of these.
    fn times(overhead: f64, rate: f64) -> Self {
        Self { seconds: PRIOR_SECONDS * overhead.exp(), seconds_per_byte: PRIOR_SECONDS_PER_BYTE * rate.exp() }
    }

    fn seconds(self, size_bytes: u64) -> f64 {
        self.seconds + size_bytes as f64 * self.seconds_per_byte
    }

    /// How long reading and sending `size_bytes` takes once it has its turn.
    pub fn alone(self, size_bytes: u64) -> Duration {
        self.told(self.seconds(size_bytes))
    }

    /// The same from now, when others have their turns, `waiting` (their sizes) come before it, and `at_once` have a turn
    /// at the same time.
    pub fn behind(self, under_way: &[UnderWay], waiting: &[u64], size_bytes: u64, at_once: u32) -> Duration {
        let mut free: Vec<f64> = under_way
            .iter()
            .map(|one| {
                let whole = self.seconds(one.size_bytes);
                // One that is late is not about to end.
                (whole - one.for_now.as_secs_f64()).max(whole / 4.0)
            })
            .collect();
        free.resize(free.len().max(at_once.max(1) as usize), 0.0);
        let mut end = 0.0;
        for &size in waiting.iter().chain([&size_bytes]) {
            free.sort_by(f64::total_cmp);
            if let Some(first) = free.first_mut() {
                *first += self.seconds(size);
                end = *first;
            }
        }
        self.told(end)
    }

    fn told(self, seconds: f64) -> Duration {
        Duration::try_from_secs_f64(seconds).unwrap_or(LEAST).max(LEAST)
    }
}

/// One that was seen: its size, the logarithm of its seconds, what it counts, how far it may be from the truth.
struct Seen {
    size_bytes: u64,
    took: f64,
    counts: f64,
    differs: f64,
}

fn weighed(latest: &[RecallTime], differs: f64) -> Vec<Seen> {
    let latest = latest.get(..LATEST as usize).unwrap_or(latest);
    let size = |time: &RecallTime| (time.size_bytes as f64 + 1e6).ln();
    let weigh = |(at, time): (usize, &RecallTime)| {
        let newer = latest.iter().take(at).filter(|other| (size(other) - size(time)).abs() < SAME_SIZE).count();
        let counts = FADES.powi(i32::try_from(newer).unwrap_or(i32::MAX));
        Seen { size_bytes: time.size_bytes, took: time.took.as_secs_f64().max(0.05).ln(), counts, differs }
    };
    latest.iter().enumerate().map(weigh).collect()
}

/// How ill these two changes of the prior agree with it and with what was seen.
fn doubt(overhead: f64, rate: f64, seen: &[Seen]) -> f64 {
    let determinant = PRIOR_VARIANCE * PRIOR_VARIANCE - PRIOR_COVARIANCE * PRIOR_COVARIANCE;
    let apart = PRIOR_VARIANCE * (overhead * overhead + rate * rate) - 2.0 * PRIOR_COVARIANCE * overhead * rate;
    let pace = Pace::times(overhead, rate);
    let of = |one: &Seen| {
        let off = (pace.seconds(one.size_bytes).ln() - one.took).abs() / one.differs;
        let ill = if off < ACCIDENT { off * off / 2.0 } else { ACCIDENT * (off - ACCIDENT / 2.0) };
        one.counts * ill
    };
    apart / determinant / 2.0 + seen.iter().map(of).sum::<f64>()
}

#[cfg(test)]
mod tests;
