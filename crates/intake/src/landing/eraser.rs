//! The landing eraser: the only code of this room that removes a file.

use super::folder::{Folder, LargeName};
use super::{LandingError, SegmentName, disk, folder::io_error};
use std::path::Path;

/// Removes a segment and the large files its records name. The files go first: a crash in between leaves the segment,
/// and the release can be asked for again.
pub(super) fn segment(folder: &Folder, name: SegmentName, large: &[u64]) -> Result<(), LandingError> {
    for number in large {
        gone(&folder.large(*number))?;
    }
    if !large.is_empty() {
        disk::sync_folder(folder.large_root()).map_err(io_error("syncing", folder.large_root()))?;
    }
    gone(&folder.segment(name))?;
    disk::sync_folder(folder.root()).map_err(io_error("syncing", folder.root()))
}

/// Removes a segment that was prepared and never written to.
pub(super) fn unused_segment(folder: &Folder, name: SegmentName) -> Result<(), LandingError> {
    gone(&folder.segment(name))
}

/// Removes what an aborted reception had written.
pub(super) fn large_part(folder: &Folder, number: u64) -> Result<(), LandingError> {
    gone(&folder.large_part(number))
}

/// Removes what receptions that died with their process had written: no synced record names it.
pub(super) fn orphans(folder: &Folder) -> Result<u64, LandingError> {
    let mut removed = 0;
    for file in folder.large_files()? {
        if let LargeName::Part(number) = file {
            large_part(folder, number)?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn gone(path: &Path) -> Result<(), LandingError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io_error("erasing", path)(error)),
        _ => Ok(()),
    }
}
