//! The eraser of temporary files: folders of publications that were begun and not committed.

use crate::copies::Copies;
use uuid::Uuid;

/// Removes what a publication left in *incoming*, if anything.
pub(crate) fn discard_incoming(copies: &Copies, publication: Uuid) -> std::io::Result<()> {
    absent_is_done(std::fs::remove_dir_all(copies.incoming_of(publication)))
}

/// Removes everything in *incoming*: at start nothing there has a key any more.
pub(crate) fn discard_all_incoming(copies: &Copies) -> std::io::Result<()> {
    for entry in std::fs::read_dir(copies.incoming())? {
        absent_is_done(std::fs::remove_dir_all(entry?.path()))?;
    }
    Ok(())
}

fn absent_is_done(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
