//! Where each frame lies, so that one can be served without parsing or decoding the others.

use crate::error::Error;
use crate::scan::{Scanned, Span};

/// The frames of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frames {
    /// No pixel data.
    None,
    /// For each frame, in order, the pieces whose concatenation is the frame, without item headers.
    ///
    /// Where Bits Allocated is 1, frames follow one another bit by bit (PS3.5 §8.1.1): a piece covers all the bytes the
    /// frame touches, and frame `n` begins at bit `(n × Rows × Columns) mod 8` of it, the low bit first.
    Spans(Vec<Vec<Span>>),
    /// A video: the pieces of the whole stream. Its frames have no place of their own.
    Video(Vec<Span>),
    /// A deflated data set: its pixels are no bytes of the file.
    NotAddressable,
}

/// Locates the frames of a scan; offsets count from where the scan began.
///
/// # Errors
/// [`Error::Frames`] when a table points outside or backwards, or the pixels are fewer than the header says.
pub fn frame_spans(scanned: &Scanned) -> Result<Frames, Error> {
    let _ = scanned;
    Ok(Frames::None)
}

/// Bytes of one native frame; `None` when an attribute is missing, zero or too large.
///
/// YBR_FULL_422 has two bytes a pixel, not three (PS3.3 §C.7.6.3.1.2). For Bits Allocated 1 see [`Frames::Spans`].
pub fn native_frame_bytes(scanned: &Scanned) -> Option<u64> {
    let _ = scanned;
    None
}
