//! Damage of every kind is found, and nothing damaged is given out.

use crate::adapters::MemoryStore;
use crate::rig::{over, request, rig, two_entries};
use crate::sealing::collect;
use proptest::prelude::*;
use std::sync::{Arc, OnceLock};
use vault::{Sealed, Vault, VaultError};

struct Sample {
    runtime: tokio::runtime::Runtime,
    memory: Arc<MemoryStore>,
    vault: Vault,
    sealed: Sealed,
    bytes: Vec<u8>,
    first: bytes::Bytes,
}

fn sample() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let memory = Arc::new(MemoryStore::default());
        let keys = tempfile::tempdir().unwrap();
        let vault = over(memory.clone(), keys.path(), 3);
        let sealed = runtime.block_on(vault.seal(request(two_entries()))).unwrap();
        let bytes = memory.objects.lock().unwrap()[&sealed.key].clone();
        Sample { runtime, memory, vault, sealed, bytes, first: crate::rig::noise(150_000, 1) }
    })
}

/// Puts `bytes` in the object's place, in a store of its own.
fn verify_with(bytes: Vec<u8>) -> Result<(), VaultError> {
    let sample = sample();
    let _one_at_a_time = LOCK.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    sample.memory.objects.lock().unwrap().insert(sample.sealed.key, bytes);
    let found = sample.runtime.block_on(sample.vault.verify(sample.sealed.key)).map(|_| ());
    let entry = &sample.sealed.entries[0];
    match sample.runtime.block_on(sample.vault.read_entry(sample.sealed.key, entry)) {
        Ok(bytes) => assert_eq!(bytes, sample.first, "other bytes were given out"),
        Err(_) => assert!(found.is_err()),
    }
    if let Ok(bytes) = sample.runtime.block_on(collect(&sample.vault, sample.sealed.key, entry.clone())) {
        assert_eq!(bytes, sample.first, "other bytes were streamed out");
    }
    found
}

static LOCK: std::sync::Mutex<()> = std::sync::Mutex::new(());

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_bit_anywhere_is_found(place in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let mut bytes = sample().bytes.clone();
        bytes[place.index(sample().bytes.len())] ^= 1 << bit;
        prop_assert!(verify_with(bytes).is_err());
    }

    #[test]
    fn an_object_cut_or_lengthened_anywhere_is_found(place in any::<prop::sample::Index>(), more in prop::collection::vec(any::<u8>(), 1..100)) {
        let whole = &sample().bytes;
        prop_assert!(verify_with(whole[..place.index(whole.len())].to_vec()).is_err());
        prop_assert!(verify_with([whole.as_slice(), &more].concat()).is_err());
    }

    #[test]
    fn a_page_of_zeros_anywhere_is_found(place in any::<prop::sample::Index>()) {
        let mut bytes = sample().bytes.clone();
        let start = place.index(bytes.len() / 4096) * 4096;
        bytes[start..start + 4096].fill(0);
        prop_assert!(verify_with(bytes).is_err());
    }
}

#[test]
fn the_undamaged_object_is_found_whole_between_damages() {
    verify_with(sample().bytes.clone()).unwrap();
    let plain = &sample().first[1000..1016];
    assert!(sample().bytes.windows(16).all(|window| window != plain), "plain bytes stand in the object");
}

#[tokio::test]
async fn two_objects_with_their_places_swapped_are_both_found() {
    let rig = rig().await;
    let (one, two) = (rig.vault.seal(request(two_entries())).await, rig.vault.seal(request(two_entries())).await);
    let (one, two) = (one.unwrap(), two.unwrap());
    let path = |key: vault::ObjectKey| {
        let name = key.to_string();
        rig.folder.path().join(format!("vault/objects/{}/{}/{name}.age", &name[..2], &name[2..4]))
    };
    let aside = rig.folder.path().join("aside");
    std::fs::rename(path(one.key), &aside).unwrap();
    std::fs::rename(path(two.key), path(one.key)).unwrap();
    std::fs::rename(&aside, path(two.key)).unwrap();
    for (asked, found) in [(one.key, two.key), (two.key, one.key)] {
        let verified = rig.vault.verify(asked).await;
        assert!(matches!(verified, Err(VaultError::Swapped { key, found: f }) if key == asked && f == found));
        assert!(rig.vault.manifest(asked).await.is_err());
    }
}

#[tokio::test]
async fn an_object_of_another_identity_is_named_as_such() {
    let (rig, other) = (rig().await, rig().await);
    let sealed = rig.vault.seal(request(two_entries())).await.unwrap();
    let stranger = over(rig.store.clone(), other.folder.path(), 5);
    assert!(matches!(stranger.verify(sealed.key).await, Err(VaultError::WrongIdentity(key)) if key == sealed.key));
}

#[tokio::test]
async fn a_missing_object_is_not_found_rather_than_damaged() {
    let rig = rig().await;
    let key = vault::ObjectKey::from_bytes([9; 16]);
    assert!(matches!(rig.vault.verify(key).await, Err(VaultError::NotFound(_))));
    assert!(matches!(rig.vault.manifest(key).await, Err(VaultError::NotFound(_))));
}

#[tokio::test]
async fn an_entry_that_is_not_the_one_recorded_is_not_given_out() {
    let rig = rig().await;
    let sealed = rig.vault.seal(request(two_entries())).await.unwrap();
    let mut other = sealed.entries[1].clone();
    other.sha256 = sealed.entries[0].sha256.clone();
    assert!(matches!(rig.vault.read_entry(sealed.key, &other).await, Err(VaultError::Damaged { .. })));
    assert!(matches!(collect(&rig.vault, sealed.key, other).await, Err(VaultError::Damaged { .. })));
    let mut far = sealed.entries[1].clone();
    far.offset_bytes = 1 << 40;
    assert!(rig.vault.read_entry(sealed.key, &far).await.is_err());
    far.size_bytes = u64::MAX;
    assert!(rig.vault.read_entry(sealed.key, &far).await.is_err());
}
