//! Why a picture could not be made.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Why a picture could not be made. No variant carries a value of the image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum PixelsError {
    /// The instance has no pixel data, or its pixels are a video.
    #[error("no still image in it")]
    NoImage,
    /// The frame or page asked for does not exist.
    #[error("no such frame or page")]
    NoSuchFrame,
    /// The image, or what it decodes to, is larger than the limits of [`crate::render`].
    #[error("image too large")]
    TooLarge,
    /// Something the standard allows and this program does not decode.
    #[error("not supported: {0}")]
    Unsupported(Cow<'static, str>),
    /// The bytes contradict themselves.
    #[error("damaged: {0}")]
    Damaged(Cow<'static, str>),
    /// The child process could not be started.
    #[error("worker did not start: {0}")]
    Start(String),
    /// The child process died on this request: out of memory, or a fault in a codec.
    #[error("worker died")]
    Died,
    /// The child process was killed because it took too long.
    #[error("worker took too long")]
    TimedOut,
    /// The child process answered something else.
    #[error("worker answered nonsense")]
    Protocol,
}

impl PixelsError {
    /// Bytes that contradict themselves.
    pub(crate) const fn damaged(what: &'static str) -> Self {
        Self::Damaged(Cow::Borrowed(what))
    }

    /// Something not decoded here.
    pub(crate) fn unsupported(what: &'static str) -> Self {
        Self::Unsupported(Cow::Borrowed(what))
    }
}

impl From<dicom::Error> for PixelsError {
    fn from(error: dicom::Error) -> Self {
        // The text of a scan error holds tags and positions only.
        Self::Damaged(Cow::Owned(error.to_string()))
    }
}
