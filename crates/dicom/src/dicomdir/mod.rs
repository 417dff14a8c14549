//! Media directories (PS3.3 §F, PS3.10 §8): which files a DICOMDIR names.

mod write;

pub use write::{Listed, write};

use crate::charset::CharacterSet;
use crate::error::Error;
use crate::scan::{Limits, Scanned};
use crate::tag;
use std::borrow::Cow;

/// A file named by a directory record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Directory Record Type: `IMAGE`, `SR DOCUMENT`, …
    pub record_type: String,
    /// Referenced File ID: 1 to 8 components, none of which can leave the media or name a device. Case as written.
    pub path: Vec<String>,
    /// Referenced SOP Class UID in File, verbatim.
    pub sop_class_uid: Option<String>,
    /// Referenced SOP Instance UID in File, verbatim.
    pub sop_instance_uid: Option<String>,
    /// Referenced Transfer Syntax UID in File, verbatim.
    pub transfer_syntax_uid: Option<String>,
}

/// The files named by the bytes of a DICOMDIR, in the order of its records; inactive records are kept, duplicates too.
///
/// # Errors
/// What the scan refuses; [`Error::NotDicom`] when it is no directory; [`Error::BadFileId`].
pub fn files(bytes: &[u8], limits: &Limits) -> Result<Vec<FileEntry>, Error> {
    files_of(&crate::scan::scan_part10(bytes, limits)?)
}

/// The files named by a scanned DICOMDIR.
///
/// # Errors
/// [`Error::NotDicom`] when it is no directory; [`Error::BadFileId`].
pub fn files_of(scanned: &Scanned) -> Result<Vec<FileEntry>, Error> {
    let dataset = scanned.dataset();
    if dataset.get(tag::DIRECTORY_RECORD_SEQUENCE).is_none() {
        return Err(Error::NotDicom);
    }
    let mut files = Vec::new();
    for (index, record) in dataset.items(tag::DIRECTORY_RECORD_SEQUENCE).enumerate() {
        let path = record.texts(tag::REFERENCED_FILE_ID, &CharacterSet::default());
        if path.is_empty() {
            continue;
        }
        if path.len() > MAX_COMPONENTS || !path.iter().all(|component| is_acceptable(component)) {
            return Err(Error::BadFileId { index });
        }
        let text = |tag| record.plain_text(tag).map(Cow::into_owned);
        files.push(FileEntry {
            record_type: text(tag::DIRECTORY_RECORD_TYPE).unwrap_or_default(),
            path,
            sop_class_uid: text(tag::REFERENCED_SOP_CLASS_UID_IN_FILE),
            sop_instance_uid: text(tag::REFERENCED_SOP_INSTANCE_UID_IN_FILE),
            transfer_syntax_uid: text(tag::REFERENCED_TRANSFER_SYNTAX_UID_IN_FILE),
        });
    }
    Ok(files)
}

/// Components of a file identifier (PS3.10 §8.2).
const MAX_COMPONENTS: usize = 8;

/// Whether a component stays where it is put. PS3.10 §8.2 allows eight capitals, digits and underscores; media are met
/// with small letters, spaces, extensions and long names, which are harmless.
fn is_acceptable(component: &str) -> bool {
    const DEVICES: &[&str] = &["CON", "PRN", "AUX", "NUL", "COM", "LPT", "CONIN$", "CONOUT$"];
    let stem = component.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let is_device = DEVICES.contains(&stem.trim_end_matches(|c: char| c.is_ascii_digit()));
    let is_plain =
        |c: char| matches!(c, ' '..='~') && !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    (1..=64).contains(&component.len())
        && component.chars().all(is_plain)
        && !component.starts_with(['.', ' ', '~', '-'])
        && !component.ends_with(['.', ' '])
        && !is_device
}
