//! SIGKILL at random moments (R01), and at every system call that matters (R02).

use crate::child::{Ledger, Orders, check, start};
use std::io::BufRead;
use tempfile::tempdir;
use testkit::SeededRandom;

fn kills() -> u64 {
    if std::env::var_os("NEGATOSCOPE_LONG").is_some() { 3_000 } else { 30 }
}

/// A store loop, killed after some acknowledgements and a little more; its ledger.
pub fn killed(orders: &Orders, acknowledged: usize, spins: u64) -> Ledger {
    let (mut child, mut out) = start(orders.command(&[]));
    let mut ledger = Ledger::default();
    let mut line = String::new();
    while ledger.stored.len() < acknowledged {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "the child died by itself");
        ledger.add(line.trim_end());
    }
    for _ in 0..spins {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    ledger.read_to_end(&mut out);
    ledger
}

#[tokio::test]
async fn every_acknowledged_instance_survives_a_kill_at_any_moment() {
    let random = SeededRandom::new(41);
    let (mut kills_done, mut acknowledged) = (0, 0);
    while kills_done < kills() {
        let folder = tempdir().unwrap();
        let mut ledger = Vec::new();
        // Several lives of one log: each replays what the ones before it left.
        for _ in 0..5 {
            let [a, b, c, d] = ambient::random_bytes(&random);
            let spins = u64::from(u16::from_le_bytes([b, c])) * u64::from(d % 16);
            let orders = Orders { spares: kills_done % 2 == 0, ..Orders::endless(folder.path(), 1 + kills_done) };
            let died = killed(&orders, usize::from(a % 30), spins);
            assert_eq!(died.refused, Vec::<String>::new());
            ledger.extend(died.stored);
            kills_done += 1;
        }
        let (landing, _) = check(folder.path(), &ledger).await;
        landing.close().await;
        acknowledged += ledger.len();
    }
    assert!(acknowledged > 0);
    println!("{kills_done} kills, {acknowledged} acknowledged, 0 lost: at 95 %, under {:.1e}", 3.0 / kills_done as f64);
}

/// The system calls at which a store or the making of a segment can be cut.
const CALLS: [&str; 8] =
    ["pwritev", "fdatasync", "fsync", "fallocate", "openat", "rename,renameat2", "ftruncate", "flock"];

#[tokio::test]
async fn a_kill_at_every_system_call_of_a_store_loses_nothing_acknowledged() {
    if !crate::faults::can_trace("a_kill_at_every_system_call_of_a_store_loses_nothing_acknowledged") {
        return;
    }
    let mut points = 0;
    for (call, spares) in CALLS.into_iter().flat_map(|call| [(call, false), (call, true)]) {
        for when in 1.. {
            let folder = tempdir().unwrap();
            let orders = Orders { spares, ..Orders::some(folder.path(), 6) };
            let inject = format!("inject={call}:signal=KILL:when={when}");
            let tracer = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject];
            let (mut child, mut out) = start(orders.command(&tracer));
            let mut ledger = Ledger::default();
            ledger.read_to_end(&mut out);
            child.wait().unwrap();
            let (landing, _) = check(folder.path(), &ledger.stored).await;
            landing.close().await;
            if ledger.ended {
                assert_eq!(ledger.stored.len(), 6);
                break;
            }
            points += 1;
        }
    }
    println!("{points} points of death, 0 lost");
    assert!(points > 20);
}
