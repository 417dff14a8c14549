//! The folder of web copies: one folder per publication, one encrypted file per blob.
//!
//! ```text
//! copies/incoming/<publication>/<n>   being received, useless without the key held in memory
//! copies/<xx>/<publication>/<n>       published; <xx> is the first byte of the publication's id
//! ```

mod chunk;
mod incoming;
mod open;
mod reader;

pub(crate) use chunk::{CopyKey, PlainSize, open_small, seal_small};
pub(crate) use incoming::{Arrived, Incoming, PutError};
pub(crate) use open::{Document, OpenCopies, OpenCopy};
pub(crate) use reader::BlobReader;

use crate::DiffusionError;
use crate::keys::sync_folder;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// The folder of web copies.
#[derive(Debug, Clone)]
pub(crate) struct Copies {
    root: PathBuf,
}

impl Copies {
    pub(crate) fn open(root: &Path) -> Result<Self, DiffusionError> {
        let copies = Self { root: root.to_owned() };
        std::fs::create_dir_all(copies.incoming()).map_err(DiffusionError::file("making the folder of web copies"))?;
        sync_folder(root).map_err(DiffusionError::file("making the folder of web copies durable"))?;
        Ok(copies)
    }

    pub(crate) fn incoming(&self) -> PathBuf {
        self.root.join("incoming")
    }

    /// Where a publication's blobs arrive.
    pub(crate) fn incoming_of(&self, publication: Uuid) -> PathBuf {
        self.incoming().join(publication.simple().to_string())
    }

    /// Where a publication's blobs stand once published.
    pub(crate) fn folder_of(&self, publication: Uuid) -> PathBuf {
        let name = publication.simple().to_string();
        let shelf: String = name.chars().take(2).collect();
        self.root.join(shelf).join(name)
    }

    /// Where one published blob stands.
    pub(crate) fn blob(&self, publication: Uuid, number: u32) -> PathBuf {
        self.folder_of(publication).join(number.to_string())
    }

    /// Moves a publication's folder from *incoming* to its shelf, durably. Its files are synced already.
    pub(crate) fn shelve(&self, publication: Uuid) -> std::io::Result<()> {
        let (from, to) = (self.incoming_of(publication), self.folder_of(publication));
        sync_folder(&from)?;
        let shelf = to.parent().unwrap_or(&self.root);
        if !shelf.exists() {
            std::fs::create_dir_all(shelf)?;
            sync_folder(&self.root)?;
        }
        std::fs::rename(&from, &to)?;
        sync_folder(shelf)?;
        sync_folder(&self.incoming())
    }

    /// Every publication that has a folder on a shelf.
    pub(crate) fn shelved(&self) -> std::io::Result<Vec<Uuid>> {
        let mut found = Vec::new();
        for shelf in std::fs::read_dir(&self.root)? {
            let shelf = shelf?;
            if shelf.file_name() == "incoming" || !shelf.file_type()?.is_dir() {
                continue;
            }
            for folder in std::fs::read_dir(shelf.path())? {
                if let Some(id) = folder?.file_name().to_str().and_then(|name| Uuid::try_parse(name).ok()) {
                    found.push(id);
                }
            }
        }
        Ok(found)
    }
}
