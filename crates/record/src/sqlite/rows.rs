//! Between rows and values.

use crate::RecordError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Row, Sqlite};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Says what was being done when the database failed.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, RecordError>;
}

impl<T> Doing<T> for Result<T, sqlx::Error> {
    fn doing(self, doing: &'static str) -> Result<T, RecordError> {
        self.map_err(|source| RecordError::Database { doing, source })
    }
}

pub(crate) fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

pub(crate) fn instant(micros: i64) -> Result<OffsetDateTime, RecordError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
        .map_err(|_| RecordError::Damaged { what: "instant" })
}

/// SQLite keeps signed numbers; ours never reach the top bit.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned<T: TryFrom<i64>>(value: i64) -> Result<T, RecordError> {
    T::try_from(value).map_err(|_| RecordError::Damaged { what: "number" })
}

pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, RecordError> {
    serde_json::to_string(value).map_err(|_| RecordError::Damaged { what: "value" })
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T, RecordError> {
    serde_json::from_str(text).map_err(|_| RecordError::Damaged { what })
}

pub(crate) fn id_bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

pub(crate) fn uuid(bytes: &[u8]) -> Result<Uuid, RecordError> {
    Uuid::from_slice(bytes).map_err(|_| RecordError::Damaged { what: "id" })
}

pub(crate) fn digest(bytes: &[u8]) -> Result<[u8; 32], RecordError> {
    bytes.try_into().map_err(|_| RecordError::Damaged { what: "digest" })
}

/// 0 = unknown, so that exams without a date come last.
pub(crate) fn sort_date(date: Option<Date>) -> i64 {
    date.map_or(0, |date| i64::from(date.to_julian_day()))
}

/// Short ways to read a column.
pub(crate) trait Columns {
    fn col<'r, T>(&'r self, name: &'static str) -> Result<T, RecordError>
    where
        T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>;
    fn number<T: TryFrom<i64>>(&self, name: &'static str) -> Result<T, RecordError>;
    fn number_or_none<T: TryFrom<i64>>(&self, name: &'static str) -> Result<Option<T>, RecordError>;
    fn at(&self, name: &'static str) -> Result<OffsetDateTime, RecordError>;
    fn id(&self, name: &'static str) -> Result<Uuid, RecordError>;
    fn id_or_none(&self, name: &'static str) -> Result<Option<Uuid>, RecordError>;
    fn sha256(&self, name: &'static str) -> Result<[u8; 32], RecordError>;
    fn value<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, RecordError>;
}

impl Columns for SqliteRow
where
    &'static str: ColumnIndex<SqliteRow>,
{
    fn col<'r, T>(&'r self, name: &'static str) -> Result<T, RecordError>
    where
        T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
    {
        self.try_get(name).doing("reading a row")
    }

    fn number<T: TryFrom<i64>>(&self, name: &'static str) -> Result<T, RecordError> {
        unsigned(self.col(name)?)
    }

    fn number_or_none<T: TryFrom<i64>>(&self, name: &'static str) -> Result<Option<T>, RecordError> {
        self.col::<Option<i64>>(name)?.map(unsigned).transpose()
    }

    fn at(&self, name: &'static str) -> Result<OffsetDateTime, RecordError> {
        instant(self.col(name)?)
    }

    fn id(&self, name: &'static str) -> Result<Uuid, RecordError> {
        uuid(self.col(name)?)
    }

    fn id_or_none(&self, name: &'static str) -> Result<Option<Uuid>, RecordError> {
        self.col::<Option<&[u8]>>(name)?.map(uuid).transpose()
    }

    fn sha256(&self, name: &'static str) -> Result<[u8; 32], RecordError> {
        digest(self.col(name)?)
    }

    fn value<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, RecordError> {
        from_json(self.col(name)?, name)
    }
}
