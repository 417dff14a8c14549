//! The kept clock: an instant that is written down, advances with the clock that never goes back, and follows the
//! wall clock only so fast that a wrong wall clock destroys nothing.
//!
//! *Access* is judged by the later of wall clock and kept clock, so that nothing is served late by a clock set back.
//! *Erasing* is judged by the earlier, and only while both agree.

use crate::{Clock, ClockDoubt, ErasingClock};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use time::OffsetDateTime;

/// Wall clock and kept clock agree when they are no further apart.
pub const AGREEMENT: Duration = Duration::from_secs(600);
/// The kept clock moves towards the wall clock by at most one part in so many of the time that passes.
const SLOWNESS: u32 = 50;
/// Between two times that the kept clock is written down.
const WRITTEN_EACH: Duration = Duration::from_secs(60);
/// Between two tries to write it down after one failed.
const TRIED_EACH: Duration = Duration::from_secs(5);

/// What is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The kept instant when it was written.
    pub at: OffsetDateTime,
    /// A person must confirm the time before anything is erased, whatever the clocks say.
    pub unconfirmed: bool,
}

/// Where the kept clock is written down.
pub trait KeptStore: Send + Sync + 'static {
    /// What was written last; `None` when nothing ever was.
    fn load(&self) -> Result<Option<Kept>, KeptError>;
    /// Replaces it, durably and wholly or not at all.
    fn save(&self, kept: Kept) -> Result<(), KeptError>;
}

/// The kept clock could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the kept clock: {0}")]
pub struct KeptError(pub String);

/// How the clock begins.
#[derive(Debug, Clone, Copy)]
pub struct KeptSettings {
    /// A stop no longer than this is believed; after a longer one a person confirms the time.
    pub trusted_gap: Duration,
    /// Nothing is kept by this program yet, so there is nothing that a wrong clock could destroy.
    pub fresh: bool,
}

/// Both clocks, side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockStatus {
    /// The wall clock.
    pub wall: OffsetDateTime,
    /// The kept clock.
    pub kept: OffsetDateTime,
    /// Why nothing is erased now, if so.
    pub doubt: Option<ClockDoubt>,
}

/// The clock of everything the program does. Cheap to ask.
pub struct KeptClock {
    clock: Arc<dyn Clock>,
    store: Box<dyn KeptStore>,
    trusted_gap: Duration,
    state: Mutex<State>,
}

struct State {
    kept: OffsetDateTime,
    /// When `kept` was computed, by the clock that never goes back.
    steady: Duration,
    /// The stop before this start has not been taken into account yet.
    beginning: bool,
    unconfirmed: bool,
    /// What was written down cannot be read: it stays as it is until a person confirms.
    unreadable: bool,
    written: Option<Duration>,
    tried: Option<Duration>,
    failed: bool,
}

impl KeptClock {
    /// Begins from what is written down. Never fails: what cannot be read is a doubt, and the program serves.
    pub fn start(clock: Arc<dyn Clock>, store: Box<dyn KeptStore>, settings: KeptSettings) -> Self {
        let (wall, steady) = (clock.now(), clock.monotonic());
        let loaded = store.load();
        let unreadable = match &loaded {
            Ok(Some(_)) => false,
            Ok(None) => !settings.fresh,
            Err(_) => true,
        };
        let known = loaded.ok().flatten();
        let state = State {
            kept: known.map_or(wall, |kept| kept.at),
            steady,
            beginning: known.is_some(),
            unconfirmed: known.is_some_and(|kept| kept.unconfirmed) || unreadable,
            unreadable,
            written: None,
            tried: None,
            failed: false,
        };
        Self { clock, store, trusted_gap: settings.trusted_gap, state: Mutex::new(state) }
    }

    /// Both clocks, and the doubt.
    pub fn status(&self) -> ClockStatus {
        self.look(|state, wall| ClockStatus { wall, kept: state.kept, doubt: state.doubt(wall) })
    }

    /// A person has said that the wall clock is right: the kept clock is set to it and written down.
    ///
    /// # Errors
    /// [`KeptError`] when it cannot be written: then the doubt stays.
    pub fn confirm(&self) -> Result<ClockStatus, KeptError> {
        let wall = self.clock.now();
        let written = self.store.save(Kept { at: wall, unconfirmed: false });
        self.look(|state, _| {
            state.failed = written.is_err();
            if written.is_ok() {
                (state.unreadable, state.unconfirmed, state.beginning) = (false, false, false);
                (state.kept, state.written) = (wall, Some(state.steady));
            }
        });
        written.map(|()| self.status())
    }

    /// Something else than a clock says that the data are older than they should be: a person must confirm the time
    /// before anything is erased.
    ///
    /// # Errors
    /// [`KeptError`] when it cannot be written; the doubt holds until the program stops.
    pub fn distrust(&self) -> Result<(), KeptError> {
        self.look(|state, _| state.unconfirmed = true);
        self.write()
    }

    /// Writes the clock down when it is time to: to be called every second or so.
    ///
    /// # Errors
    /// [`KeptError`] when it cannot be written; from then on nothing is erased until it can.
    pub fn keep(&self) -> Result<(), KeptError> {
        let due = self.look(|state, _| {
            let age = |since: Option<Duration>| since.map(|since| state.steady.saturating_sub(since));
            let due = age(state.written).is_none_or(|age| age >= WRITTEN_EACH);
            due && age(state.tried).is_none_or(|age| age >= TRIED_EACH)
        });
        if due { self.write() } else { Ok(()) }
    }

    /// Writes the clock down now: at a stop.
    ///
    /// # Errors
    /// [`KeptError`] when it cannot be written.
    pub fn write(&self) -> Result<(), KeptError> {
        let (kept, unreadable) =
            self.look(|state, _| (Kept { at: state.kept, unconfirmed: state.unconfirmed }, state.unreadable));
        // The damaged file is the proof that a person must look: it is not replaced behind their back.
        if unreadable {
            return Ok(());
        }
        let written = self.store.save(kept);
        self.look(|state, _| {
            state.tried = Some(state.steady);
            state.failed = written.is_err();
            if written.is_ok() {
                state.written = Some(state.steady);
            }
        });
        written
    }

    fn look<T>(&self, ask: impl FnOnce(&mut State, OffsetDateTime) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Asked under the lock: two readings must not pass each other.
        let (wall, steady) = (self.clock.now(), self.clock.monotonic());
        state.tick(wall, steady, self.trusted_gap);
        ask(&mut state, wall)
    }
}

impl State {
    /// Time has passed until these two readings.
    fn tick(&mut self, wall: OffsetDateTime, steady: Duration, trusted_gap: Duration) {
        let passed = steady.saturating_sub(self.steady);
        self.steady = steady.max(self.steady);
        let kept = self.kept.saturating_add(signed(passed));
        let apart = wall - kept;
        if self.beginning && !self.unconfirmed && apart >= -signed(AGREEMENT) && apart <= signed(trusted_gap) {
            self.beginning = false;
            self.kept = wall.max(kept);
            return;
        }
        // An unconfirmed stop does not become believable by waiting.
        let most = if self.beginning || self.unconfirmed { Duration::ZERO } else { passed / SLOWNESS };
        self.kept = kept.saturating_add(apart.clamp(-signed(most), signed(most)));
    }

    fn doubt(&self, wall: OffsetDateTime) -> Option<ClockDoubt> {
        let apart = wall - self.kept;
        let seconds = apart.whole_seconds();
        if self.failed || self.unreadable {
            Some(ClockDoubt::NotPersisted)
        } else if self.unconfirmed || self.beginning {
            Some(ClockDoubt::GapUnconfirmed { seconds })
        } else if apart.unsigned_abs() > AGREEMENT {
            Some(ClockDoubt::WallJumped { seconds })
        } else {
            None
        }
    }
}

fn signed(duration: Duration) -> time::Duration {
    time::Duration::try_from(duration).unwrap_or(time::Duration::MAX)
}

/// Access: the later of both, so that a clock set back shows nothing for longer.
impl Clock for KeptClock {
    fn now(&self) -> OffsetDateTime {
        self.look(|state, wall| wall.max(state.kept))
    }

    fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }
}

/// Erasing: the earlier of both, while they agree.
impl ErasingClock for KeptClock {
    fn erasing_now(&self) -> Result<OffsetDateTime, ClockDoubt> {
        self.look(|state, wall| match state.doubt(wall) {
            Some(doubt) => Err(doubt),
            None => Ok(wall.min(state.kept)),
        })
    }
}
