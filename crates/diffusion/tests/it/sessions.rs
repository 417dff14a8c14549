//! Sessions: what they outlive and what ends them.

use crate::rig::{Exam, Rig, Sheet, is_open};
use diffusion::{Act, ConsultedBy, Denied, DiffusionError, Holder, OpenedWith, SessionToken};
use time::Duration;

#[tokio::test]
async fn half_an_hour_without_a_request_ends_a_session() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    let session = rig.session(&exam, &sheet).await;
    for _ in 0..4 {
        rig.wait(Duration::minutes(29));
        rig.server.grant(&session).await.unwrap();
    }
    rig.wait(Duration::minutes(30));
    assert!(matches!(rig.server.grant(&session).await, Err(Denied::NoSession)));
}

#[tokio::test]
async fn eight_hours_end_a_session_whatever_happens() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    let session = rig.session(&exam, &sheet).await;
    for _ in 0..24 {
        rig.server.grant(&session).await.unwrap();
        rig.wait(Duration::minutes(20));
    }
    assert!(matches!(rig.server.grant(&session).await, Err(Denied::NoSession)));
}

#[tokio::test]
async fn a_session_outlives_a_crash_and_ends_when_closed() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    let session = rig.session(&exam, &sheet).await;
    let rig = rig.crash(|_| {}).await;
    rig.server.grant(&session).await.unwrap();
    rig.server.close(&session).await.unwrap();
    assert!(matches!(rig.server.grant(&session).await, Err(Denied::NoSession)));
    rig.wait(Duration::minutes(1));
    assert!(matches!(rig.server.look(&session).await, Err(Denied::NoSession)));
}

#[tokio::test]
async fn a_made_up_token_is_no_session() {
    let rig = Rig::new().await;
    for token in ["", "0", &"0".repeat(64), &"é".repeat(5000)] {
        let token = SessionToken::from_cookie(token);
        assert!(matches!(rig.server.look(&token).await, Err(Denied::NoSession)));
        assert!(matches!(rig.server.who_looked(&token).await, Err(Denied::NoSession)));
    }
}

#[tokio::test]
async fn everything_done_is_in_the_list_of_who_has_looked() {
    let rig = Rig::new().await;
    let exam = Exam::new(1);
    let (one, two) = (Sheet::new(1), Sheet::new(2));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &one).await;
    rig.grant_code(&exam, &two).await;
    assert!(!is_open(&rig.open(&exam, "wrong", crate::rig::BORN, "198.51.100.1").await));
    rig.server.settle().await;
    let other = rig.session_by_qr(&two, "198.51.100.2").await;
    assert!(is_open(&other));
    let session = rig.session(&exam, &one).await;
    let grant = rig.server.grant(&session).await.unwrap();
    assert_eq!(*grant.holder(), Holder::Sheet { sheet: one.sheet, with: OpenedWith::Code });
    for act in [Act::List, Act::ViewImages, Act::ViewImages, Act::ReadReport, Act::DownloadDicom, Act::DownloadImages] {
        rig.server.serve(&grant, act).await.unwrap();
    }
    let list = rig.server.who_looked(&session).await.unwrap();
    let own = ConsultedBy::Sheet { own: true, qr: false };
    let seen: Vec<_> = list.iter().rev().map(|line| (line.act, line.by.clone())).collect();
    let expected = [
        (Act::Refusal, ConsultedBy::Unknown),
        (Act::Open, ConsultedBy::Sheet { own: false, qr: true }),
        (Act::Open, own.clone()),
        (Act::List, own.clone()),
        (Act::ViewImages, own.clone()),
        (Act::ReadReport, own.clone()),
        (Act::DownloadDicom, own.clone()),
        (Act::DownloadImages, own.clone()),
        (Act::ReadTrace, own),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn without_a_trace_nothing_is_served_and_the_door_stays_shut() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    let session = rig.session(&exam, &sheet).await;
    let grant = rig.server.grant(&session).await.unwrap();
    rig.trace.close().await.unwrap();
    assert!(matches!(rig.server.serve(&grant, Act::ViewImages).await, Err(DiffusionError::Trace(_))));
    assert!(matches!(rig.server.who_looked(&session).await, Err(Denied::Failed(DiffusionError::Trace(_)))));
    let attempt = crate::rig::attempt(&exam.publication.number, &sheet.code, crate::rig::BORN, "192.0.2.1");
    assert!(matches!(rig.server.open(&attempt).await, Err(DiffusionError::Trace(_))));
}
