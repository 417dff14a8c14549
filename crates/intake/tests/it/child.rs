//! A process that stores and may be killed: this same test binary, asked for one ignored test.
//!
//! It writes to its standard output, one line each: `OK <uid> <sha256 of the file>` when a store was acknowledged,
//! `NO <uid> <refusal>` when it was refused, `END` when it had nothing more to do.

use crate::support::*;
use intake::landing::{Landing, Register, Settings};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

const FOLDER: &str = "NEGATOSCOPE_TEST_FOLDER";
const SEED: &str = "NEGATOSCOPE_TEST_SEED";
/// The first number of the child of seed 1; a multiple of six, so that its sixth store is the first large one.
pub const FIRST: u64 = 600_000;
const STORES: &str = "NEGATOSCOPE_TEST_STORES";
const SPARES: &str = "NEGATOSCOPE_TEST_SPARES";
/// Path of a record's database, for a child with the real catalogue.
const RECORD: &str = "NEGATOSCOPE_TEST_RECORD";

/// What the child is told.
#[derive(Clone)]
pub struct Orders {
    pub folder: PathBuf,
    /// Makes UIDs and bytes different from those of other children.
    pub seed: u64,
    /// How many stores, one after the other on one thread; `None` = without end, from three tasks at once.
    pub stores: Option<u64>,
    /// Whether it keeps segments full of zeros ready. On a loop device what is written over zeros past the cache is
    /// there without any sync: the power-cut test could not fail.
    pub spares: bool,
    /// The record's database; `None` = a catalogue in memory.
    pub record: Option<PathBuf>,
}

impl Orders {
    pub fn endless(folder: &Path, seed: u64) -> Self {
        Self { folder: folder.to_owned(), seed, stores: None, spares: false, record: None }
    }

    pub fn some(folder: &Path, stores: u64) -> Self {
        Self { stores: Some(stores), ..Self::endless(folder, 1) }
    }

    /// The command line, after `before` (a tracer, for instance).
    pub fn command(&self, before: &[&str]) -> Command {
        let this = std::env::current_exe().unwrap();
        let mut command = match before {
            [] => Command::new(&this),
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                command.args(arguments).arg(&this);
                command
            }
        };
        command.args(["child::stores_until_it_is_killed", "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
        command.env(FOLDER, &self.folder).env(SEED, self.seed.to_string());
        if let Some(stores) = self.stores {
            command.env(STORES, stores.to_string());
        }
        if self.spares {
            command.env(SPARES, "1");
        }
        if let Some(record) = &self.record {
            command.env(RECORD, record);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command
    }
}

/// What a child has said.
#[derive(Default, Debug)]
pub struct Ledger {
    /// Acknowledged: UID and digest of the file.
    pub stored: Vec<(String, String)>,
    pub refused: Vec<String>,
    pub ended: bool,
}

impl Ledger {
    pub fn add(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["OK", uid, digest] => self.stored.push(((*uid).to_owned(), (*digest).to_owned())),
            ["NO", uid, ..] => self.refused.push((*uid).to_owned()),
            ["END"] => self.ended = true,
            _ => {}
        }
    }

    /// Everything the child still says until it is gone. A last line cut by the kill was not acknowledged.
    pub fn read_to_end(&mut self, out: &mut BufReader<ChildStdout>) {
        let mut line = String::new();
        while out.read_line(&mut line).unwrap_or(0) > 0 {
            if line.ends_with('\n') {
                self.add(line.trim_end());
            }
            line.clear();
        }
    }
}

/// Starts a child and gives its output.
pub fn start(mut command: Command) -> (Child, BufReader<ChildStdout>) {
    let mut child = command.spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

/// Opens the log with an empty catalogue and finds every acknowledged object in it, byte for byte.
pub async fn check(folder: &Path, ledger: &[(String, String)]) -> (Landing, Arc<FakeRegister>) {
    let register = Arc::<FakeRegister>::default();
    let (landing, replayed) = open(child_settings(folder), &register).await;
    assert_eq!(replayed.damaged, [], "nothing may be damaged by a death");
    for (uid, digest) in ledger {
        let place = register.state.lock().unwrap().instances.get(uid).map(|landed| landed.place);
        let place = place.unwrap_or_else(|| panic!("{uid} was acknowledged and is lost"));
        let file = landing.read(place).await.unwrap();
        assert_eq!(&hex(&sha256(&file)), digest, "{uid} was acknowledged with other bytes");
    }
    (landing, register)
}

pub fn child_settings(folder: &Path) -> Settings {
    Settings { segment_bytes: 2 << 20, buffered_bytes: 600_000, ..settings(folder) }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn say(line: &str) {
    // One write for one line: a killed process says all of it or part of it, never half of two.
    let _ = std::io::stdout().write_all(format!("{line}\n").as_bytes());
    let _ = std::io::stdout().flush();
}

async fn store_and_say(landing: &Landing, number: u64) -> bool {
    let size = [300, 3_000, 20_000, 140_000, 530_000, 700_000][(number % 6) as usize];
    let (uid, data) = (uid(number), data_set(&uid(number), number, size));
    match store(landing, &uid, &data).await {
        Ok(_) => say(&format!("OK {uid} {}", hex(&sha256(&file_of(&uid, &data))))),
        Err(refusal) => {
            say(&format!("NO {uid} {refusal}"));
            return false;
        }
    }
    true
}

#[test]
#[ignore = "a child process of the tests that kill it"]
fn stores_until_it_is_killed() {
    let variable = |name| std::env::var(name).ok();
    let (Some(folder), Some(seed)) = (variable(FOLDER), variable(SEED)) else { return };
    let first = seed.parse::<u64>().unwrap() * FIRST;
    let stores = variable(STORES).map(|stores| stores.parse::<u64>().unwrap());
    let threads = if stores.is_some() { 1 } else { 2 };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap();
    runtime.block_on(async {
        let settings = Settings {
            writers: if stores.is_some() { 1 } else { 2 },
            spare_segments: variable(SPARES).is_some(),
            ..child_settings(folder.as_ref())
        };
        let register: Arc<dyn Register> = match variable(RECORD) {
            Some(path) => Arc::new(crate::with_catalogue::register(path.as_ref()).await.0),
            None => Arc::<FakeRegister>::default(),
        };
        let (landing, _) = open_with(settings, register).await;
        // The test harness has begun a line with this test's name.
        say("");
        if let Some(stores) = stores {
            for number in first..first + stores {
                store_and_say(&landing, number).await;
            }
            landing.close().await;
            return say("END");
        }
        let tasks = (0..3).map(|task| {
            let landing = landing.clone();
            tokio::spawn(async move {
                let mut number = first + task;
                while store_and_say(&landing, number).await {
                    number += 3;
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
}
