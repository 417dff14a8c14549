//! The format of a web copy: AES-256-GCM in chunks of 64 KiB.
//!
//! A blob of `n` plain bytes is `max(1, ceil(n / 65536))` chunks one after the other, each its ciphertext and
//! a 16-byte tag. The nonce is the blob's number (4 bytes) and the chunk's index (8 bytes), big-endian: the key
//! is fresh for each publication, and a (blob, chunk) pair is sealed once under it. What is authenticated with
//! each chunk is the publication, the blob's number, the index, and whether the chunk is the last: a chunk
//! cannot be moved, repeated, or cut off unseen.

use crate::DiffusionError;
use crate::keys::Secret;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use std::ops::Range;
use uuid::Uuid;

/// Plain bytes in a full chunk.
pub(crate) const CHUNK: u64 = 64 * 1024;
/// Bytes the tag adds.
pub(crate) const TAG: u64 = 16;

/// The number of the publication's own document, beside its blobs.
const DOCUMENT: u32 = u32::MAX;

/// The length of a blob before encryption, and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlainSize(pub(crate) u64);

impl PlainSize {
    pub(crate) fn chunks(self) -> u64 {
        self.0.div_ceil(CHUNK).max(1)
    }

    /// The length of the encrypted file.
    pub(crate) fn on_disk(self) -> u64 {
        self.0 + self.chunks() * TAG
    }

    /// The chunks that hold a range.
    pub(crate) fn chunks_of(self, range: &Range<u64>) -> Range<u64> {
        (range.start / CHUNK)..range.end.div_ceil(CHUNK).max(range.start / CHUNK + 1).min(self.chunks())
    }

    /// Where a chunk lies in the file.
    pub(crate) fn span(self, index: u64) -> Range<u64> {
        let start = index * (CHUNK + TAG);
        start..(start + CHUNK + TAG).min(self.on_disk())
    }
}

/// The key of one publication, bound to it.
#[derive(Clone)]
pub(crate) struct CopyKey {
    publication: Uuid,
    secret: Secret,
}

impl CopyKey {
    pub(crate) fn new(publication: Uuid, secret: Secret) -> Self {
        Self { publication, secret }
    }

    fn cipher(&self) -> Result<Aes256Gcm, DiffusionError> {
        Aes256Gcm::new_from_slice(self.secret.as_slice()).map_err(|_| DiffusionError::Damaged("key length"))
    }

    fn bound_to(&self, blob: u32, index: u64, last: bool) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(48);
        bytes.extend_from_slice(b"negatoscope web copy 1\0");
        bytes.extend_from_slice(self.publication.as_bytes());
        bytes.extend_from_slice(&blob.to_be_bytes());
        bytes.extend_from_slice(&index.to_be_bytes());
        bytes.push(u8::from(last));
        bytes
    }

    pub(crate) fn seal(&self, blob: u32, index: u64, last: bool, plain: &[u8]) -> Result<Vec<u8>, DiffusionError> {
        let aad = self.bound_to(blob, index, last);
        self.cipher()?
            .encrypt(&nonce(blob, index), Payload { msg: plain, aad: &aad })
            .map_err(|_| DiffusionError::Damaged("a chunk could not be sealed"))
    }

    pub(crate) fn open(&self, blob: u32, index: u64, last: bool, sealed: &[u8]) -> Result<Vec<u8>, DiffusionError> {
        let aad = self.bound_to(blob, index, last);
        self.cipher()?
            .decrypt(&nonce(blob, index), Payload { msg: sealed, aad: &aad })
            .map_err(|_| DiffusionError::Damaged("a chunk is not what was published"))
    }

    /// Seals the publication's document; once per key.
    pub(crate) fn seal_document(&self, plain: &[u8]) -> Result<Vec<u8>, DiffusionError> {
        self.seal(DOCUMENT, 0, true, plain)
    }

    pub(crate) fn open_document(&self, sealed: &[u8]) -> Result<Vec<u8>, DiffusionError> {
        self.open(DOCUMENT, 0, true, sealed)
    }

    /// The key itself, wrapped under the master key for the database.
    pub(crate) fn wrap(&self, master: &[u8; 32], nonce: [u8; 12]) -> Result<Vec<u8>, DiffusionError> {
        seal_small(master, nonce, b"publication", self.publication, self.secret.as_slice())
    }

    pub(crate) fn unwrap_from(master: &[u8; 32], publication: Uuid, wrapped: &[u8]) -> Result<Self, DiffusionError> {
        let mut plain = open_small(master, b"publication", publication, wrapped)?;
        let secret = <[u8; 32]>::try_from(plain.as_slice()).map_err(|_| DiffusionError::Damaged("key length"))?;
        zeroize::Zeroize::zeroize(&mut plain);
        Ok(Self { publication, secret: Secret::new(secret) })
    }
}

fn nonce(blob: u32, index: u64) -> Nonce<aes_gcm::aead::consts::U12> {
    let mut bytes = [0; 12];
    let (head, tail) = bytes.split_at_mut(4);
    head.copy_from_slice(&blob.to_be_bytes());
    tail.copy_from_slice(&index.to_be_bytes());
    bytes.into()
}

/// Seals a few bytes under the master key with a random nonce, bound to what they are and to an id.
/// Good for 2³² values per key (NIST SP 800-38D §8.3).
pub(crate) fn seal_small(
    master: &[u8; 32],
    nonce: [u8; 12],
    what: &[u8],
    id: Uuid,
    plain: &[u8],
) -> Result<Vec<u8>, DiffusionError> {
    let cipher = Aes256Gcm::new_from_slice(master).map_err(|_| DiffusionError::Damaged("key length"))?;
    let aad = [what, b"\0", id.as_bytes()].concat();
    let mut sealed = nonce.to_vec();
    let body = cipher
        .encrypt(&nonce.into(), Payload { msg: plain, aad: &aad })
        .map_err(|_| DiffusionError::Damaged("a document could not be sealed"))?;
    sealed.extend_from_slice(&body);
    Ok(sealed)
}

/// Back from [`seal_small`].
pub(crate) fn open_small(master: &[u8; 32], what: &[u8], id: Uuid, sealed: &[u8]) -> Result<Vec<u8>, DiffusionError> {
    let cipher = Aes256Gcm::new_from_slice(master).map_err(|_| DiffusionError::Damaged("key length"))?;
    let (nonce, body) =
        sealed.split_first_chunk::<12>().ok_or(DiffusionError::Damaged("a sealed document is short"))?;
    let aad = [what, b"\0", id.as_bytes()].concat();
    cipher
        .decrypt(&(*nonce).into(), Payload { msg: body, aad: &aad })
        .map_err(|_| DiffusionError::Damaged("a sealed document does not open"))
}
