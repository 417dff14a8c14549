//! When the other side or a picture fails in the middle.

use crate::door::Call;
use crate::rig::Rig;
use crate::senders::chest;
use ambient::Clock;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{Notify, watch};

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

#[tokio::test]
async fn what_failed_while_the_clock_was_far_ahead_is_tried_again_soon_after_it_is_set_right() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.after(40).await;
    let right = rig.clock.now();
    rig.clock.jump_to(right + time::Duration::days(60));
    rig.door.fail(Call::Begin);
    rig.run_due().await;
    assert_eq!(rig.door.commits(), 0);
    rig.door.fail(None);
    let (stop, stopped) = watch::channel(false);
    let wake = Arc::new(Notify::new());
    let woken = Arc::clone(&wake);
    let running = tokio::spawn(archive::runner::run(rig.archive.clone(), stopped, move || {
        let wake = Arc::clone(&woken);
        async move { wake.notified().await }
    }));
    // The program runs with the wrong clock, which is then set right; an hour is the longest wait.
    for _ in 0..20 {
        wake.notify_waiters();
        tokio::task::yield_now().await;
    }
    rig.clock.jump_to(right);
    let mut looks = 0;
    while rig.door.commits() == 0 {
        wake.notify_waiters();
        tokio::task::yield_now().await;
        looks += 1;
        if looks % 1000 == 0 {
            rig.clock.advance(Duration::from_secs(3600));
            assert!(rig.clock.now() < right + time::Duration::days(30), "it waits for the day the clock showed");
        }
    }
    stop.send_replace(true);
    running.await.unwrap();
}
