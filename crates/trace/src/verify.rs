//! Checks a log at rest: rows against tree, tree against tiles, tree against signed checkpoints.

use crate::event::OLDEST_EVENT_VERSION;
use crate::keys::PublicKeys;
use crate::note::Checkpoint;
use crate::person::PersonKey;
use crate::rows::{self, Group, StoredRow, database};
use crate::tiles::{Tiles, WIDTH};
use crate::tree::{Frontier, Hash, fold, leaf_hash};
use crate::{EVENT_VERSION, LeafIndex, Recorded, TraceError, TraceSettings, WitnessKey};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Rows read at a time.
const PAGE: u32 = 1000;
/// A wall clock may be set back this much without being mentioned.
const CLOCK_SLACK: Duration = Duration::seconds(2);

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Number of leaves.
    pub size: u64,
    /// The root of the tree made of the rows.
    pub root: [u8; 32],
    /// Events erased since (their leaves still count).
    pub erased: u64,
    /// Places where the wall clock went back by more than two seconds: (leaf, seconds). Not a
    /// fault of the log, which keeps its order whatever the clock says, but a thing to explain.
    pub clock_steps: Vec<(u64, u64)>,
    /// What does not fit, the first place of each kind. Empty: the log is whole.
    pub problems: Vec<Problem>,
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The leaf where it shows first, when it has a place.
    pub leaf: Option<u64>,
    /// What.
    pub what: String,
}

/// What is known of a log from outside its folder: an old copy put back, or a log made again with a stolen key, only
/// shows against that.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// Signed checkpoints kept elsewhere.
    pub checkpoints: Vec<String>,
    /// The keys of the witnesses whose cosignatures the confirmed checkpoint must carry, those that are there.
    pub witnesses: Vec<WitnessKey>,
    /// How many of them must have cosigned it.
    pub needed: usize,
}

/// Checks a log against its public keys, and against what is known of it outside. May run beside the server.
pub async fn verify(settings: &TraceSettings, outside: &Outside) -> Result<Report, TraceError> {
    let TraceSettings { group, data, keys, .. } = settings;
    let group = Group(*group);
    let keys = Keys { public: PublicKeys::load(keys)?, people: PersonKey::load(keys)?, group };
    // Before the rows: a checkpoint published meanwhile would be ahead of them.
    let published = read_note(&data.join("checkpoint"))?;
    let confirmed = read_note(&data.join("confirmed"))?;
    let readers = rows::open_readers(data).await?;
    let mut connection = readers.begin().await.map_err(database("reading"))?;
    let (_, head) = rows::head(&mut connection, group).await?;
    let mut check = Check::new(Tiles::new(data), keys);
    check.expect(&head, "the signed head");
    published.iter().for_each(|note| check.expect(note, "the published checkpoint"));
    confirmed.iter().for_each(|note| check.confirmed(note, outside));
    outside.checkpoints.iter().for_each(|note| check.expect(note, "a witnessed checkpoint"));
    check.compare_roots();
    loop {
        let page = rows::rows(&mut connection, group, check.next_seq, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for row in page {
            check.row(row)?;
        }
    }
    drop(connection);
    readers.close().await;
    Ok(check.finish(&head))
}

/// A note kept in a file. Bytes that are no text are a checkpoint nobody signed, not the absence of one.
pub(crate) fn read_note(path: &Path) -> Result<Option<String>, TraceError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(TraceError::Io { doing: "reading a published checkpoint", source }),
    }
}

struct Keys {
    public: PublicKeys,
    people: Option<PersonKey>,
    group: Group,
}

struct Expected {
    checkpoint: Checkpoint,
    named: &'static str,
}

struct Check {
    tiles: Tiles,
    frontier: Frontier,
    next_seq: u64,
    /// Per level, the hashes of the tile being filled, and the first tile found missing.
    levels: Vec<(Vec<Hash>, Option<u64>)>,
    expected: Vec<Expected>,
    keys: Keys,
    /// The last number and leaf of each person and each exam.
    patients: HashMap<String, (u64, u64)>,
    exams: HashMap<Uuid, (u64, u64)>,
    /// Ids of keys that the log itself names as its own.
    named_keys: HashSet<String>,
    erased: HashSet<u64>,
    last_time: Option<OffsetDateTime>,
    clock_steps: Vec<(u64, u64)>,
    problems: Vec<Problem>,
}

impl Check {
    fn new(tiles: Tiles, keys: Keys) -> Self {
        Self {
            tiles,
            frontier: Frontier::default(),
            next_seq: 0,
            levels: Vec::new(),
            expected: Vec::new(),
            keys,
            patients: HashMap::new(),
            exams: HashMap::new(),
            named_keys: HashSet::new(),
            erased: HashSet::new(),
            last_time: None,
            clock_steps: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Notes a problem, once of each kind.
    fn problem(&mut self, leaf: Option<u64>, what: String) {
        if self.problems.iter().all(|known| known.what != what) {
            self.problems.push(Problem { leaf, what });
        }
    }

    fn expect(&mut self, note: &str, named: &'static str) {
        match self.keys.public.open(note) {
            Some(checkpoint) => self.expected.push(Expected { checkpoint, named }),
            None if note.is_empty() => {}
            None => self.problem(None, format!("{named} is not signed by the log's key")),
        }
    }

    /// The checkpoint that enough witnesses are said to have cosigned.
    fn confirmed(&mut self, note: &str, outside: &Outside) {
        self.expect(note, "the confirmed checkpoint");
        let cosigned = outside.witnesses.iter().filter(|witness| witness.cosigned(note).is_some()).count();
        if cosigned < outside.needed.min(outside.witnesses.len()) {
            self.problem(None, format!("the confirmed checkpoint is cosigned by {cosigned} witnesses only"));
        }
    }

    /// Compares every expected checkpoint of the size reached.
    fn compare_roots(&mut self) {
        let (size, root) = (self.frontier.size(), self.frontier.root());
        let differs = |e: &&Expected| e.checkpoint.size == size && e.checkpoint.root != root;
        for named in self.expected.iter().filter(differs).map(|e| e.named).collect::<Vec<_>>() {
            self.problem(size.checked_sub(1), format!("{named} has another root: an event up to here was changed"));
        }
    }

    fn row(&mut self, row: StoredRow) -> Result<(), TraceError> {
        let seq = row.seq;
        if seq != self.next_seq {
            self.problem(Some(self.next_seq), "an event is missing".into());
        }
        self.next_seq = seq + 1;
        match &row.content {
            Some((bytes, salt)) => {
                if leaf_hash(salt, bytes).as_slice() != row.leaf {
                    self.problem(Some(seq), "an event is not the one its leaf was made of".into());
                }
                self.event(seq, &row, bytes);
            }
            None => {
                self.erased.insert(seq);
            }
        }
        match Hash::try_from(row.leaf) {
            Ok(leaf) => {
                self.frontier.push(leaf);
                self.tile(0, leaf)?;
            }
            Err(_) => self.problem(Some(seq), "a leaf has another length".into()),
        }
        self.compare_roots();
        Ok(())
    }

    /// What an event says of itself must fit its row and the patient's chain.
    fn event(&mut self, seq: u64, row: &StoredRow, bytes: &[u8]) {
        let Ok(event) = serde_json::from_slice::<Recorded>(bytes) else {
            return self.problem(Some(seq), "an event cannot be read".into());
        };
        let exam = event.exam.map(|exam| exam.as_bytes().to_vec());
        let own = (OLDEST_EVENT_VERSION..=EVENT_VERSION).contains(&event.version) && event.seq == LeafIndex(seq);
        if !own || exam != row.exam || event.patient != row.patient {
            self.problem(Some(seq), "an event does not fit its row".into());
        }
        if let Some(last) = self.last_time
            && last - event.time > CLOCK_SLACK
        {
            self.clock_steps.push((seq, (last - event.time).whole_seconds().unsigned_abs()));
        }
        self.last_time = Some(event.time);
        if let Some(key) =
            event.detail.get("key").filter(|_| event.detail.get("what").is_some_and(|w| w == "trace-key"))
        {
            self.named_keys.insert(key.clone());
        }
        self.chains(seq, &event);
    }

    /// The numbers of an event among those of its person and of its exam.
    fn chains(&mut self, seq: u64, event: &Recorded) {
        if let Some(patient) = &event.patient {
            // In the first version the log held the id itself.
            let digest = self.keys.people.as_ref().filter(|_| event.version == OLDEST_EVENT_VERSION);
            let digest = digest.and_then(|key| key.pseudonym(self.keys.group.0, patient).ok());
            let (number, before) = (event.patient_seq.unwrap_or(0), event.patient_prev.map(|leaf| leaf.0));
            let known = self.patients.insert(digest.unwrap_or_else(|| patient.clone()), (number, seq));
            let follows = number == known.map_or(0, |(number, _)| number) + 1 && before == known.map(|(_, leaf)| leaf);
            if !follows && !self.is_after_erased(before) {
                self.problem(Some(seq), "a patient's events have a gap".into());
            }
        }
        if let Some(exam) = event.exam {
            let known = self.exams.get(&exam).copied();
            let (last, leaf) = (known.map_or(0, |(number, _)| number), known.map(|(_, leaf)| leaf));
            // Events of the first version count by their order.
            let number = event.exam_seq.unwrap_or(last + 1);
            let before = if event.version == OLDEST_EVENT_VERSION { leaf } else { event.exam_prev.map(|leaf| leaf.0) };
            self.exams.insert(exam, (number, seq));
            let follows = number == last + 1 && before == leaf;
            let erased_first_version = !self.erased.is_empty() && number > last && before == leaf;
            if !follows && !erased_first_version && !self.is_after_erased(before) {
                self.problem(Some(seq), "an exam's events have a gap".into());
            }
        }
    }

    fn is_after_erased(&self, before: Option<u64>) -> bool {
        before.is_some_and(|leaf| self.erased.contains(&leaf))
    }

    /// Adds a hash to the tile being filled at `level`; a full one is compared with its file.
    fn tile(&mut self, level: usize, hash: Hash) -> Result<(), TraceError> {
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, Default::default);
        }
        let Some((filling, missing)) = self.levels.get_mut(level) else { return Ok(()) };
        filling.push(hash);
        if (filling.len() as u64) < WIDTH {
            return Ok(());
        }
        let hashes = std::mem::take(filling);
        let depth = u32::try_from(level).unwrap_or(u32::MAX);
        let width = 1_u64.checked_shl(8 * (depth + 1)).unwrap_or(u64::MAX);
        let index = self.frontier.size() / width - 1;
        let stored =
            self.tiles.read(depth, index).map_err(|source| TraceError::Io { doing: "reading tiles", source })?;
        match stored {
            None => *missing = missing.or(Some(index)),
            Some(stored) => {
                // The last tiles may be missing after a stop; one before an existing one may not.
                let hole = missing.map(|missing| missing * width);
                let place = stored.iter().zip(&hashes).position(|(stored, made)| stored != made);
                if let Some(leaf) = hole {
                    self.problem(Some(leaf), "a tile is missing".into());
                }
                if let Some(place) = place {
                    let leaf = index * width + place as u64 * (width / WIDTH);
                    self.problem(Some(leaf), "a tile holds another leaf than the row".into());
                }
            }
        }
        self.tile(level + 1, fold(&hashes))
    }

    fn finish(mut self, head: &str) -> Report {
        let size = self.frontier.size();
        let beyond = self.expected.iter().filter(|e| e.checkpoint.size > size).map(|e| e.named).collect::<Vec<_>>();
        for named in beyond {
            self.problem(Some(size), format!("{named} counts more events: the tail was cut"));
        }
        let unnamed = self.keys.public.0.iter().rev().skip(1).any(|key| !self.named_keys.contains(&key.id()));
        if unnamed && self.erased.is_empty() {
            self.problem(None, "a key is said to be this log's and the log does not name it".into());
        }
        let signed = self.keys.public.open(head).map_or(0, |checkpoint| checkpoint.size);
        if signed < size {
            self.problem(Some(signed), "events stand beyond the signed head".into());
        }
        let root = self.frontier.root();
        let (erased, clock_steps, problems) = (self.erased.len() as u64, self.clock_steps, self.problems);
        Report { size, root, erased, clock_steps, problems }
    }
}
