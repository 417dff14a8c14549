//! Stores that misbehave in one chosen way.

use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use vault::{ObjectKey, ObjectStore, Piece, Pieces, VaultError};

/// A store in memory whose bytes a test may change.
#[derive(Default)]
pub struct MemoryStore {
    pub objects: Mutex<BTreeMap<ObjectKey, Vec<u8>>>,
}

#[async_trait]
impl ObjectStore for MemoryStore {
    async fn put(&self, key: ObjectKey, mut pieces: Pieces) -> Result<u64, VaultError> {
        let mut bytes = Vec::new();
        loop {
            match pieces.recv().await {
                Some(Ok(Piece::Bytes(more))) => bytes.extend(more),
                Some(Ok(Piece::End)) => break,
                Some(Err(error)) => return Err(error),
                None => return Err(VaultError::Abandoned("the writing of an object")),
            }
        }
        let size_bytes = bytes.len() as u64;
        let mut objects = self.objects.lock().unwrap();
        if objects.contains_key(&key) {
            return Err(VaultError::Exists(key));
        }
        objects.insert(key, bytes);
        Ok(size_bytes)
    }

    async fn read(&self, key: ObjectKey, range: Range<u64>) -> Result<Bytes, VaultError> {
        let objects = self.objects.lock().unwrap();
        let bytes = objects.get(&key).ok_or(VaultError::NotFound(key))?;
        let found = bytes.get(range.start as usize..range.end as usize);
        found.map(Bytes::copy_from_slice).ok_or(VaultError::Damaged { key, what: "too short".into() })
    }

    async fn size(&self, key: ObjectKey) -> Result<u64, VaultError> {
        let objects = self.objects.lock().unwrap();
        objects.get(&key).map(|bytes| bytes.len() as u64).ok_or(VaultError::NotFound(key))
    }

    async fn list(&self, after: Option<ObjectKey>, limit: usize) -> Result<Vec<ObjectKey>, VaultError> {
        let objects = self.objects.lock().unwrap();
        Ok(objects.keys().filter(|key| after.is_none_or(|after| **key > after)).take(limit).copied().collect())
    }
}

/// What a [`LyingStore`] does to each object it accepts.
#[derive(Clone, Copy)]
pub enum Lie {
    /// Flips one bit in the middle and reports success.
    Flip,
    /// Keeps all but the last byte and reports success.
    Shorten,
    /// Takes some bytes, then fails as a full disk does.
    Full,
    /// Reads fail as a dying disk does.
    ReadFails,
}

/// A store in memory that lies.
pub struct LyingStore {
    pub memory: Arc<MemoryStore>,
    pub lie: Lie,
}

#[async_trait]
impl ObjectStore for LyingStore {
    async fn put(&self, key: ObjectKey, mut pieces: Pieces) -> Result<u64, VaultError> {
        if let Lie::Full = self.lie {
            pieces.recv().await;
            return Err(VaultError::Full { doing: "writing the object" });
        }
        let size_bytes = self.memory.put(key, pieces).await?;
        let mut objects = self.memory.objects.lock().unwrap();
        let bytes = objects.get_mut(&key).unwrap();
        let middle = bytes.len() / 2;
        match self.lie {
            Lie::Flip => bytes[middle] ^= 1,
            Lie::Shorten => bytes.truncate(size_bytes as usize - 1),
            Lie::Full | Lie::ReadFails => {}
        }
        Ok(size_bytes)
    }

    async fn read(&self, key: ObjectKey, range: Range<u64>) -> Result<Bytes, VaultError> {
        match self.lie {
            Lie::ReadFails => {
                Err(VaultError::Io { doing: "reading the object", source: std::io::Error::from_raw_os_error(5) })
            }
            _ => self.memory.read(key, range).await,
        }
    }

    async fn size(&self, key: ObjectKey) -> Result<u64, VaultError> {
        self.memory.size(key).await
    }

    async fn list(&self, after: Option<ObjectKey>, limit: usize) -> Result<Vec<ObjectKey>, VaultError> {
        self.memory.list(after, limit).await
    }
}
