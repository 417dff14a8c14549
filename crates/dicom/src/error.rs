//! What can be wrong with bytes that claim to be DICOM.

use crate::tag::Tag;
use crate::uid::UidFault;

/// Why the bytes were refused. No variant carries a value of the data set: tags and positions only, so that a
/// message can be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither a Part 10 file nor anything that looks like a data set.
    #[error("not a DICOM file")]
    NotDicom,
    /// A transfer syntax that is not in [`crate::tables::TRANSFER_SYNTAXES`].
    #[error("unknown transfer syntax")]
    UnknownTransferSyntax,
    /// The bytes end inside an element header.
    #[error("data set ends inside an element at byte {offset}")]
    Truncated {
        /// Where the header began.
        offset: u64,
    },
    /// A declared length is larger than what remains.
    #[error("element {tag:?} at byte {offset} is longer than what remains")]
    LengthBeyondEnd {
        /// The element.
        tag: Tag,
        /// Where its value begins.
        offset: u64,
    },
    /// An undefined length where PS3.5 §7.1 allows none.
    #[error("element {tag:?} may not have an undefined length")]
    UndefinedLength {
        /// The element.
        tag: Tag,
    },
    /// Something other than an item, or a delimiter out of place.
    #[error("unexpected {tag:?} at byte {offset} in a sequence")]
    BadSequence {
        /// What was found.
        tag: Tag,
        /// Where.
        offset: u64,
    },
    /// Sequences nested deeper than [`crate::scan::Limits::max_depth`].
    #[error("sequences nested deeper than {limit} levels")]
    TooDeep {
        /// The limit passed.
        limit: usize,
    },
    /// More elements, items and fragments than [`crate::scan::Limits::max_elements`].
    #[error("more than {limit} elements")]
    TooManyElements {
        /// The limit passed.
        limit: usize,
    },
    /// Everything but the bulk values exceeds [`crate::scan::Limits::max_header_bytes`].
    #[error("header larger than {limit} bytes")]
    HeaderTooLarge {
        /// The limit passed.
        limit: u64,
    },
    /// A deflated data set grows beyond [`crate::scan::Limits`].
    #[error("deflated data set inflates beyond {limit} bytes")]
    InflatesTooMuch {
        /// The limit passed.
        limit: u64,
    },
    /// The deflate stream is damaged.
    #[error("damaged deflate stream")]
    BadDeflate,
    /// An attribute without which an instance cannot be kept is absent or empty.
    #[error("{keyword} is missing")]
    MissingUid {
        /// Its keyword in PS3.6.
        keyword: &'static str,
    },
    /// An attribute that names an instance breaks the rule of [`crate::uid`].
    #[error("{keyword} is not a UID: {fault}")]
    InvalidUid {
        /// Its keyword in PS3.6.
        keyword: &'static str,
        /// What is wrong.
        fault: UidFault,
    },
    /// The offset table or the size of the pixel data contradicts the fragments or the header.
    #[error("frames cannot be located: {0}")]
    Frames(&'static str),
    /// A file identifier of a DICOMDIR that could lead outside of the media.
    #[error("file identifier {index} of the directory is not acceptable")]
    BadFileId {
        /// The record, counted from 0.
        index: usize,
    },
    /// Reading the source failed.
    #[error("reading failed: {0:?}")]
    Read(std::io::ErrorKind),
    /// Writing the output failed.
    #[error("writing failed: {0:?}")]
    Write(std::io::ErrorKind),
}
