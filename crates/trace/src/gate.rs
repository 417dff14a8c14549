use crate::{Event, Kind, LeafIndex, Trace, TraceError};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use uuid::Uuid;

/// How long one leaf covers the same act of the same session on the same exam.
pub const ADMISSION_LASTS: Duration = Duration::from_secs(15 * 60);
/// Refusals after the first are counted this long before the count is written.
const REFUSALS_EVERY: Duration = Duration::from_secs(60 * 60);
/// Above this many remembered admissions, those that are over are forgotten.
const REMEMBERED: usize = 10_000;

/// The right to serve bytes: the leaf that says so stands durably in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// The leaf.
    pub leaf: LeafIndex,
    /// Whether this call wrote it (false: an earlier one still covers the act).
    pub new: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Act {
    session: String,
    exam: Uuid,
    kind: Kind,
    detail: BTreeMap<String, String>,
}

/// The leaf that covers an act, and since when, by the clock that never goes back. The lock makes
/// a second request for the same act wait for the leaf of the first.
type Covered = Arc<Mutex<Option<(LeafIndex, Duration)>>>;

#[derive(Debug)]
struct Refusals {
    since: Duration,
    more: u64,
    event: Event,
}

/// Keeps one leaf per (session, exam, kind of act, detail) for fifteen minutes, so that a
/// thousand frames of one viewing are one line. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Gate {
    trace: Trace,
    admitted: Arc<Mutex<HashMap<Act, Covered>>>,
    refused: Arc<Mutex<HashMap<Uuid, Refusals>>>,
}

impl Gate {
    /// A gate in front of `trace`.
    pub fn new(trace: Trace) -> Self {
        Self { trace, admitted: Arc::default(), refused: Arc::default() }
    }

    /// Admits an act by the holder of `session` (any text that names the session, kept in memory
    /// only). `event.exam` must be set. On error the caller serves nothing.
    pub async fn admit(&self, session: &str, event: Event) -> Result<Admission, TraceError> {
        let exam = event.exam.ok_or(TraceError::Event("an admission without exam"))?;
        let act = Act { session: session.into(), exam, kind: event.kind, detail: event.detail.clone() };
        let covered = self.covered(act).await;
        let mut covered = covered.lock().await;
        if let Some((leaf, since)) = *covered
            && self.is_within(since, ADMISSION_LASTS)
        {
            return Ok(Admission { leaf, new: false });
        }
        *covered = None;
        let leaf = self.trace.append(event).await?;
        *covered = Some((leaf, self.trace.clock().monotonic()));
        Ok(Admission { leaf, new: true })
    }

    /// Records a refusal on a known exam: the first at once, further ones as a count each hour
    /// (`detail.more`). What was counted and not yet written is lost when the program is killed.
    pub async fn refuse(&self, event: Event) -> Result<(), TraceError> {
        let exam = event.exam.ok_or(TraceError::Event("a refusal without exam"))?;
        let mut refused = self.refused.lock().await;
        if let Some(known) = refused.get_mut(&exam)
            && self.is_within(known.since, REFUSALS_EVERY)
        {
            known.more += 1;
            return Ok(());
        }
        if let Some(over) = refused.remove(&exam) {
            self.write_count(over).await?;
        }
        self.trace.append(event.clone()).await?;
        refused.insert(exam, Refusals { since: self.trace.clock().monotonic(), more: 0, event });
        Ok(())
    }

    /// Writes the counts of refusals whose hour is over. To be called now and then.
    pub async fn flush_refusals(&self) -> Result<(), TraceError> {
        let mut refused = self.refused.lock().await;
        let over: Vec<Uuid> =
            refused.iter().filter(|(_, r)| !self.is_within(r.since, REFUSALS_EVERY)).map(|(exam, _)| *exam).collect();
        for exam in over {
            if let Some(over) = refused.remove(&exam) {
                self.write_count(over).await?;
            }
        }
        Ok(())
    }

    async fn write_count(&self, refusals: Refusals) -> Result<(), TraceError> {
        let Refusals { more, mut event, .. } = refusals;
        if more > 0 {
            event.detail.insert("more".into(), more.to_string());
            self.trace.append(event).await?;
        }
        Ok(())
    }

    async fn covered(&self, act: Act) -> Covered {
        let mut admitted = self.admitted.lock().await;
        if admitted.len() >= REMEMBERED {
            admitted.retain(|_, covered| match covered.try_lock() {
                Ok(covered) => covered.is_some_and(|(_, since)| self.is_within(since, ADMISSION_LASTS)),
                Err(_) => true,
            });
        }
        Arc::clone(admitted.entry(act).or_default())
    }

    fn is_within(&self, since: Duration, lasts: Duration) -> bool {
        self.trace.clock().monotonic().saturating_sub(since) < lasts
    }
}
