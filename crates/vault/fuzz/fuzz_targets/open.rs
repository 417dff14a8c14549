//! Any bytes in the place of an object, as they are and inside a sound envelope (whoever has the public half can make
//! one): manifest, every entry and the whole check end with an answer. `cargo +nightly fuzz run open`.
#![no_main]

use age::Recipient;
use ambient::Random;
use async_trait::async_trait;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use std::io::Write;
use std::ops::Range;
use std::sync::{Arc, LazyLock};
use tokio::runtime::{Builder, Runtime};
use vault::{Identity, ObjectKey, ObjectStore, Piece, Pieces, Vault, VaultError, WHOLE_ENTRY_LIMIT_BYTES};

/// The key that the seeds' manifests name.
const KEY: [u8; 16] = [7; 16];

struct One(Bytes);

#[async_trait]
impl ObjectStore for One {
    async fn put(&self, _: ObjectKey, _: Pieces) -> Result<u64, VaultError> {
        Err(VaultError::Abandoned("writing"))
    }

    async fn read(&self, key: ObjectKey, range: Range<u64>) -> Result<Bytes, VaultError> {
        let part = (range.end <= self.0.len() as u64).then(|| self.0.slice(range.start as usize..range.end as usize));
        part.ok_or(VaultError::Damaged { key, what: "beyond its end".into() })
    }

    async fn size(&self, _: ObjectKey) -> Result<u64, VaultError> {
        Ok(self.0.len() as u64)
    }

    async fn list(&self, _: Option<ObjectKey>, _: usize) -> Result<Vec<ObjectKey>, VaultError> {
        Ok(vec![ObjectKey::from_bytes(KEY)])
    }
}

struct NoChance;

impl Random for NoChance {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().max_blocking_threads(2).build().expect("a runtime"));
static KEYS: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

fn enveloped(identity: &Identity, bytes: &[u8]) -> Vec<u8> {
    let recipient: age::x25519::Recipient = identity.recipient().parse().expect("a recipient");
    let to = std::iter::once(&recipient as &dyn Recipient);
    let mut writer = age::Encryptor::with_recipients(to).expect("one recipient").wrap_output(Vec::new()).expect("memory");
    writer.write_all(bytes).expect("memory");
    writer.finish().expect("memory")
}

async fn look(vault: &Vault) {
    let key = ObjectKey::from_bytes(KEY);
    let _ = vault.verify(key).await;
    let Ok(manifest) = vault.manifest(key).await else { return };
    for entry in manifest.entries.into_iter().take(8) {
        if entry.size_bytes <= WHOLE_ENTRY_LIMIT_BYTES / 16 {
            let _ = vault.read_entry(key, &entry).await;
        }
        let Ok(mut pieces) = vault.stream_entry(key, entry).await else { continue };
        while let Some(Ok(Piece::Bytes(_))) = pieces.recv().await {}
    }
}

fuzz_target!(|bytes: &[u8]| {
    let identity = || Identity::load_or_create(KEYS.path()).expect("an identity");
    for object in [bytes.to_vec(), enveloped(&identity(), bytes)] {
        let vault = Vault::open(Arc::new(One(object.into())), identity(), Arc::new(NoChance));
        RUNTIME.block_on(look(&vault));
    }
});
