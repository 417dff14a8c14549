//! The contract suite: what every adapter of [`ObjectStore`] must do. Run it from the adapter's
//! own tests, on an empty store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test support: a failure here fails the test"
)]

use crate::{ObjectKey, ObjectStore, Piece, Pieces, VaultError};
use bytes::Bytes;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Runs the whole suite; panics at the first promise that is not kept.
pub async fn check(store: Arc<dyn ObjectStore>) {
    what_is_put_is_read_back(&*store).await;
    an_object_is_never_overwritten(&*store).await;
    a_cut_object_is_not_there(&*store).await;
    an_object_whose_source_failed_is_not_there(&*store).await;
    ranges_are_exact(&*store).await;
    what_is_not_there_is_not_found(&*store).await;
    keys_are_listed_in_pages(&*store).await;
    one_of_many_writers_of_a_key_wins(store).await;
}

/// Pieces as a sealing vault sends them: `parts`, then the end.
pub fn pieces(parts: Vec<Bytes>) -> Pieces {
    feed(parts.into_iter().map(|part| Ok(Piece::Bytes(part))).chain([Ok(Piece::End)]).collect())
}

fn feed(messages: Vec<Result<Piece, VaultError>>) -> Pieces {
    let (sender, receiver) = mpsc::channel(messages.len().max(1));
    for message in messages {
        sender.try_send(message).expect("the channel holds them all");
    }
    receiver
}

fn key(n: u8) -> ObjectKey {
    let mut bytes = [0x5a; 16];
    bytes[0] = n;
    bytes[15] = n;
    ObjectKey::from_bytes(bytes)
}

async fn what_is_put_is_read_back(store: &dyn ObjectStore) {
    let parts = vec![Bytes::from_static(b"one "), Bytes::new(), Bytes::from(vec![7; 1 << 20])];
    let expected: Vec<u8> = parts.concat();
    assert_eq!(store.put(key(1), pieces(parts)).await.unwrap(), expected.len() as u64);
    assert_eq!(store.size(key(1)).await.unwrap(), expected.len() as u64);
    assert_eq!(store.read(key(1), 0..expected.len() as u64).await.unwrap(), expected);
    assert_eq!(store.put(key(2), pieces(vec![])).await.unwrap(), 0);
    assert_eq!(store.size(key(2)).await.unwrap(), 0);
}

async fn an_object_is_never_overwritten(store: &dyn ObjectStore) {
    let before = store.read(key(1), 0..4).await.unwrap();
    let refused = store.put(key(1), pieces(vec![Bytes::from_static(b"other")])).await;
    assert!(matches!(refused, Err(VaultError::Exists(found)) if found == key(1)), "{refused:?}");
    assert_eq!(store.read(key(1), 0..4).await.unwrap(), before);
}

async fn a_cut_object_is_not_there(store: &dyn ObjectStore) {
    let cut = feed(vec![Ok(Piece::Bytes(Bytes::from_static(b"half")))]);
    assert!(store.put(key(3), cut).await.is_err());
    assert!(matches!(store.size(key(3)).await, Err(VaultError::NotFound(_))));
    store.put(key(3), pieces(vec![Bytes::from_static(b"whole")])).await.expect("the key is still free");
}

async fn an_object_whose_source_failed_is_not_there(store: &dyn ObjectStore) {
    let failure = VaultError::Abandoned("the test");
    let failing = feed(vec![Ok(Piece::Bytes(Bytes::from_static(b"half"))), Err(failure)]);
    let refused = store.put(key(4), failing).await;
    assert!(matches!(refused, Err(VaultError::Abandoned("the test"))), "the source's own error: {refused:?}");
    assert!(matches!(store.size(key(4)).await, Err(VaultError::NotFound(_))));
}

async fn ranges_are_exact(store: &dyn ObjectStore) {
    assert_eq!(store.read(key(3), 1..3).await.unwrap(), "ho");
    assert_eq!(store.read(key(3), 5..5).await.unwrap(), "");
    assert!(matches!(store.read(key(3), 3..6).await, Err(VaultError::Damaged { .. })));
}

async fn what_is_not_there_is_not_found(store: &dyn ObjectStore) {
    assert!(matches!(store.size(key(9)).await, Err(VaultError::NotFound(_))));
    assert!(matches!(store.read(key(9), 0..1).await, Err(VaultError::NotFound(_))));
}

async fn keys_are_listed_in_pages(store: &dyn ObjectStore) {
    for n in [0xff, 0x00, 0x80] {
        store.put(key(n), pieces(vec![])).await.unwrap();
    }
    let mut seen = Vec::new();
    loop {
        let page = store.list(seen.last().copied(), 2).await.unwrap();
        assert!(page.len() <= 2);
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(seen, [0, 1, 2, 3, 0x80, 0xff].map(key));
}

async fn one_of_many_writers_of_a_key_wins(store: Arc<dyn ObjectStore>) {
    let writers = (0..8_u8).map(|n| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.put(key(0x40), pieces(vec![Bytes::from(vec![n; 1000])])).await })
    });
    let mut won = 0;
    for writer in writers.collect::<Vec<_>>() {
        match writer.await.unwrap() {
            Ok(_) => won += 1,
            Err(VaultError::Exists(_)) => {}
            Err(error) => panic!("a writer failed otherwise: {error}"),
        }
    }
    assert_eq!(won, 1);
    let bytes = store.read(key(0x40), 0..1000).await.unwrap();
    assert!(bytes.iter().all(|byte| *byte == bytes[0]), "bytes of two writers are mixed");
}
