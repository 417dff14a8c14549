//! How the log is laid out and bounded.

use std::path::PathBuf;

/// Settings of the landing log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The log's own folder; created when missing.
    pub folder: PathBuf,
    /// Writers, each with its own open segment and thread. As many as cores.
    pub writers: u16,
    /// Size of a segment, preallocated.
    pub segment_bytes: u64,
    /// Whether each writer keeps its next segment ready, full of zeros: faster, and twice the space.
    pub spare_segments: bool,
    /// Up to this size an instance is buffered whole and appended to a segment; beyond, it streams to its own file.
    pub buffered_bytes: usize,
    /// The largest instance accepted.
    pub instance_bytes_max: u64,
    /// The largest message accepted.
    pub message_bytes_max: usize,
    /// Memory for receptions in progress; when it is used up, instances stream to their own files.
    pub in_flight_bytes: usize,
}

impl Settings {
    /// The defaults, in `folder`.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
        Self {
            folder: folder.into(),
            writers: u16::try_from(cores.clamp(1, 64)).unwrap_or(1),
            segment_bytes: 256 << 20,
            spare_segments: true,
            buffered_bytes: 4 << 20,
            instance_bytes_max: 8 << 30,
            message_bytes_max: 64 << 20,
            in_flight_bytes: 64 << 20,
        }
    }
}
