//! The log's folder: its lock and its names. No name from the wire is ever part of one.

use super::{LandingError, SegmentName};
use rustix::fs::FlockOperation;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The folder of one log, locked by this process.
pub(super) struct Folder {
    root: PathBuf,
    large: PathBuf,
    _lock: File,
}

/// A large file's state, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LargeName {
    /// Named by a synced record.
    Kept(u64),
    /// Being received, or left by a reception that died.
    Part(u64),
}

impl Folder {
    pub fn open(root: &Path) -> Result<Self, LandingError> {
        let large = root.join("large");
        std::fs::create_dir_all(&large).map_err(io_error("creating", &large))?;
        let path = root.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(io_error("opening", &path))?;
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(LandingError::Owned(root.to_owned())),
            Err(error) => return Err(io_error("locking", &path)(error.into())),
        }
        for folder in [&large, root, root.parent().unwrap_or(root)] {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            super::disk::sync_folder(folder).map_err(io_error("syncing", folder))?;
        }
        Ok(Self { root: root.to_owned(), large, _lock: lock })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn losses(&self) -> PathBuf {
        self.root.join("losses.jsonl")
    }

    pub fn large_root(&self) -> &Path {
        &self.large
    }

    pub fn segment(&self, name: SegmentName) -> PathBuf {
        self.root.join(format!("segment-{:05}-{:012}.log", name.writer, name.segment))
    }

    pub fn large(&self, number: u64) -> PathBuf {
        self.large.join(format!("{number:020}.dcm"))
    }

    pub fn large_part(&self, number: u64) -> PathBuf {
        self.large.join(format!("{number:020}.part"))
    }

    /// The segments on disk, ordered by writer and number.
    pub fn segments(&self) -> Result<Vec<SegmentName>, LandingError> {
        let mut names = list(&self.root, |name| {
            let (writer, segment) = name.strip_prefix("segment-")?.strip_suffix(".log")?.split_once('-')?;
            Some(SegmentName { writer: writer.parse().ok()?, segment: segment.parse().ok()? })
        })?;
        names.sort_unstable();
        Ok(names)
    }

    /// The large files on disk.
    pub fn large_files(&self) -> Result<Vec<LargeName>, LandingError> {
        list(&self.large, |name| match name.split_once('.')? {
            (number, "dcm") => number.parse().ok().map(LargeName::Kept),
            (number, "part") => number.parse().ok().map(LargeName::Part),
            _ => None,
        })
    }
}

fn list<T>(folder: &Path, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, LandingError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io_error("listing", folder))? {
        let entry = entry.map_err(io_error("listing", folder))?;
        found.extend(entry.file_name().to_str().and_then(&parse));
    }
    Ok(found)
}

pub(super) fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LandingError {
    move |source| LandingError::Io { doing, path: path.to_owned(), source }
}
