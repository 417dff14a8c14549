//! An archived exam whose time on line is over comes back, as it was received, and goes again.

use crate::desk::who;
use crate::door::Call;
use crate::rig::{GROUP, Rig};
use crate::senders;
use ambient::Clock;
use archive::desk::{Desk, DeskQuery, Level, Role};
use link::{BlobName, RecallBy, RecallStage, ToArchive, ToDiffusion};
use phantom::{Kind, PhantomExam};
use record::{Hold, RecallState};
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

const OVER: OffsetDateTime = datetime!(2028-11-25 23:00 UTC);
const FIRST: Uuid = Uuid::from_u128(1);

pub fn ct() -> PhantomExam {
    senders::exam(Kind::HeadCt)
}

/// Published, sealed, and two years and a day later.
pub async fn expired(exam: &PhantomExam) -> Rig {
    let rig = Rig::new().await;
    rig.reported(exam).await;
    rig.quiet().await;
    assert_eq!(rig.door.commits(), 1);
    rig.clock.jump_to(OVER + time::Duration::DAY);
    rig.run_due().await;
    rig
}

pub async fn asked(rig: &Rig, recall: Uuid) {
    let (exam, by) = (rig.exam_id().await.0, RecallBy::Sheet { sheet: Uuid::from_u128(9) });
    rig.door.say(ToArchive::RecallAsked { recall, exam, by, at: rig.clock.now() });
}

fn stages(rig: &Rig) -> Vec<(Uuid, RecallStage)> {
    let stage = |told: &ToDiffusion| match told {
        ToDiffusion::Recall { recall, stage, .. } => Some((*recall, stage.clone())),
        _ => None,
    };
    rig.door.look(|state| state.told.iter().filter_map(stage).collect())
}

fn failures(rig: &Rig) -> Vec<(String, bool)> {
    let failure = |(_, stage)| match stage {
        RecallStage::Failed { reason, trying_again } => Some((reason, trying_again)),
        _ => None,
    };
    stages(rig).into_iter().filter_map(failure).collect()
}

async fn state(rig: &Rig) -> RecallState {
    rig.detail().await.standing.recall.unwrap().state
}

#[tokio::test]
async fn what_is_over_is_expired_in_the_list_and_keeps_its_words_and_its_codes_on_the_other_side() {
    let rig = expired(&ct()).await;
    let query = DeskQuery::default();
    let line = Desk::new(rig.archive.clone()).exams(&who(Role::Desk), query).await.unwrap().lines.remove(0);
    assert_eq!((line.published, line.expired), (false, true));
    assert!(rig.door.look(|state| state.withdrawn.is_empty() && state.revoked.is_empty()));
    rig.publish_again().await;
    rig.message(senders::report(&ct(), 95, hl7::event::ReportStatus::Corrected, |_| {})).await;
    rig.quiet().await;
    assert_eq!(rig.door.commits(), 1, "nothing brings it back but a recall");
    assert!(rig.door.look(|state| state.withdrawn.is_empty()));
}

#[tokio::test]
async fn an_exam_that_came_after_its_time_is_listed_as_over_and_its_sheet_says_that_it_can_be_brought_back() {
    let rig = Rig::new().await;
    rig.clock.jump_to(OVER + time::Duration::DAY);
    rig.reported(&ct()).await;
    rig.quiet().await;
    assert_eq!(rig.door.commits(), 0);
    let desk = Desk::new(rig.archive.clone());
    let list = desk.exams(&who(Role::Desk), DeskQuery::default()).await.unwrap();
    assert!(list.lines[0].expired, "the desk reads why it is not on line");
    let journal = rig.archive.catalogue.journal_after(GROUP, 0, 10_000).await.unwrap().len();
    rig.publish_again().await;
    assert_eq!(rig.archive.catalogue.journal_after(GROUP, 0, 10_000).await.unwrap().len(), journal, "noted once");
    desk.sheet(&who(Role::Desk), rig.exam_id().await, false).await.unwrap();
    let stub = rig.door.stubs().pop().expect("the other side has no words for the sheet");
    assert!(stub.times.can_come_back() && stub.times.online_until == OVER);
}

#[tokio::test]
async fn it_is_found_verified_and_published_as_received_and_stays_for_thirty_days_from_ready() {
    let rig = expired(&ct()).await;
    let first = rig.door.last();
    asked(&rig, FIRST).await;
    rig.run_due().await;
    let told: Vec<_> = stages(&rig).into_iter().map(|(recall, stage)| (recall == FIRST, stage)).collect();
    let found = told.iter().position(|(ours, stage)| *ours && matches!(stage, RecallStage::Found { .. })).unwrap();
    let verified = told.iter().position(|told| *told == (true, RecallStage::Verified)).unwrap();
    assert!(told[0] == (true, RecallStage::Asked) && found < verified, "{told:?}");
    let again = rig.door.last();
    assert_ne!(again.publication, first.publication);
    for name in [BlobName::Bundle(1), BlobName::Report, BlobName::Index(1), BlobName::Metadata(1)] {
        assert_eq!(rig.door.blob(&again, name.clone()), rig.door.blob(&first, name.clone()), "{name:?}");
    }
    assert_eq!(again.times.online_until, datetime!(2028-12-27 23:00 UTC));
    assert_eq!(again.times.online_reason, "online-after-recall-30-days");
    assert_eq!(again.times.archived_until, first.times.archived_until);
    assert_eq!(state(&rig).await, RecallState::Ready);
}

#[tokio::test]
async fn reconciling_neither_undoes_nor_repeats_it_and_it_expires_and_comes_back_again() {
    let rig = expired(&ct()).await;
    asked(&rig, FIRST).await;
    rig.run_due().await;
    rig.publish_again().await;
    rig.after(3600).await;
    assert_eq!(rig.door.commits(), 2);
    assert!(rig.door.look(|state| state.withdrawn.is_empty()));
    let line = |lines: Vec<archive::desk::ExamLine>| (lines[0].published, lines[0].expired);
    let desk = Desk::new(rig.archive.clone());
    let shown = || async { line(desk.exams(&who(Role::Desk), DeskQuery::default()).await.unwrap().lines) };
    assert_eq!(shown().await, (true, false));
    rig.clock.jump_to(datetime!(2028-12-27 23:00 UTC));
    rig.run_due().await;
    assert_eq!(shown().await, (false, true));
    asked(&rig, Uuid::from_u128(2)).await;
    rig.run_due().await;
    assert_eq!((rig.door.commits(), shown().await), (3, (true, false)));
    let leaves = rig.door.look(|state| state.grants.len());
    assert_eq!(leaves, 1, "no new sheet: the same one opens it");
}

#[tokio::test]
async fn asked_again_or_by_the_desk_while_it_is_under_way_it_is_one_recall() {
    let rig = expired(&ct()).await;
    asked(&rig, FIRST).await;
    asked(&rig, Uuid::from_u128(2)).await;
    let desk = Desk::new(rig.archive.clone());
    desk.recall(&who(Role::Desk), rig.exam_id().await).await.unwrap();
    rig.run_due().await;
    assert_eq!(rig.door.commits(), 2, "one recall, one publication");
    let named: Vec<Uuid> = stages(&rig).into_iter().map(|(recall, _)| recall).collect();
    assert!(named.iter().all(|recall| *recall == named[0]), "{named:?}");
    rig.door.say(rig.door.look(|state| state.to_archive[0].message.clone()));
    rig.run_due().await;
    assert_eq!(rig.door.commits(), 2, "said again after the end, it is known");
}

#[tokio::test]
async fn the_desk_brings_back_what_is_over_and_archived_and_nothing_else() {
    let rig = Rig::new().await;
    rig.reported(&ct()).await;
    rig.quiet().await;
    let (desk, exam) = (Desk::new(rig.archive.clone()), rig.exam_id().await);
    assert!(desk.recall(&who(Role::Desk), exam).await.is_err(), "it is on line");
    rig.clock.jump_to(OVER);
    rig.run_due().await;
    for role in [Role::Administrator, Role::DataProtection] {
        assert!(desk.recall(&who(role), exam).await.is_err());
    }
    assert!(desk.exam(&who(Role::Desk), exam).await.unwrap().may_be_recalled());
    desk.recall(&who(Role::Desk), exam).await.unwrap();
    assert!(!desk.exam(&who(Role::Desk), exam).await.unwrap().may_be_recalled(), "it is under way");
    let events = rig.archive.trace.events_of_exam(exam.0, 50).await.unwrap();
    assert!(events.iter().any(|event| event.kind == trace::Kind::Recall));
    rig.run_due().await;
    assert_eq!(rig.door.commits(), 2);
}

#[tokio::test]
async fn a_radiograph_nobody_chose_to_archive_does_not_come_back() {
    let rig = expired(&senders::chest()).await;
    asked(&rig, FIRST).await;
    rig.run_due().await;
    assert_eq!((rig.door.commits(), failures(&rig)), (1, vec![("recall-not-archived".into(), false)]));
    assert_eq!(state(&rig).await, RecallState::Failed);
    let nobody = ToArchive::RecallAsked {
        recall: Uuid::from_u128(3),
        exam: Uuid::from_u128(404),
        by: RecallBy::Sheet { sheet: Uuid::nil() },
        at: rig.clock.now(),
    };
    rig.door.say(nobody);
    rig.run_due().await;
    assert_eq!(failures(&rig).len(), 2, "an exam that does not exist neither, and stops nothing");
}

#[tokio::test]
async fn a_damaged_or_missing_object_serves_nothing_is_said_and_is_tried_again() {
    for damage in [true, false] {
        let rig = expired(&ct()).await;
        let objects = vault_objects(&rig);
        let kept: Vec<_> = objects.iter().map(|path| std::fs::read(path).unwrap()).collect();
        for path in &objects {
            let mut bytes = std::fs::read(path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            if damage { std::fs::write(path, bytes).unwrap() } else { std::fs::remove_file(path).unwrap() }
        }
        asked(&rig, FIRST).await;
        rig.run_due().await;
        assert_eq!(rig.door.commits(), 1, "nothing of it is seen");
        assert_eq!(failures(&rig), [("recall-damaged".into(), true)]);
        assert!(rig.detail().await.standing.recall.unwrap().is_open());
        for (path, bytes) in objects.iter().zip(&kept) {
            std::fs::write(path, bytes).unwrap();
        }
        rig.after(60).await;
        assert_eq!((rig.door.commits(), state(&rig).await), (2, RecallState::Ready), "put right, it comes by itself");
    }
}

fn vault_objects(rig: &Rig) -> Vec<std::path::PathBuf> {
    let vault = rig.folder.path().join("vault");
    rig.files().into_iter().filter(|path| path.starts_with(&vault) && path.metadata().unwrap().len() > 10_000).collect()
}

#[tokio::test]
async fn a_link_that_fails_at_any_step_is_tried_again_and_nothing_is_half_visible() {
    for call in [Call::Begin, Call::Put(1), Call::Commit] {
        let rig = expired(&ct()).await;
        rig.door.fail(call);
        asked(&rig, FIRST).await;
        rig.run_due().await;
        assert_eq!(rig.door.commits(), 1, "{call:?}");
        assert_eq!(failures(&rig), [("recall-unavailable".into(), true)], "{call:?}");
        rig.door.fail(None);
        rig.after(60).await;
        assert_eq!((rig.door.commits(), state(&rig).await), (2, RecallState::Ready), "{call:?}");
    }
}

#[tokio::test]
async fn a_hold_keeps_it_off_the_web_and_after_a_day_of_trouble_it_is_given_up() {
    let rig = expired(&ct()).await;
    let hold = Hold { by: "dr".into(), reason: "à revoir".into(), at: rig.clock.now() };
    rig.archive.catalogue.hold(GROUP, rig.exam_id().await, hold).await.unwrap();
    asked(&rig, FIRST).await;
    rig.run_due().await;
    assert_eq!(failures(&rig), [("recall-held".into(), false)]);
    rig.archive.catalogue.release(GROUP, rig.exam_id().await, "dr", rig.clock.now()).await.unwrap();
    rig.door.fail(Call::Begin);
    asked(&rig, Uuid::from_u128(2)).await;
    rig.run_due().await;
    rig.clock.advance(std::time::Duration::from_secs(25 * 3600));
    rig.run_due().await;
    assert_eq!(failures(&rig).last(), Some(&("recall-unavailable".into(), false)));
    rig.door.fail(None);
    asked(&rig, Uuid::from_u128(3)).await;
    rig.run_due().await;
    assert_eq!((rig.door.commits(), state(&rig).await), (2, RecallState::Ready), "and may be asked for again");
}

#[tokio::test]
async fn after_eight_minutes_the_keeper_is_told_in_red_and_why() {
    let rig = expired(&ct()).await;
    let desk = Desk::new(rig.archive.clone());
    rig.door.fail(Call::Begin);
    asked(&rig, FIRST).await;
    rig.run_due().await;
    let red = || async {
        let lines = desk.keeper(&who(Role::Administrator)).await.unwrap().lines;
        lines.into_iter().filter(|line| line.level == Level::Red).map(|line| line.key).collect::<Vec<_>>()
    };
    rig.clock.advance(std::time::Duration::from_secs(8 * 60));
    assert!(red().await.is_empty());
    rig.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(red().await, ["keeper-recall-late-unavailable"]);
    rig.door.fail(None);
    rig.after(3600).await;
    assert!(red().await.is_empty());
}

#[tokio::test]
async fn an_open_recall_holds_the_exam_by_itself() {
    let rig = expired(&ct()).await;
    rig.clock.jump_to(datetime!(2031-12-01 12:00 UTC));
    let verdict = |detail: &record::ExamDetail| {
        archive::verdict::of(detail, &rig.archive.config, rig.clock.now()).unwrap().kept.eligible
    };
    assert!(verdict(&rig.detail().await), "its minimum is over");
    rig.archive.catalogue.recall_ask(GROUP, FIRST, rig.exam_id().await, "sheet", rig.clock.now()).await.unwrap();
    assert!(!verdict(&rig.detail().await));
}
