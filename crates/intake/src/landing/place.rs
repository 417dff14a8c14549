//! Names of places in the log. A [`Place`] is `record::Place`: opaque to the catalogue, which keeps it.
//!
//! `offset` is where the record begins in its segment, also for a large file, whose number is in `file`.

use std::fmt;

pub use record::Place;

/// One segment of one writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentName {
    /// The writer, from 0.
    pub writer: u32,
    /// The segment's number within its writer, from 1, growing.
    pub segment: u64,
}

/// A point in one writer's log: everything before it has been applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// The segment's number.
    pub segment: u64,
    /// Byte offset in the segment: the end of the last applied record.
    pub offset: u64,
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.writer, self.segment)
    }
}

/// A place as operators read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceName(pub Place);

impl fmt::Display for PlaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.0;
        write!(f, "{}-{}+{}", place.writer, place.segment, place.offset)?;
        place.file.map_or(Ok(()), |file| write!(f, " (file {file})"))
    }
}

/// The segment of a place.
pub(super) fn segment_of(place: &Place) -> SegmentName {
    SegmentName { writer: place.writer, segment: place.segment }
}
