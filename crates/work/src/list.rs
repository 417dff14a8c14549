//! What an operator sees of the jobs.

use crate::WorkError;
use crate::row::{instant, micros, unsigned};
use sqlx::{Row, SqliteConnection};
use time::OffsetDateTime;

/// One kind's queue in one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSummary {
    /// The group.
    pub group: u32,
    /// Kind.
    pub kind: String,
    /// Jobs due now or running.
    pub due: u64,
    /// Jobs due later.
    pub later: u64,
    /// Jobs given up.
    pub dead: u64,
    /// Since when the oldest job that is due has been due.
    pub oldest_due_at: Option<OffsetDateTime>,
}

/// A job given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    /// Kind.
    pub kind: String,
    /// Key.
    pub key: String,
    /// Since when.
    pub dead_at: OffsetDateTime,
    /// The last failure, for operators.
    pub last_error: String,
}

/// Every kind's queue, as of `now`.
pub async fn summary(connection: &mut SqliteConnection, now: OffsetDateTime) -> Result<Vec<JobSummary>, WorkError> {
    // The table holds only what is waiting, so counting it whole is cheap.
    let rows = sqlx::query(
        "SELECT group_id, kind,
            COUNT(*) FILTER (WHERE dead_at IS NULL AND due_at <= ?1) AS due,
            COUNT(*) FILTER (WHERE dead_at IS NULL AND due_at > ?1) AS later,
            COUNT(*) FILTER (WHERE dead_at IS NOT NULL) AS dead,
            MIN(due_at) FILTER (WHERE dead_at IS NULL AND due_at <= ?1) AS oldest
         FROM job GROUP BY group_id, kind ORDER BY group_id, kind",
    )
    .bind(micros(now))
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(JobSummary {
                group: unsigned(row.try_get("group_id")?)?,
                kind: row.try_get("kind")?,
                due: unsigned(row.try_get("due")?)?,
                later: unsigned(row.try_get("later")?)?,
                dead: unsigned(row.try_get("dead")?)?,
                oldest_due_at: row.try_get::<Option<i64>, _>("oldest")?.map(instant).transpose()?,
            })
        })
        .collect()
}

/// The dead letters of a group, oldest first.
pub async fn dead(connection: &mut SqliteConnection, group: u32, limit: u32) -> Result<Vec<DeadJob>, WorkError> {
    let rows = sqlx::query(
        "SELECT kind, key, dead_at, COALESCE(last_error, '') AS last_error FROM job
         WHERE group_id = ?1 AND dead_at IS NOT NULL ORDER BY dead_at, kind, key LIMIT ?2",
    )
    .bind(group)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(DeadJob {
                kind: row.try_get("kind")?,
                key: row.try_get("key")?,
                dead_at: instant(row.try_get("dead_at")?)?,
                last_error: row.try_get("last_error")?,
            })
        })
        .collect()
}

/// Makes a dead letter due again. False when there is none.
pub async fn revive(
    connection: &mut SqliteConnection,
    (group, kind, key): (u32, &str, &str),
    now: OffsetDateTime,
) -> Result<bool, WorkError> {
    let revived = sqlx::query(
        "UPDATE job SET dead_at = NULL, attempts = 0, due_at = ?4, told_at = ?4, last_error = NULL
         WHERE group_id = ?1 AND kind = ?2 AND key = ?3 AND dead_at IS NOT NULL",
    )
    .bind(group)
    .bind(kind)
    .bind(key)
    .bind(micros(now))
    .execute(connection)
    .await?;
    Ok(revived.rows_affected() > 0)
}
