//! Immutable objects by opaque key: the long memory's shelves.
//!
//! This room must not know DICOM, patients or exams: bytes, digests and opaque keys only, so that a
//! leak of names or a path built from the outside cannot even be written here.
//!
//! Entries (a name, a size, something to read) and a manifest go in; they are packed as a plain
//! stored ZIP, encrypted in the age format, streamed to an [`ObjectStore`] under a fresh key, then
//! read back and compared before [`Vault::seal`] returns. An object is never written twice, and
//! nothing that a user of [`Vault`] is handed can erase one: that is [`erase::VaultEraser`].
//!
//! Start with [`Vault`], then [`envelope::Manifest`] for what an object contains.

mod check;
#[cfg(feature = "testing")]
pub mod contract;
pub mod envelope;
pub mod erase;
mod error;
mod folder;
mod identity;
mod key;
mod open;
mod plain;
mod reader;
mod seal;
mod store;
mod temporary;
mod zip_stream;

pub use check::Verified;
pub use envelope::{Kind, Manifest, SealedEntry};
pub use error::VaultError;
pub use folder::FolderStore;
pub use identity::Identity;
pub use key::{NotAKey, ObjectKey};
pub use open::WHOLE_ENTRY_LIMIT_BYTES;
pub use reader::EntryReader;
pub use seal::{Entry, SealRequest, Sealed};
pub use store::{ObjectStore, Piece, Pieces};

use ambient::Random;
use std::sync::Arc;

/// Seals, opens and verifies objects. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    store: Arc<dyn ObjectStore>,
    identity: Arc<Identity>,
    random: Arc<dyn Random>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Vault {
    /// A vault over `store` whose objects are encrypted to, and opened by, `identity`.
    pub fn open(store: Arc<dyn ObjectStore>, identity: Identity, random: Arc<dyn Random>) -> Self {
        Self { store, identity: Arc::new(identity), random }
    }
}
