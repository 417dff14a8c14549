//! The rows of the log: every SQL statement of this room.

use crate::tree::{Frontier, Hash};
use crate::{Recorded, SecurityEvent, SecurityRecord, TraceError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Row, SqliteConnection};
use std::path::Path;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

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
    sqlx::migrate!().run(&mut connection).await.map_err(|e| database("migrating")(e.into()))?;
    Ok(connection)
}

/// Connections that only read.
pub(crate) async fn open_readers(data: &Path) -> Result<SqlitePool, TraceError> {
    let pool = SqlitePoolOptions::new().max_connections(4);
    pool.connect_with(options(data).read_only(true)).await.map_err(database("opening for reading"))
}

/// The tree after the last commit, and its signed checkpoint (empty before the first event).
pub(crate) async fn head(connection: &mut SqliteConnection) -> Result<(Frontier, String), TraceError> {
    let row = sqlx::query("SELECT size, frontier, checkpoint FROM head").fetch_optional(connection).await;
    let Some(row) = row.map_err(database("reading the head"))? else {
        return Ok((Frontier::default(), String::new()));
    };
    let (size, stored): (i64, Vec<u8>) = (row.get(0), row.get(1));
    let frontier = Frontier::read(size.cast_unsigned(), &stored);
    let frontier = frontier.ok_or_else(|| TraceError::Damaged("the head's roots do not fit its size".into()))?;
    Ok((frontier, row.get(2)))
}

pub(crate) async fn set_head(
    connection: &mut SqliteConnection,
    frontier: &Frontier,
    checkpoint: &str,
) -> Result<(), TraceError> {
    sqlx::query("INSERT OR REPLACE INTO head (one, size, frontier, checkpoint) VALUES (1, ?, ?, ?)")
        .bind(frontier.size().cast_signed())
        .bind(frontier.stored())
        .bind(checkpoint)
        .execute(connection)
        .await
        .map_err(database("writing the head"))?;
    Ok(())
}

/// The number and leaf of the patient's latest event.
pub(crate) async fn last_of_patient(
    connection: &mut SqliteConnection,
    patient: &str,
) -> Result<Option<(u64, u64)>, TraceError> {
    let row = sqlx::query("SELECT last_number, last_leaf FROM patient WHERE patient = ?").bind(patient);
    let row = row.fetch_optional(connection).await.map_err(database("numbering an event"))?;
    Ok(row.map(|row| (row.get::<i64, _>(0).cast_unsigned(), row.get::<i64, _>(1).cast_unsigned())))
}

/// One event, with everything its row needs.
pub(crate) struct NewRow<'a> {
    pub(crate) recorded: &'a Recorded,
    pub(crate) bytes: &'a [u8],
    pub(crate) salt: &'a [u8; 32],
    pub(crate) leaf: &'a Hash,
}

pub(crate) async fn insert(connection: &mut SqliteConnection, row: NewRow<'_>) -> Result<(), TraceError> {
    let NewRow { recorded, bytes, salt, leaf } = row;
    let seq = recorded.seq.0.cast_signed();
    sqlx::query("INSERT INTO event (seq, exam, patient, bytes, salt, leaf) VALUES (?, ?, ?, ?, ?, ?)")
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
        sqlx::query("INSERT OR REPLACE INTO patient (patient, last_number, last_leaf) VALUES (?, ?, ?)")
            .bind(patient)
            .bind(number.cast_signed())
            .bind(seq)
            .execute(connection)
            .await
            .map_err(database("numbering an event"))?;
    }
    Ok(())
}

pub(crate) async fn insert_security(
    connection: &mut SqliteConnection,
    time: OffsetDateTime,
    event: &SecurityEvent,
) -> Result<(), TraceError> {
    let time = time.format(&Rfc3339).map_err(|_| TraceError::Event("the time cannot be written"))?;
    let detail = serde_json::to_string(&event.detail).map_err(|_| TraceError::Event("the detail cannot be written"))?;
    sqlx::query("INSERT INTO security (time, kind, origin, detail) VALUES (?, ?, ?, ?)")
        .bind(time)
        .bind(&event.kind)
        .bind(event.origin.as_deref())
        .bind(detail)
        .execute(connection)
        .await
        .map_err(database("writing a security event"))?;
    Ok(())
}

pub(crate) async fn security(pool: &SqlitePool, limit: u32) -> Result<Vec<SecurityRecord>, TraceError> {
    let rows = sqlx::query("SELECT number, time, kind, origin, detail FROM security ORDER BY number DESC LIMIT ?")
        .bind(limit)
        .fetch_all(pool)
        .await
        .map_err(database("reading security events"))?;
    let damaged = |what: &str| TraceError::Damaged(format!("a security event's {what}"));
    let read = |row: &sqlx::sqlite::SqliteRow| {
        let time = OffsetDateTime::parse(row.get(1), &Rfc3339).map_err(|_| damaged("time"))?;
        let detail = serde_json::from_str(row.get(4)).map_err(|_| damaged("detail"))?;
        let event = SecurityEvent { kind: row.get(2), origin: row.get(3), detail };
        Ok(SecurityRecord { number: row.get::<i64, _>(0).cast_unsigned(), time, event })
    };
    rows.iter().map(read).collect()
}

/// The leaves from `start` on, at most `limit`.
pub(crate) async fn leaves(connection: &mut SqliteConnection, start: u64, limit: u64) -> Result<Vec<Hash>, TraceError> {
    let rows = sqlx::query("SELECT leaf FROM event WHERE seq >= ? ORDER BY seq LIMIT ?")
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
    start: u64,
    limit: u32,
) -> Result<Vec<StoredRow>, TraceError> {
    let sql = "SELECT seq, exam, patient, bytes, salt, leaf FROM event WHERE seq >= ? ORDER BY seq LIMIT ?";
    let rows = sqlx::query(sql).bind(start.cast_signed()).bind(limit).fetch_all(connection).await;
    let stored = |row: sqlx::sqlite::SqliteRow| StoredRow {
        seq: row.get::<i64, _>(0).cast_unsigned(),
        exam: row.get(1),
        patient: row.get(2),
        content: row.get::<Option<_>, _>(3).zip(row.get(4)),
        leaf: row.get(5),
    };
    Ok(rows.map_err(database("reading events"))?.into_iter().map(stored).collect())
}

pub(crate) async fn of_exam(pool: &SqlitePool, exam: Uuid, limit: u32) -> Result<Vec<Recorded>, TraceError> {
    let sql = "SELECT bytes FROM event WHERE exam = ? AND bytes IS NOT NULL ORDER BY seq DESC LIMIT ?";
    decode(sqlx::query(sql).bind(exam.as_bytes().to_vec()).bind(limit).fetch_all(pool).await)
}

pub(crate) async fn of_patient(pool: &SqlitePool, patient: &str, limit: u32) -> Result<Vec<Recorded>, TraceError> {
    let sql = "SELECT bytes FROM event WHERE patient = ? AND bytes IS NOT NULL ORDER BY seq DESC LIMIT ?";
    decode(sqlx::query(sql).bind(patient).bind(limit).fetch_all(pool).await)
}

fn decode(rows: Result<Vec<sqlx::sqlite::SqliteRow>, sqlx::Error>) -> Result<Vec<Recorded>, TraceError> {
    let rows = rows.map_err(database("reading events"))?;
    let event = |row: &sqlx::sqlite::SqliteRow| {
        serde_json::from_slice(row.get(0)).map_err(|_| TraceError::Damaged("an event cannot be read".into()))
    };
    rows.iter().map(event).collect()
}
