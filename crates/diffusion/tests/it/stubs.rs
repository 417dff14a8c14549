//! The words of an exam that the archive side sends by themselves.

use crate::rig::{BORN, Exam, ONLINE_UNTIL, Rig, START, Sheet, is_open};
use diffusion::{Denied, Look};
use link::{DiffusionDoor, ToDiffusion};
use time::Duration;
use time::macros::date;

#[tokio::test]
async fn a_choice_made_later_moves_the_dates_of_what_is_on_line_and_of_living_codes_alone() {
    let rig = Rig::new().await;
    let (exam, living, revoked) = (Exam::new(1), Sheet::new(1), Sheet::new(2));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &living).await;
    rig.grant_code(&exam, &revoked).await;
    rig.server.apply(ToDiffusion::Revoke { sheet: revoked.sheet }).await.unwrap();
    let session = rig.session(&exam, &living).await;
    let mut stub = exam.stub();
    stub.times.online_until = START + Duration::days(10);
    stub.times.online_reason = "online-6-months".into();
    stub.codes_until = START + Duration::days(20);
    rig.server.apply(ToDiffusion::Stub(stub.clone())).await.unwrap();
    let Look::Online(grant) = rig.server.look(&session).await.unwrap() else { panic!("not on line") };
    assert_eq!(grant.publication().times, stub.times, "the page shows the dates in force");
    rig.clock.jump_to(START + Duration::days(10));
    let session = rig.session(&exam, &living).await;
    assert!(matches!(rig.server.look(&session).await.unwrap(), Look::Expired(_)));
    assert!(!is_open(&rig.open(&exam, &revoked.code, BORN, "192.0.2.40").await), "revoked stays revoked");
    rig.clock.jump_to(START + Duration::days(20));
    assert!(matches!(rig.server.look(&session).await, Err(Denied::NoSession)));
    assert!(!is_open(&rig.open(&exam, &living.code, BORN, "192.0.2.41").await));
}

#[tokio::test]
async fn a_wiped_side_takes_the_words_and_the_codes_of_an_expired_exam_and_can_be_asked() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.clock.jump_to(ONLINE_UNTIL + Duration::days(40));
    rig.server.apply(ToDiffusion::Stub(exam.stub())).await.unwrap();
    rig.grant_code(&exam, &sheet).await;
    let session = rig.session(&exam, &sheet).await;
    let Look::Expired(page) = rig.server.look(&session).await.unwrap() else { panic!("no expiry page") };
    assert_eq!(page.title, "Scanner cérébral");
    assert!(rig.server.ask_recall(&session).await.unwrap().open);
}

#[tokio::test]
async fn words_of_an_exam_that_is_not_published_yet_show_nothing() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.server.apply(ToDiffusion::Stub(exam.stub())).await.unwrap();
    rig.grant_code(&exam, &sheet).await;
    let session = rig.session(&exam, &sheet).await;
    assert!(matches!(rig.server.look(&session).await.unwrap(), Look::NotYet(_)));
    assert!(matches!(rig.server.ask_recall(&session).await, Err(Denied::NotRecallable)));
}

#[tokio::test]
async fn no_word_brings_back_what_has_expired_swept_or_not() {
    for swept in [false, true] {
        let rig = Rig::new().await;
        let (exam, sheet) = (Exam::new(1), Sheet::new(1));
        rig.publish(&exam).await;
        rig.grant_code(&exam, &sheet).await;
        rig.clock.jump_to(ONLINE_UNTIL + Duration::DAY);
        if swept {
            rig.sweep(ONLINE_UNTIL + Duration::DAY).await.unwrap();
        }
        let mut stub = exam.stub();
        stub.times.online_until = ONLINE_UNTIL + Duration::days(60);
        stub.times.archived_until = Some(date!(2040 - 11 - 25));
        rig.server.apply(ToDiffusion::Stub(stub)).await.unwrap();
        let session = rig.session(&exam, &sheet).await;
        let Look::Expired(page) = rig.server.look(&session).await.unwrap() else { panic!("swept: {swept}") };
        assert_eq!(page.times.online_until, ONLINE_UNTIL, "swept: {swept}");
        assert_eq!(page.times.archived_until, Some(date!(2040 - 11 - 25)), "the rest of the words counts");
    }
}
