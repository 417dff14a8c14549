//! Deadlines, on a clock that the runtime moves by itself when everybody waits.

use crate::support::{
    Recorder, associated, association_request, echo_command, open_config, pdata, store_command, talk,
};
use dimse::scp::{AssociationEvent, StoreStatus};
use dimse::{Error, Phase};
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn a_connection_that_says_nothing_is_closed_within_artim() {
    let mut talk = talk(open_config(), Recorder::default());
    let start = Instant::now();
    talk.peer.expect_closed().await;
    assert!(start.elapsed() <= Duration::from_secs(30), "A01: {:?}", start.elapsed());
    let error = talk.server.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::TimedOut(Phase::Negotiation)), "{error:?}");
    assert!(matches!(talk.recorder.seen().events[..], [AssociationEvent::Refused { .. }]));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_drips_in_does_not_outlive_artim() {
    let mut talk = talk(open_config(), Recorder::default());
    let start = Instant::now();
    let request = association_request(16_384);
    let mut sent = 0;
    for byte in request.chunks(1) {
        if tokio::io::AsyncWriteExt::write_all(&mut talk.peer.stream, byte).await.is_err() {
            break;
        }
        sent += 1;
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    assert!(sent < request.len(), "A02: the whole request was taken");
    assert!(start.elapsed() <= Duration::from_secs(30), "A02: {:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn silence_between_messages_ends_in_an_abort() {
    let mut talk = associated(open_config(), Recorder::default()).await;
    talk.peer.send(&pdata(1, true, true, &echo_command(1))).await;
    assert_eq!(talk.peer.expect_status().await, 0);
    let start = Instant::now();
    assert_eq!(talk.peer.expect().await.0, 7, "A04: an A-ABORT was expected");
    assert_eq!(start.elapsed().as_secs(), 120);
    talk.peer.expect_closed().await;
    let error = talk.server.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::TimedOut(Phase::Idle)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn silence_within_a_data_set_drops_it() {
    let mut talk = associated(open_config(), Recorder::default()).await;
    talk.peer.send(&pdata(3, true, true, &store_command(1, "1.2.3"))).await;
    talk.peer.send(&pdata(3, false, false, &[1, 2])).await;
    let start = Instant::now();
    assert_eq!(talk.peer.expect().await.0, 7);
    assert_eq!(start.elapsed().as_secs(), 60);
    assert_eq!(talk.recorder.seen().aborted, 1, "the reception must be gone before the connection is");
    talk.peer.expect_closed().await;
    let error = talk.server.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::TimedOut(Phase::Message)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_data_set_that_drips_in_for_ever_ends_with_its_total_deadline() {
    let mut config = open_config();
    config.timeouts.message = Duration::from_secs(600);
    let mut talk = associated(config, Recorder::default()).await;
    let start = Instant::now();
    talk.peer.send(&pdata(3, true, true, &store_command(1, "1.2.3"))).await;
    while !talk.server.is_finished() && start.elapsed() < Duration::from_secs(3600) {
        let _ = tokio::io::AsyncWriteExt::write_all(&mut talk.peer.stream, &pdata(3, false, false, &[0, 0])).await;
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert!(start.elapsed() < Duration::from_secs(700), "{:?}", start.elapsed());
    assert_eq!(talk.recorder.seen().aborted, 1);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_reads_its_answers_is_let_go() {
    let mut talk = associated(open_config(), Recorder::default()).await;
    let echo = pdata(1, true, true, &echo_command(1));
    let start = Instant::now();
    // The stream holds 1 MiB each way: answers fill it, then nothing moves until the write deadline.
    loop {
        if tokio::io::AsyncWriteExt::write_all(&mut talk.peer.stream, &echo).await.is_err() {
            break;
        }
    }
    assert_eq!(start.elapsed().as_secs(), 30);
    let error = talk.server.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::TimedOut(Phase::Write)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_an_idle_association_at_once_and_a_busy_one_after_its_message() {
    let mut talk = associated(open_config(), Recorder::default()).await;
    talk.peer.send(&pdata(3, true, true, &store_command(1, "1.2.3"))).await;
    talk.peer.send(&pdata(3, false, false, &[1; 100])).await;
    while talk.recorder.seen().begun.is_empty() {
        tokio::task::yield_now().await;
    }
    talk.stop.send_replace(true);
    talk.peer.send(&pdata(3, false, true, &[2; 100])).await;
    assert_eq!(talk.peer.expect_status().await, StoreStatus::success().code);
    assert_eq!(talk.peer.expect().await.0, 7);
    drop(talk.peer);
    assert!(matches!(talk.server.await.unwrap(), Err(Error::Stopped)));
    assert_eq!(talk.recorder.seen().stored.len(), 1);
}
