//! What the room promises, by its public door.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod charset;
mod coerce;
mod dicomdir;
mod frames;
mod header;
mod hostile;
mod json;
mod matching;
mod mutations;
mod part10;
mod scan;
mod sweep;
mod tables;

use dicom::scan::{Limits, Scanned, scan_part10};
use dicom::write::Writer;

/// A file of `tests/data`.
fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A file of `tests/data`, scanned.
fn scan(name: &str) -> Scanned {
    scan_part10(&file(name), &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The UIDs without which nothing is an instance.
fn with_uids(writer: &mut Writer) -> &mut Writer {
    use dicom::{Vr, tag};
    writer
        .text(tag::SOP_CLASS_UID, Vr::UI, "1.2.840.10008.5.1.4.1.1.7")
        .text(tag::SOP_INSTANCE_UID, Vr::UI, "2.25.1")
        .text(tag::STUDY_INSTANCE_UID, Vr::UI, "2.25.2")
        .text(tag::SERIES_INSTANCE_UID, Vr::UI, "2.25.3")
}

/// A bare explicit data set, scanned.
fn scan_explicit(bytes: &[u8]) -> Result<Scanned, dicom::Error> {
    dicom::scan::scan_dataset(bytes, dicom::tables::EXPLICIT_VR_LITTLE_ENDIAN, &Limits::default())
}
