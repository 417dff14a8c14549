//! The index of a published series: where each instance and each frame lies in the bundle, so that a
//! frame is served without parsing DICOM.

use serde::{Deserialize, Serialize};

/// The index of one series' bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesIndex {
    /// 1.
    pub version: u32,
    /// In display order.
    pub instances: Vec<InstanceIndex>,
}

/// One instance of the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceIndex {
    /// Offset of the Part 10 file in the bundle.
    pub offset: u64,
    /// Its length.
    pub size_bytes: u64,
    /// Transfer syntax UID of the stored bytes.
    pub transfer_syntax: String,
    /// SHA-256 of the Part 10 file, hexadecimal.
    pub sha256: String,
    /// The 128-byte preamble looks like a program, an archive or a page, and is zeroed on download.
    pub preamble_suspicious: bool,
    /// Frames, in order; each is a list of spans to be joined.
    pub frames: Vec<Vec<Span>>,
}

/// A run of bytes in the bundle, absolute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Offset in the bundle.
    pub offset: u64,
    /// Length.
    pub size_bytes: u64,
}
