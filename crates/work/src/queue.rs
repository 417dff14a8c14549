//! The life of a job: asked for, leased, done or failed.

use crate::row::{job, micros};
use crate::{Job, MAX_ATTEMPTS, NewJob, WorkError, back_off};
use sqlx::{QueryBuilder, SqliteConnection};
use std::time::Duration;
use time::OffsetDateTime;

/// Asks for a job. Asking again moves its due time to the new one, brings a dead letter back to
/// life, and is never lost: while the job runs, the raised version keeps it for another run.
pub async fn enqueue(connection: &mut SqliteConnection, job: &NewJob) -> Result<(), WorkError> {
    enqueue_all(connection, std::slice::from_ref(job)).await
}

/// Asks for several jobs in one statement.
pub async fn enqueue_all(connection: &mut SqliteConnection, jobs: &[NewJob]) -> Result<(), WorkError> {
    if jobs.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::new("INSERT INTO job (group_id, kind, key, version, asked_at, due_at, told_at) ");
    query.push_values(jobs, |mut row, job| {
        row.push_bind(job.group)
            .push_bind(&job.kind)
            .push_bind(&job.key)
            .push_bind(1_i64)
            .push_bind(micros(job.asked_at))
            .push_bind(micros(job.due_at))
            .push_bind(micros(job.asked_at));
    });
    query.push(
        " ON CONFLICT (group_id, kind, key) DO UPDATE SET
            version = version + 1,
            asked_at = CASE WHEN dead_at IS NULL THEN asked_at ELSE excluded.asked_at END,
            due_at = excluded.due_at, told_at = excluded.told_at, attempts = 0, dead_at = NULL, last_error = NULL",
    );
    query.build().execute(connection).await?;
    Ok(())
}

/// Takes up to `limit` jobs of these kinds that are due and that nobody runs, the longest due first,
/// each group in turn. To be called inside a write transaction.
pub async fn lease(
    connection: &mut SqliteConnection,
    kinds: &[&str],
    now: OffsetDateTime,
    limit: u32,
    lease: Duration,
) -> Result<Vec<Job>, WorkError> {
    let until = micros(now).saturating_add(i64::try_from(lease.as_micros()).unwrap_or(i64::MAX));
    let mut taken = Vec::new();
    let mut after = -1_i64;
    while let Some(group) = next_group(connection, after).await? {
        after = group;
        for kind in kinds {
            let room = i64::from(limit).saturating_sub(i64::try_from(taken.len()).unwrap_or(i64::MAX));
            for key in due_keys(connection, group, kind, micros(now), room).await? {
                taken.extend(take(connection, (group, kind, &key), micros(now), until).await?);
            }
        }
    }
    Ok(taken)
}

/// Frees the jobs of runners that are no more: they are due as they were. Only whoever knows that no other runner
/// lives (it holds the data folder's lock) may ask. Each such lease counts as a try. Gives their number.
pub async fn free(connection: &mut SqliteConnection) -> Result<u64, WorkError> {
    let freed = sqlx::query("UPDATE job SET leased_until = NULL WHERE leased_until IS NOT NULL");
    Ok(freed.execute(connection).await?.rows_affected())
}

/// The smallest group above `after` that has a job: a hop in the primary key, not a scan.
async fn next_group(connection: &mut SqliteConnection, after: i64) -> Result<Option<i64>, WorkError> {
    Ok(sqlx::query_scalar("SELECT group_id FROM job WHERE group_id > ?1 ORDER BY group_id LIMIT 1")
        .bind(after)
        .fetch_optional(connection)
        .await?)
}

async fn due_keys(
    connection: &mut SqliteConnection,
    group: i64,
    kind: &str,
    now: i64,
    room: i64,
) -> Result<Vec<String>, WorkError> {
    Ok(sqlx::query_scalar(
        "SELECT key FROM job WHERE group_id = ?1 AND kind = ?2 AND dead_at IS NULL AND due_at <= ?3
            AND (leased_until IS NULL OR leased_until <= ?3)
         ORDER BY due_at LIMIT ?4",
    )
    .bind(group)
    .bind(kind)
    .bind(now)
    .bind(room)
    .fetch_all(connection)
    .await?)
}

/// Leases one job; `None` when it has used up its tries (each lease that ran out was one), and it
/// becomes a dead letter instead: a job that kills its process must not kill it for ever.
async fn take(
    connection: &mut SqliteConnection,
    (group, kind, key): (i64, &str, &str),
    now: i64,
    until: i64,
) -> Result<Option<Job>, WorkError> {
    let dead = sqlx::query(
        "UPDATE job SET dead_at = ?4, leased_until = NULL, last_error = COALESCE(last_error, 'its leases ran out')
         WHERE group_id = ?1 AND kind = ?2 AND key = ?3 AND attempts >= ?5",
    )
    .bind(group)
    .bind(kind)
    .bind(key)
    .bind(now)
    .bind(MAX_ATTEMPTS)
    .execute(&mut *connection)
    .await?;
    if dead.rows_affected() > 0 {
        return Ok(None);
    }
    let lease: i64 = sqlx::query_scalar(
        "INSERT INTO job_lease (group_id, last) VALUES (?1, 1)
         ON CONFLICT (group_id) DO UPDATE SET last = last + 1 RETURNING last",
    )
    .bind(group)
    .fetch_one(&mut *connection)
    .await?;
    let row = sqlx::query(
        "UPDATE job SET lease = ?4, leased_until = ?5, attempts = attempts + 1
         WHERE group_id = ?1 AND kind = ?2 AND key = ?3
         RETURNING group_id, kind, key, version, asked_at, attempts, lease, leased_until",
    )
    .bind(group)
    .bind(kind)
    .bind(key)
    .bind(lease)
    .bind(until)
    .fetch_one(connection)
    .await?;
    self::job(&row).map(Some)
}

/// Ends a lease well. The job goes, unless it was asked for again meanwhile: then it is due as asked.
pub async fn done(connection: &mut SqliteConnection, job: &Job) -> Result<(), WorkError> {
    let gone = bind_lease(
        sqlx::query("DELETE FROM job WHERE group_id = ?1 AND kind = ?2 AND key = ?3 AND lease = ?4 AND version = ?5"),
        job,
    )
    .bind(i64::try_from(job.version).unwrap_or(i64::MAX))
    .execute(&mut *connection)
    .await?;
    if gone.rows_affected() == 0 {
        bind_lease(
            sqlx::query(
                "UPDATE job SET leased_until = NULL, attempts = 0
                 WHERE group_id = ?1 AND kind = ?2 AND key = ?3 AND lease = ?4",
            ),
            job,
        )
        .execute(connection)
        .await?;
    }
    Ok(())
}

/// Ends a lease badly: the job waits (see [`back_off`]), or becomes a dead letter after
/// [`MAX_ATTEMPTS`]. If it was asked for again meanwhile, it is due as asked. `reason` is for
/// operators and holds no personal data.
pub async fn failed(
    connection: &mut SqliteConnection,
    job: &Job,
    now: OffsetDateTime,
    reason: &str,
) -> Result<(), WorkError> {
    let wait = i64::try_from(back_off(job.attempt).as_micros()).unwrap_or(i64::MAX);
    bind_lease(
        sqlx::query(
            "UPDATE job SET leased_until = NULL, last_error = ?6,
                due_at = CASE WHEN version = ?5 THEN ?7 ELSE due_at END,
                told_at = CASE WHEN version = ?5 THEN ?8 ELSE told_at END,
                dead_at = CASE WHEN version = ?5 AND attempts >= ?9 THEN ?8 ELSE NULL END
             WHERE group_id = ?1 AND kind = ?2 AND key = ?3 AND lease = ?4",
        ),
        job,
    )
    .bind(i64::try_from(job.version).unwrap_or(i64::MAX))
    .bind(reason)
    .bind(micros(now).saturating_add(wait))
    .bind(micros(now))
    .bind(MAX_ATTEMPTS)
    .execute(connection)
    .await?;
    Ok(())
}

type SqliteQuery<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

fn bind_lease<'q>(query: SqliteQuery<'q>, job: &'q Job) -> SqliteQuery<'q> {
    query.bind(job.group).bind(&job.kind).bind(&job.key).bind(i64::try_from(job.lease).unwrap_or(i64::MAX))
}
