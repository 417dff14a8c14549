//! Checks a log at rest: rows against tree, tree against tiles, tree against signed checkpoints.

use crate::note::{Checkpoint, PublicKey};
use crate::rows::{self, StoredRow, database};
use crate::tiles::{Tiles, WIDTH};
use crate::tree::{Frontier, Hash, fold, leaf_hash};
use crate::{EVENT_VERSION, LeafIndex, Recorded, TraceError};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;
use time::{Duration, OffsetDateTime};

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

/// Checks the log in `data` against the public key in `keys`, and against `witnessed` checkpoints
/// kept elsewhere (a rollback to an old copy, or a log made again with a stolen key, only shows
/// against those). May run beside the server.
pub async fn verify(data: &Path, keys: &Path, witnessed: &[String]) -> Result<Report, TraceError> {
    let key = PublicKey::load(keys)?;
    // Before the rows: a checkpoint published meanwhile would be ahead of them.
    let published = match fs::read(data.join("checkpoint")) {
        // Bytes that are no text are a checkpoint nobody signed, not the absence of one.
        Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(source) => return Err(TraceError::Io { doing: "reading the published checkpoint", source }),
    };
    let readers = rows::open_readers(data).await?;
    let mut connection = readers.begin().await.map_err(database("reading"))?;
    let (_, head) = rows::head(&mut connection).await?;
    let mut check = Check::new(Tiles::new(data));
    check.expect(&key, &head, "the signed head");
    published.iter().for_each(|note| check.expect(&key, note, "the published checkpoint"));
    witnessed.iter().for_each(|note| check.expect(&key, note, "a witnessed checkpoint"));
    check.compare_roots();
    loop {
        let page = rows::rows(&mut connection, check.next_seq, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for row in page {
            check.row(row)?;
        }
    }
    drop(connection);
    readers.close().await;
    Ok(check.finish(&key, &head))
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
    patients: HashMap<String, (u64, u64)>,
    erased: HashSet<u64>,
    last_time: Option<OffsetDateTime>,
    clock_steps: Vec<(u64, u64)>,
    problems: Vec<Problem>,
}

impl Check {
    fn new(tiles: Tiles) -> Self {
        Self {
            tiles,
            frontier: Frontier::default(),
            next_seq: 0,
            levels: Vec::new(),
            expected: Vec::new(),
            patients: HashMap::new(),
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

    fn expect(&mut self, key: &PublicKey, note: &str, named: &'static str) {
        match key.open(note) {
            Some(checkpoint) => self.expected.push(Expected { checkpoint, named }),
            None if note.is_empty() => {}
            None => self.problem(None, format!("{named} is not signed by the log's key")),
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
        let own = event.version == EVENT_VERSION && event.seq == LeafIndex(seq);
        if !own || exam != row.exam || event.patient != row.patient {
            self.problem(Some(seq), "an event does not fit its row".into());
        }
        if let Some(last) = self.last_time
            && last - event.time > CLOCK_SLACK
        {
            self.clock_steps.push((seq, (last - event.time).whole_seconds().unsigned_abs()));
        }
        self.last_time = Some(event.time);
        if let Some(patient) = event.patient {
            let (number, before) = (event.patient_seq.unwrap_or(0), event.patient_prev.map(|leaf| leaf.0));
            let known = self.patients.insert(patient, (number, seq));
            let follows = number == known.map_or(0, |(number, _)| number) + 1 && before == known.map(|(_, leaf)| leaf);
            let after_erased = before.is_some_and(|leaf| self.erased.contains(&leaf));
            if !follows && !after_erased {
                self.problem(Some(seq), "a patient's events have a gap".into());
            }
        }
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

    fn finish(mut self, key: &PublicKey, head: &str) -> Report {
        let size = self.frontier.size();
        let beyond = self.expected.iter().filter(|e| e.checkpoint.size > size).map(|e| e.named).collect::<Vec<_>>();
        for named in beyond {
            self.problem(Some(size), format!("{named} counts more events: the tail was cut"));
        }
        let signed = key.open(head).map_or(0, |checkpoint| checkpoint.size);
        if signed < size {
            self.problem(Some(signed), "events stand beyond the signed head".into());
        }
        let root = self.frontier.root();
        let (erased, clock_steps, problems) = (self.erased.len() as u64, self.clock_steps, self.problems);
        Report { size, root, erased, clock_steps, problems }
    }
}
