use crate::adapters::{Lie, LyingStore, MemoryStore};
use crate::rig::{files, noise, objects, over, request, rig, two_entries};
use bytes::Bytes;
use std::io::{self, Read};
use std::sync::Arc;
use vault::{Entry, Kind, Piece, Vault, VaultError};

#[tokio::test]
async fn what_is_sealed_is_read_back_entry_by_entry() {
    let rig = rig().await;
    let sealed = rig.vault.seal(request(two_entries())).await.unwrap();
    let manifest = rig.vault.manifest(sealed.key).await.unwrap();
    assert_eq!(manifest.entries, sealed.entries);
    assert_eq!((manifest.kind, manifest.content), (Kind::Generation, serde_json::json!({ "number": 3 })));
    let expected = [noise(150_000, 1), noise(10, 2)];
    for (entry, expected) in sealed.entries.iter().zip(expected) {
        assert_eq!(rig.vault.read_entry(sealed.key, entry).await.unwrap(), expected);
        assert_eq!(collect(&rig.vault, sealed.key, entry.clone()).await.unwrap(), expected);
    }
    let verified = rig.vault.verify(sealed.key).await.unwrap();
    assert_eq!((verified.size_bytes, verified.sha256), (sealed.size_bytes, sealed.sha256.clone()));
    assert_eq!(rig.vault.keys(None, 10).await.unwrap(), [sealed.key]);
}

#[tokio::test]
async fn an_object_without_entries_and_an_empty_entry_are_sealed_too() {
    let rig = rig().await;
    let nothing = rig.vault.seal(request(vec![])).await.unwrap();
    assert_eq!(rig.vault.verify(nothing.key).await.unwrap().manifest.entries, []);
    let empty = rig.vault.seal(request(vec![Entry::from_bytes("empty", Bytes::new())])).await.unwrap();
    assert_eq!(rig.vault.read_entry(empty.key, &empty.entries[0]).await.unwrap(), Bytes::new());
}

#[tokio::test]
async fn sizes_around_the_ciphers_chunk_are_all_whole() {
    let rig = rig().await;
    for size in [65_535, 65_536, 65_537, 131_072, 262_144, 300_000] {
        let entry = Entry::from_bytes("one", noise(size, size as u64));
        let sealed = rig.vault.seal(request(vec![entry])).await.unwrap();
        let read = rig.vault.read_entry(sealed.key, &sealed.entries[0]).await.unwrap();
        assert_eq!(read, noise(size, size as u64), "{size}");
    }
}

#[tokio::test]
async fn an_object_of_many_entries_outgrows_the_old_zip_count() {
    let rig = rig().await;
    let entries = (0..66_000).map(|n| Entry::from_bytes(format!("{n}"), Bytes::from_static(b"x"))).collect();
    let sealed = rig.vault.seal(request(entries)).await.unwrap();
    let last = sealed.entries.last().unwrap();
    assert_eq!(last.name, "65999");
    assert_eq!(rig.vault.read_entry(sealed.key, last).await.unwrap(), "x");
}

#[tokio::test]
async fn a_source_that_lies_about_itself_is_refused_and_leaves_nothing() {
    let rig = rig().await;
    let failing = |_: ()| Err::<io::Empty, _>(io::Error::other("the segment is gone"));
    let cases = vec![
        ("shorter", Entry::from_reader("a", 11, || Ok(io::Cursor::new(b"0123456789")))),
        ("longer", Entry::from_reader("a", 9, || Ok(io::Cursor::new(b"0123456789")))),
        ("other digest", Entry::from_bytes("a", Bytes::from_static(b"0123456789")).expecting([0; 32])),
        ("cannot be opened", Entry::from_reader("a", 9, move || failing(()))),
        ("fails half way", Entry::from_reader("a", 300_000, || Ok(noise(200_000, 5).chain_error()))),
    ];
    for (case, entry) in cases {
        let refused = rig.vault.seal(request(vec![Entry::from_bytes("before", noise(600_000, 4)), entry])).await;
        assert!(matches!(&refused, Err(VaultError::Source { name, .. }) if name == "a"), "{case}: {refused:?}");
        assert!(objects(&rig).is_empty(), "{case}");
        assert!(files(&rig.folder.path().join("vault/temporary")).is_empty(), "{case}");
    }
    let right = sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(b"0123456789")).into();
    let entry = Entry::from_bytes("a", Bytes::from_static(b"0123456789")).expecting(right);
    rig.vault.seal(request(vec![entry])).await.unwrap();
}

#[tokio::test]
async fn names_that_could_leave_the_folder_or_meet_are_refused() {
    let rig = rig().await;
    for wrong in ["", "/etc/x", "../x", "a/../x", "a//b", "./a", "a\\b", "é", "a\0b", "manifest.json", "a/"] {
        let refused = rig.vault.seal(request(vec![Entry::from_bytes(wrong, Bytes::new())])).await;
        assert!(matches!(refused, Err(VaultError::Source { .. })), "{wrong}");
    }
    let twins = ["a", "a"].map(|name| Entry::from_bytes(name, Bytes::new()));
    assert!(matches!(rig.vault.seal(request(twins.into())).await, Err(VaultError::Source { .. })));
    assert!(objects(&rig).is_empty());
}

#[tokio::test]
async fn a_store_that_changes_bytes_is_found_out_before_anything_counts_as_sealed() {
    for lie in [Lie::Flip, Lie::Shorten, Lie::ReadFails, Lie::Full] {
        let rig = rig().await;
        let store = LyingStore { memory: Arc::new(MemoryStore::default()), lie };
        let vault = over(Arc::new(store), rig.folder.path(), 9);
        let sealed = vault.seal(request(two_entries())).await;
        match (lie, sealed) {
            (Lie::Flip | Lie::Shorten, Err(VaultError::Damaged { .. })) => {}
            (Lie::ReadFails, Err(VaultError::Io { doing: "reading the object", .. })) => {}
            (Lie::Full, Err(VaultError::Full { .. })) => {}
            (_, other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn objects_sealed_at_the_same_time_do_not_meet() {
    let rig = rig().await;
    let sealing = (0..16).map(|n| {
        let vault = rig.vault.clone();
        tokio::spawn(async move { vault.seal(request(vec![Entry::from_bytes("n", noise(100_000, n))])).await })
    });
    for (n, sealing) in sealing.collect::<Vec<_>>().into_iter().enumerate() {
        let sealed = sealing.await.unwrap().unwrap();
        assert_eq!(rig.vault.read_entry(sealed.key, &sealed.entries[0]).await.unwrap(), noise(100_000, n as u64));
    }
}

pub async fn collect(vault: &Vault, key: vault::ObjectKey, entry: vault::SealedEntry) -> Result<Bytes, VaultError> {
    let mut pieces = vault.stream_entry(key, entry).await?;
    let mut bytes = Vec::new();
    loop {
        match pieces.recv().await {
            Some(Ok(Piece::Bytes(more))) => bytes.extend(more),
            Some(Ok(Piece::End)) => return Ok(bytes.into()),
            Some(Err(error)) => return Err(error),
            None => panic!("a stream without an end"),
        }
    }
}

/// A reader that gives all its bytes, then fails.
trait ChainError {
    fn chain_error(self) -> Box<dyn Read + Send>;
}

impl ChainError for Bytes {
    fn chain_error(self) -> Box<dyn Read + Send> {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("bad sector"))
            }
        }
        Box::new(io::Cursor::new(self).chain(Fails))
    }
}
