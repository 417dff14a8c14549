//! A sound envelope around bytes that are no object of ours: whoever has the public half of the key can make one.

use crate::adapters::MemoryStore;
use crate::rig::over;
use proptest::prelude::*;
use std::io::Write;
use std::sync::Arc;
use vault::{Identity, ObjectKey, VaultError};

/// The key that the manifests of `fuzz/corpus/open` name.
fn key() -> ObjectKey {
    ObjectKey::from_bytes([7; 16])
}

const SEEDS: [(&str, &[u8]); 5] = [
    ("directory-beyond-the-end", include_bytes!("../../fuzz/corpus/open/directory-beyond-the-end.zip")),
    ("entries-overlap", include_bytes!("../../fuzz/corpus/open/entries-overlap.zip")),
    ("entry-past-the-end", include_bytes!("../../fuzz/corpus/open/entry-past-the-end.zip")),
    ("no-entry", include_bytes!("../../fuzz/corpus/open/no-entry.zip")),
    ("two-entries", include_bytes!("../../fuzz/corpus/open/two-entries.zip")),
];

/// What the vault says of `bytes` in a sound envelope.
fn looked_at(bytes: &[u8]) -> Result<(), VaultError> {
    let (keys, memory) = (tempfile::tempdir().unwrap(), Arc::new(MemoryStore::default()));
    let vault = over(memory.clone(), keys.path(), 3);
    let to: age::x25519::Recipient =
        Identity::load_or_create(&keys.path().join("keys")).unwrap().recipient().parse().unwrap();
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&to as &dyn age::Recipient)).unwrap();
    let mut envelope = encryptor.wrap_output(Vec::new()).unwrap();
    envelope.write_all(bytes).unwrap();
    memory.objects.lock().unwrap().insert(key(), envelope.finish().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let manifest = vault.manifest(key()).await?;
        for entry in &manifest.entries {
            vault.read_entry(key(), entry).await?;
        }
        vault.verify(key()).await.map(|_| ())
    })
}

fn answered(found: &Result<(), VaultError>) -> bool {
    // Abandoned is what a panic on the reading thread becomes.
    !matches!(found, Err(VaultError::Abandoned(_)))
}

#[test]
fn what_a_crafted_archive_names_beyond_its_end_is_damage_and_no_panic() {
    for (name, bytes) in SEEDS {
        let found = looked_at(bytes);
        assert!(answered(&found), "{name}: {found:?}");
    }
    let beyond = looked_at(SEEDS[0].1);
    assert!(matches!(beyond, Err(VaultError::Damaged { .. })), "{beyond:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_crafted_archive_always_gets_an_answer(
        seed in 0..SEEDS.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let mut bytes = SEEDS[seed].1.to_vec();
        for (place, value) in changes {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        prop_assert!(answered(&looked_at(&bytes)));
    }
}
