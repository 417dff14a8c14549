//! Files copied with their digest, and made durable.

use sha2::{Digest, Sha256};
use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256.
    pub sha256: [u8; 32],
}

/// Bytes copied at once.
const PIECE: usize = 1 << 20;

/// Copies a file, or its first `limit` bytes, into a new file, which is synced.
pub fn copy(from: &Path, to: &Path, limit: Option<u64>) -> io::Result<Copied> {
    let mut source = File::open(from)?.take(limit.unwrap_or(u64::MAX));
    if let Some(folder) = to.parent() {
        make_folder(folder)?;
    }
    let mut target = File::options().write(true).create_new(true).mode(0o600).open(to)?;
    let copied = pass(&mut source, &mut target)?;
    target.sync_all()?;
    Ok(copied)
}

/// The size and digest of a file, which is synced.
pub fn digest(path: &Path) -> io::Result<Copied> {
    let mut file = File::open(path)?;
    file.sync_all()?;
    pass(&mut file, &mut io::sink())
}

fn pass(source: &mut impl Read, target: &mut impl Write) -> io::Result<Copied> {
    let (mut piece, mut sha256, mut size_bytes) = (vec![0; PIECE], Sha256::new(), 0);
    loop {
        let read = match source.read(&mut piece) {
            Ok(0) => return Ok(Copied { size_bytes, sha256: sha256.finalize().into() }),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let bytes = piece.get(..read).unwrap_or_default();
        sha256.update(bytes);
        target.write_all(bytes)?;
        size_bytes += read as u64;
    }
}

/// A folder that only we may enter, with those above it.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Every file under a folder, in order; none when there is no such folder.
pub fn under(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            match entry.file_type()? {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Makes the names of everything under a folder durable.
pub fn sync_tree(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        }
    }
    File::open(folder)?.sync_all()
}

/// Replaces a small file, durably and wholly or not at all.
pub fn replace(folder: &Path, name: &str, text: &[u8]) -> io::Result<()> {
    let new = folder.join(format!("{name}.new"));
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&new, folder.join(name))?;
    File::open(folder)?.sync_all()
}
