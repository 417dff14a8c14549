//! The diffusion side's own SQLite: one writer, several readers, full sync.

use crate::DiffusionError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions, Row, Sqlite, SqlitePool, Transaction};
use std::path::Path;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// The database of one group.
pub(crate) struct Database {
    group: String,
    writer: SqlitePool,
    readers: SqlitePool,
}

/// Whether this program knows the database at `path` as it is, if there is one; changes nothing.
///
/// # Errors
/// [`DiffusionError::Newer`] when a later program has been there.
pub async fn known(path: &Path) -> Result<(), DiffusionError> {
    if !path.exists() {
        return Ok(());
    }
    let doing = |error| DiffusionError::db("looking at the diffusion database")(error);
    let mut connection = SqliteConnectOptions::new().filename(path).read_only(true).connect().await.map_err(doing)?;
    let listed = sqlx::query("SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'");
    if listed.fetch_optional(&mut connection).await.map_err(doing)?.is_none() {
        return Ok(());
    }
    let last = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations");
    let last: i64 = last.fetch_one(&mut connection).await.map_err(doing)?;
    if last == 0 || MIGRATIONS.version_exists(last) { Ok(()) } else { Err(DiffusionError::Newer(last)) }
}

impl Database {
    pub(crate) async fn open(path: &Path, group: &str) -> Result<Self, DiffusionError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(DiffusionError::file("making the database's folder"))?;
        }
        // secure_delete: a wrapped key that is set to null must not linger in a free page.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .pragma("secure_delete", "on");
        let open = DiffusionError::db;
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(open("opening the diffusion database"))?;
        MIGRATIONS.run(&writer).await.map_err(|error| match error {
            MigrateError::VersionMissing(version) => DiffusionError::Newer(version),
            error => open("bringing the diffusion database to the present version")(error.into()),
        })?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.read_only(true))
            .await
            .map_err(open("opening the diffusion database for reading"))?;
        Ok(Self { group: group.to_owned(), writer, readers })
    }

    /// The group every key begins with.
    pub(crate) fn group(&self) -> &str {
        &self.group
    }

    pub(crate) fn read(&self) -> &SqlitePool {
        &self.readers
    }

    /// The one write transaction; the writer pool has a single connection, so writers wait in line.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, DiffusionError> {
        let doing = |error| DiffusionError::db("starting a transaction")(error);
        match self.writer.begin_with("BEGIN IMMEDIATE").await {
            // A commit failed before, for lack of space say: SQLite has rolled back, and sqlx still counts a
            // transaction. On such a connection a plain BEGIN would make a savepoint in nothing, whose commit
            // says Ok and writes nothing. It goes, and another takes its place.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                let spoilt = self.writer.acquire().await.map_err(doing)?;
                spoilt.close().await.map_err(doing)?;
                self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(doing)
            }
            begun => begun.map_err(doing),
        }
    }

    /// The database as it is at one moment, in a new file.
    pub(crate) async fn snapshot(&self, into: &Path) -> Result<(), DiffusionError> {
        let into = into.to_string_lossy().into_owned();
        let done = sqlx::query("VACUUM INTO ?").bind(into).execute(&self.readers).await;
        done.map(drop).map_err(DiffusionError::db("copying the diffusion database"))
    }

    /// Moves the log into the database and empties it, so that an erased key is in neither.
    pub(crate) async fn empty_log(&self) -> Result<(), DiffusionError> {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.writer)
            .await
            .map_err(DiffusionError::db("emptying the database log"))?;
        Ok(())
    }
}

/// Microseconds since 1970, rounded down.
pub(crate) fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1000)).unwrap_or(i64::MAX)
}

/// Back from [`micros`].
pub(crate) fn instant(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// A 16-byte id of a row.
pub(crate) fn uuid_at(row: &SqliteRow, column: usize) -> Result<Uuid, DiffusionError> {
    let bytes: Vec<u8> = row.try_get(column).map_err(DiffusionError::db("reading an id"))?;
    Uuid::from_slice(&bytes).map_err(|_| DiffusionError::Document("an id is not 16 bytes long".into()))
}
