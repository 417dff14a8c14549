//! The records found damaged, kept in a file beside the log: a loss that was named is not forgotten at the next start.
//! One JSON object a line, `{"writer":0,"segment":3,"offset":8192,"length":0,"file":null}`.

use super::folder::{Folder, io_error};
use super::{LandingError, Place, disk, place::segment_of};
use std::io::Write;

/// The losses of segments that are still there.
pub(super) fn load(folder: &Folder) -> Result<Vec<Place>, LandingError> {
    let path = folder.losses();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        // Bytes that are no text: this file is damaged too, and there is no more to be known from it.
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => String::new(),
        Err(error) => return Err(io_error("reading", &path)(error)),
    };
    let known = text.lines().filter_map(|line| serde_json::from_str::<Place>(line).ok());
    Ok(known.filter(|place| folder.segment(segment_of(place)).exists()).collect())
}

/// Writes the list anew.
pub(super) fn save(folder: &Folder, losses: &[Place]) -> Result<(), LandingError> {
    let (path, new) = (folder.losses(), folder.losses().with_extension("new"));
    let mut text = String::new();
    for place in losses {
        text.push_str(&serde_json::to_string(place).unwrap_or_default());
        text.push('\n');
    }
    let written = std::fs::File::create(&new).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        disk::sync(&file)?;
        std::fs::rename(&new, &path)?;
        disk::sync_folder(folder.root())
    });
    written.map_err(io_error("writing", &path))
}
