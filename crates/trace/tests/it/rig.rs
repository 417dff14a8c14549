//! A log in a temporary folder, with a clock and chance of its own.

use sqlx::{Connection, SqliteConnection};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use testkit::{FakeClock, SeededRandom};
use time::macros::datetime;
use trace::verify::{Outside, Report, verify};
use trace::{Actor, Event, Kind, Outcome, Role, Trace, TraceError, TraceSettings};
use uuid::Uuid;

pub struct Rig {
    pub folder: tempfile::TempDir,
    pub clock: Arc<FakeClock>,
    pub trace: Trace,
}

impl Rig {
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("trace")
    }

    pub async fn verify(&self) -> Report {
        verify_with(self.folder.path(), &[]).await
    }
}

pub async fn verify_with(folder: &Path, witnessed: &[String]) -> Report {
    verify(&settings(folder), &Outside { checkpoints: witnessed.to_vec(), ..Outside::default() }).await.unwrap()
}

pub fn settings(folder: &Path) -> TraceSettings {
    TraceSettings {
        group: 1,
        data: folder.join("trace"),
        keys: folder.join("keys"),
        key_file: folder.join("keys/trace-key"),
        origin: "example.invalid/trace".into(),
    }
}

pub fn clock() -> Arc<FakeClock> {
    Arc::new(FakeClock::at(datetime!(2026-11-25 09:00 UTC)))
}

pub async fn open(folder: &Path, clock: Arc<FakeClock>, seed: u64) -> Result<Trace, TraceError> {
    Trace::open(settings(folder), clock, Arc::new(SeededRandom::new(seed))).await
}

pub async fn rig() -> Rig {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let trace = open(folder.path(), clock.clone(), 1).await.unwrap();
    Rig { folder, clock, trace }
}

/// A closed log of `count` events of a few patients and exams.
pub async fn closed(count: u64) -> Rig {
    let rig = rig().await;
    fill(&rig.trace, 0, count).await;
    rig.trace.close().await.unwrap();
    rig
}

pub async fn fill(trace: &Trace, from: u64, to: u64) {
    for n in from..to {
        trace.append(view(n % 7, n % 11)).await.unwrap();
    }
}

pub fn exam(n: u64) -> Uuid {
    Uuid::from_u64_pair(0x0192_0000_0000_7000, 0x8000_0000_0000_0000 + n)
}

/// Patient `patient` looks at the images of exam `number`.
pub fn view(patient: u64, number: u64) -> Event {
    Event {
        kind: Kind::ViewImages,
        patient: Some(format!("p-{patient}")),
        exam: Some(exam(number)),
        actor: Actor { role: Role::Patient, label: "sheet".into(), name: None },
        outcome: Outcome::Success,
        detail: [("series".to_string(), "1".to_string())].into(),
    }
}

/// Changes the closed log's rows, as somebody with access to the disk would.
pub async fn tamper(folder: &Path, statements: &[&'static str]) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("trace/events.sqlite"));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    for statement in statements {
        sqlx::query(*statement).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

pub fn has(program: &str, test: &str) -> bool {
    let found = std::process::Command::new("which").arg(program).output().is_ok_and(|out| out.status.success());
    if !found {
        println!("skipped: {test}: {program} is not installed");
    }
    found
}
