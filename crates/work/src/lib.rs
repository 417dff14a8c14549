//! Durable jobs in a table of the database that holds the facts they follow from.
//!
//! This room must not know what a job does: a job is a kind, a key and a due time. Whoever states a
//! fact enqueues in the same transaction; whoever runs a job reads the facts again, so that running
//! it twice is the same as once.
//!
//! [`enqueue`] writes, [`lease`] hands a due job to one runner for a while, [`done`] and [`failed`]
//! end the lease. A request that arrives while the job runs raises its version, and the job stays.
//!
//! Start with [`enqueue`] and [`lease`].

use time::OffsetDateTime;

/// Why a job could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The database failed.
    #[error("the jobs' database failed")]
    Database(#[from] sqlx::Error),
    /// A stored job cannot be read back.
    #[error("a stored job cannot be read: {0}")]
    Damaged(&'static str),
}

/// A request for a job. Its key is (group, kind, key).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// The group.
    pub group: u32,
    /// What to do: `seal`, `publish`…
    pub kind: String,
    /// About what: an exam id…
    pub key: String,
    /// Not before.
    pub due_at: OffsetDateTime,
}

/// A job handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The group.
    pub group: u32,
    /// Kind.
    pub kind: String,
    /// Key.
    pub key: String,
    /// Tries so far, this one included.
    pub attempt: u32,
    /// The version of the request this run answers.
    pub version: u64,
    /// When it was first asked for.
    pub asked_at: OffsetDateTime,
    /// The lease's end; the job may be handed out again from then on.
    pub leased_until: OffsetDateTime,
    /// Names this lease: [`done`] and [`failed`] of an older lease change nothing.
    pub lease: u64,
}

/// One kind's queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSummary {
    /// Kind.
    pub kind: String,
    /// Jobs due now or running.
    pub due: u64,
    /// Jobs due later.
    pub later: u64,
    /// Jobs given up.
    pub dead: u64,
    /// Since when the oldest due job has been due.
    pub oldest_due_at: Option<OffsetDateTime>,
}
