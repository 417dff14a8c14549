//! Watched folders: what a program drops into a folder is imported.
//!
//! A file is taken once it has stopped changing between two looks. It is stored first, durably; only then does it move
//! to `done/`, or to `refused/` with a text beside it that says why. A crash in between imports it again, which is a
//! duplicate. Without space, or while the log does not answer, it stays where it is.

use crate::import::{Imported, one};
use crate::landing::{Landing, Refusal};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Files taken at one look, at most.
const TAKEN_MAX: usize = 1_000;

/// One watched folder.
#[derive(Debug)]
pub struct Watched {
    folder: PathBuf,
    source: String,
    seen: BTreeMap<PathBuf, Seen>,
}

/// What a file looked like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    size_bytes: u64,
    modified: Option<SystemTime>,
}

/// What one look did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Moved to `done/`.
    pub done: usize,
    /// Moved to `refused/`.
    pub refused: usize,
    /// Still changing, or seen for the first time.
    pub waiting: usize,
    /// Left where they are because nothing can be stored now.
    pub held_back: usize,
}

impl Watched {
    /// Watches `folder`; `source` is what the catalogue shows as the sender.
    pub fn new(folder: impl Into<PathBuf>, source: impl Into<String>) -> Self {
        Self { folder: folder.into(), source: source.into(), seen: BTreeMap::new() }
    }

    /// Looks once. Call it at intervals: a file is taken at the second look that finds it unchanged.
    ///
    /// # Errors
    /// When the folder cannot be listed, or a file stored cannot be moved (it is imported again at the next look).
    pub async fn look(&mut self, landing: &Landing) -> io::Result<Look> {
        let now = self.list().await?;
        let mut look = Look::default();
        let stable: Vec<PathBuf> = now
            .iter()
            .filter(|(path, seen)| self.seen.get(*path) == Some(*seen))
            .map(|(path, _)| path.clone())
            .collect();
        look.waiting = now.len() - stable.len();
        self.seen = now;
        for path in stable.into_iter().take(TAKEN_MAX) {
            match one(landing, &self.source, &path).await {
                Imported::Accepted(_) => {
                    self.put_away(&path, "done", None).await?;
                    look.done += 1;
                }
                Imported::Refused(Refusal::NoSpace | Refusal::Unavailable | Refusal::Storage) | Imported::Missing => {
                    look.held_back += 1;
                }
                Imported::Refused(refusal) => {
                    self.put_away(&path, "refused", Some(&refusal.to_string())).await?;
                    look.refused += 1;
                }
                Imported::NotDicom => {
                    self.put_away(&path, "refused", Some("not a DICOM file")).await?;
                    look.refused += 1;
                }
            }
        }
        Ok(look)
    }

    async fn list(&self) -> io::Result<BTreeMap<PathBuf, Seen>> {
        let mut found = BTreeMap::new();
        let mut entries = tokio::fs::read_dir(&self.folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            // A name that begins with a dot is a program's own: many write there first and rename.
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            // A file may be gone between the listing and the look.
            let Ok(metadata) = entry.metadata().await else { continue };
            if metadata.is_file() && !hidden {
                let seen = Seen { size_bytes: metadata.len(), modified: metadata.modified().ok() };
                found.insert(entry.path(), seen);
            }
        }
        Ok(found)
    }

    /// Moves a file that needs no more attention; the reason is written first.
    async fn put_away(&self, path: &Path, into: &str, reason: Option<&str>) -> io::Result<()> {
        let folder = self.folder.join(into);
        tokio::fs::create_dir_all(&folder).await?;
        let target = free_name(&folder, path.file_name().unwrap_or(OsStr::new("file")));
        if let Some(reason) = reason {
            let mut name = target.clone().into_os_string();
            name.push(".reason.txt");
            tokio::fs::write(name, format!("{reason}\n")).await?;
        }
        tokio::fs::rename(path, &target).await
    }
}

/// A name nothing has in `folder`: the file's own, or with a number behind it.
fn free_name(folder: &Path, name: &OsStr) -> PathBuf {
    let mut target = folder.join(name);
    let mut number = 1;
    while target.exists() {
        let mut numbered = name.to_owned();
        numbered.push(format!(".{number}"));
        target = folder.join(numbered);
        number += 1;
    }
    target
}
