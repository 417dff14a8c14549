use crate::growth::growth_spans;
use crate::keys::{PublicKeys, SecretKey};
use crate::note::write_file;
use crate::person::PersonKey;
use crate::rows::{self, Group};
use crate::security;
use crate::tiles::{Tiles, WIDTH};
use crate::tree::{Hash, Span, path_spans};
use crate::writer::{Request, Writer};
use crate::{
    Actor, Checkpoint, Event, Kind, LeafIndex, Outcome, Proof, PublicKey, Recorded, Role, SecurityEvent,
    SecurityRecord, TraceError, WitnessKey,
};
use ambient::{Clock, Random};
use rustix::fs::{FlockOperation, flock};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqlitePool;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Appends that may wait for the writer.
const WAITING: usize = 4096;

/// Where a trace lives.
#[derive(Debug, Clone)]
pub struct TraceSettings {
    /// Whose log it is: the first part of every key of its tables.
    pub group: i64,
    /// Folder of the log: `events.sqlite`, `tile/`, `checkpoint`, `confirmed`. Made if missing.
    pub data: PathBuf,
    /// Folder of `trace-key.pub` (the public keys, newest first) and `trace-person-key` (of the pseudonyms).
    pub keys: PathBuf,
    /// The secret key that signs, mode 0600; made on first start. It should lie where who copies the log does not.
    pub key_file: PathBuf,
    /// The log's name in its checkpoints, such as `negatoscope.example/diffusion`. No spaces, no `+`.
    pub origin: String,
}

/// The log. Cheap to clone; all clones share one writer.
#[derive(Clone)]
pub struct Trace {
    inner: Arc<Inner>,
}

struct Inner {
    group: Group,
    requests: mpsc::Sender<Request>,
    readers: SqlitePool,
    tiles: Tiles,
    people: Arc<PersonKey>,
    public: PublicKey,
    data: PathBuf,
    /// The witnesses of this log, and how many of them make a checkpoint confirmed.
    witnesses: OnceLock<(Vec<WitnessKey>, usize)>,
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
        let TraceSettings { group, data, keys, key_file, origin } = settings;
        let io = |source| TraceError::Io { doing: "opening", source };
        fs::create_dir_all(data.join("tile")).map_err(io)?;
        let lock = File::create(data.join("lock")).map_err(io)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| TraceError::Locked)?;
        let group = Group(group);
        let secret = SecretKey::load_or_create(&key_file, &origin, &*random)?;
        let people = Arc::new(PersonKey::load_or_create(&keys, &*random)?);
        let mut connection = rows::open_writer(&data).await?;
        rows::key_people(&mut connection, |group, patient| people.pseudonym(group, patient)).await?;
        // The names of the files just made.
        File::open(&data).and_then(|folder| folder.sync_all()).map_err(io)?;
        let (frontier, checkpoint) = rows::head(&mut connection, group).await?;
        let mut known = PublicKeys::load(&keys)?;
        let public = secret.public().clone();
        let signed_by_this = known.0.is_empty() || public.open(&checkpoint).is_some();
        check_head(&known, &public, frontier.size(), &frontier.root(), &checkpoint)?;
        known.put_first(&public, &keys)?;
        let (tiles, commits) = (Tiles::new(&data), Arc::new(AtomicU64::new(0)));
        let readers = rows::open_readers(&data).await?;
        let mut writer = Writer {
            connection: Some(connection),
            group,
            secret,
            people: Arc::clone(&people),
            clock: Arc::clone(&clock),
            random,
            tiles: tiles.clone(),
            data: data.clone(),
            commits: Arc::clone(&commits),
            published: (0, clock.monotonic()),
            lock,
        };
        writer.extend_tiles().await;
        let (requests, receiver) = mpsc::channel(WAITING);
        tokio::spawn(writer.run(receiver));
        let inner =
            Inner { group, requests, readers, tiles, people, public, data, witnesses: OnceLock::new(), clock, commits };
        let trace = Self { inner: Arc::new(inner) };
        if frontier.size() > 0 && !signed_by_this {
            trace.append(new_key(&trace.inner.public)).await?;
            crate::keys::forget_old(&keys, &key_file)?;
        }
        Ok(trace)
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
        rows::of_exam(&self.inner.readers, self.inner.group, exam, limit).await
    }

    /// The latest events of a patient, newest first.
    pub async fn events_of_patient(&self, patient: &str, limit: u32) -> Result<Vec<Recorded>, TraceError> {
        let pseudonym = self.pseudonym(patient)?;
        rows::of_patient(&self.inner.readers, self.inner.group, [&pseudonym, patient], limit).await
    }

    /// Events from this leaf on, in their order, at most `limit`; those whose content was erased are left out.
    pub async fn events(&self, from: LeafIndex, limit: u32) -> Result<Vec<Recorded>, TraceError> {
        rows::from(&self.inner.readers, self.inner.group, from.0, limit).await
    }

    /// The first leaf that may be of this instant or later: times are those of the wall clock, which follows the order of
    /// the log but for corrections of a day at most, which are allowed for.
    pub async fn first_since(&self, instant: time::OffsetDateTime) -> Result<LeafIndex, TraceError> {
        let wanted = instant - time::Duration::DAY;
        let (mut low, mut high) = (0, self.size().await?);
        while low < high {
            let middle = low + (high - low) / 2;
            match rows::from(&self.inner.readers, self.inner.group, middle, 1).await?.first() {
                Some(event) if event.time < wanted => low = event.seq.0 + 1,
                _ => high = middle,
            }
        }
        Ok(LeafIndex(low))
    }

    /// The latest lines of the security log, newest first.
    pub async fn security_events(&self, limit: u32) -> Result<Vec<SecurityRecord>, TraceError> {
        security::latest(&self.inner.readers, self.inner.group, limit).await
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
        Ok(rows::head(&mut connection, self.inner.group).await?.0.size())
    }

    /// Commits since the log was opened, a figure for metrics: far fewer than events under load.
    pub fn commits(&self) -> u64 {
        self.inner.commits.load(Ordering::Relaxed)
    }

    /// The log's public key, for auditors and witnesses.
    pub fn key(&self) -> &PublicKey {
        &self.inner.public
    }

    /// Says once, at the start, who the witnesses are: who checks a proof must know them.
    pub fn cosigned_by(&self, keys: Vec<WitnessKey>, needed: usize) {
        let _ = self.inner.witnesses.set((keys, needed));
    }

    /// The witnesses, and how many of them make a checkpoint confirmed.
    pub fn witnesses(&self) -> &(Vec<WitnessKey>, usize) {
        static NONE: (Vec<WitnessKey>, usize) = (Vec::new(), 0);
        self.inner.witnesses.get().unwrap_or(&NONE)
    }

    /// How the log names a patient: a keyed digest of the id.
    pub fn pseudonym(&self, patient: &str) -> Result<String, TraceError> {
        self.inner.people.pseudonym(self.inner.group.0, patient)
    }

    /// The signed checkpoint of all events so far; `None` before the first.
    pub async fn checkpoint(&self) -> Result<Option<String>, TraceError> {
        let mut connection = self.inner.readers.acquire().await.map_err(rows::database("reading"))?;
        Ok(Some(rows::head(&mut connection, self.inner.group).await?.1).filter(|note| !note.is_empty()))
    }

    /// The latest checkpoint that enough witnesses cosigned, with their cosignatures.
    pub fn confirmed(&self) -> Result<Option<String>, TraceError> {
        crate::verify::read_note(&self.inner.data.join("confirmed"))
    }

    /// Keeps a checkpoint that enough witnesses cosigned: proofs lead to it from now on.
    pub fn keep_confirmed(&self, note: &str) -> Result<(), TraceError> {
        let io = |source| TraceError::Io { doing: "keeping the confirmed checkpoint", source };
        write_file(&self.inner.data.join("confirmed"), note.as_bytes(), 0o644).map_err(io)
    }

    /// The hashes that prove that the tree of `new` leaves begins with that of `old` (RFC 6962 §2.1.2).
    pub async fn growth(&self, old: u64, new: u64) -> Result<Vec<[u8; 32]>, TraceError> {
        let mut connection = self.inner.readers.begin().await.map_err(rows::database("reading"))?;
        let size = rows::head(&mut connection, self.inner.group).await?.0.size();
        if old > new || new > size {
            return Err(TraceError::NoLeaf(old.max(new)));
        }
        self.roots(&mut connection, growth_spans(old, new), size).await
    }

    /// A proof, checked offline, that the event stands in the log: under the latest confirmed checkpoint where it
    /// counts the event already, else under the latest one.
    pub async fn proof(&self, leaf: LeafIndex) -> Result<Proof, TraceError> {
        let confirmed = self.confirmed()?.filter(|note| self.inner.public.open(note).is_some());
        let mut connection = self.inner.readers.begin().await.map_err(rows::database("reading"))?;
        let (frontier, head) = rows::head(&mut connection, self.inner.group).await?;
        let row = rows::rows(&mut connection, self.inner.group, leaf.0, 1).await?.pop().filter(|row| row.seq == leaf.0);
        let (event, salt) = row.and_then(|row| row.content).ok_or(TraceError::NoLeaf(leaf.0))?;
        let salt = salt.try_into().map_err(|_| TraceError::Damaged("a salt of another length".into()))?;
        let counts = |note: &String| Checkpoint::unverified(note).map(|checkpoint| checkpoint.size);
        let covers = |size: &u64| *size > leaf.0 && *size <= frontier.size();
        let confirmed = confirmed.and_then(|note| Some((counts(&note).filter(covers)?, note)));
        let (size, checkpoint) = confirmed.unwrap_or((frontier.size(), head));
        let path = self.roots(&mut connection, path_spans(leaf.0, size), frontier.size()).await?;
        Ok(Proof { leaf, salt, event, path, checkpoint })
    }

    /// The roots of spans of a tree of `size`, from tiles and, for what fills none yet, from rows.
    async fn roots(
        &self,
        connection: &mut SqliteConnection,
        spans: Vec<Span>,
        size: u64,
    ) -> Result<Vec<Hash>, TraceError> {
        let io = |source| TraceError::Io { doing: "reading tiles", source };
        let tail_start = self.inner.tiles.written(0, size).map_err(io)? * WIDTH;
        let tail = rows::leaves(connection, self.inner.group, tail_start, size - tail_start).await?;
        let roots = spans.into_iter().map(|span| self.inner.tiles.root(span, &tail, tail_start));
        roots.collect::<std::io::Result<_>>().map_err(io)
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

/// The head must be one that a key of this log signed: nobody goes on from a log that does not fit.
fn check_head(
    known: &PublicKeys,
    current: &PublicKey,
    size: u64,
    root: &Hash,
    checkpoint: &str,
) -> Result<(), TraceError> {
    let signed = current.open(checkpoint).or_else(|| known.open(checkpoint));
    match signed.is_some_and(|signed| signed.size == size && signed.root == *root) || size == 0 {
        true => Ok(()),
        false => Err(TraceError::Damaged("its head is not the one this key signed".into())),
    }
}

/// A log that goes on under another key says so in itself.
fn new_key(key: &PublicKey) -> Event {
    Event {
        kind: Kind::Change,
        patient: None,
        exam: None,
        actor: Actor { role: Role::System, label: "trace".into(), name: None },
        outcome: Outcome::Success,
        detail: [("what".to_owned(), "trace-key".to_owned()), ("key".to_owned(), key.id())].into(),
    }
}

impl std::fmt::Debug for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trace").finish_non_exhaustive()
    }
}
