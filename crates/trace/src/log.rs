use crate::note::SecretKey;
use crate::rows;
use crate::tiles::{Tiles, WIDTH};
use crate::tree::path_spans;
use crate::writer::{Request, Writer};
use crate::{Event, LeafIndex, Proof, Recorded, SecurityEvent, SecurityRecord, TraceError};
use ambient::{Clock, Random};
use rustix::fs::{FlockOperation, flock};
use sqlx::sqlite::SqlitePool;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Appends that may wait for the writer.
const WAITING: usize = 4096;

/// Where a trace lives.
#[derive(Debug, Clone)]
pub struct TraceSettings {
    /// Folder of the log: `events.sqlite`, `tile/`, `checkpoint`. Made if missing.
    pub data: PathBuf,
    /// Folder of keys: `trace-key` (mode 0600) and `trace-key.pub` are made there on first start.
    pub keys: PathBuf,
    /// The log's name in its checkpoints, such as `negatoscope.example/diffusion`. No spaces, no `+`.
    pub origin: String,
}

/// The log. Cheap to clone; all clones share one writer.
#[derive(Clone)]
pub struct Trace {
    inner: Arc<Inner>,
}

struct Inner {
    requests: mpsc::Sender<Request>,
    readers: SqlitePool,
    tiles: Tiles,
    clock: Arc<dyn Clock>,
    commits: Arc<AtomicU64>,
}

impl Trace {
    /// Opens or makes the log, and writes the tiles that a stop left unwritten.
    /// [`TraceError::Locked`] while another opening of the same folder is not [`Trace::close`]d.
    pub async fn open(
        settings: TraceSettings,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, TraceError> {
        let TraceSettings { data, keys, origin } = settings;
        let io = |source| TraceError::Io { doing: "opening", source };
        fs::create_dir_all(data.join("tile")).map_err(io)?;
        let lock = File::create(data.join("lock")).map_err(io)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| TraceError::Locked)?;
        let secret = SecretKey::load_or_create(&keys, &origin, &*random)?;
        let mut connection = rows::open_writer(&data).await?;
        // The names of the files just made.
        File::open(&data).and_then(|folder| folder.sync_all()).map_err(io)?;
        let (frontier, checkpoint) = rows::head(&mut connection).await?;
        check_head(&secret, frontier.size(), &frontier.root(), &checkpoint)?;
        let (tiles, commits) = (Tiles::new(&data), Arc::new(AtomicU64::new(0)));
        let readers = rows::open_readers(&data).await?;
        let mut writer = Writer {
            connection: Some(connection),
            secret,
            clock: Arc::clone(&clock),
            random,
            tiles: tiles.clone(),
            data,
            commits: Arc::clone(&commits),
            published: (0, clock.monotonic()),
            lock,
        };
        writer.extend_tiles().await;
        let (requests, receiver) = mpsc::channel(WAITING);
        tokio::spawn(writer.run(receiver));
        Ok(Self { inner: Arc::new(Inner { requests, readers, tiles, clock, commits }) })
    }

    /// Records an event and returns its leaf once it is on stable storage. On error the caller
    /// serves nothing.
    pub async fn append(&self, event: Event) -> Result<LeafIndex, TraceError> {
        event.check()?;
        self.ask(|reply| Request::Append(event, reply)).await
    }

    /// Records something about security that concerns no known exam, durably.
    pub async fn security(&self, event: SecurityEvent) -> Result<(), TraceError> {
        self.ask(|reply| Request::Security(event, reply)).await
    }

    /// The latest events of an exam, newest first.
    pub async fn events_of_exam(&self, exam: Uuid, limit: u32) -> Result<Vec<Recorded>, TraceError> {
        rows::of_exam(&self.inner.readers, exam, limit).await
    }

    /// The latest events of a patient, newest first.
    pub async fn events_of_patient(&self, patient: &str, limit: u32) -> Result<Vec<Recorded>, TraceError> {
        rows::of_patient(&self.inner.readers, patient, limit).await
    }

    /// The latest lines of the security log, newest first.
    pub async fn security_events(&self, limit: u32) -> Result<Vec<SecurityRecord>, TraceError> {
        rows::security(&self.inner.readers, limit).await
    }

    /// Writes the events as they are at one moment into a new file, beside everything that goes on. The file is not
    /// synced. Tiles copied before it belong to it.
    pub async fn snapshot(&self, into: &std::path::Path) -> Result<(), TraceError> {
        let into = into.to_string_lossy().into_owned();
        let done = sqlx::query("VACUUM INTO ?").bind(into).execute(&self.inner.readers).await;
        done.map(drop).map_err(rows::database("copying the events"))
    }

    /// Number of events so far.
    pub async fn size(&self) -> Result<u64, TraceError> {
        let mut connection = self.inner.readers.acquire().await.map_err(rows::database("reading"))?;
        Ok(rows::head(&mut connection).await?.0.size())
    }

    /// Commits since the log was opened, a figure for metrics: far fewer than events under load.
    pub fn commits(&self) -> u64 {
        self.inner.commits.load(Ordering::Relaxed)
    }

    /// A proof, checked offline, that the event stands in the log under the latest checkpoint.
    pub async fn proof(&self, leaf: LeafIndex) -> Result<Proof, TraceError> {
        let io = |source| TraceError::Io { doing: "reading tiles", source };
        let mut connection = self.inner.readers.begin().await.map_err(rows::database("reading"))?;
        let (frontier, checkpoint) = rows::head(&mut connection).await?;
        let row = rows::rows(&mut connection, leaf.0, 1).await?.pop().filter(|row| row.seq == leaf.0);
        let (event, salt) = row.and_then(|row| row.content).ok_or(TraceError::NoLeaf(leaf.0))?;
        let salt = salt.try_into().map_err(|_| TraceError::Damaged("a salt of another length".into()))?;
        let tail_start = self.inner.tiles.written(0, frontier.size()).map_err(io)? * WIDTH;
        let tail = rows::leaves(&mut connection, tail_start, frontier.size() - tail_start).await?;
        let spans = path_spans(leaf.0, frontier.size());
        let path = spans.into_iter().map(|span| self.inner.tiles.root(span, &tail, tail_start));
        let path = path.collect::<std::io::Result<_>>().map_err(io)?;
        Ok(Proof { leaf, salt, event, path, checkpoint })
    }

    /// Writes the tiles and a signed checkpoint, and stops the writer. Later appends fail.
    pub async fn close(&self) -> Result<(), TraceError> {
        // The last connection to close is the writer's, which then folds its log into the database.
        self.inner.readers.close().await;
        self.ask(Request::Close).await
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, TraceError>>) -> Request,
    ) -> Result<T, TraceError> {
        let (reply, answer) = oneshot::channel();
        self.inner.requests.send(request(reply)).await.map_err(|_| TraceError::Closed)?;
        answer.await.map_err(|_| TraceError::Closed)?
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }
}

/// The head must be the one this key signed: nobody goes on from a log that does not fit.
fn check_head(secret: &SecretKey, size: u64, root: &[u8; 32], checkpoint: &str) -> Result<(), TraceError> {
    let signed = secret.public().open(checkpoint);
    match signed.is_some_and(|signed| signed.size == size && signed.root == *root) || size == 0 {
        true => Ok(()),
        false => Err(TraceError::Damaged("its head is not the one this key signed".into())),
    }
}

impl std::fmt::Debug for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trace").finish_non_exhaustive()
    }
}
