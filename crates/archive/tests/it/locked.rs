//! A hundred failures on one number: the desk is told, and replaces the sheet.

use crate::desk::who;
use crate::rig::{GROUP, Rig, catalogue};
use crate::senders::chest;
use archive::desk::{Desk, DeskQuery, Level, Role};
use link::ToArchive;
use record::ExamId;
use std::sync::Arc;
use testkit::SeededRandom;
use time::OffsetDateTime;
use time::macros::datetime;

const LOCKED: OffsetDateTime = datetime!(2026-11-25 19:00 UTC);

/// A published exam whose number the door has locked.
async fn locked() -> (Rig, Desk, ExamId) {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let exam = rig.exam_id().await;
    for at in [LOCKED, datetime!(2026-11-25 20:00 UTC)] {
        rig.door.say(ToArchive::NumberLocked { exam: exam.0, at });
    }
    rig.run_due().await;
    let desk = Desk::new(rig.archive.clone());
    (rig, desk, exam)
}

async fn listed(desk: &Desk) -> usize {
    let query = DeskQuery { locked: true, ..DeskQuery::default() };
    desk.exams(&who(Role::Desk), query).await.unwrap().lines.len()
}

async fn keeper(desk: &Desk) -> (Level, String) {
    let lines = desk.keeper(&who(Role::Desk)).await.unwrap().lines;
    let line = lines.into_iter().find(|line| line.key == "keeper-locked").unwrap();
    (line.level, line.figures[0].1.clone())
}

#[tokio::test]
async fn the_desk_is_told_of_a_locked_number_until_its_sheet_is_replaced() {
    let (rig, desk, exam) = locked().await;
    assert_eq!(rig.detail().await.locked_at, Some(LOCKED), "since the first time");
    assert_eq!((listed(&desk).await, keeper(&desk).await), (1, (Level::Amber, "1".into())));
    desk.sheet(&who(Role::Desk), exam, false).await.unwrap();
    assert_eq!(listed(&desk).await, 1, "another copy leaves the old ones locked");
    desk.sheet(&who(Role::Desk), exam, true).await.unwrap();
    assert_eq!(rig.detail().await.locked_at, None);
    assert_eq!((listed(&desk).await, keeper(&desk).await), (0, (Level::Green, "0".into())));
}

#[tokio::test]
async fn a_lock_of_an_exam_that_the_record_lost_stops_nothing() {
    let rig = Rig::new().await;
    rig.door.say(ToArchive::NumberLocked { exam: uuid::Uuid::from_bytes([7; 16]), at: LOCKED });
    rig.reported(&chest()).await;
    rig.quiet().await;
    rig.door.say(ToArchive::NumberLocked { exam: rig.exam_id().await.0, at: LOCKED });
    rig.run_due().await;
    assert_eq!(rig.detail().await.locked_at, Some(LOCKED));
}

#[tokio::test]
async fn a_rebuilt_record_knows_which_numbers_are_locked() {
    let (rig, _, exam) = locked().await;
    rig.publish_again().await;
    rig.after(60).await;
    let folder = tempfile::tempdir().unwrap();
    let again = catalogue(&folder.path().join("r.sqlite"), &rig.clock, Arc::new(SeededRandom::new(9))).await;
    let now = ambient::Clock::now(rig.clock.as_ref());
    archive::rebuild::run(again.as_ref(), &rig.archive.vault, GROUP, now).await.unwrap();
    let detail = record::Catalogue::exam(again.as_ref(), GROUP, exam).await.unwrap();
    assert_eq!(detail.locked_at, Some(LOCKED));
}
