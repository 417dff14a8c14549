//! What is announced of an instance before its bytes, and what is answered after them.

use super::Place;
use dicom::header::InstanceHeader;
use std::sync::Arc;

/// What the sender announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arriving {
    /// A bare data set in the given transfer syntax, as C-STORE brings it (PS3.7 §9.1.1). The Part 10 prefix is made
    /// here.
    DataSet {
        /// Who sends: `dimse:AE_TITLE`, for people and for the catalogue; never part of a path.
        source: String,
        /// Transfer syntax of the presentation context.
        transfer_syntax_uid: String,
        /// Affected SOP Class UID.
        sop_class_uid: String,
        /// Affected SOP Instance UID.
        sop_instance_uid: String,
    },
    /// A whole Part 10 file, kept byte for byte (STOW-RS, media, watched folders).
    File {
        /// Who sends: `stow:client`, `import`, `watched`.
        source: String,
    },
    /// The same, announced as one of this study's (STOW-RS to a study).
    FileOf {
        /// Who sends.
        source: String,
        /// The study that it must say it is of.
        study_instance_uid: String,
    },
}

/// What became of an instance that is now safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// New.
    Stored,
    /// The same data set was here already.
    Duplicate,
}

/// The answer to a finished reception.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// New or duplicate.
    pub outcome: Outcome,
    /// Where its record is; for a duplicate, the record of this arrival, not of the first one.
    pub place: Place,
    /// SHA-256 of the data set as received (the Part 10 file without preamble and file meta group).
    pub sha256: [u8; 32],
    /// Length of the Part 10 file.
    pub size_bytes: u64,
    /// What the scanner read.
    pub header: Arc<InstanceHeader>,
}

/// The answer to a landed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageAccepted {
    /// Where its record is.
    pub place: Place,
    /// `None` when the register took the message, or why it could not be used (an HL7 AE, though the message is
    /// kept). No personal data.
    pub complaint: Option<String>,
}
