//! The one task that writes: many events, one commit; then tiles and, now and then, a checkpoint.

use crate::event::EVENT_VERSION;
use crate::keys::SecretKey;
use crate::note::write_file;
use crate::person::PersonKey;
use crate::rows::{self, Chain, Group, NewRow, database};
use crate::security;
use crate::tiles::{Tiles, WIDTH, full};
use crate::tree::{Frontier, leaf_hash};
use crate::{Event, LeafIndex, Recorded, SecurityEvent, TraceError};
use ambient::{Clock, Random, random_bytes};
use sqlx::{Connection, SqliteConnection};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// The most events in one commit.
const BATCH: usize = 512;
/// A checkpoint is published after this many events or this long, whichever comes first.
const PUBLISH_EVENTS: u64 = 1000;
const PUBLISH_EVERY: Duration = Duration::from_secs(10);

/// What a caller asks of the writer.
pub(crate) enum Request {
    Append(Event, oneshot::Sender<Result<LeafIndex, TraceError>>),
    Security(SecurityEvent, oneshot::Sender<Result<(), TraceError>>),
    Close(oneshot::Sender<Result<(), TraceError>>),
}

pub(crate) struct Writer {
    /// `None` after a failed transaction, until the next need.
    pub(crate) connection: Option<SqliteConnection>,
    pub(crate) group: Group,
    pub(crate) secret: SecretKey,
    pub(crate) people: Arc<PersonKey>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) tiles: Tiles,
    pub(crate) data: PathBuf,
    pub(crate) commits: Arc<AtomicU64>,
    pub(crate) published: (u64, Duration),
    /// Held until the writer is done.
    pub(crate) lock: File,
}

impl Writer {
    pub(crate) async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut closing = None;
        while closing.is_none() {
            let first = match tokio::time::timeout(PUBLISH_EVERY, requests.recv()).await {
                Ok(Some(first)) => first,
                Ok(None) => break,
                Err(_) => {
                    self.publish().await;
                    continue;
                }
            };
            let mut batch = vec![first];
            while batch.len() < BATCH
                && let Ok(next) = requests.try_recv()
            {
                batch.push(next);
            }
            let (broken, close) = self.serve(batch).await;
            closing = close;
            if broken {
                // The system could not sync: what it says from now on about these files cannot be
                // believed. Every later append fails, so nothing is served until a restart has read
                // the log again.
                tracing::error!("the trace's disk failed a sync: the trace is closed");
                break;
            }
        }
        requests.close();
        self.extend_tiles().await;
        self.publish().await;
        let closed = match self.connection.take() {
            Some(connection) => connection.close().await.map_err(database("closing")),
            None => Ok(()),
        };
        drop(self.lock);
        if let Some(reply) = closing {
            let _ = reply.send(closed);
        }
    }

    /// Commits a batch and answers it. Says whether the disk failed, and who asked to close.
    async fn serve(&mut self, batch: Vec<Request>) -> (bool, Option<oneshot::Sender<Result<(), TraceError>>>) {
        let mut closing = None;
        let (mut events, mut security) = (Vec::new(), Vec::new());
        for request in batch {
            match request {
                Request::Append(event, reply) => events.push((event, reply)),
                Request::Security(event, reply) => security.push((event, reply)),
                Request::Close(reply) => closing = Some(reply),
            }
        }
        if events.is_empty() && security.is_empty() {
            return (false, closing);
        }
        let ((events, event_replies), (security, security_replies)): ((_, Vec<_>), (_, Vec<_>)) =
            (events.into_iter().unzip(), security.into_iter().unzip());
        match self.commit(&Batch { events, security }).await {
            Ok(first) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                for (place, reply) in (first..).zip(event_replies) {
                    let _ = reply.send(Ok(LeafIndex(place)));
                }
                for reply in security_replies {
                    let _ = reply.send(Ok(()));
                }
                self.extend_tiles().await;
                self.publish_when_due().await;
                (false, closing)
            }
            Err(error) => {
                tracing::error!(%error, "events were not recorded");
                let told = || TraceError::NotRecorded(error.to_string());
                event_replies.into_iter().for_each(|reply| drop(reply.send(Err(told()))));
                security_replies.into_iter().for_each(|reply| drop(reply.send(Err(told()))));
                (disk_failed(&error), closing)
            }
        }
    }

    /// Writes everything in one transaction; returns the leaf of the first event.
    ///
    /// BEGIN and COMMIT are spelled out, and a connection whose transaction failed is thrown away:
    /// after a COMMIT refused for want of space, sqlx's own transactions (seen in 0.9.0) nest the
    /// next ones in what was never committed, and their commits succeed without touching the disk.
    async fn commit(&mut self, batch: &Batch) -> Result<u64, TraceError> {
        let mut connection = self.connected().await?;
        let written = match execute(&mut connection, "BEGIN IMMEDIATE").await {
            Ok(()) => match self.write(&mut connection, batch).await {
                Ok(first) => execute(&mut connection, "COMMIT").await.map(|()| first),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        match &written {
            Ok(_) => self.connection = Some(connection),
            Err(_) => drop(connection.close().await),
        }
        written
    }

    /// Takes the connection out, opening a new one when the last was thrown away.
    async fn connected(&mut self) -> Result<SqliteConnection, TraceError> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => rows::connect_writer(&self.data).await,
        }
    }

    async fn write(&self, connection: &mut SqliteConnection, batch: &Batch) -> Result<u64, TraceError> {
        let (mut frontier, _) = rows::head(connection, self.group).await?;
        let first = frontier.size();
        for event in &batch.events {
            let recorded = self.number(connection, event, frontier.size()).await?;
            let bytes = recorded.canonical()?;
            let salt: [u8; 32] = random_bytes(&*self.random);
            let leaf = leaf_hash(&salt, &bytes);
            let row = NewRow { recorded: &recorded, bytes: &bytes, salt: &salt, leaf: &leaf };
            rows::insert(connection, self.group, row).await?;
            frontier.push(leaf);
        }
        for event in &batch.security {
            security::insert(connection, self.group, self.clock.now(), event).await?;
        }
        if frontier.size() > first {
            let checkpoint = self.secret.sign(frontier.size(), &frontier.root());
            rows::set_head(connection, self.group, &frontier, &checkpoint).await?;
        }
        Ok(first)
    }

    /// Gives an event its place in the log, among the person's events and among the exam's.
    async fn number(&self, connection: &mut SqliteConnection, event: &Event, seq: u64) -> Result<Recorded, TraceError> {
        let Event { kind, patient, exam, actor, outcome, detail } = event.clone();
        let patient = patient.map(|patient| self.people.pseudonym(self.group.0, &patient)).transpose()?;
        let of_person = match &patient {
            Some(patient) => rows::last_of(connection, self.group, Chain::Person(patient)).await?,
            None => None,
        };
        let of_exam = match exam {
            Some(exam) => rows::last_of(connection, self.group, Chain::Exam(exam)).await?,
            None => None,
        };
        let next = |last: Option<(u64, u64)>| last.map_or(1, |(number, _)| number + 1);
        let before = |last: Option<(u64, u64)>| last.map(|(_, leaf)| LeafIndex(leaf));
        let now = self.clock.now();
        Ok(Recorded {
            version: EVENT_VERSION,
            seq: LeafIndex(seq),
            time: now.replace_millisecond(now.millisecond()).unwrap_or(now),
            kind,
            patient_seq: patient.is_some().then(|| next(of_person)),
            patient_prev: before(of_person),
            patient,
            exam_seq: exam.is_some().then(|| next(of_exam)),
            exam_prev: before(of_exam),
            exam,
            actor,
            outcome,
            detail,
        })
    }

    /// The tree after the last commit and its checkpoint.
    async fn head(&mut self) -> Result<(Frontier, String), TraceError> {
        let mut connection = self.connected().await?;
        let head = rows::head(&mut connection, self.group).await;
        self.connection = Some(connection);
        head
    }

    /// Writes the tiles that have become full. They can be made again from the rows, so a failure
    /// is only told to the operator and tried again at the next batch.
    pub(crate) async fn extend_tiles(&mut self) {
        if let Err(error) = self.try_extend_tiles().await {
            tracing::error!(%error, "the tiles of the trace are behind its rows");
        }
    }

    async fn try_extend_tiles(&mut self) -> Result<(), TraceError> {
        let io = |source| TraceError::Io { doing: "writing tiles", source };
        let size = self.head().await?.0.size();
        let from = self.tiles.written(0, size).map_err(io)?;
        for index in from..full(0, size) {
            let mut connection = self.connected().await?;
            let leaves = rows::leaves(&mut connection, self.group, index * WIDTH, WIDTH).await;
            self.connection = Some(connection);
            self.tiles.write(0, index, &leaves?).map_err(io)?;
        }
        self.tiles.write_upper(size).map_err(io)
    }

    async fn publish_when_due(&mut self) {
        let due = match self.head().await {
            Ok((frontier, _)) => frontier.size() >= self.published.0 + PUBLISH_EVENTS,
            Err(_) => false,
        };
        if due || self.clock.monotonic() >= self.published.1 + PUBLISH_EVERY {
            self.publish().await;
        }
    }

    /// Writes the latest signed checkpoint where auditors and witnesses fetch it.
    async fn publish(&mut self) {
        let published = match self.head().await {
            Ok((frontier, _)) if frontier.size() == self.published.0 => return,
            Ok((frontier, checkpoint)) => {
                let written = write_file(&self.data.join("checkpoint"), checkpoint.as_bytes(), 0o644);
                written.map(|()| frontier.size()).map_err(|source| TraceError::Io { doing: "publishing", source })
            }
            Err(error) => Err(error),
        };
        match published {
            Ok(size) => self.published = (size, self.clock.monotonic()),
            Err(error) => tracing::error!(%error, "the checkpoint of the trace was not published"),
        }
    }
}

/// What one transaction writes.
struct Batch {
    events: Vec<Event>,
    security: Vec<SecurityEvent>,
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), TraceError> {
    sqlx::query(statement).execute(connection).await.map(|_| ()).map_err(database("committing"))
}

/// SQLITE_IOERR and its kin (a full disk is SQLITE_FULL, after which one may go on).
fn disk_failed(error: &TraceError) -> bool {
    let TraceError::Database { source: sqlx::Error::Database(error), .. } = error else { return false };
    error.code().and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xFF == 10)
}
