//! Names of places in the log. They are opaque to the record, which keeps them as text.

use std::fmt;
use std::str::FromStr;

/// One segment of one writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentName {
    /// The writer, from 0.
    pub writer: u16,
    /// The segment's number within its writer, growing.
    pub segment: u64,
}

/// Where one record begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LandingPlace {
    /// The writer, from 0.
    pub writer: u16,
    /// The segment's number within its writer.
    pub segment: u64,
    /// Byte offset of the record in the segment.
    pub offset: u64,
}

/// A point in one writer's log: everything before it has been applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// The segment's number.
    pub segment: u64,
    /// Byte offset in the segment: the end of the last applied record.
    pub offset: u64,
}

impl LandingPlace {
    /// The segment that holds it.
    pub fn segment_name(&self) -> SegmentName {
        SegmentName { writer: self.writer, segment: self.segment }
    }
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.writer, self.segment)
    }
}

impl fmt::Display for LandingPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "landing:{}-{}-{}", self.writer, self.segment, self.offset)
    }
}

/// The text is not a place of the landing log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place of the landing log")]
pub struct NotAPlace;

impl FromStr for LandingPlace {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let mut parts = text.strip_prefix("landing:").ok_or(NotAPlace)?.split('-');
        let mut next = || parts.next().ok_or(NotAPlace);
        let (writer, segment, offset) = (next()?, next()?, next()?);
        let place = Self {
            writer: writer.parse().map_err(|_| NotAPlace)?,
            segment: segment.parse().map_err(|_| NotAPlace)?,
            offset: offset.parse().map_err(|_| NotAPlace)?,
        };
        // Only the written form is accepted, so that equal places have equal texts.
        if place.to_string() == text { Ok(place) } else { Err(NotAPlace) }
    }
}
