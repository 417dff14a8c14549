use std::io;

/// Why an event could not be recorded or read. Whoever gets this serves nothing.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The database refused.
    #[error("trace database, {doing}: {source}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        source: sqlx::Error,
    },
    /// A later program has brought the log further than this one knows; nothing was changed.
    #[error("the log of accesses was written by a newer program (migration {0}): start that one")]
    Newer(i64),
    /// The system refused.
    #[error("trace files, {doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        source: io::Error,
    },
    /// The signing key cannot be used.
    #[error("trace key: {0}")]
    Key(String),
    /// What is stored does not fit together.
    #[error("the trace is damaged: {0}")]
    Damaged(String),
    /// The commit this event was part of failed: the event is not recorded.
    #[error("not recorded: {0}")]
    NotRecorded(String),
    /// Another process, or an earlier opening not yet closed, holds the log.
    #[error("the trace is open elsewhere")]
    Locked,
    /// The event breaks a rule (a detail too long, a gate's event without exam).
    #[error("event refused: {0}")]
    Event(&'static str),
    /// The writer has stopped.
    #[error("the trace is closed")]
    Closed,
    /// No such leaf.
    #[error("no leaf {0}")]
    NoLeaf(u64),
}
