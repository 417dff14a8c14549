//! Whoever changes a log at rest is found out, at the first place; who changes nothing is not.

use crate::rig::{clock, closed, fill, open, rig, tamper, verify_with, view};
use std::fs;
use std::path::Path;
use time::macros::datetime;
use trace::TraceError;

async fn found(folder: &Path, leaf: Option<u64>, what: &str) {
    let report = verify_with(folder, &[]).await;
    let problem = report.problems.iter().find(|problem| problem.what.contains(what));
    let problem = problem.unwrap_or_else(|| panic!("{what} not among {:?}", report.problems));
    assert_eq!(problem.leaf, leaf, "{:?}", report.problems);
}

#[tokio::test]
async fn an_honest_log_of_any_length_has_no_problem() {
    for count in [0, 1, 2, 255, 256, 257, 600] {
        let rig = closed(count).await;
        let report = rig.verify().await;
        assert_eq!((report.size, report.problems, report.clock_steps), (count, vec![], vec![]));
    }
}

#[tokio::test]
async fn a_log_in_use_is_verified_too() {
    let rig = rig().await;
    fill(&rig.trace, 0, 300).await;
    assert_eq!(rig.verify().await.problems, []);
    fill(&rig.trace, 300, 301).await;
}

#[tokio::test]
async fn an_edited_event_is_found() {
    let rig = closed(600).await;
    let edit =
        "UPDATE event SET bytes = CAST(replace(CAST(bytes AS TEXT), 'success', 'refused') AS BLOB) WHERE seq = 300";
    tamper(rig.folder.path(), &[edit]).await;
    found(rig.folder.path(), Some(300), "not the one its leaf was made of").await;
}

#[tokio::test]
async fn an_event_edited_together_with_its_leaf_is_found_by_tile_and_head() {
    for (seq, what) in [(300, "a tile holds another leaf"), (580, "the signed head has another root")] {
        let rig = closed(600).await;
        let exchange: &'static str = match seq {
            300 => {
                "UPDATE event SET (bytes, salt, leaf) = (SELECT bytes, salt, leaf FROM event WHERE seq = 3) WHERE seq = 300"
            }
            _ => {
                "UPDATE event SET (bytes, salt, leaf) = (SELECT bytes, salt, leaf FROM event WHERE seq = 3) WHERE seq = 580"
            }
        };
        tamper(rig.folder.path(), &[exchange]).await;
        found(rig.folder.path(), Some(if seq == 300 { 300 } else { 599 }), what).await;
        found(rig.folder.path(), Some(seq), "does not fit its row").await;
    }
}

#[tokio::test]
async fn a_deleted_event_is_found_even_when_the_rest_moves_up() {
    let rig = closed(600).await;
    tamper(rig.folder.path(), &["DELETE FROM event WHERE seq = 100"]).await;
    found(rig.folder.path(), Some(100), "an event is missing").await;
    let moves_up = "UPDATE event SET seq = -seq WHERE seq > 100";
    tamper(rig.folder.path(), &[moves_up, "UPDATE event SET seq = -seq - 1 WHERE seq < 0"]).await;
    found(rig.folder.path(), Some(100), "a tile holds another leaf").await;
    found(rig.folder.path(), Some(599), "the tail was cut").await;
}

#[tokio::test]
async fn an_inserted_event_is_found_in_the_middle_and_at_the_end() {
    let copy = "INSERT INTO event SELECT 1, 600, exam, patient, bytes, salt, leaf FROM event WHERE seq = 10";
    let rig = closed(600).await;
    tamper(rig.folder.path(), &[copy]).await;
    found(rig.folder.path(), Some(600), "events stand beyond the signed head").await;
    let middle = [
        "UPDATE event SET seq = -seq WHERE seq >= 50",
        "UPDATE event SET seq = 50 WHERE seq = -600",
        "UPDATE event SET seq = -seq + 1 WHERE seq < 0",
    ];
    tamper(rig.folder.path(), &middle).await;
    found(rig.folder.path(), Some(50), "a tile holds another leaf").await;
}

#[tokio::test]
async fn two_events_in_each_others_place_are_found() {
    let rig = closed(600).await;
    let swap = [
        "UPDATE event SET seq = -1 WHERE seq = 20",
        "UPDATE event SET seq = 20 WHERE seq = 21",
        "UPDATE event SET seq = 21 WHERE seq = -1",
    ];
    tamper(rig.folder.path(), &swap).await;
    found(rig.folder.path(), Some(20), "does not fit its row").await;
    found(rig.folder.path(), Some(20), "a tile holds another leaf").await;
}

#[tokio::test]
async fn a_tail_cut_off_is_found_by_the_signed_head() {
    let rig = closed(600).await;
    tamper(rig.folder.path(), &["DELETE FROM event WHERE seq >= 590"]).await;
    found(rig.folder.path(), Some(590), "the signed head counts more events: the tail was cut").await;
    assert!(open(rig.folder.path(), clock(), 3).await.is_ok(), "opening goes by the head");
}

#[tokio::test]
async fn an_old_copy_put_back_is_found_by_a_witnessed_checkpoint_only() {
    let rig = rig().await;
    fill(&rig.trace, 0, 300).await;
    rig.trace.close().await.unwrap();
    let copy = rig.folder.path().join("copy");
    let files = ["events.sqlite", "checkpoint"];
    fs::create_dir(&copy).unwrap();
    for file in files {
        fs::copy(rig.data().join(file), copy.join(file)).unwrap();
    }
    let again = open(rig.folder.path(), clock(), 2).await.unwrap();
    fill(&again, 300, 320).await;
    again.close().await.unwrap();
    let witnessed = fs::read_to_string(rig.data().join("checkpoint")).unwrap();
    for file in files {
        fs::copy(copy.join(file), rig.data().join(file)).unwrap();
    }
    assert_eq!(rig.verify().await.problems, [], "alone, an old copy is a whole log");
    let report = verify_with(rig.folder.path(), &[witnessed]).await;
    assert_eq!(report.problems.len(), 1);
    assert!(report.problems[0].what.contains("a witnessed checkpoint counts more events"));
}

#[tokio::test]
async fn a_log_made_again_with_the_stolen_key_is_found_by_a_witnessed_checkpoint() {
    let rig = closed(300).await;
    let witnessed = fs::read_to_string(rig.data().join("checkpoint")).unwrap();
    fs::remove_dir_all(rig.data()).unwrap();
    let forged = open(rig.folder.path(), clock(), 7).await.unwrap();
    fill(&forged, 0, 310).await;
    forged.close().await.unwrap();
    assert_eq!(rig.verify().await.problems, []);
    let report = verify_with(rig.folder.path(), &[witnessed]).await;
    assert!(report.problems[0].what.contains("a witnessed checkpoint has another root"), "{report:?}");
}

#[tokio::test]
async fn a_changed_or_missing_tile_is_found() {
    let rig = closed(800).await;
    let tile = rig.data().join("tile/0/001");
    let mut bytes = fs::read(&tile).unwrap();
    bytes[32 * 5] ^= 1;
    fs::write(&tile, bytes).unwrap();
    found(rig.folder.path(), Some(256 + 5), "a tile holds another leaf").await;
    fs::remove_file(&tile).unwrap();
    found(rig.folder.path(), Some(256), "a tile is missing").await;
}

#[tokio::test]
async fn a_head_or_checkpoint_of_another_key_is_found_and_not_gone_on_with() {
    let rig = closed(10).await;
    tamper(rig.folder.path(), &["UPDATE head SET checkpoint = replace(checkpoint, '10', '11')"]).await;
    found(rig.folder.path(), None, "the signed head is not signed by the log's key").await;
    assert!(matches!(open(rig.folder.path(), clock(), 3).await, Err(TraceError::Damaged(_))));
    fs::write(rig.data().join("checkpoint"), "example.invalid/trace\n10\nAAAA\n\n").unwrap();
    found(rig.folder.path(), None, "the published checkpoint is not signed").await;
}

#[tokio::test]
async fn a_checkpoint_of_which_any_one_bit_is_turned_is_found() {
    let rig = closed(3).await;
    let path = rig.data().join("checkpoint");
    let sound = fs::read(&path).unwrap();
    for at in 0..sound.len() - 1 {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x80;
        fs::write(&path, bytes).unwrap();
        found(rig.folder.path(), None, "the published checkpoint is not signed").await;
    }
}

#[tokio::test]
async fn an_event_moved_to_another_patient_is_found() {
    let rig = closed(30).await;
    tamper(rig.folder.path(), &["UPDATE event SET patient = 'p-1' WHERE seq = 9"]).await;
    found(rig.folder.path(), Some(9), "does not fit its row").await;
}

#[tokio::test]
async fn a_clock_set_back_is_mentioned_and_breaks_nothing() {
    let rig = rig().await;
    fill(&rig.trace, 0, 3).await;
    rig.clock.jump_to(datetime!(2026-11-25 08:59:59 UTC));
    fill(&rig.trace, 3, 4).await;
    rig.clock.jump_to(datetime!(2016-11-25 09:00 UTC));
    fill(&rig.trace, 4, 6).await;
    rig.trace.close().await.unwrap();
    let report = rig.verify().await;
    assert_eq!(report.problems, []);
    assert_eq!(report.clock_steps.iter().map(|step| step.0).collect::<Vec<_>>(), [4]);
}

#[tokio::test]
async fn an_erased_event_leaves_a_log_that_still_verifies() {
    let rig = closed(600).await;
    tamper(
        rig.folder.path(),
        &["UPDATE event SET bytes = NULL, salt = NULL, patient = NULL, exam = NULL WHERE seq IN (8, 15, 300)"],
    )
    .await;
    let report = rig.verify().await;
    assert_eq!((report.erased, report.problems), (3, vec![]));
    let again = open(rig.folder.path(), clock(), 2).await.unwrap();
    again.append(view(1, 1)).await.unwrap();
    again.close().await.unwrap();
    assert_eq!(rig.verify().await.problems, []);
}

#[tokio::test]
async fn tiles_lost_between_rows_and_files_are_written_at_the_next_start() {
    let rig = closed(600).await;
    let tile = rig.data().join("tile/0/001");
    let before = fs::read(&tile).unwrap();
    fs::remove_file(&tile).unwrap();
    assert_eq!(rig.verify().await.problems, [], "after a stop the last tiles may be missing");
    open(rig.folder.path(), clock(), 2).await.unwrap().close().await.unwrap();
    assert_eq!(fs::read(&tile).unwrap(), before);
}
