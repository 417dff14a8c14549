//! A vault in a temporary folder, and a few entries to seal.

use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;
use testkit::SeededRandom;
use vault::{Entry, FolderStore, Identity, Kind, ObjectStore, SealRequest, Vault};

pub struct Rig {
    pub folder: tempfile::TempDir,
    pub store: Arc<dyn ObjectStore>,
    pub vault: Vault,
}

pub async fn rig() -> Rig {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn ObjectStore> = Arc::new(FolderStore::open(&folder.path().join("vault")).await.unwrap());
    let vault = over(Arc::clone(&store), folder.path(), 1);
    Rig { folder, store, vault }
}

/// A vault over another store, with the identity of `folder`.
pub fn over(store: Arc<dyn ObjectStore>, folder: &Path, seed: u64) -> Vault {
    let identity = Identity::load_or_create(&folder.join("keys")).unwrap();
    Vault::open(store, identity, Arc::new(SeededRandom::new(seed)))
}

/// Bytes that look like nothing and repeat from one run to the next.
pub fn noise(length: usize, seed: u64) -> Bytes {
    let mut bytes = vec![0; length];
    ambient::Random::fill(&SeededRandom::new(seed), &mut bytes);
    bytes.into()
}

pub fn request(entries: Vec<Entry>) -> SealRequest {
    SealRequest { kind: Kind::Generation, entries, content: serde_json::json!({ "number": 3 }) }
}

/// Two entries: one longer than an age chunk, one short.
pub fn two_entries() -> Vec<Entry> {
    vec![Entry::from_bytes("first/1.bin", noise(150_000, 1)), Entry::from_bytes("2.bin", noise(10, 2))]
}

/// Every file under a folder.
pub fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// The object files of a rig.
pub fn objects(rig: &Rig) -> Vec<std::path::PathBuf> {
    files(&rig.folder.path().join("vault/objects"))
}

/// Whether a program can be run here; says so when not.
pub fn has(program: &str, test: &str) -> bool {
    let found = std::process::Command::new("which").arg(program).output().is_ok_and(|out| out.status.success());
    if !found {
        println!("skipped: {test}: {program} is not installed");
    }
    found
}
