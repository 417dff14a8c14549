//! Recalls have a lane of their own: they never wait behind other work.

use crate::recalls::{asked, ct, expired};
use crate::rig::{GROUP, Rig};
use ambient::Clock;
use record::RecallState;
use std::sync::Arc;
use tokio::sync::{Notify, watch};
use uuid::Uuid;
use work::NewJob;

async fn hundred_publishes(rig: &Rig) {
    let now = rig.clock.now();
    for number in 0..100u128 {
        let key = Uuid::from_u128(0xFACE_0000 + number).to_string();
        let job = NewJob { group: GROUP.0, kind: "publish".into(), key, asked_at: now, due_at: now };
        rig.archive.catalogue.enqueue(job).await.unwrap();
    }
}

async fn publishes_due(rig: &Rig) -> u64 {
    let jobs = rig.archive.catalogue.jobs(rig.clock.now()).await.unwrap();
    jobs.iter().filter(|queue| queue.kind == "publish").map(|queue| queue.due).sum()
}

#[tokio::test]
async fn a_recall_overtakes_a_hundred_publishes_that_came_before_it() {
    let rig = expired(&ct()).await;
    hundred_publishes(&rig).await;
    asked(&rig, Uuid::from_u128(1)).await;
    archive::runner::once(&rig.archive).await.unwrap();
    assert_eq!(rig.detail().await.standing.recall.unwrap().state, RecallState::Ready);
    assert!(publishes_due(&rig).await >= 96, "the others wait");
}

#[tokio::test]
async fn a_recall_is_heard_and_done_while_every_place_of_the_others_is_taken() {
    let rig = expired(&ct()).await;
    // A second exam, whose sending is stopped in the middle.
    let plan = phantom::Plan { seed: 8, today: time::macros::date!(2028 - 11 - 26), size: phantom::Size::Small };
    let other = plan.exam(phantom::Kind::ScreeningMammogram);
    rig.reported(&other).await;
    rig.clock.advance(std::time::Duration::from_secs(12 * 60));
    let shut = rig.door.gate.write().await;
    let (stop, stopped) = watch::channel(false);
    let wake = Arc::new(Notify::new());
    let woken = Arc::clone(&wake);
    let running = tokio::spawn(archive::runner::run(rig.archive.clone(), stopped, move || {
        let wake = Arc::clone(&woken);
        async move { wake.notified().await }
    }));
    while rig.door.look(|state| state.begun.len() < 2) {
        wake.notify_waiters();
        tokio::task::yield_now().await;
    }
    let exam = rig.door.look(|state| state.committed[0].exam);
    rig.door.say(link::ToArchive::RecallAsked {
        recall: Uuid::from_u128(1),
        exam,
        by: link::RecallBy::Sheet { sheet: Uuid::nil() },
        at: rig.clock.now(),
    });
    // It has begun to send although the other one stands still.
    while rig.door.look(|state| state.begun.len() < 3) {
        wake.notify_waiters();
        tokio::task::yield_now().await;
    }
    drop(shut);
    while rig.door.commits() < 3 {
        wake.notify_waiters();
        tokio::task::yield_now().await;
    }
    stop.send_replace(true);
    running.await.unwrap();
}
