//! What the writers, the appliers and the readers of one log share.

use super::chunk::Pool;
use super::folder::Folder;
use super::{Health, Place, Position, SegmentName, Settings};
use ambient::{Clock, Random};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(super) struct Shared {
    pub settings: Settings,
    pub folder: Folder,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub pool: Arc<Pool>,
    last_large: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// Segments that take records.
    pub open: BTreeSet<SegmentName>,
    /// Segments that take no more.
    pub closed: BTreeSet<SegmentName>,
    /// How far each writer's log is known to the register.
    pub applied: BTreeMap<u32, Position>,
    /// Writers whose batch the register has refused and will be given again.
    pub stuck: BTreeSet<u32>,
    pub failed_segments: u64,
    pub damaged: Vec<Place>,
    /// How many ask that no segment goes: see [`super::Kept`].
    pub keeping: usize,
}

impl Shared {
    pub fn new(settings: Settings, folder: Folder, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Arc<Self> {
        let pool = Pool::new(settings.in_flight_bytes);
        let (last_large, state) = (AtomicU64::new(0), Mutex::default());
        Arc::new(Self { settings, folder, clock, random, pool, last_large, state })
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number no large file has had: the microsecond, or one more than the last.
    pub fn large_number(&self) -> u64 {
        let now = u64::try_from(self.clock.now().unix_timestamp_nanos() / 1000).unwrap_or(0);
        let next = |last: u64| Some(now.max(last.saturating_add(1)));
        let last = self.last_large.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).unwrap_or(now);
        now.max(last.saturating_add(1))
    }

    /// Numbers already used on disk are not used again, whatever the clock says.
    pub fn large_number_seen(&self, number: u64) {
        self.last_large.fetch_max(number, Ordering::Relaxed);
    }

    pub fn health(&self) -> Health {
        let free = rustix::fs::statvfs(self.folder.root()).ok();
        let state = self.state();
        Health {
            open_segments: state.open.len(),
            closed_segments: state.closed.len(),
            failed_segments: state.failed_segments,
            damaged: state.damaged.clone(),
            free_bytes: free.map(|free| free.f_bavail.saturating_mul(free.f_frsize)),
            catalogue_answers: state.stuck.is_empty(),
        }
    }
}
