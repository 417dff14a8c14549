//! The one writing connection, and who may use it first.

use super::rows::Doing;
use crate::RecordError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, Transaction};
use tokio::sync::{Mutex, MutexGuard};

/// How durable a commit is when it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Survives a power cut: every fact.
    Full,
    /// Survives a killed process; after a power cut the landing log replays it: reception rows only.
    Replayed,
}

/// One connection. Receptions queue for it directly; everything else queues for a place in that
/// queue first, so at most one other write is ever ahead of a reception, and none starves.
pub(crate) struct Writer {
    others: Mutex<()>,
    connection: Mutex<Connected>,
}

struct Connected {
    connection: SqliteConnection,
    options: SqliteConnectOptions,
    /// What the connection is set to; `None` when a cancelled call left it uncertain.
    durability: Option<Durability>,
}

/// The right to write, until it is dropped.
pub(crate) struct Turn<'a> {
    _place: Option<MutexGuard<'a, ()>>,
    connected: MutexGuard<'a, Connected>,
}

impl Writer {
    pub(crate) fn new(connection: SqliteConnection, options: SqliteConnectOptions) -> Self {
        let connected = Connected { connection, options, durability: None };
        Self { others: Mutex::new(()), connection: Mutex::new(connected) }
    }

    /// A turn for rows that the landing log can replay.
    pub(crate) async fn reception(&self) -> Result<Turn<'_>, RecordError> {
        let mut turn = Turn { _place: None, connected: self.connection.lock().await };
        turn.set(Durability::Replayed).await?;
        Ok(turn)
    }

    /// Ends the connection in order.
    pub(crate) async fn close(self) {
        // The file is whole either way: a failed close only leaves the write-ahead log behind.
        let _ = self.connection.into_inner().connection.close().await;
    }

    /// A turn for facts.
    pub(crate) async fn fact(&self) -> Result<Turn<'_>, RecordError> {
        let place = self.others.lock().await;
        let mut turn = Turn { _place: Some(place), connected: self.connection.lock().await };
        turn.set(Durability::Full).await?;
        Ok(turn)
    }
}

impl Turn<'_> {
    /// Begins the turn's transaction. Dropped without commit, it leaves nothing.
    pub(crate) async fn begin(&mut self) -> Result<Transaction<'_, Sqlite>, RecordError> {
        self.connected.connection.begin_with("BEGIN IMMEDIATE").await.doing("beginning a transaction")
    }

    async fn set(&mut self, wanted: Durability) -> Result<(), RecordError> {
        // A commit that failed before, for lack of space say: SQLite has rolled back, and sqlx still counts a
        // transaction. A BEGIN on such a connection would be a savepoint in nothing, whose commit says Ok and writes
        // nothing. It goes, and another takes its place.
        if self.connected.connection.is_in_transaction() {
            self.connected.durability = None;
            self.connected.connection = self.connected.options.connect().await.doing("opening the record again")?;
        }
        if self.connected.durability == Some(wanted) {
            return Ok(());
        }
        self.connected.durability = None;
        let pragma = match wanted {
            Durability::Full => "PRAGMA synchronous = FULL",
            Durability::Replayed => "PRAGMA synchronous = NORMAL",
        };
        sqlx::query(pragma).execute(&mut self.connected.connection).await.doing("choosing how durable a commit is")?;
        self.connected.durability = Some(wanted);
        Ok(())
    }
}
