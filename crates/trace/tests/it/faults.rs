//! Faults of the system, in a child process that appends one event after the other and says each
//! leaf aloud once it has it.

use crate::rig::{clock, has, open, verify_with, view};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const CHILD: &str = "NEGATOSCOPE_TRACE_CHILD";
const APPENDS: u64 = 40;

/// Not a test of its own: appends to the log in the folder named by the environment.
#[tokio::test]
async fn child() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    println!();
    let trace = match open(Path::new(&folder), clock(), 5).await {
        Ok(trace) => trace,
        Err(error) => return println!("FAILED {error}"),
    };
    for n in 0..APPENDS {
        match trace.append(view(n % 3, n)).await {
            Ok(leaf) => println!("LEAF {}", leaf.0),
            Err(error) => println!("FAILED {error}"),
        }
    }
    let _ = trace.close().await;
}

fn child_command(wrapper: &[String], folder: &Path) -> Command {
    let exe = std::env::current_exe().unwrap().display().to_string();
    let mut words = wrapper.to_vec();
    words.extend([exe, "--exact".into(), "faults::child".into(), "--nocapture".into(), "--test-threads=1".into()]);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env(CHILD, folder).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

fn strace(inject: &str) -> Vec<String> {
    ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &format!("inject={inject}")].map(String::from).to_vec()
}

/// Runs the child; returns the leaves it said, how many appends failed, and whether it ended well.
fn run(wrapper: &[String], folder: &Path) -> (Vec<u64>, usize, bool) {
    let output = child_command(wrapper, folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let leaves = said.lines().filter_map(|line| line.strip_prefix("LEAF ")?.parse().ok()).collect();
    (leaves, said.matches("FAILED").count(), output.status.success())
}

/// Whatever was said aloud is there, and the log is whole and goes on.
fn holds(folder: &Path, leaves: &[u64], case: &str) {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let trace = open(folder, clock(), 6).await.unwrap_or_else(|error| panic!("{case}: {error}"));
        let size = trace.size().await.unwrap();
        assert!(leaves.iter().all(|leaf| *leaf < size), "{case}: {leaves:?} said, {size} there");
        trace.append(view(1, 1)).await.unwrap();
        trace.close().await.unwrap();
        assert_eq!(verify_with(folder, &[]).await.problems, [], "{case}");
    });
}

#[test]
fn killed_after_any_leaf_said_aloud_the_log_holds_it() {
    for kill_after in [1, 2, 5, 13, 30] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = child_command(&[], folder.path()).spawn().unwrap();
        let mut leaves = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            if let Some(leaf) = line.unwrap().strip_prefix("LEAF ") {
                leaves.push(leaf.parse().unwrap());
            }
            if leaves.len() == kill_after {
                child.kill().unwrap();
                break;
            }
        }
        child.wait().unwrap();
        assert_eq!(leaves.len(), kill_after);
        holds(folder.path(), &leaves, &format!("killed after {kill_after}"));
    }
}

#[test]
fn killed_inside_any_call_to_the_disk_the_log_is_whole() {
    if !has("strace", "killed_inside_any_call_to_the_disk_the_log_is_whole") {
        return;
    }
    let mut kills = 0;
    for call in ["pwrite64", "fdatasync", "fsync", "rename", "unlink", "ftruncate"] {
        for when in [1, 2, 3, 4, 5, 7, 11, 19, 40, 80] {
            let folder = tempfile::tempdir().unwrap();
            let (leaves, _, success) = run(&strace(&format!("{call}:signal=KILL:when={when}")), folder.path());
            holds(folder.path(), &leaves, &format!("{call} {when}"));
            if success {
                break;
            }
            kills += 1;
        }
    }
    println!("{kills} kills, 0 failures: 95 % bound {:.3}", 3.0 / f64::from(kills));
    assert!(kills >= 12, "{kills}");
}

#[test]
fn on_a_full_disk_appends_fail_and_once_there_is_room_they_go_on() {
    if !has("strace", "on_a_full_disk_appends_fail_and_once_there_is_room_they_go_on") {
        return;
    }
    for (when, some_succeed) in [("300+", true), ("300..310", true), ("1+", false)] {
        let folder = tempfile::tempdir().unwrap();
        let (leaves, failed, _) = run(&strace(&format!("pwrite64:error=ENOSPC:when={when}")), folder.path());
        assert!(failed > 0, "{when}");
        assert_eq!(!leaves.is_empty(), some_succeed, "{when}");
        if when == "300..310" {
            assert_eq!(leaves.len() + failed, usize::try_from(APPENDS).unwrap());
            assert_eq!(leaves.last(), Some(&(leaves.len() as u64 - 1)), "leaves go on without a gap");
        }
        holds(folder.path(), &leaves, when);
    }
}

#[test]
fn after_a_failed_sync_nothing_is_said_to_be_recorded() {
    if !has("strace", "after_a_failed_sync_nothing_is_said_to_be_recorded") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (before, failed, _) = run(&[], folder.path());
    assert_eq!((before.len() as u64, failed), (APPENDS, 0));
    let (after, failed, _) = run(&strace("fdatasync,fsync:error=EIO:when=20"), folder.path());
    assert!(failed > 0 && !after.is_empty());
    assert_eq!(after.len() + failed, usize::try_from(APPENDS).unwrap());
    let contiguous: Vec<u64> = (APPENDS..APPENDS + after.len() as u64).collect();
    assert_eq!(after, contiguous, "from the failed sync on, every append fails");
    assert!(failed > 10, "one commit failed, and all after it: {failed}");
    holds(folder.path(), &after, "failed sync");
}
