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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn key(publication: u128) -> CopyKey {
        CopyKey::new(Uuid::from_u128(publication), Secret::new([3; 32]))
    }

    #[test]
    fn no_two_chunks_of_a_publication_have_the_same_nonce() {
        let places = (0..40u32).chain([DOCUMENT]).flat_map(|blob| (0..40).chain([1 << 40]).map(move |at| (blob, at)));
        let nonces: HashSet<[u8; 12]> = places.clone().map(|(blob, at)| nonce(blob, at).into()).collect();
        assert_eq!(nonces.len(), places.count());
    }

    #[test]
    fn a_chunk_opens_only_in_its_own_place() {
        let sealed = key(1).seal(2, 3, false, b"slice").unwrap();
        assert_eq!(key(1).open(2, 3, false, &sealed).unwrap(), b"slice");
        assert!(key(9).open(2, 3, false, &sealed).is_err(), "another publication");
        assert!(key(1).open(9, 3, false, &sealed).is_err(), "another blob");
        assert!(key(1).open(2, 9, false, &sealed).is_err(), "another index");
        assert!(key(1).open(2, 3, true, &sealed).is_err(), "taken for the last");
        assert!(key(1).open(2, 3, false, &sealed[..4]).is_err(), "cut");
    }

    #[test]
    fn a_wrapped_key_opens_only_under_its_master_and_for_its_publication() {
        let wrapped = key(1).wrap(&[5; 32], [1; 12]).unwrap();
        let unwrap = |master: u8, id: u128| CopyKey::unwrap_from(&[master; 32], Uuid::from_u128(id), &wrapped);
        assert!(unwrap(5, 1).is_ok());
        assert!(unwrap(6, 1).is_err());
        assert!(unwrap(5, 2).is_err());
        assert!(open_small(&[5; 32], b"stub", Uuid::from_u128(1), &wrapped).is_err(), "a key is no stub");
    }

    proptest! {
        #[test]
        fn the_chunks_of_a_range_hold_it_and_no_chunk_too_many(size in 0..3_000_000u64, a in 0..3_000_000u64, b in 0..3_000_000u64) {
            let (start, end) = (a.min(b).min(size), a.max(b).min(size));
            let plain = PlainSize(size);
            let chunks = plain.chunks_of(&(start..end));
            prop_assert!(chunks.end <= plain.chunks());
            if start < end {
                prop_assert!(chunks.start * CHUNK <= start && start < (chunks.start + 1) * CHUNK);
                prop_assert!((chunks.end - 1) * CHUNK < end && end <= chunks.end * CHUNK);
            }
            let whole: u64 = (0..plain.chunks()).map(|at| plain.span(at).end - plain.span(at).start).sum();
            prop_assert_eq!(whole, plain.on_disk());
        }
    }
}
