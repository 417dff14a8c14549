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

mod back_off;
mod list;
mod queue;
mod row;
mod set_back;

use sqlx::migrate::{MigrateError, Migrator};
use time::OffsetDateTime;

pub use back_off::{LONGEST_BACK_OFF, MAX_ATTEMPTS, back_off};
pub use list::{DeadJob, JobSummary, dead, revive, summary};
pub use queue::{done, enqueue, enqueue_all, failed, free, lease};
pub use set_back::bring_back;

/// Why a job could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The database failed.
    #[error("the jobs' database failed")]
    Database(#[from] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("the jobs' tables could not be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A later program has brought the tables further than this one knows; nothing was changed.
    #[error("the jobs were written by a newer program (migration {0}): start that one")]
    Newer(i64),
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
    /// Asked for now (the caller's clock).
    pub asked_at: OffsetDateTime,
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

/// The table in which the jobs' migrations are noted: the facts' tables have their own list in the same file.
const MIGRATED: &str = "work_migration";

fn migrator() -> Migrator {
    let mut migrator = sqlx::migrate!("./migrations");
    migrator.dangerous_set_table_name(MIGRATED);
    migrator
}

/// Brings the jobs' tables up to date. Safe to repeat and to interrupt.
///
/// # Errors
/// [`WorkError::Newer`] when a later program has been there; nothing is changed then.
pub async fn migrate(connection: &mut sqlx::SqliteConnection) -> Result<(), WorkError> {
    match migrator().run(connection).await {
        Err(MigrateError::VersionMissing(version)) => Err(WorkError::Newer(version)),
        done => Ok(done?),
    }
}

/// Whether this program knows the jobs' tables as they are; changes nothing.
///
/// # Errors
/// [`WorkError::Newer`] when it does not.
pub async fn known(connection: &mut sqlx::SqliteConnection) -> Result<(), WorkError> {
    let listed = sqlx::query("SELECT 1 FROM sqlite_master WHERE name = ?").bind(MIGRATED);
    if listed.fetch_optional(&mut *connection).await?.is_none() {
        return Ok(());
    }
    let last: i64 =
        sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM work_migration").fetch_one(connection).await?;
    if last == 0 || migrator().version_exists(last) { Ok(()) } else { Err(WorkError::Newer(last)) }
}
