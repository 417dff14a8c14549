//! Pictures of what is published, made elsewhere: bytes in, bytes out.

use async_trait::async_trait;
use bytes::Bytes;

/// Draws pictures of images and report pages, in a process that may be killed.
#[async_trait]
pub trait Pictures: Send + Sync + 'static {
    /// A JPEG of one frame (from 0) of a Part 10 file, no side longer than `max_side` pixels.
    async fn thumbnail(&self, file: Bytes, frame: u32, max_side: u32) -> Result<Bytes, String>;
    /// How many pages a PDF has, and its text.
    async fn pdf_info(&self, pdf: Bytes) -> Result<PdfInfo, String>;
    /// A PNG of one page (from 0), `width` pixels wide.
    async fn pdf_page(&self, pdf: Bytes, page: u32, width: u32) -> Result<Bytes, String>;
}

/// What a PDF says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PdfInfo {
    /// Pages.
    pub pages: u32,
    /// Its text, for screen readers; may be empty.
    pub text: String,
}
