//! When the other side or a picture fails in the middle.

use crate::door::Call;
use crate::rig::Rig;
use crate::senders::chest;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn a_link_that_fails_at_any_step_leaves_nothing_half_visible_and_is_tried_again() {
    for call in [Call::Begin, Call::Put(0), Call::Put(2), Call::Commit] {
        let rig = Rig::new().await;
        rig.door.fail(call);
        rig.reported(&chest()).await;
        rig.quiet().await;
        let exam = rig.exam_id().await;
        assert_eq!((rig.door.commits(), rig.door.is_visible(exam.0)), (0, false), "{call:?}");
        assert!(rig.detail().await.publication.is_none(), "{call:?}");
        assert_eq!(rig.outlet.count(), 0, "no sheet for what cannot be seen");
        rig.door.fail(None);
        rig.after(3600).await;
        assert_eq!((rig.door.commits(), rig.outlet.count()), (1, 1), "{call:?}");
        assert!(rig.detail().await.publication.is_some(), "{call:?}");
    }
}

#[tokio::test]
async fn a_withdrawal_that_fails_is_tried_again() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let exam = rig.exam_id().await;
    rig.door.fail(Call::Withdraw);
    let desk = archive::desk::Desk::new(rig.archive.clone());
    desk.hold(&crate::desk::who(archive::desk::Role::Radiologist), exam, Some("x".into())).await.unwrap();
    rig.run_due().await;
    assert!(rig.detail().await.publication.unwrap().withdrawn_at.is_none(), "the record does not claim what is not");
    rig.door.fail(None);
    rig.after(10).await;
    assert!(!rig.door.is_visible(exam.0));
    assert!(rig.detail().await.publication.unwrap().withdrawn_at.is_some());
}

#[tokio::test]
async fn a_grant_that_fails_leaves_no_paper_and_no_living_code() {
    let rig = Rig::new().await;
    rig.door.fail(Call::Grant);
    rig.reported(&chest()).await;
    rig.quiet().await;
    assert_eq!((rig.door.commits(), rig.outlet.count()), (1, 0));
    let half = rig.detail().await.sheets[0].id;
    rig.door.fail(None);
    rig.after(3600).await;
    assert_eq!(rig.outlet.count(), 1);
    assert!(rig.door.look(|state| state.revoked.contains(&half.0)), "it may have been taken on the other side");
    assert_eq!(rig.door.commits(), 1);
}

#[tokio::test]
async fn a_report_that_cannot_be_drawn_delays_the_whole_publication() {
    let rig = Rig::new().await;
    rig.pictures.failing.store(true, Ordering::SeqCst);
    rig.reported(&chest()).await;
    rig.quiet().await;
    assert_eq!(rig.door.commits(), 0);
    rig.pictures.failing.store(false, Ordering::SeqCst);
    rig.after(3600).await;
    assert_eq!(rig.door.commits(), 1);
}
