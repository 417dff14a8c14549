//! The eraser of packages: what was handed over, waited too long, or was never finished.

use std::io;
use std::path::Path;
use uuid::Uuid;

/// The finished package of a request.
pub(super) fn name_of(request: Uuid) -> String {
    format!("{}.zip", request.simple())
}

/// Removes the package of a request; one that is gone is done.
pub(super) fn erase(folder: &Path, request: Uuid) -> io::Result<()> {
    absent_is_done(std::fs::remove_file(folder.join(name_of(request))))
}

/// Removes every file but the packages of these requests. Called before the first package is made.
pub(super) fn clear_all_but(folder: &Path, kept: &[Uuid]) -> io::Result<()> {
    let kept: Vec<_> = kept.iter().map(|request| name_of(*request)).collect();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if !kept.iter().any(|name| entry.file_name() == name.as_str()) {
            absent_is_done(std::fs::remove_file(entry.path()))?;
        }
    }
    Ok(())
}

fn absent_is_done(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
