//! Temporary files, and the only place in this room that removes a file that is not an object:
//! the eraser of temporary files.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file that goes away unless it is [`Temporary::publish`]ed.
#[derive(Debug)]
pub(crate) struct Temporary {
    path: PathBuf,
    file: File,
    published: bool,
}

impl Temporary {
    /// Makes a new file, mode 0600; fails when it exists.
    pub(crate) fn create(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self { path, file, published: false })
    }

    /// The open file.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Gives the file its final name, durably; fails when that name exists. The bytes must have
    /// been synced before. When the folder cannot be synced the name is taken back: nobody knows
    /// whether it would survive a power cut, so it must not be seen.
    pub(crate) fn publish(mut self, target: &Path) -> io::Result<()> {
        let folder = target.parent().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        rename_new(&self.path, target)?;
        if let Err(error) = sync_folder(folder) {
            return match fs::rename(target, &self.path) {
                Ok(()) => Err(error),
                Err(_) => fs::remove_file(target).and(Err(error)),
            };
        }
        self.published = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.published {
            // Nothing more can be done here; opening the folder clears what is left.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes every file of a folder of temporary files. Called at open, under the folder's lock.
pub(crate) fn clear(folder: &Path) -> io::Result<u64> {
    let mut removed = 0;
    for found in fs::read_dir(folder)? {
        fs::remove_file(found?.path())?;
        removed += 1;
    }
    Ok(removed)
}

/// Makes the names in `folder` durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Renames, and never over an existing file. A file system that cannot say so in one call gets a
/// second name for the file first, which fails the same way when the name is taken.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        Err(error) => Err(error.into()),
    }
}
