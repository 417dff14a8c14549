//! The catalogue on SQLite: one writing connection, a few reading ones, write-ahead log.

mod adopted;
mod billings;
mod books;
mod catalogue;
mod choices;
mod commitments;
mod continued;
mod days;
mod decide;
mod desk;
mod detail;
mod diffused;
mod doubts;
mod erasures;
mod exam_row;
mod finds;
mod found;
mod grace;
mod holds;
mod issuing;
mod journal;
mod late_report;
mod lifecycle;
mod load;
mod locates;
mod messages;
mod patients;
mod practices;
mod prescribers;
mod publish;
mod recalls;
mod receive;
mod recompute;
mod relations;
mod requests;
mod reservations;
mod retentions;
mod review;
mod rows;
mod scene;
mod seal;
mod seeds;
mod settling;
mod staff;
mod statements;
mod steps;
mod tombstone;
mod transmissions;
mod unmatched;
mod worklist;
mod writer;

use crate::RecordError;
use crate::model::{GroupId, NamedObject};
use crate::settings::Settings;
use ambient::{Clock, Random};
use rows::Doing;
use scene::Scene;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Sqlite, SqliteConnection, SqlitePool};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use work::WorkError;
use writer::Writer;

/// The catalogue in one SQLite file. Only one may be open on a file at a time.
pub struct SqliteCatalogue {
    writer: Writer,
    readers: SqlitePool,
    settings: Settings,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// Held while the catalogue is open.
    _lock: File,
}

impl SqliteCatalogue {
    /// Opens the record at `path`, or makes an empty one, and brings its tables up to date.
    ///
    /// # Errors
    /// [`RecordError::InUse`] when another process, or this one, has it open; [`RecordError::Newer`] when a later
    /// program has brought it further, and then nothing is changed.
    pub async fn open(
        path: &Path,
        settings: Settings,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, RecordError> {
        let lock = lock(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(false)
            .busy_timeout(Duration::from_secs(10))
            .disable_statement_logging();
        let mut writing = options.connect().await.doing("opening the record")?;
        migrate(&mut writing).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(settings.readers.max(1))
            .connect_with(options.clone().read_only(true).create_if_missing(false))
            .await
            .doing("opening the record for reading")?;
        let catalogue = Self { writer: Writer::new(writing, options), readers, settings, clock, random, _lock: lock };
        catalogue.fill_finds().await?;
        Ok(catalogue)
    }

    /// Writes the record as it is at one moment into a new file, beside everything that goes on. The file is not
    /// synced.
    ///
    /// # Errors
    /// [`RecordError`] when the file is there already, or cannot be written.
    pub async fn snapshot(&self, into: &Path) -> Result<(), RecordError> {
        let mut reader = self.reader().await?;
        let into = into.to_string_lossy().into_owned();
        sqlx::query("VACUUM INTO ?1").bind(into).execute(&mut *reader).await.doing("copying the record")?;
        Ok(())
    }

    /// The sealed journal objects beyond entry `after`, in order, each with the number of its last entry.
    ///
    /// # Errors
    /// [`RecordError`] when they cannot be read.
    pub async fn journal_objects(&self, group: GroupId, after: u64) -> Result<Vec<(u64, NamedObject)>, RecordError> {
        let mut reader = self.reader().await?;
        journal::objects(&mut reader, group, after).await
    }

    /// Closes the connections. A catalogue that is only dropped is as safe, but leaves the log.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    fn scene(&self, group: crate::model::GroupId) -> Scene<'_> {
        self.scene_at(group, self.clock.now())
    }

    fn scene_at(&self, group: crate::model::GroupId, now: OffsetDateTime) -> Scene<'_> {
        Scene { group, settings: &self.settings, random: self.random.as_ref(), now, replaying: false }
    }

    async fn reader(&self) -> Result<PoolConnection<Sqlite>, RecordError> {
        self.readers.acquire().await.doing("waiting for a reading connection")
    }
}

/// A lock the system gives back when the process dies.
fn lock(path: &Path) -> Result<File, RecordError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(name);
    let file = file.map_err(sqlx::Error::Io).doing("opening the record's lock")?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RecordError::InUse),
        Err(TryLockError::Error(error)) => Err(sqlx::Error::Io(error)).doing("locking the record"),
    }
}

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

async fn migrate(connection: &mut SqliteConnection) -> Result<(), RecordError> {
    // Neither list is begun when the other is unknown.
    work::known(connection).await.map_err(newer)?;
    match MIGRATIONS.run(&mut *connection).await {
        Err(MigrateError::VersionMissing(version)) => return Err(RecordError::Newer(version)),
        done => done.map_err(|error| sqlx::Error::Migrate(Box::new(error))).doing("migrating the record")?,
    }
    work::migrate(&mut *connection).await.map_err(newer)?;
    found::index_all(connection).await
}

/// Jobs of a later program are a record of a later program.
fn newer(error: WorkError) -> RecordError {
    match error {
        WorkError::Newer(version) => RecordError::Newer(version),
        error => error.into(),
    }
}

/// Whether this program knows the record at `path` as it is, if there is one; changes nothing.
///
/// # Errors
/// [`RecordError::Newer`] when a later program has been there.
pub async fn known(path: &Path) -> Result<(), RecordError> {
    if !path.exists() {
        return Ok(());
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(Duration::from_secs(10));
    let mut connection = options.connect().await.doing("looking at the record")?;
    work::known(&mut connection).await.map_err(newer)?;
    let listed = sqlx::query("SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'");
    if listed.fetch_optional(&mut connection).await.doing("looking at the record")?.is_none() {
        return Ok(());
    }
    let last: i64 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations")
        .fetch_one(&mut connection)
        .await
        .doing("looking at the record")?;
    if last == 0 || MIGRATIONS.version_exists(last) { Ok(()) } else { Err(RecordError::Newer(last)) }
}
