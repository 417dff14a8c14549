//! Between rows and values: instants are microseconds, counts are signed in SQLite.

use crate::{Job, WorkError};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use time::OffsetDateTime;

pub(crate) fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

pub(crate) fn instant(micros: i64) -> Result<OffsetDateTime, WorkError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).map_err(|_| WorkError::Damaged("instant"))
}

pub(crate) fn unsigned<T: TryFrom<i64>>(value: i64) -> Result<T, WorkError> {
    T::try_from(value).map_err(|_| WorkError::Damaged("number"))
}

pub(crate) fn job(row: &SqliteRow) -> Result<Job, WorkError> {
    Ok(Job {
        group: unsigned(row.try_get("group_id")?)?,
        kind: row.try_get("kind")?,
        key: row.try_get("key")?,
        attempt: unsigned(row.try_get("attempts")?)?,
        version: unsigned(row.try_get("version")?)?,
        asked_at: instant(row.try_get("asked_at")?)?,
        leased_until: instant(row.try_get("leased_until")?)?,
        lease: unsigned(row.try_get("lease")?)?,
    })
}
