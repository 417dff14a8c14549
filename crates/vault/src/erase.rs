//! The eraser of vault objects, a port of its own: only retention is handed one.

use crate::folder::{blocking, object_path};
use crate::temporary::sync_folder;
use crate::{ObjectKey, VaultError};
use async_trait::async_trait;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What an erasure found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erased {
    /// The object was there and is gone, durably.
    Gone,
    /// There was nothing under this key.
    Absent,
}

/// Destroys objects, for ever.
#[async_trait]
pub trait VaultEraser: Send + Sync + 'static {
    /// Destroys the object; returns only when its name is gone from stable storage. Repeatable.
    async fn erase(&self, key: ObjectKey) -> Result<Erased, VaultError>;
}

/// The eraser of a [`crate::FolderStore`]'s folder.
#[derive(Debug)]
pub struct FolderEraser {
    objects: PathBuf,
}

impl FolderEraser {
    /// An eraser of the objects under `root`, the folder given to [`crate::FolderStore::open`].
    pub fn new(root: &Path) -> Self {
        Self { objects: root.join("objects") }
    }
}

#[async_trait]
impl VaultEraser for FolderEraser {
    async fn erase(&self, key: ObjectKey) -> Result<Erased, VaultError> {
        let path = object_path(&self.objects, key);
        blocking("erasing an object", move || {
            let erased = match fs::remove_file(&path) {
                Ok(()) => Erased::Gone,
                Err(error) if error.kind() == io::ErrorKind::NotFound => Erased::Absent,
                Err(error) => return Err(VaultError::io("erasing the object")(error)),
            };
            // Also when it was absent: an earlier call may have died before this sync.
            match path.parent().map(sync_folder) {
                Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
                    Err(VaultError::io("syncing the erasure")(error))
                }
                _ => Ok(erased),
            }
        })
        .await
    }
}
