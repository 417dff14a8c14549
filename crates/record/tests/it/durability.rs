//! A killed process keeps what it acknowledged, and nothing half done.

use crate::fixture::*;
use record::*;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use testkit::{FakeClock, SeededRandom};

const CHILD: &str = "NEGATOSCOPE_RECORD_CHILD";

async fn open(path: &Path, seed: u64) -> SqliteCatalogue {
    let clock = Arc::new(FakeClock::at(NOON));
    SqliteCatalogue::open(path, settings(), clock, Arc::new(SeededRandom::new(seed))).await.unwrap()
}

/// Not a test of its own: the process that the next test kills. It prints each number it was told is kept.
#[tokio::test]
async fn child_that_writes_until_it_is_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let catalogue = open(Path::new(&path), 1).await;
    for n in 1.. {
        catalogue.apply(adt(n, patient(&n.to_string(), "DUPONT", "MARIE", 1950))).await.unwrap();
        let image = of(image(&format!("1.2.{n}"), 1), &n.to_string(), "DUPONT^MARIE", 1950, "");
        catalogue.receive(vec![image], Some(Applied { writer: 0, segment: 1, offset: n as u64 })).await.unwrap();
        println!("kept {n}");
    }
}

#[tokio::test]
async fn a_killed_process_keeps_every_fact_it_acknowledged_and_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.sqlite");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "durability::child_that_writes_until_it_is_killed", "--nocapture"])
        .env(CHILD, &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut kept = 0;
    for line in lines.map_while(Result::ok) {
        let Some(number) = line.rsplit("kept ").next().and_then(|number| number.trim().parse::<u64>().ok()) else {
            continue;
        };
        kept = number;
        if kept >= 20 {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let catalogue = open(&path, 2).await;
    let applied = catalogue.applied(0).await.unwrap().unwrap().offset;
    let lines = catalogue.exams(G, ExamQuery { limit: 200, ..ExamQuery::default() }).await.unwrap().lines;
    assert!(kept >= 20 && applied >= kept, "kept {kept}, applied {applied}");
    assert_eq!(lines.len() as u64, applied, "images and applied position move together");
    assert!(lines.iter().all(|line| line.patient.is_some() && line.instances == 1));
    let due = catalogue.jobs(NOON + QUIET).await.unwrap();
    assert!(due.iter().all(|kind| kind.due == applied), "{due:?}");
    let numbers: Vec<_> = catalogue.journal_after(G, 0, 10_000).await.unwrap().iter().map(|e| e.number).collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len() as u64));
}

#[tokio::test]
async fn a_call_that_is_dropped_halfway_leaves_nothing_and_the_next_one_works() {
    let bench = bench().await;
    for steps in 1..40 {
        let study = format!("1.2.{steps}");
        let mut call =
            Box::pin(bench.catalogue.receive(vec![of(image(&study, 1), "7", "DUPONT^MARIE", 1950, "")], None));
        for _ in 0..steps {
            let polled = futures_poll(&mut call);
            if polled {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(call);
    }
    bench.receive(vec![of(image("1.9", 1), "7", "DUPONT^MARIE", 1950, "")]).await;
    for line in bench.list().await {
        let exam = bench.catalogue.exam(G, line.id).await.unwrap();
        assert_eq!((exam.instances, exam.series.len()), (1, 1));
        assert_eq!(bench.catalogue.instances(G, line.id).await.unwrap().len(), 1);
    }
    assert!(bench.of_study("1.9").await.instances == 1);
}

/// Polls once; whether it is done.
fn futures_poll<F: Future + Unpin>(future: &mut F) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    std::pin::Pin::new(future).poll(&mut context).is_ready()
}
