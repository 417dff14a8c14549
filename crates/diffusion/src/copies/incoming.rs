//! A publication on its way in: blobs appended, encrypted as they come, nothing visible.

use super::chunk::{CHUNK, CopyKey};
use crate::DiffusionError;
use link::BlobName;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use uuid::Uuid;

/// More blobs than any exam has; a bound, not a goal.
const MOST_BLOBS: usize = 100_000;

/// The blobs of one publication as they arrive. Its key is in memory alone until the commit, so what a crash
/// leaves on disk is noise.
pub(crate) struct Incoming {
    pub(crate) exam: Uuid,
    pub(crate) key: CopyKey,
    folder: PathBuf,
    blobs: BTreeMap<BlobName, Arriving>,
    closed: bool,
}

struct Arriving {
    number: u32,
    path: PathBuf,
    pending: Vec<u8>,
    chunks_written: u64,
    received: u64,
    digest: Sha256,
}

/// A blob received whole and synced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrived {
    pub(crate) name: BlobName,
    pub(crate) number: u32,
    pub(crate) size_bytes: u64,
    pub(crate) sha256: String,
}

/// Why bytes were not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PutError {
    #[error("bytes at offset {offset} while only {received} are here")]
    Gap { offset: u64, received: u64 },
    #[error("too many blobs")]
    TooMany,
    #[error("this arrival is over")]
    Closed,
    #[error(transparent)]
    Failed(#[from] DiffusionError),
}

impl Incoming {
    /// Begins in an empty folder.
    pub(crate) fn begin(folder: PathBuf, exam: Uuid, key: CopyKey) -> Result<Self, DiffusionError> {
        std::fs::create_dir_all(&folder).map_err(DiffusionError::file("making a folder for a publication"))?;
        Ok(Self { exam, key, folder, blobs: BTreeMap::new(), closed: false })
    }

    /// Appends. Bytes already received are skipped, so a repeated call does nothing; the digest announced at
    /// the commit judges whether they were the same.
    pub(crate) fn put(&mut self, name: BlobName, offset: u64, bytes: &[u8]) -> Result<(), PutError> {
        if self.closed {
            return Err(PutError::Closed);
        }
        if !self.blobs.contains_key(&name) && self.blobs.len() >= MOST_BLOBS {
            return Err(PutError::TooMany);
        }
        let number = u32::try_from(self.blobs.len()).map_err(|_| PutError::TooMany)?;
        let folder = &self.folder;
        let blob = self.blobs.entry(name).or_insert_with(|| Arriving {
            number,
            path: folder.join(number.to_string()),
            pending: Vec::new(),
            chunks_written: 0,
            received: 0,
            digest: Sha256::new(),
        });
        let Some(known) = blob.received.checked_sub(offset) else {
            return Err(PutError::Gap { offset, received: blob.received });
        };
        let fresh = usize::try_from(known).ok().and_then(|known| bytes.get(known..)).unwrap_or_default();
        Ok(blob.append(&self.key, fresh)?)
    }

    /// Takes nothing more: another arrival of the same publication has begun.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.blobs.clear();
    }

    /// Seals the last chunks, syncs every file, and says what is here.
    pub(crate) fn finish(&mut self) -> Result<Vec<Arrived>, DiffusionError> {
        self.closed = true;
        let key = self.key.clone();
        std::mem::take(&mut self.blobs).into_iter().map(|(name, blob)| blob.finish(&key, name)).collect()
    }
}

impl Arriving {
    fn append(&mut self, key: &CopyKey, fresh: &[u8]) -> Result<(), DiffusionError> {
        self.digest.update(fresh);
        self.received += fresh.len() as u64;
        self.pending.extend_from_slice(fresh);
        // The last full chunk waits: only the next byte, or the end, tells whether it is the last one.
        let full = (self.pending.len().saturating_sub(1)) / CHUNK as usize;
        if full == 0 {
            return Ok(());
        }
        let rest = self.pending.split_off(full * CHUNK as usize);
        let whole = std::mem::replace(&mut self.pending, rest);
        let mut sealed = Vec::with_capacity(whole.len() + full * 16);
        for chunk in whole.chunks(CHUNK as usize) {
            sealed.extend_from_slice(&key.seal(self.number, self.chunks_written, false, chunk)?);
            self.chunks_written += 1;
        }
        self.write(&sealed, false)
    }

    fn finish(mut self, key: &CopyKey, name: BlobName) -> Result<Arrived, DiffusionError> {
        let last = std::mem::take(&mut self.pending);
        let sealed = key.seal(self.number, self.chunks_written, true, &last)?;
        self.write(&sealed, true)?;
        Ok(Arrived {
            name,
            number: self.number,
            size_bytes: self.received,
            sha256: hex::encode(self.digest.finalize()),
        })
    }

    fn write(&self, sealed: &[u8], sync: bool) -> Result<(), DiffusionError> {
        let append = || -> std::io::Result<()> {
            let mut file = std::fs::OpenOptions::new().append(true).create(true).open(&self.path)?;
            file.write_all(sealed)?;
            if sync { file.sync_all() } else { Ok(()) }
        };
        append().map_err(DiffusionError::file("writing a web copy"))
    }
}
