//! The rows of the log: the SQL statements of its tree.

use crate::tree::{Frontier, Hash};
use crate::{Recorded, TraceError};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Row, SqliteConnection};
use std::path::Path;
use uuid::Uuid;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Whether this program knows the log in `data` as it is, if there is one; changes nothing.
///
/// # Errors
/// [`TraceError::Newer`] when a later program has been there.
pub async fn known(data: &Path) -> Result<(), TraceError> {
    if !data.join("events.sqlite").exists() {
        return Ok(());
    }
    let looking = database("looking at it");
    let mut connection = SqliteConnection::connect_with(&options(data).read_only(true)).await.map_err(&looking)?;
    let listed = sqlx::query("SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'");
    if listed.fetch_optional(&mut connection).await.map_err(&looking)?.is_none() {
        return Ok(());
    }
    let last = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations");
    let last: i64 = last.fetch_one(&mut connection).await.map_err(&looking)?;
    if last == 0 || MIGRATIONS.version_exists(last) { Ok(()) } else { Err(TraceError::Newer(last)) }
}

pub(crate) fn database(doing: &'static str) -> impl Fn(sqlx::Error) -> TraceError {
    move |source| TraceError::Database { doing, source }
}

fn options(data: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(data.join("events.sqlite"))
}

/// The one connection that writes. Every commit is a sync of the write-ahead log.
pub(crate) async fn connect_writer(data: &Path) -> Result<SqliteConnection, TraceError> {
    let options =
        options(data).create_if_missing(true).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    SqliteConnection::connect_with(&options).await.map_err(database("opening"))
}

/// The writer's first connection, the tables brought to this version.
pub(crate) async fn open_writer(data: &Path) -> Result<SqliteConnection, TraceError> {
    let mut connection = connect_writer(data).await?;
    MIGRATIONS.run(&mut connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => TraceError::Newer(version),
        error => database("migrating")(error.into()),
    })?;
    Ok(connection)
}

/// Connections that only read.
pub(crate) async fn open_readers(data: &Path) -> Result<SqlitePool, TraceError> {
    let pool = SqlitePoolOptions::new().max_connections(4);
    pool.connect_with(options(data).read_only(true)).await.map_err(database("opening for reading"))
}

/// One group's rows in the tables of the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group(pub(crate) i64);

/// What events are numbered within.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Chain<'a> {
    Person(&'a str),
    Exam(Uuid),
}

impl Chain<'_> {
    fn key(self) -> (&'static str, String) {
        match self {
            Self::Person(pseudonym) => ("person", pseudonym.to_owned()),
            Self::Exam(exam) => ("exam", exam.simple().to_string()),
        }
    }
}

/// The tree after the last commit, and its signed checkpoint (empty before the first event).
pub(crate) async fn head(connection: &mut SqliteConnection, group: Group) -> Result<(Frontier, String), TraceError> {
    let row = sqlx::query("SELECT size, frontier, checkpoint FROM head WHERE group_id = ?").bind(group.0);
    let Some(row) = row.fetch_optional(connection).await.map_err(database("reading the head"))? else {
        return Ok((Frontier::default(), String::new()));
    };
    let (size, stored): (i64, Vec<u8>) = (row.get(0), row.get(1));
    let frontier = Frontier::read(size.cast_unsigned(), &stored);
    let frontier = frontier.ok_or_else(|| TraceError::Damaged("the head's roots do not fit its size".into()))?;
    Ok((frontier, row.get(2)))
}

pub(crate) async fn set_head(
    connection: &mut SqliteConnection,
    group: Group,
    frontier: &Frontier,
    checkpoint: &str,
) -> Result<(), TraceError> {
    sqlx::query("INSERT OR REPLACE INTO head (group_id, size, frontier, checkpoint) VALUES (?, ?, ?, ?)")
        .bind(group.0)
        .bind(frontier.size().cast_signed())
        .bind(frontier.stored())
        .bind(checkpoint)
        .execute(connection)
        .await
        .map_err(database("writing the head"))?;
    Ok(())
}

/// The number and leaf of the latest event of a person or an exam.
pub(crate) async fn last_of(
    connection: &mut SqliteConnection,
    group: Group,
    chain: Chain<'_>,
) -> Result<Option<(u64, u64)>, TraceError> {
    let (kind, whose) = chain.key();
    let sql = "SELECT last_number, last_leaf FROM chain WHERE group_id = ? AND kind = ? AND whose = ?";
    let row = sqlx::query(sql).bind(group.0).bind(kind).bind(whose);
    let row = row.fetch_optional(connection).await.map_err(database("numbering an event"))?;
    Ok(row.map(|row| (row.get::<i64, _>(0).cast_unsigned(), row.get::<i64, _>(1).cast_unsigned())))
}

async fn set_last(
    connection: &mut SqliteConnection,
    group: Group,
    chain: Chain<'_>,
    (number, seq): (u64, i64),
) -> Result<(), TraceError> {
    let (kind, whose) = chain.key();
    let sql = "INSERT OR REPLACE INTO chain (group_id, kind, whose, last_number, last_leaf, keyed) \
               VALUES (?, ?, ?, ?, ?, 1)";
    let written = sqlx::query(sql).bind(group.0).bind(kind).bind(whose).bind(number.cast_signed()).bind(seq);
    written.execute(connection).await.map(drop).map_err(database("numbering an event"))
}

/// Puts digests in the place of the ids that a log of the first version numbered people by. All or nothing; nothing
/// is left to do the second time.
pub(crate) async fn key_people(
    connection: &mut SqliteConnection,
    pseudonym: impl Fn(i64, &str) -> Result<String, TraceError>,
) -> Result<(), TraceError> {
    let failed = database("naming people by digests");
    let mut transaction = connection.begin().await.map_err(&failed)?;
    let rows = sqlx::query("SELECT group_id, whose FROM chain WHERE keyed = 0").fetch_all(&mut *transaction).await;
    for row in rows.map_err(&failed)? {
        let (group, whose): (i64, String) = (row.get(0), row.get(1));
        let sql = "UPDATE chain SET whose = ?, keyed = 1 WHERE group_id = ? AND kind = 'person' AND whose = ?";
        let update = sqlx::query(sql).bind(pseudonym(group, &whose)?).bind(group).bind(&whose);
        update.execute(&mut *transaction).await.map_err(&failed)?;
    }
    transaction.commit().await.map_err(failed)
}

/// One event, with everything its row needs.
pub(crate) struct NewRow<'a> {
    pub(crate) recorded: &'a Recorded,
    pub(crate) bytes: &'a [u8],
    pub(crate) salt: &'a [u8; 32],
    pub(crate) leaf: &'a Hash,
}

pub(crate) async fn insert(connection: &mut SqliteConnection, group: Group, row: NewRow<'_>) -> Result<(), TraceError> {
    let NewRow { recorded, bytes, salt, leaf } = row;
    let seq = recorded.seq.0.cast_signed();
    sqlx::query("INSERT INTO event (group_id, seq, exam, patient, bytes, salt, leaf) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(group.0)
        .bind(seq)
        .bind(recorded.exam.map(|exam| exam.as_bytes().to_vec()))
        .bind(recorded.patient.as_deref())
        .bind(bytes)
        .bind(salt.as_slice())
        .bind(leaf.as_slice())
        .execute(&mut *connection)
        .await
        .map_err(database("writing an event"))?;
    if let (Some(patient), Some(number)) = (&recorded.patient, recorded.patient_seq) {
        set_last(connection, group, Chain::Person(patient), (number, seq)).await?;
    }
    if let (Some(exam), Some(number)) = (recorded.exam, recorded.exam_seq) {
        set_last(connection, group, Chain::Exam(exam), (number, seq)).await?;
    }
    Ok(())
}

/// The leaves from `start` on, at most `limit`.
pub(crate) async fn leaves(
    connection: &mut SqliteConnection,
    group: Group,
    start: u64,
    limit: u64,
) -> Result<Vec<Hash>, TraceError> {
    let rows = sqlx::query("SELECT leaf FROM event WHERE group_id = ? AND seq >= ? ORDER BY seq LIMIT ?")
        .bind(group.0)
        .bind(start.cast_signed())
        .bind(limit.cast_signed())
        .fetch_all(connection)
        .await
        .map_err(database("reading leaves"))?;
    let leaf = |row: &sqlx::sqlite::SqliteRow| {
        let leaf = row.get::<Vec<u8>, _>(0).try_into();
        leaf.map_err(|_| TraceError::Damaged("a leaf of another length".into()))
    };
    rows.iter().map(leaf).collect()
}

/// A row as it stands, for proofs and checks.
pub(crate) struct StoredRow {
    pub(crate) seq: u64,
    pub(crate) exam: Option<Vec<u8>>,
    pub(crate) patient: Option<String>,
    pub(crate) content: Option<(Vec<u8>, Vec<u8>)>,
    pub(crate) leaf: Vec<u8>,
}

/// Rows from `start` on, at most `limit`.
pub(crate) async fn rows(
    connection: &mut SqliteConnection,
    group: Group,
    start: u64,
    limit: u32,
) -> Result<Vec<StoredRow>, TraceError> {
    let sql = "SELECT seq, exam, patient, bytes, salt, leaf FROM event \
               WHERE group_id = ? AND seq >= ? ORDER BY seq LIMIT ?";
    let rows = sqlx::query(sql).bind(group.0).bind(start.cast_signed()).bind(limit).fetch_all(connection).await;
    let stored = |row: sqlx::sqlite::SqliteRow| StoredRow {
        seq: row.get::<i64, _>(0).cast_unsigned(),
        exam: row.get(1),
        patient: row.get(2),
        content: row.get::<Option<_>, _>(3).zip(row.get(4)),
        leaf: row.get(5),
    };
    Ok(rows.map_err(database("reading events"))?.into_iter().map(stored).collect())
}

pub(crate) async fn of_exam(
    pool: &SqlitePool,
    group: Group,
    exam: Uuid,
    limit: u32,
) -> Result<Vec<Recorded>, TraceError> {
    let sql = "SELECT bytes FROM event WHERE group_id = ? AND exam = ? AND bytes IS NOT NULL ORDER BY seq DESC LIMIT ?";
    decode(sqlx::query(sql).bind(group.0).bind(exam.as_bytes().to_vec()).bind(limit).fetch_all(pool).await)
}

/// Events of a group from `seq` on, in their order.
pub(crate) async fn from(pool: &SqlitePool, group: Group, seq: u64, limit: u32) -> Result<Vec<Recorded>, TraceError> {
    let sql = "SELECT bytes FROM event WHERE group_id = ? AND seq >= ? AND bytes IS NOT NULL ORDER BY seq LIMIT ?";
    decode(sqlx::query(sql).bind(group.0).bind(seq.cast_signed()).bind(limit).fetch_all(pool).await)
}

/// The events of a person, by pseudonym and, for those of the first version, by id.
pub(crate) async fn of_patient(
    pool: &SqlitePool,
    group: Group,
    names: [&str; 2],
    limit: u32,
) -> Result<Vec<Recorded>, TraceError> {
    let sql = "SELECT bytes FROM event \
               WHERE group_id = ? AND patient IN (?, ?) AND bytes IS NOT NULL ORDER BY seq DESC LIMIT ?";
    decode(sqlx::query(sql).bind(group.0).bind(names[0]).bind(names[1]).bind(limit).fetch_all(pool).await)
}

fn decode(rows: Result<Vec<sqlx::sqlite::SqliteRow>, sqlx::Error>) -> Result<Vec<Recorded>, TraceError> {
    let rows = rows.map_err(database("reading events"))?;
    let event = |row: &sqlx::sqlite::SqliteRow| {
        serde_json::from_slice(row.get(0)).map_err(|_| TraceError::Damaged("an event cannot be read".into()))
    };
    rows.iter().map(event).collect()
}
