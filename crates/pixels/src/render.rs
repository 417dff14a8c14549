//! From stored samples to a picture. Runs in the child process; callers elsewhere go through [`crate::Pool`].

use crate::descriptor::ImageDescriptor;
use crate::error::PixelsError;
use crate::protocol::{ImageSource, Output, RenderRequest};
use dicom::scan::Limits;

/// Pixels of one frame, at most: a mammogram has 20 million, a whole-slide tile far fewer.
pub const MAX_PIXELS: u64 = 120_000_000;
/// Bytes that one frame may decode to.
pub const MAX_DECODED_BYTES: u64 = 512 << 20;

/// Makes the picture.
///
/// # Errors
/// Any [`PixelsError`] but those of the pool.
pub fn render(request: &RenderRequest) -> Result<Vec<u8>, PixelsError> {
    match &request.image {
        ImageSource::Part10 { file, frame } => part10(file, *frame, &request.output),
        ImageSource::Frame { descriptor, frame } => self::frame(descriptor, frame, &request.output),
    }
}

/// A picture of one frame of a Part 10 file.
///
/// # Errors
/// As [`render`].
pub fn part10(file: &[u8], frame: u32, output: &Output) -> Result<Vec<u8>, PixelsError> {
    let scanned = dicom::scan::scan_part10(file, &Limits::default())?;
    let descriptor = ImageDescriptor::of(&scanned, frame)?;
    self::frame(&descriptor, file, output)
}

/// A picture of one frame, given by its bytes.
///
/// # Errors
/// As [`render`].
pub fn frame(descriptor: &ImageDescriptor, frame: &[u8], output: &Output) -> Result<Vec<u8>, PixelsError> {
    let _ = (descriptor, frame, output);
    Err(PixelsError::NoImage)
}
