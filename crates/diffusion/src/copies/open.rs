//! Publications whose key is unwrapped, kept in memory for a while: a viewing is thousands of small reads.
//! Whether they may be read at this moment is never remembered here.

use super::{BlobReader, Copies, CopyKey, PlainSize};
use crate::DiffusionError;
use link::series::SeriesIndex;
use link::{BlobName, Publication};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Publications kept open at most.
const MOST_OPEN: usize = 256;

/// What is sealed with a publication: the message, and the file number of each of its blobs, in its order.
#[derive(Serialize, Deserialize)]
pub(crate) struct Document {
    pub(crate) version: u32,
    pub(crate) publication: Publication,
    pub(crate) numbers: Vec<u32>,
}

/// A publication that can be read.
pub(crate) struct OpenCopy {
    pub(crate) publication: Arc<Publication>,
    key: Arc<CopyKey>,
    blobs: HashMap<BlobName, (u32, PlainSize)>,
    indexes: Mutex<HashMap<u32, Arc<SeriesIndex>>>,
}

impl OpenCopy {
    /// From the wrapped key and the sealed document of the database.
    pub(crate) fn unseal(
        master: &[u8; 32],
        publication: Uuid,
        wrapped: &[u8],
        document: &[u8],
    ) -> Result<Self, DiffusionError> {
        let key = CopyKey::unwrap_from(master, publication, wrapped)?;
        let plain = key.open_document(document)?;
        let document: Document =
            serde_json::from_slice(&plain).map_err(|error| DiffusionError::Document(error.to_string()))?;
        let sizes = document.publication.blobs.iter().map(|blob| (blob.name.clone(), PlainSize(blob.size_bytes)));
        let blobs = sizes.zip(document.numbers).map(|((name, size), number)| (name, (number, size))).collect();
        Ok(Self { publication: Arc::new(document.publication), key: Arc::new(key), blobs, indexes: Mutex::default() })
    }

    /// The index of a series, if it was read before. It never changes under one publication.
    pub(crate) fn index(&self, series: u32) -> Option<Arc<SeriesIndex>> {
        self.indexes.lock().unwrap_or_else(PoisonError::into_inner).get(&series).cloned()
    }

    pub(crate) fn keep_index(&self, series: u32, index: &Arc<SeriesIndex>) {
        self.indexes.lock().unwrap_or_else(PoisonError::into_inner).insert(series, Arc::clone(index));
    }

    /// A reader of one blob.
    pub(crate) fn reader(&self, copies: &Copies, name: &BlobName) -> Option<BlobReader> {
        let &(number, size) = self.blobs.get(name)?;
        let path = copies.blob(self.publication.publication, number);
        Some(BlobReader { path, key: Arc::clone(&self.key), number, size })
    }
}

/// The open publications.
#[derive(Default)]
pub(crate) struct OpenCopies(Mutex<HashMap<Uuid, Arc<OpenCopy>>>);

impl OpenCopies {
    fn with<T>(&self, act: impl FnOnce(&mut HashMap<Uuid, Arc<OpenCopy>>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn get(&self, publication: Uuid) -> Option<Arc<OpenCopy>> {
        self.with(|all| all.get(&publication).cloned())
    }

    pub(crate) fn keep(&self, copy: &Arc<OpenCopy>) {
        self.with(|all| {
            if all.len() >= MOST_OPEN {
                all.clear();
            }
            all.insert(copy.publication.publication, Arc::clone(copy));
        });
    }

    pub(crate) fn forget(&self, publication: Uuid) {
        self.with(|all| all.remove(&publication));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_version_is_still_read_and_written() {
        let pinned = include_str!("../../../../formats/diffusion/document-1.json");
        let document: Document = serde_json::from_str(pinned).unwrap();
        assert_eq!(
            serde_json::to_value(&document).unwrap(),
            serde_json::from_str::<serde_json::Value>(pinned).unwrap()
        );
    }
}
