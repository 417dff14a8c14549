//! Asking an expired exam back, and following it until it is ready.

use crate::rig::{BORN, Exam, ONLINE_UNTIL, Rig, Sheet, is_open};
use diffusion::{Denied, Look, Opened, RecallProgress, RecallView, SessionToken};
use link::{DiffusionDoor, RecallBy, RecallStage, ToArchive, ToDiffusion};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

const AFTER: OffsetDateTime = ONLINE_UNTIL.saturating_add(Duration::DAY);

/// A rig whose exam has just expired, with two sheets and a session of the first.
async fn expired() -> (Rig, Exam, Sheet, SessionToken) {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    rig.grant_code(&exam, &Sheet::new(2)).await;
    rig.clock.jump_to(AFTER);
    let session = rig.session(&exam, &sheet).await;
    (rig, exam, sheet, session)
}

async fn asked(rig: &Rig) -> Vec<Uuid> {
    let messages = rig.server.poll(0, 1000).await.unwrap();
    let recall = |message: link::Numbered<ToArchive>| match message.message {
        ToArchive::RecallAsked { recall, .. } => Some(recall),
        _ => None,
    };
    messages.into_iter().filter_map(recall).collect()
}

async fn tell(rig: &Rig, exam: &Exam, recall: Uuid, stage: RecallStage, at: OffsetDateTime) {
    let exam = exam.publication.exam;
    rig.server.apply(ToDiffusion::Recall { recall, exam, stage, at }).await.unwrap();
}

async fn view(rig: &Rig, session: &SessionToken) -> RecallView {
    rig.server.recall_of(session).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_is_asked_is_traced_and_said_to_the_archive_side() {
    let (rig, exam, sheet, session) = expired().await;
    let view = rig.server.ask_recall(&session).await.unwrap();
    assert_eq!((view.stage, view.open, view.late, view.asked_at), (RecallProgress::Asked, true, false, AFTER));
    let told = rig.server.poll(0, 100).await.unwrap().pop().unwrap().message;
    let by = RecallBy::Sheet { sheet: sheet.sheet };
    assert_eq!(told, ToArchive::RecallAsked { recall: view.recall, exam: exam.publication.exam, by, at: AFTER });
    let events = rig.trace.events_of_exam(exam.publication.exam, 10).await.unwrap();
    assert_eq!(events[0].kind, trace::Kind::Recall);
}

#[tokio::test]
async fn where_it_cannot_be_traced_nothing_is_asked() {
    let (rig, _, _, session) = expired().await;
    rig.trace.close().await.unwrap();
    assert!(matches!(rig.server.ask_recall(&session).await, Err(Denied::Failed(_))));
    assert!(asked(&rig).await.is_empty());
}

#[tokio::test]
async fn twenty_who_ask_at_once_get_the_same_recall_and_the_archive_side_hears_of_one() {
    let (rig, exam, _, session) = expired().await;
    let Opened::Session(other) = rig.session_by_qr(&Sheet::new(2), "198.51.100.7").await else { panic!("refused") };
    assert!(is_open(&rig.open(&exam, &Sheet::new(2).code, BORN, "198.51.100.8").await));
    let crowd = (0..20).map(|n| rig.server.ask_recall(if n % 2 == 0 { &session } else { &other }));
    let views: Vec<_> = futures::future::join_all(crowd).await.into_iter().map(Result::unwrap).collect();
    assert!(views.iter().all(|view| view.recall == views[0].recall));
    assert_eq!(asked(&rig).await, [views[0].recall]);
}

#[tokio::test]
async fn only_an_expired_exam_that_the_archive_keeps_can_be_asked() {
    let rig = Rig::new().await;
    let (kept, sheet) = (Exam::new(1), Sheet::new(1));
    let mut erased = Exam::new(2);
    erased.publication.times.archived_until = None;
    erased.publication.times.recallable = Some(false);
    rig.publish(&kept).await;
    rig.publish(&erased).await;
    rig.grant_code(&kept, &sheet).await;
    rig.grant_code(&erased, &Sheet::new(2)).await;
    let on_line = rig.session(&kept, &sheet).await;
    assert!(matches!(rig.server.ask_recall(&on_line).await, Err(Denied::NotRecallable)));
    rig.clock.jump_to(AFTER);
    let not_kept = rig.session(&erased, &Sheet::new(2)).await;
    assert!(matches!(rig.server.ask_recall(&not_kept).await, Err(Denied::NotRecallable)));
    assert!(matches!(rig.server.ask_recall(&on_line).await, Err(Denied::NoSession)), "that visit is over");
    assert!(asked(&rig).await.is_empty());
}

#[tokio::test]
async fn stages_move_on_and_never_back() {
    let (rig, exam, _, session) = expired().await;
    let recall = rig.server.ask_recall(&session).await.unwrap().recall;
    let at = |seconds| AFTER + Duration::seconds(seconds);
    let found = RecallStage::Found { ready_by: at(30) };
    // The archive side's clock is behind this one: its first word counts all the same.
    tell(&rig, &exam, recall, found.clone(), AFTER - Duration::HOUR).await;
    assert_eq!(view(&rig, &session).await.ready_by, Some(at(30)));
    tell(&rig, &exam, recall, RecallStage::Verified, at(5)).await;
    for (stale, when) in [(found.clone(), at(4)), (found, at(5)), (RecallStage::Asked, at(9))] {
        tell(&rig, &exam, recall, stale, when).await;
        assert_eq!(view(&rig, &session).await.stage, RecallProgress::Verified);
    }
    tell(&rig, &exam, Uuid::from_u128(77), RecallStage::Verified, at(6)).await;
    assert_eq!(view(&rig, &session).await.recall, recall, "an unknown recall changes nothing");
}

#[tokio::test]
async fn it_is_ready_when_the_publication_is_committed_and_the_same_sheet_sees_it() {
    let (rig, exam, sheet, session) = expired().await;
    let recall = rig.server.ask_recall(&session).await.unwrap().recall;
    tell(&rig, &exam, recall, RecallStage::Verified, AFTER).await;
    let again = Exam::recalled(1, 2, AFTER);
    rig.publish(&again).await;
    let seen = view(&rig, &session).await;
    assert_eq!((seen.stage, seen.open, seen.recall), (RecallProgress::Ready, false, recall));
    assert!(matches!(rig.server.look(&session).await.unwrap(), Look::Online(_)), "the open session goes on");
    rig.clock.jump_to(again.publication.times.online_until);
    let session = rig.session(&exam, &sheet).await;
    assert!(matches!(rig.server.look(&session).await.unwrap(), Look::Expired(_)), "it expires again");
    let second = rig.server.ask_recall(&session).await.unwrap();
    assert!(second.open && second.recall != recall, "and can be asked again");
    tell(&rig, &exam, recall, RecallStage::Verified, AFTER + Duration::DAY).await;
    assert_eq!(view(&rig, &session).await.stage, RecallProgress::Asked, "the first one's words are of the past");
}

#[tokio::test]
async fn a_failure_says_why_and_a_final_one_lets_ask_again() {
    let (rig, exam, _, session) = expired().await;
    let first = rig.server.ask_recall(&session).await.unwrap().recall;
    let failed = |trying_again| RecallStage::Failed { reason: "recall-damaged".into(), trying_again };
    tell(&rig, &exam, first, failed(true), AFTER).await;
    let seen = view(&rig, &session).await;
    assert_eq!((seen.stage, seen.open), (RecallProgress::Failed, true));
    assert_eq!(rig.server.ask_recall(&session).await.unwrap().recall, first, "it goes on trying by itself");
    tell(&rig, &exam, first, RecallStage::Found { ready_by: AFTER }, AFTER + Duration::SECOND).await;
    assert_eq!(view(&rig, &session).await.failure, None, "tried again");
    tell(&rig, &exam, first, failed(false), AFTER + Duration::MINUTE).await;
    let seen = view(&rig, &session).await;
    assert_eq!((seen.failure.as_deref(), seen.open), (Some("recall-damaged"), false));
    assert_ne!(rig.server.ask_recall(&session).await.unwrap().recall, first);
}

#[tokio::test]
async fn after_eight_minutes_it_is_late_and_asking_again_says_it_again() {
    let (rig, _, _, session) = expired().await;
    let recall = rig.server.ask_recall(&session).await.unwrap().recall;
    rig.wait(Duration::minutes(8));
    assert!(!view(&rig, &session).await.late);
    assert_eq!(asked(&rig).await, [recall]);
    rig.wait(Duration::MICROSECOND);
    assert!(view(&rig, &session).await.late);
    rig.server.ask_recall(&session).await.unwrap();
    assert_eq!(asked(&rig).await, [recall, recall], "the archive side may have forgotten");
    rig.server.ask_recall(&session).await.unwrap();
    assert_eq!(asked(&rig).await.len(), 2, "not at each click");
}

#[tokio::test]
async fn a_page_that_follows_it_keeps_no_session_alive_and_ends_with_the_sheet() {
    let (rig, _, sheet, session) = expired().await;
    rig.server.ask_recall(&session).await.unwrap();
    for _ in 0..30 {
        rig.wait(Duration::MINUTE - Duration::MICROSECOND);
        assert!(rig.server.follow_recall(&session).await.unwrap().is_some());
    }
    rig.wait(Duration::MINUTE);
    assert!(matches!(rig.server.follow_recall(&session).await, Err(Denied::NoSession)));
    let session = rig.session(&Exam::new(1), &sheet).await;
    rig.server.apply(ToDiffusion::Revoke { sheet: sheet.sheet }).await.unwrap();
    assert!(matches!(rig.server.follow_recall(&session).await, Err(Denied::NoSession)));
}

#[tokio::test]
async fn a_recall_asked_at_the_desk_shows_here_and_two_asked_at_once_are_one() {
    let (rig, exam, _, session) = expired().await;
    let (first, second) = (Uuid::from_u128(1), Uuid::from_u128(2));
    tell(&rig, &exam, first, RecallStage::Asked, AFTER).await;
    assert_eq!(view(&rig, &session).await.recall, first);
    assert_eq!(rig.server.ask_recall(&session).await.unwrap().recall, first);
    tell(&rig, &exam, second, RecallStage::Asked, AFTER).await;
    assert_eq!(view(&rig, &session).await.recall, second, "the archive side's name for it holds");
    tell(&rig, &exam, second, RecallStage::Verified, AFTER).await;
    assert_eq!(view(&rig, &session).await.stage, RecallProgress::Verified);
    rig.publish(&Exam::recalled(1, 2, AFTER)).await;
    tell(&rig, &exam, Uuid::from_u128(3), RecallStage::Asked, AFTER).await;
    assert_eq!(view(&rig, &session).await.stage, RecallProgress::Ready, "what is on line is not being recalled");
}
