//! Objects that come on a medium or in a folder rather than over the network.
//!
//! [`plan`] lists the files of a path: those a DICOMDIR names when there is one, and every other file under it;
//! [`import`] stores them one after the other, each durable before the next, and tells its progress.

use crate::landing::{Accepted, Arriving, Landing, Outcome, Refusal};
use bytes::Bytes;
use dicom::scan::Limits;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes read at once.
const PIECE: usize = 256 << 10;
/// A directory of a medium is small; a larger one is no directory (PS3.10 §8).
const DICOMDIR_MAX: u64 = 64 << 20;
/// Folders below folders, at most: what is deeper is a loop of mounts or an attack.
const DEPTH_MAX: usize = 64;

/// Why an import could not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The system refused.
    #[error("{doing} {path}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// Nothing of what comes next could be stored either: the disk is full, or the log does not answer.
    #[error("import stopped at {path}: {refusal}")]
    Stopped {
        /// The file that was not stored.
        path: PathBuf,
        /// Why.
        refusal: Refusal,
    },
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq)]
pub enum Imported {
    /// Stored, or here already.
    Accepted(Box<Accepted>),
    /// Not a DICOM object: a viewer's program, a text, a DICOMDIR.
    NotDicom,
    /// Refused, with the reason.
    Refused(Refusal),
    /// Named by the DICOMDIR and not on the medium, or not readable.
    Missing,
}

/// Progress after one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress<'a> {
    /// Files done, this one included.
    pub done: usize,
    /// Files in all.
    pub total: usize,
    /// The file.
    pub path: &'a Path,
    /// What became of it.
    pub imported: &'a Imported,
}

/// Figures of a whole import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// New.
    pub stored: u64,
    /// Here already.
    pub duplicates: u64,
    /// Refused, with a reason told by the progress callback.
    pub refused: u64,
    /// Not DICOM.
    pub others: u64,
    /// Named by a DICOMDIR and missing.
    pub missing: u64,
}

/// The files to import under `path`, in the order of their names; a file alone is itself. Symbolic links are not
/// followed: a medium may not lead outside of itself. What a DICOMDIR names and is not there is listed too, so that it
/// can be reported.
///
/// # Errors
/// [`ImportError::Io`] when a folder cannot be listed.
pub fn plan(path: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let mut files = BTreeSet::new();
    let metadata = std::fs::symlink_metadata(path).map_err(io_error("opening", path))?;
    if metadata.is_file() && !is_dicomdir(path) {
        return Ok(vec![path.to_owned()]);
    }
    // A DICOMDIR handed in by name stands for its medium.
    let root = if metadata.is_file() { path.parent().unwrap_or(path) } else { path };
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(io_error("listing", &folder))? {
            let entry = entry.map_err(io_error("listing", &folder))?;
            let kind = entry.file_type().map_err(io_error("listing", &folder))?;
            if kind.is_dir() && depth < DEPTH_MAX {
                folders.push((entry.path(), depth + 1));
            } else if kind.is_file() {
                files.insert(entry.path());
            }
        }
    }
    let directories: Vec<PathBuf> = files.iter().filter(|file| is_dicomdir(file)).cloned().collect();
    for directory in directories {
        files.remove(&directory);
        let named: Vec<PathBuf> =
            named_by(&directory).into_iter().filter(|named| !files.iter().any(|file| same_name(file, named))).collect();
        files.extend(named);
    }
    Ok(files.into_iter().collect())
}

fn is_dicomdir(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.eq_ignore_ascii_case("DICOMDIR"))
}

/// Media are written in capitals and mounted in either case (PS3.10 §8.2).
fn same_name(one: &Path, other: &Path) -> bool {
    one.as_os_str().eq_ignore_ascii_case(other.as_os_str())
}

fn named_by(directory: &Path) -> Vec<PathBuf> {
    let root = directory.parent().unwrap_or(directory);
    let read = || {
        let file = std::fs::File::open(directory).ok()?;
        let mut bytes = Vec::new();
        file.take(DICOMDIR_MAX).read_to_end(&mut bytes).ok()?;
        dicom::dicomdir::files(&bytes, &Limits::default()).ok()
    };
    // A directory that cannot be read names nothing; the files of the medium are found without it.
    read()
        .unwrap_or_default()
        .into_iter()
        .map(|entry| entry.path.iter().fold(root.to_owned(), |p, c| p.join(c)))
        .collect()
}

/// Stores the files, each durable and visible before the next begins; `progress` hears of each.
///
/// # Errors
/// [`ImportError::Stopped`] when the log has no space or does not answer: run it again later, what is here already
/// counts as a duplicate.
pub async fn import(
    landing: &Landing,
    source: &str,
    files: &[PathBuf],
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Summary, ImportError> {
    let mut summary = Summary::default();
    for (index, path) in files.iter().enumerate() {
        let imported = one(landing, source, path).await;
        match &imported {
            Imported::Accepted(accepted) if accepted.outcome == Outcome::Stored => summary.stored += 1,
            Imported::Accepted(_) => summary.duplicates += 1,
            Imported::NotDicom => summary.others += 1,
            Imported::Missing => summary.missing += 1,
            Imported::Refused(refusal @ (Refusal::NoSpace | Refusal::Unavailable | Refusal::Storage)) => {
                return Err(ImportError::Stopped { path: path.clone(), refusal: refusal.clone() });
            }
            Imported::Refused(_) => summary.refused += 1,
        }
        progress(Progress { done: index + 1, total: files.len(), path, imported: &imported });
    }
    Ok(summary)
}

/// Stores one file.
pub async fn one(landing: &Landing, source: &str, path: &Path) -> Imported {
    let Ok(mut file) = tokio::fs::File::open(path).await else { return Imported::Missing };
    let mut reception = match landing.begin(Arriving::File { source: source.to_owned() }).await {
        Ok(reception) => reception,
        Err(refusal) => return Imported::Refused(refusal),
    };
    let mut first = true;
    loop {
        let piece = match piece_of(&mut file).await {
            Ok(piece) if piece.is_empty() => break,
            Ok(piece) => piece,
            Err(_) => return Imported::Missing,
        };
        if std::mem::take(&mut first) && !may_be_dicom(&piece) {
            return Imported::NotDicom;
        }
        if let Err(refusal) = reception.write(piece).await {
            return Imported::Refused(refusal);
        }
    }
    if first {
        return Imported::NotDicom;
    }
    match reception.finish().await {
        Ok(accepted) => Imported::Accepted(Box::new(accepted)),
        Err(refusal) => Imported::Refused(refusal),
    }
}

async fn piece_of(file: &mut tokio::fs::File) -> std::io::Result<Bytes> {
    use tokio::io::AsyncReadExt;
    let mut piece = Vec::with_capacity(PIECE);
    file.take(PIECE as u64).read_to_end(&mut piece).await?;
    Ok(piece.into())
}

/// A preamble, or a data set that begins with a group of the usual ones: old media have files without preamble.
fn may_be_dicom(head: &[u8]) -> bool {
    dicom::part10::preamble(head).is_some()
        || matches!(head, [2 | 8, 0, element, 0, ..] if *element <= 0x70 && head.len() > 8)
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ImportError {
    move |source| ImportError::Io { doing, path: path.to_owned(), source }
}
