//! The tests' own clock: the system's, moved by a file that the test rewrites.
//!
//! This room must not know the rooms, and no room may know it: a program that shows medical exams until a date
//! must not have a door through which that date can be moved. It makes a program of its own,
//! `negatoscope-moved`, which is never released; a journey proves that `negatoscope` has no such door.
//!
//! The file holds two whole numbers of seconds, `wall monotonic`, added to the two clocks of the system and read
//! again at each question. No file, or a half-written one, moves nothing more.
//!
//! Start with [`MovedClock`].

use ambient::{Clock, SystemClock};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;
use time::OffsetDateTime;

/// Names the file that moves the clock.
pub const VARIABLE: &str = "NEGATOSCOPE_CLOCK_FILE";

/// The system's clocks, moved.
#[derive(Debug)]
pub struct MovedClock {
    system: SystemClock,
    file: Option<PathBuf>,
    /// What the file said last, and the latest answer of the clock that never goes back.
    last: Mutex<(Offsets, Duration)>,
}

/// Seconds added to the wall clock and to the monotonic one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Offsets {
    wall: i64,
    monotonic: u64,
}

impl MovedClock {
    /// Moved by this file; not at all without one.
    pub fn new(file: Option<PathBuf>) -> Self {
        Self { system: SystemClock::new(), file, last: Mutex::new((Offsets::default(), Duration::ZERO)) }
    }

    fn look(&self) -> (Offsets, Duration) {
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let read = self.file.as_ref().and_then(|file| parse(&std::fs::read_to_string(file).ok()?));
        if let Some(offsets) = read {
            last.0 = offsets;
        }
        last.1 = last.1.max(self.system.monotonic() + Duration::from_secs(last.0.monotonic));
        *last
    }
}

impl Clock for MovedClock {
    fn now(&self) -> OffsetDateTime {
        let moved = time::Duration::seconds(self.look().0.wall);
        self.system.now().saturating_add(moved)
    }

    fn monotonic(&self) -> Duration {
        self.look().1
    }
}

fn parse(text: &str) -> Option<Offsets> {
    let (wall, monotonic) = text.strip_suffix('\n')?.split_once(' ')?;
    Some(Offsets { wall: wall.parse().ok()?, monotonic: monotonic.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_moves_both_clocks_and_a_torn_one_moves_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clock");
        let clock = MovedClock::new(Some(file.clone()));
        let start = (clock.now(), clock.monotonic());
        std::fs::write(&file, "864000 3600\n").unwrap();
        let moved = (clock.now(), clock.monotonic());
        assert!(moved.0 - start.0 >= time::Duration::days(10));
        assert!(moved.1 - start.1 >= Duration::from_secs(3600));
        std::fs::write(&file, "99999999").unwrap();
        assert!(clock.now() - start.0 < time::Duration::days(11));
    }

    #[test]
    fn the_monotonic_clock_never_goes_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clock");
        let clock = MovedClock::new(Some(file.clone()));
        std::fs::write(&file, "0 3600\n").unwrap();
        let before = clock.monotonic();
        std::fs::write(&file, "0 0\n").unwrap();
        assert!(clock.monotonic() >= before);
    }
}
