//! The landing log: what is received is on stable storage, and visible, before anybody is told so.
//!
//! | file | what |
//! |---|---|
//! | `reception` | one instance from its first slice to its answer |
//! | `writer`, `segment`, `spare`, `large` | group commit; segments; files of their own for large instances |
//! | `applier`, `register`, `catalogue` | synced records become visible |
//! | `format`, `chunk`, `digest`, `disk`, `folder` | bytes on disk, aligned memory, digests, system calls, names |
//! | `replay`, `segment_scan`, `check`, `read` | after a crash; after a failed sync; reading back |
//! | `eraser` | the only code that removes a file |

mod applier;
mod arriving;
mod catalogue;
mod check;
mod chunk;
mod digest;
mod disk;
mod eraser;
mod error;
mod folder;
mod format;
mod header;
mod large;
mod losses;
mod place;
mod read;
mod reception;
mod register;
mod replay;
mod segment;
mod segment_scan;
mod settings;
mod shared;
mod spare;
mod writer;

pub use arriving::{Accepted, Arriving, MessageAccepted, Outcome};
pub use catalogue::{CatalogueRegister, header_of};
pub use error::{LandingError, ReadError, Refusal};
pub use place::{Place, PlaceName, Position, SegmentName};
pub use read::{LandedBrowser, LandedReader};
pub use reception::Reception;
pub use register::{Applied, Landed, LandedBody, LandedInstance, Register, RegisterError, Verdict};
pub use settings::Settings;

use ambient::{Clock, Random};
use applier::Applier;
use bytes::Bytes;
use chunk::Buffer;
use digest::Digester;
use folder::Folder;
use format::{Content, Kind, PAGE};
use shared::Shared;
use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use writer::{Job, Sealed, Sealing, Writer};

/// Jobs that may wait for one writer; beyond, their senders wait.
const QUEUE: usize = 256;

/// The log of one process. Cheap to clone; when the last clone is gone the log closes behind it.
#[derive(Clone)]
pub struct Landing {
    inner: Arc<Inner>,
}

/// What opening the log found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Records given to the register again because it had not applied them.
    pub records: u64,
    /// Torn tails discarded: records never finished, hence never acknowledged.
    pub torn: u64,
    /// Files of receptions that died with their process, erased.
    pub aborted_files: u64,
    /// Records that may have been acknowledged and whose bytes are damaged: a loss, by name.
    pub damaged: Vec<Place>,
}

/// How the log is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Segments that take records.
    pub open_segments: usize,
    /// Segments that wait to be released.
    pub closed_segments: usize,
    /// Segments retired after a failed write or sync, since the start.
    pub failed_segments: u64,
    /// Records found damaged, now or before, in segments that are still here.
    pub damaged: Vec<Place>,
    /// Bytes free on the log's file system; `None` when it does not say.
    pub free_bytes: Option<u64>,
    /// Whether the catalogue takes what has landed.
    pub catalogue_answers: bool,
}

pub(crate) struct Inner {
    shared: Arc<Shared>,
    writers: Mutex<Vec<WriterHandle>>,
    ends: Mutex<Ends>,
}

#[derive(Clone)]
struct WriterHandle {
    jobs: mpsc::Sender<Job>,
    waiting_bytes: Arc<AtomicU64>,
}

#[derive(Default)]
struct Ends {
    threads: Vec<std::thread::JoinHandle<()>>,
    appliers: Vec<tokio::task::JoinHandle<()>>,
}

/// A place in a writer's queue.
struct Turn {
    waiting_bytes: Arc<AtomicU64>,
    bytes: u64,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.waiting_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Inner {
    /// Gives a job to the writer with the least to do.
    async fn send(&self, job: Job) -> Result<Turn, Refusal> {
        let chosen = {
            let writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
            writers.iter().min_by_key(|writer| writer.waiting_bytes.load(Ordering::Relaxed)).cloned()
        };
        let Some(WriterHandle { jobs, waiting_bytes }) = chosen else { return Err(Refusal::Unavailable) };
        let bytes = format::record_bytes(job.payload.len() as u64);
        waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let turn = Turn { waiting_bytes, bytes };
        jobs.send(job).await.map_err(|_| Refusal::Unavailable)?;
        Ok(turn)
    }

    fn ready(&self) -> Result<(), Refusal> {
        if self.shared.state().stuck.is_empty() { Ok(()) } else { Err(Refusal::Unavailable) }
    }
}

impl Landing {
    /// Opens (or creates) the log in `settings.folder`, takes its lock, and gives the register what it has not
    /// applied yet. Must be called inside of a tokio runtime.
    ///
    /// # Errors
    /// [`LandingError::Owned`] when another process has the log; others when the folder or the register cannot be
    /// used.
    pub async fn open(
        settings: Settings,
        register: Arc<dyn Register>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<(Self, Replayed), LandingError> {
        let folder = Folder::open(&settings.folder)?;
        let shared = Shared::new(settings, folder, clock, random);
        let (replayed, next) = replay::all(&shared, &*register).await?;
        let (mut writers, mut ends) = (Vec::new(), Ends::default());
        for number in 0..u32::from(shared.settings.writers.max(1)) {
            let (jobs, waiting) = mpsc::channel(QUEUE);
            let (synced, batches) = mpsc::unbounded_channel();
            let next = next.get(&number).copied().unwrap_or(1);
            let writer = Writer::new(Arc::clone(&shared), number, next, synced);
            let thread = std::thread::Builder::new().name(format!("landing-{number}"));
            let started = thread.spawn(move || writer.run(waiting));
            ends.threads.push(started.map_err(folder::io_error("starting a writer of", shared.folder.root()))?);
            let applier = Applier { shared: Arc::clone(&shared), register: Arc::clone(&register), writer: number };
            ends.appliers.push(tokio::spawn(applier.run(batches)));
            writers.push(WriterHandle { jobs, waiting_bytes: Arc::default() });
        }
        let inner = Inner { shared, writers: Mutex::new(writers), ends: Mutex::new(ends) };
        Ok((Self { inner: Arc::new(inner) }, replayed))
    }

    /// Starts receiving one instance. Nothing is written before it is finished or has grown large; dropping the
    /// reception leaves nothing behind.
    ///
    /// # Errors
    /// [`Refusal::InvalidUid`] for what is announced; [`Refusal::Unavailable`].
    pub async fn begin(&self, arriving: Arriving) -> Result<Reception, Refusal> {
        self.inner.ready()?;
        Reception::begin(Arc::clone(&self.inner), arriving)
    }

    /// Makes one HL7 message durable and hands it to the register, exactly as received (MLLP framing removed).
    ///
    /// # Errors
    /// As [`Reception::finish`]: on an error the message is not acknowledged.
    pub async fn append_message(&self, source: &str, raw: Bytes) -> Result<MessageAccepted, Refusal> {
        self.inner.ready()?;
        let shared = &self.inner.shared;
        let max = shared.settings.message_bytes_max;
        if raw.len() > max {
            return Err(Refusal::TooLarge { max_bytes: max as u64 });
        }
        let mut payload = Buffer::of(&shared.pool, &raw);
        payload.pad();
        let mut digester = Digester::new(0);
        digester.update(&raw);
        let digests = digester.finish();
        let content = Content { sha256: digests.sha256, crc32: digests.crc32, ..Content::default() };
        let sealed = Sealed { content, body: LandedBody::Message(raw), large: None };
        let (reply, answered) = tokio::sync::oneshot::channel();
        let job = Job {
            kind: Kind::Message,
            source: source.to_owned(),
            received_at: shared.clock.now(),
            payload: Arc::new(payload),
            sealing: Sealing::Ready(Box::new(sealed)),
            reply,
        };
        let _turn = self.inner.send(job).await?;
        let answer = answered.await.unwrap_or(Err(Refusal::Storage))?;
        let complaint = match answer.verdict {
            Verdict::Declined(reason) => Some(reason),
            Verdict::Stored | Verdict::Duplicate | Verdict::Conflict => None,
        };
        Ok(MessageAccepted { place: answer.place, complaint })
    }

    /// The bytes of one record (a Part 10 file or a message), its digests checked. Whole in memory: see
    /// [`Landing::reader`].
    ///
    /// # Errors
    /// [`ReadError::Gone`] when its segment has been released, [`ReadError::Damaged`] when the digests differ.
    pub async fn read(&self, place: Place) -> Result<Bytes, ReadError> {
        self.reading(place, move |shared| {
            let mut reader = read::open(&shared.folder, place, false)?;
            let capacity = usize::try_from(reader.size_bytes()).unwrap_or(0).min(64 << 20);
            let mut bytes = Vec::with_capacity(capacity);
            reader.read_to_end(&mut bytes).map_err(|source| ReadError::of(place, source))?;
            Ok(bytes.into())
        })
        .await
    }

    /// A reader over one record; blocking: use it on a thread that may wait. At its end the digests are compared, and
    /// a difference is an [`std::io::Error`] of kind `InvalidData`.
    ///
    /// # Errors
    /// As [`Landing::read`].
    pub fn reader(&self, place: Place) -> Result<LandedReader, ReadError> {
        read::open(&self.inner.shared.folder, place, false)
    }

    /// Lets `work` look around in one record, on a thread that may block; no digest is compared.
    ///
    /// # Errors
    /// As [`Landing::read`].
    pub async fn browse<T: Send + 'static>(
        &self,
        place: Place,
        work: impl FnOnce(&mut LandedBrowser) -> T + Send + 'static,
    ) -> Result<T, ReadError> {
        self.reading(place, move |shared| {
            let mut browser = read::open(&shared.folder, place, false)?.into_browsed();
            Ok(work(&mut browser))
        })
        .await
    }

    /// Re-reads one record past the page cache and checks its digests (storage commitment rests on this).
    ///
    /// # Errors
    /// As [`Landing::read`].
    pub async fn verify(&self, place: Place) -> Result<(), ReadError> {
        self.reading(place, move |shared| {
            let mut reader = read::open(&shared.folder, place, true)?;
            std::io::copy(&mut reader, &mut std::io::sink()).map_err(|source| ReadError::of(place, source))?;
            Ok(())
        })
        .await
    }

    async fn reading<T: Send + 'static>(
        &self,
        place: Place,
        work: impl FnOnce(&Shared) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let shared = Arc::clone(&self.inner.shared);
        let joined = tokio::task::spawn_blocking(move || work(&shared)).await;
        joined.unwrap_or_else(|error| Err(ReadError::of(place, std::io::Error::other(error))))
    }

    /// Segments that take no more records, oldest first: those that may be released.
    pub fn closed_segments(&self) -> Vec<SegmentName> {
        self.inner.shared.state().closed.iter().copied().collect()
    }

    /// Erases a closed segment and the large files it names. The caller, who asks the catalogue, vouches that every
    /// record of it is sealed or closed, durably. Releasing what is gone already is no error.
    ///
    /// # Errors
    /// [`LandingError::StillOpen`] for a segment that still takes records or is not wholly applied.
    pub async fn release(&self, segment: SegmentName) -> Result<(), LandingError> {
        let shared = Arc::clone(&self.inner.shared);
        let joined = tokio::task::spawn_blocking(move || release(&shared, segment)).await;
        joined.unwrap_or_else(|error| Err(LandingError::Stopped(error.to_string())))
    }

    /// As long as the answer lives, no segment is released: whoever copies the log finds all of it.
    pub fn keep_segments(&self) -> Kept {
        self.inner.shared.state().keeping += 1;
        Kept(Arc::clone(&self.inner.shared))
    }

    /// How the log is.
    pub fn health(&self) -> Health {
        self.inner.shared.health()
    }

    /// Takes nothing more, finishes what waits, and gives unused space back. Other clones answer
    /// [`Refusal::Unavailable`] from now on.
    pub async fn close(&self) {
        self.inner.writers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let ends = std::mem::take(&mut *self.inner.ends.lock().unwrap_or_else(PoisonError::into_inner));
        let threads = ends.threads;
        let _ = tokio::task::spawn_blocking(move || threads.into_iter().for_each(|thread| drop(thread.join()))).await;
        for applier in ends.appliers {
            let _ = applier.await;
        }
    }
}

/// Keeps every segment of a log where it is, until it is dropped.
pub struct Kept(Arc<Shared>);

impl Drop for Kept {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.keeping = state.keeping.saturating_sub(1);
    }
}

fn release(shared: &Shared, name: SegmentName) -> Result<(), LandingError> {
    let (closed, applied) = {
        let state = shared.state();
        if state.keeping > 0 {
            return Err(LandingError::StillOpen(name));
        }
        (state.closed.contains(&name), state.applied.get(&name.writer).copied().unwrap_or_default())
    };
    let path = shared.folder.segment(name);
    // What is neither closed nor gone takes records, or soon will.
    if closed && applied.segment < name.segment || !closed && path.exists() {
        return Err(LandingError::StillOpen(name));
    }
    let mut large = Vec::new();
    match segment_scan::SegmentReader::open(&path, name, false) {
        Ok(Some(mut segment)) => {
            let scan = segment.scan(PAGE as u64);
            large.extend(scan.records().filter_map(|stored| stored.place().file));
        }
        Ok(None) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(folder::io_error("reading", &path)(error)),
    }
    eraser::segment(&shared.folder, name, &large)?;
    let mut state = shared.state();
    state.closed.remove(&name);
    state.damaged.retain(|place| place::segment_of(place) != name);
    Ok(())
}
