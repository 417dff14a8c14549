//! The digests of a payload, made while it goes by.

use super::format::Content;
use sha2::{Digest, Sha256};

/// SHA-256 of the data set and CRC-32 of everything.
pub(super) struct Digester {
    sha: Sha256,
    crc: crc32fast::Hasher,
    /// Bytes before the data set still to come.
    skip: u64,
}

impl Digester {
    /// `dataset_offset`: bytes of the payload before what SHA-256 covers.
    pub fn new(dataset_offset: u64) -> Self {
        Self { sha: Sha256::new(), crc: crc32fast::Hasher::new(), skip: dataset_offset }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.crc.update(bytes);
        let before = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
        self.skip -= before as u64;
        self.sha.update(bytes.get(before..).unwrap_or_default());
    }

    pub fn finish(self) -> Digests {
        Digests { sha256: self.sha.finalize().into(), crc32: self.crc.finalize() }
    }
}

/// What a payload's bytes amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digests {
    pub sha256: [u8; 32],
    pub crc32: u32,
}

impl Digests {
    /// Whether these are the digests of what the trailer names.
    pub fn are_of(&self, content: &Content) -> bool {
        self.sha256 == content.sha256 && self.crc32 == content.crc32
    }
}
