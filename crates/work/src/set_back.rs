//! What a clock that ran ahead leaves behind.

use crate::WorkError;
use crate::row::micros;
use sqlx::SqliteConnection;
use std::time::Duration;
use time::OffsetDateTime;

/// Two readings of a clock that follows another one slowly may cross by a little; beyond it, a time was told by a
/// clock that has been set right since.
const TOLERANCE: Duration = Duration::from_secs(60);

/// Brings back the due times that were told by a clock ahead of `now`: each job keeps its wait, counted from `now`, and
/// no lease ends later than `longest_lease` from `now`. Says how many jobs it changed; none when the clock was right.
///
/// A job may so be due earlier than it should: it reads the facts again and says when.
pub async fn bring_back(
    connection: &mut SqliteConnection,
    now: OffsetDateTime,
    longest_lease: Duration,
) -> Result<u64, WorkError> {
    let (now, tolerance) = (micros(now), length(TOLERANCE));
    let jobs = sqlx::query(
        "UPDATE job SET due_at = ?1 + MAX(due_at - told_at, 0), told_at = ?1 WHERE told_at > ?2 AND dead_at IS NULL",
    );
    let jobs = jobs.bind(now).bind(now.saturating_add(tolerance)).execute(&mut *connection).await?;
    let until = now.saturating_add(length(longest_lease));
    let leases = sqlx::query("UPDATE job SET leased_until = ?1 WHERE leased_until > ?2");
    let leases = leases.bind(until).bind(until.saturating_add(tolerance)).execute(connection).await?;
    Ok(jobs.rows_affected().max(leases.rows_affected()))
}

fn length(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
