//! PDF documents: size and text of their pages, and pages as pictures.

use crate::error::PixelsError;
use crate::protocol::PdfInfo;

/// Pages beyond this number are not listed and not drawn.
pub const MAX_PAGES: u32 = 500;
/// Pixels of width of a page picture, at most.
pub const MAX_WIDTH: u32 = 4096;
/// Pixels of a page picture, at most.
pub const MAX_PAGE_PIXELS: u64 = 32 << 20;

/// Sizes and text of the pages.
///
/// # Errors
/// [`PixelsError::Damaged`] when it cannot be read; encrypted documents cannot.
pub fn info(document: Vec<u8>) -> Result<PdfInfo, PixelsError> {
    let _ = document;
    Err(PixelsError::unsupported("PDF"))
}

/// One page, counted from 0, as a PNG `width` pixels wide, on white.
///
/// # Errors
/// [`PixelsError::Damaged`], [`PixelsError::NoSuchFrame`] or [`PixelsError::TooLarge`].
pub fn page(document: Vec<u8>, page: u32, width: u32) -> Result<Vec<u8>, PixelsError> {
    let _ = (document, page, width);
    Err(PixelsError::unsupported("PDF"))
}
