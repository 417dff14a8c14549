//! What can go wrong: towards the sender ([`Refusal`]), towards the operator ([`LandingError`]), towards a reader
//! ([`ReadError`]).

use super::RegisterError;
use std::path::PathBuf;

/// Why an arrival is not accepted. Each door maps these to its own status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// DIMSE 0xA700, STOW 507. Passes when space returns; no restart.
    #[error("no space left for what arrives")]
    NoSpace,
    /// DIMSE 0xA700, STOW 413.
    #[error("larger than the {max_bytes} bytes allowed")]
    TooLarge {
        /// The limit.
        max_bytes: u64,
    },
    /// The data set is not the object announced. DIMSE 0xA900, STOW 409.
    #[error("the data set is not the object announced: {what} differs")]
    Mismatch {
        /// `SOP Class UID`, `SOP Instance UID` or `Transfer Syntax UID`.
        what: &'static str,
    },
    /// A UID that PS3.5 §9.1 does not allow. DIMSE 0xA900 (0x0117 when announced), STOW 409.
    #[error("{what} is missing or invalid")]
    InvalidUid {
        /// The attribute's name.
        what: &'static str,
    },
    /// The header could not be read. DIMSE 0xC000, STOW 409.
    #[error("cannot understand the data set: {reason}")]
    Unreadable {
        /// For the operator; no value of the data set in it.
        reason: String,
    },
    /// Same SOP Instance UID, other bytes; kept aside for a person. DIMSE 0x0111, STOW 409.
    #[error("another object with this SOP Instance UID is already here")]
    Conflict,
    /// Known, and closed to this sender (rejected, or under another decision). DIMSE 0x0124 or 0x0110.
    #[error("not accepted by the catalogue: {reason}")]
    Declined {
        /// For the operator.
        reason: String,
    },
    /// Storage failed; nothing is acknowledged. DIMSE 0x0110, STOW 500.
    #[error("storage failed")]
    Storage,
    /// Shutting down, or the catalogue does not answer. DIMSE 0x0122 is wrong here: 0xA700; STOW 503.
    #[error("not available now")]
    Unavailable,
}

/// What stops the log as a whole.
#[derive(Debug, thiserror::Error)]
pub enum LandingError {
    /// Another process has the log's lock.
    #[error("landing log {0} is owned by another process")]
    Owned(PathBuf),
    /// The system refused.
    #[error("{doing} {path}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// The register could not be read or written at opening.
    #[error("applying the landing log")]
    Register(#[from] RegisterError),
    /// A segment that is still in use cannot be released.
    #[error("segment {0} is still in use")]
    StillOpen(super::SegmentName),
    /// A task of the log ended before its work.
    #[error("a task of the landing log stopped: {0}")]
    Stopped(String),
}

/// Why a record cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Its segment has been released.
    #[error("the landing record is gone: its segment was released")]
    Gone,
    /// Its bytes are not those acknowledged.
    #[error("landing record {0} is damaged")]
    Damaged(super::PlaceName),
    /// The system refused.
    #[error("reading landing record {place}")]
    Io {
        /// Which record.
        place: super::PlaceName,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl ReadError {
    pub(super) fn of(place: super::Place, source: std::io::Error) -> Self {
        let place = super::PlaceName(place);
        match source.kind() {
            std::io::ErrorKind::NotFound => Self::Gone,
            std::io::ErrorKind::InvalidData => Self::Damaged(place),
            _ => Self::Io { place, source },
        }
    }
}
