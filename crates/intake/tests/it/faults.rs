//! System calls that fail (R08, R09, R21), by strace.

use crate::child::{FIRST, Ledger, Orders, check, child_settings, start};
use crate::support::uid;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::tempdir;

/// Whether strace can inject here; says so by name when not.
pub fn can_trace(test: &str) -> bool {
    let mut probe = Command::new("strace");
    probe.args(["-qq", "-o", "/dev/null", "-e", "inject=getppid:error=EIO", "true"]);
    let works = probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let works = works.is_ok_and(|status| status.success());
    if !works {
        println!("skipped: {test}: strace is missing or may not trace here");
    }
    works
}

fn run(folder: &Path, stores: u64, inject: &str) -> Ledger {
    run_traced(folder, stores, inject, &[])
}

/// Runs a child whose system calls fail as told.
fn run_traced(folder: &Path, stores: u64, inject: &str, more: &[&str]) -> Ledger {
    let orders = Orders::some(folder, stores);
    let inject = format!("inject={inject}");
    let tracer = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject];
    let (mut child, mut out) = start(orders.command(&[tracer.as_slice(), more].concat()));
    let mut ledger = Ledger::default();
    ledger.read_to_end(&mut out);
    child.wait().unwrap();
    ledger
}

#[tokio::test]
async fn a_sync_that_fails_once_is_never_answered_by_success_and_the_next_store_is() {
    if !can_trace("a_sync_that_fails_once_is_never_answered_by_success_and_the_next_store_is") {
        return;
    }
    // One thread counts for itself: the writer's syncs are its segment's head page and then one for each store. A
    // large file is synced by another thread, before its record.
    for (error, when) in [("EIO", 2), ("EIO", 3), ("EIO", 5), ("ENOSPC", 2), ("ENOSPC", 4), ("EDQUOT", 3)] {
        let folder = tempdir().unwrap();
        let ledger = run(folder.path(), 12, &format!("fdatasync:error={error}:when={when}"));
        assert!(ledger.ended, "{error} {when}: {ledger:?}");
        assert!((1..=2).contains(&ledger.refused.len()), "{error} {when}: {ledger:?}");
        assert_eq!(ledger.stored.len() + ledger.refused.len(), 12);
        let (landing, register) = check(folder.path(), &ledger.stored).await;
        let known = register.state.lock().unwrap().instances.len();
        assert_eq!(known, ledger.stored.len(), "what was refused is not there either");
        // All of it would fit in one segment: the failed one was retired, and took nothing more.
        let failed = ledger.refused.first().unwrap();
        for (uid, landed) in &register.state.lock().unwrap().instances {
            assert_eq!(landed.place.segment, if uid < failed { 1 } else { 2 }, "{uid}, {error} {when}");
        }
        landing.close().await;
    }
}

#[tokio::test]
async fn syncs_that_always_fail_mean_no_success_at_all() {
    if !can_trace("syncs_that_always_fail_mean_no_success_at_all") {
        return;
    }
    for when in ["2+", "3+"] {
        let folder = tempdir().unwrap();
        let ledger = run(folder.path(), 6, &format!("fdatasync:error=EIO:when={when}"));
        assert!(ledger.ended);
        assert!(ledger.stored.len() < 3, "{when}: {ledger:?}");
        check(folder.path(), &ledger.stored).await.0.close().await;
    }
}

#[tokio::test]
async fn writes_that_fail_or_must_be_tried_again_never_lose_what_is_acknowledged() {
    if !can_trace("writes_that_fail_or_must_be_tried_again_never_lose_what_is_acknowledged") {
        return;
    }
    for error in ["EINTR", "EAGAIN"] {
        let folder = tempdir().unwrap();
        let ledger = run(folder.path(), 6, &format!("pwritev:error={error}:when=2+3"));
        assert_eq!((ledger.stored.len(), ledger.ended), (6, true), "{error}: {ledger:?}");
        check(folder.path(), &ledger.stored).await.0.close().await;
    }
    for error in ["EIO", "ENOSPC"] {
        for when in 1..8 {
            let folder = tempdir().unwrap();
            let ledger = run(folder.path(), 6, &format!("pwritev:error={error}:when={when}"));
            assert!(ledger.ended && ledger.stored.len() >= 4, "{error} {when}: {ledger:?}");
            check(folder.path(), &ledger.stored).await.0.close().await;
        }
    }
}

#[tokio::test]
async fn a_large_file_whose_name_cannot_be_given_or_synced_is_not_acknowledged() {
    if !can_trace("a_large_file_whose_name_cannot_be_given_or_synced_is_not_acknowledged") {
        return;
    }
    // Stores 5 and 11 are large. Each thread counts for itself: of the syncs of the large files' folder, opening makes
    // one and the writer one for each of them, so that the second is the one of store 11.
    for (call, refused) in [("rename,renameat,renameat2:error=EIO:when=1", 5), ("fsync:error=EIO:when=2", 11)] {
        let folder = tempdir().unwrap();
        let large = folder.path().join("large");
        let path = large.to_str().unwrap();
        let traced: &[&str] = if call.starts_with("fsync") { &["-P", path] } else { &[] };
        let ledger = run_traced(folder.path(), 12, call, traced);
        assert_eq!((ledger.stored.len(), ledger.ended), (11, true), "{call}: {ledger:?}");
        assert_eq!(ledger.refused, [uid(FIRST + refused)], "{call}");
        let register = std::sync::Arc::<crate::support::FakeRegister>::default();
        let (landing, _) = crate::support::open(child_settings(folder.path()), &register).await;
        for (acknowledged, _) in &ledger.stored {
            assert!(register.sha256_of(acknowledged).is_some(), "{acknowledged}");
        }
        landing.close().await;
    }
}

#[tokio::test]
async fn without_file_handles_a_store_is_refused_and_the_next_one_works() {
    if !can_trace("without_file_handles_a_store_is_refused_and_the_next_one_works") {
        return;
    }
    let folder = tempdir().unwrap();
    let segment = folder.path().join("segment-00000-000000000001.log");
    let path = segment.to_str().unwrap();
    let ledger = run_traced(folder.path(), 6, "openat:error=EMFILE:when=1", &["-P", path]);
    assert_eq!((ledger.stored.len(), ledger.ended), (5, true), "{ledger:?}");
    assert_eq!(ledger.refused, [uid(FIRST)]);
    check(folder.path(), &ledger.stored).await.0.close().await;
}
