//! Whose turn it is: who asked first is served first, so that what was told to those who wait stays true.

use super::estimate::UnderWay;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use time::OffsetDateTime;
use tokio::sync::Notify;
use uuid::Uuid;

/// A recall in the line: when it was asked, which one it is.
pub(crate) type Asked = (OffsetDateTime, Uuid);

/// The turns of one lane.
pub(crate) struct Turns {
    at_once: usize,
    line: Mutex<Line>,
    changed: Notify,
}

#[derive(Default)]
struct Line {
    waiting: BTreeSet<Asked>,
    under_way: BTreeMap<Uuid, Begun>,
}

/// Its size, and the monotonic time of its first byte.
struct Begun {
    size_bytes: u64,
    at: Duration,
}

/// A place in the line, then a turn; given back when it is dropped.
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    asked: Asked,
}

impl Turns {
    pub(crate) fn new(at_once: usize) -> Self {
        Self { at_once: at_once.max(1), line: Mutex::default(), changed: Notify::new() }
    }

    /// Waits for the turn of one that reads `size_bytes`; `now` tells the monotonic time at which it comes.
    pub(crate) async fn take(&self, asked: Asked, size_bytes: u64, now: impl Fn() -> Duration) -> Turn<'_> {
        self.line().waiting.insert(asked);
        let turn = Turn { turns: self, asked };
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            if self.line().begin(asked, size_bytes, self.at_once, &now) {
                self.changed.notify_waiters();
                return turn;
            }
            changed.await;
        }
    }

    /// Which recalls have their turns at the monotonic time `now`.
    pub(crate) fn under_way(&self, now: Duration) -> BTreeMap<Uuid, UnderWay> {
        let told = |begun: &Begun| UnderWay { size_bytes: begun.size_bytes, for_now: now.saturating_sub(begun.at) };
        self.line().under_way.iter().map(|(recall, begun)| (*recall, told(begun))).collect()
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Whether it is the first in the line and there is a turn; if so it has it.
    fn begin(&mut self, asked: Asked, size_bytes: u64, at_once: usize, now: impl Fn() -> Duration) -> bool {
        let may = self.under_way.len() < at_once && self.waiting.first() == Some(&asked);
        if may {
            self.waiting.remove(&asked);
            self.under_way.insert(asked.1, Begun { size_bytes, at: now() });
        }
        may
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut line = self.turns.line();
        line.waiting.remove(&self.asked);
        line.under_way.remove(&self.asked.1);
        drop(line);
        self.turns.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failure in a helper fails its test")]
    use super::*;
    use futures::FutureExt;

    fn asked(second: i64) -> Asked {
        (OffsetDateTime::from_unix_timestamp(second).unwrap(), Uuid::from_u128(second as u128))
    }

    #[tokio::test]
    async fn who_asked_first_is_served_first_and_who_leaves_the_line_holds_nobody_up() {
        let turns = Turns::new(1);
        let now = || Duration::from_secs(5);
        let under_way = turns.take(asked(9), 7, now).await;
        let mut third = Box::pin(turns.take(asked(3), 1, now));
        let mut second = Box::pin(turns.take(asked(2), 1, now));
        let mut first = Box::pin(turns.take(asked(1), 1, now));
        for waiting in [&mut third, &mut second, &mut first] {
            assert!(waiting.now_or_never().is_none());
        }
        let seen = turns.under_way(Duration::from_secs(8));
        assert_eq!(seen[&asked(9).1], UnderWay { size_bytes: 7, for_now: Duration::from_secs(3) });
        drop(first);
        drop(under_way);
        assert!((&mut third).now_or_never().is_none());
        let turn = (&mut second).now_or_never().unwrap();
        assert!((&mut third).now_or_never().is_none());
        drop(turn);
        assert!((&mut third).now_or_never().is_some());
    }
}
