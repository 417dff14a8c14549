//! The throttle's counters in the database. An attempt is counted, durably, before it is hashed; a success
//! takes its own count back. All writes go through the one writer, so no two attempts see the same count.

use super::throttle::{Budget, Failures, is_known};
use crate::{DiffusionError, ThrottlePolicy};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};

/// What an attempt is counted under. All digests.
pub(crate) struct Keyed {
    /// Selector (number or QR) and address prefix.
    pub(super) bucket: [u8; 32],
    /// The number; none for a QR, which no number locks.
    pub(super) number: Option<[u8; 32]>,
    /// The address prefix.
    pub(super) prefix: [u8; 32],
}

/// The counters as they stand before an attempt.
pub(super) struct Counters {
    bucket: Failures,
    number: Failures,
    client: Failures,
    client_success: Option<i64>,
    budget: Budget,
}

/// An attempt that may be hashed, already counted.
pub(crate) struct Admitted {
    /// Failures on the number before this attempt.
    pub(super) number_failures: u32,
    /// Whether this attempt spends the last of the global budget.
    pub(super) alarm_begins: bool,
}

impl Admitted {
    /// Whether the number has failed so often that only new secrets open it.
    pub(crate) fn spent(&self, policy: &ThrottlePolicy) -> bool {
        self.number_failures >= policy.number_failures
    }
}

type Writing = Transaction<'static, Sqlite>;

/// Counts an attempt, unless it comes too soon (`None`).
pub(super) async fn admit(
    transaction: &mut Writing,
    group: &str,
    keyed: &Keyed,
    policy: &ThrottlePolicy,
    now: i64,
) -> Result<Option<Admitted>, DiffusionError> {
    let before = read(transaction, group, keyed, policy, now).await?;
    let alarm = before.budget.alarm(policy);
    let slowed = alarm && !is_known(before.client_success, policy, now);
    if !before.bucket.admit(policy.quick_tries, policy, now)
        || (slowed && !before.client.admit(policy.new_client_tries, policy, now))
    {
        return Ok(None);
    }
    let budget = Budget { count: before.budget.count.saturating_add(1), ..before.budget };
    write_bucket(transaction, group, keyed, before.bucket.counted(policy, now)).await?;
    write_client(transaction, group, keyed, before.client.counted(policy, now), before.client_success).await?;
    write_budget(transaction, group, budget).await?;
    if keyed.number.is_some() {
        // Failures on a number are not forgotten with time: only new codes clear them.
        let number = Failures { count: before.number.count.saturating_add(1), last_at: now };
        write_number(transaction, group, keyed, number).await?;
    }
    Ok(Some(Admitted { number_failures: before.number.count, alarm_begins: !alarm && budget.alarm(policy) }))
}

/// Takes back the count of an attempt that succeeded.
pub(super) async fn succeed(
    transaction: &mut Writing,
    group: &str,
    keyed: &Keyed,
    policy: &ThrottlePolicy,
    now: i64,
) -> Result<(), DiffusionError> {
    let before = read(transaction, group, keyed, policy, now).await?;
    let none = Failures { count: 0, last_at: now };
    write_bucket(transaction, group, keyed, none).await?;
    write_client(transaction, group, keyed, none, Some(now)).await?;
    let budget = Budget { count: before.budget.count.saturating_sub(1), ..before.budget };
    write_budget(transaction, group, budget).await?;
    if keyed.number.is_some() {
        let number = Failures { count: before.number.count.saturating_sub(1), ..before.number };
        write_number(transaction, group, keyed, number).await?;
    }
    Ok(())
}

/// Clears the failures on a number whose codes are replaced.
pub(crate) async fn forgive_number(
    transaction: &mut Writing,
    group: &str,
    number: &[u8; 32],
) -> Result<(), DiffusionError> {
    sqlx::query("UPDATE number_tried SET failures = 0 WHERE group_id = ? AND number_mac = ?")
        .bind(group)
        .bind(number.as_slice())
        .execute(&mut **transaction)
        .await
        .map_err(DiffusionError::db("clearing the failures on a number"))?;
    Ok(())
}

/// The global budget as it stands.
pub(super) async fn budget(
    pool: &sqlx::SqlitePool,
    group: &str,
    policy: &ThrottlePolicy,
    now: i64,
) -> Result<Budget, DiffusionError> {
    let row = sqlx::query("SELECT window_start, failures FROM budget WHERE group_id = ?")
        .bind(group)
        .fetch_optional(pool)
        .await
        .map_err(DiffusionError::db("reading the door's budget"))?;
    Ok(row.as_ref().map(budget_of).transpose()?.unwrap_or_default().at(policy, now))
}

async fn read(
    transaction: &mut Writing,
    group: &str,
    keyed: &Keyed,
    policy: &ThrottlePolicy,
    now: i64,
) -> Result<Counters, DiffusionError> {
    let doing = "reading the door's counters";
    let bucket = sqlx::query("SELECT failures, last_at FROM bucket WHERE group_id = ? AND bucket_mac = ?")
        .bind(group)
        .bind(keyed.bucket.as_slice())
        .fetch_optional(&mut **transaction)
        .await
        .map_err(DiffusionError::db(doing))?;
    let number = sqlx::query("SELECT failures, last_at FROM number_tried WHERE group_id = ? AND number_mac = ?")
        .bind(group)
        .bind(keyed.number.as_ref().map(|number| number.as_slice()))
        .fetch_optional(&mut **transaction)
        .await
        .map_err(DiffusionError::db(doing))?;
    let client = sqlx::query("SELECT failures, last_at, success_at FROM client WHERE group_id = ? AND prefix_mac = ?")
        .bind(group)
        .bind(keyed.prefix.as_slice())
        .fetch_optional(&mut **transaction)
        .await
        .map_err(DiffusionError::db(doing))?;
    let budget = sqlx::query("SELECT window_start, failures FROM budget WHERE group_id = ?")
        .bind(group)
        .fetch_optional(&mut **transaction)
        .await
        .map_err(DiffusionError::db(doing))?;
    let success = client.as_ref().map(|row| row.try_get::<Option<i64>, _>(2)).transpose();
    Ok(Counters {
        bucket: bucket.as_ref().map(failures_of).transpose()?.unwrap_or_default(),
        number: number.as_ref().map(failures_of).transpose()?.unwrap_or_default(),
        client: client.as_ref().map(failures_of).transpose()?.unwrap_or_default(),
        client_success: success.map_err(DiffusionError::db(doing))?.flatten(),
        budget: budget.as_ref().map(budget_of).transpose()?.unwrap_or_default().at(policy, now),
    })
}

fn failures_of(row: &SqliteRow) -> Result<Failures, DiffusionError> {
    let failures = || -> Result<Failures, sqlx::Error> {
        Ok(Failures { count: row.try_get::<u32, _>(0)?, last_at: row.try_get(1)? })
    };
    failures().map_err(DiffusionError::db("reading a counter"))
}

fn budget_of(row: &SqliteRow) -> Result<Budget, DiffusionError> {
    let budget = || -> Result<Budget, sqlx::Error> {
        Ok(Budget { window_start: row.try_get(0)?, count: row.try_get::<u32, _>(1)? })
    };
    budget().map_err(DiffusionError::db("reading the door's budget"))
}

async fn write_bucket(t: &mut Writing, group: &str, keyed: &Keyed, to: Failures) -> Result<(), DiffusionError> {
    sqlx::query(
        "INSERT INTO bucket (group_id, bucket_mac, failures, last_at) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at",
    )
    .bind(group)
    .bind(keyed.bucket.as_slice())
    .bind(to.count)
    .bind(to.last_at)
    .execute(&mut **t)
    .await
    .map_err(DiffusionError::db("counting an attempt"))?;
    Ok(())
}

async fn write_number(t: &mut Writing, group: &str, keyed: &Keyed, to: Failures) -> Result<(), DiffusionError> {
    sqlx::query(
        "INSERT INTO number_tried (group_id, number_mac, failures, last_at) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at",
    )
    .bind(group)
    .bind(keyed.number.as_ref().map(|number| number.as_slice()))
    .bind(to.count)
    .bind(to.last_at)
    .execute(&mut **t)
    .await
    .map_err(DiffusionError::db("counting an attempt"))?;
    Ok(())
}

async fn write_client(
    t: &mut Writing,
    group: &str,
    keyed: &Keyed,
    to: Failures,
    success_at: Option<i64>,
) -> Result<(), DiffusionError> {
    sqlx::query(
        "INSERT INTO client (group_id, prefix_mac, failures, last_at, success_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at,
             success_at = excluded.success_at",
    )
    .bind(group)
    .bind(keyed.prefix.as_slice())
    .bind(to.count)
    .bind(to.last_at)
    .bind(success_at)
    .execute(&mut **t)
    .await
    .map_err(DiffusionError::db("counting an attempt"))?;
    Ok(())
}

async fn write_budget(t: &mut Writing, group: &str, to: Budget) -> Result<(), DiffusionError> {
    sqlx::query(
        "INSERT INTO budget (group_id, window_start, failures) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET window_start = excluded.window_start, failures = excluded.failures",
    )
    .bind(group)
    .bind(to.window_start)
    .bind(to.count)
    .execute(&mut **t)
    .await
    .map_err(DiffusionError::db("counting an attempt"))?;
    Ok(())
}
