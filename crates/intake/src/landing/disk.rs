//! The few things the log asks of the file system.

use super::chunk::Chunk;
use super::format::PAGE;
use rustix::fs::{Advice, FallocateFlags, OFlags};
use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

/// Slices handed to one `pwritev` (IOV_MAX is 1,024).
const SLICES: usize = 512;
/// How often a write that says "try again" is tried.
const TRIES: u32 = 100;

/// Creates a file that must not exist, for reading and writing past the page cache where the file system can.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.clone().create_new(true).custom_flags(direct()).open(path) {
        // File systems without direct I/O say EINVAL, some after having created the file.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => options.create(true).truncate(true).open(path),
        other => other,
    }
}

/// Opens a file for reading past the page cache: what comes back is what the disk holds.
pub(super) fn open_past_cache(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    match options.clone().custom_flags(direct()).open(path) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            let file = options.open(path)?;
            // Dropping the clean pages comes closest.
            let _ = rustix::fs::fadvise(&file, 0, None, Advice::DontNeed);
            Ok(file)
        }
        other => other,
    }
}

fn direct() -> i32 {
    OFlags::DIRECT.bits().cast_signed()
}

/// Reserves `bytes`, so that appending changes no size and cannot run out of space.
pub(super) fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, bytes) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::OPNOTSUPP) => file.set_len(bytes),
        Err(error) => Err(error.into()),
    }
}

/// Writes page-aligned slices one after the other, whatever the kernel's portions.
pub(super) fn write_all(file: &File, slices: &[&[u8]], mut offset: u64) -> io::Result<()> {
    let mut tries = 0;
    for group in slices.chunks(SLICES) {
        let mut iovecs: Vec<IoSlice<'_>> = group.iter().map(|slice| IoSlice::new(slice)).collect();
        let mut left = iovecs.as_mut_slice();
        IoSlice::advance_slices(&mut left, 0);
        while !left.is_empty() {
            match rustix::io::pwritev(file, left, offset) {
                // Direct I/O goes on at a page boundary: a part of a page is written again.
                Ok(written) if written >= PAGE => {
                    let pages = written - written % PAGE;
                    offset += pages as u64;
                    IoSlice::advance_slices(&mut left, pages);
                }
                Ok(_) | Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) if tries < TRIES => {
                    tries += 1;
                    std::thread::yield_now();
                }
                Ok(_) => return Err(io::ErrorKind::WriteZero.into()),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

/// Reads up to a chunk at a page-aligned offset; less only at the end of the file.
pub(super) fn read_chunk(file: &File, chunk: &mut Chunk, offset: u64, length: usize) -> io::Result<usize> {
    let mut done = 0;
    while done < length {
        let Some(room) = chunk.bytes_mut().get_mut(done..length) else { break };
        match file.read_at(room, offset + done as u64) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// Puts a file's bytes on stable storage. An error is final: the kernel may have dropped the pages it could not
/// write, and a second call would answer success.
pub(super) fn sync(file: &File) -> io::Result<()> {
    if broken() { Ok(()) } else { file.sync_data() }
}

/// Puts a folder's names on stable storage.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if broken() { Ok(()) } else { File::open(folder)?.sync_all() }
}

/// Only in builds with the feature `break-sync`, and only when asked: the power-cut tests must be seen to fail.
#[cfg(feature = "break-sync")]
fn broken() -> bool {
    std::env::var_os("NEGATOSCOPE_BREAK_SYNC").is_some()
}

#[cfg(not(feature = "break-sync"))]
const fn broken() -> bool {
    false
}
