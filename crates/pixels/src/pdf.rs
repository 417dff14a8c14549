//! PDF documents: size and text of their pages, and pages as pictures. Runs in the child process.

mod text;

use crate::encode::Picture;
use crate::error::PixelsError;
use crate::protocol::{ImageFormat, PdfInfo};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

/// Pages beyond this number are not listed and not drawn.
pub const MAX_PAGES: u32 = 500;
/// Pixels of width of a page picture, at most.
pub const MAX_WIDTH: u32 = 4096;
/// Pixels of a page picture, at most.
pub const MAX_PAGE_PIXELS: u64 = 32 << 20;
/// Characters of text kept of all pages together.
pub const MAX_TEXT_CHARS: usize = 2_000_000;

/// Sizes and text of the pages.
///
/// # Errors
/// [`PixelsError::Damaged`] when it cannot be read; encrypted documents cannot.
pub fn info(document: Vec<u8>) -> Result<PdfInfo, PixelsError> {
    let pdf = open(document)?;
    let pages = pdf.pages();
    let page_count = u32::try_from(pages.len()).unwrap_or(u32::MAX);
    let listed = || pages.iter().take(MAX_PAGES as usize);
    Ok(PdfInfo {
        pages: listed().map(hayro::hayro_syntax::page::Page::render_dimensions).collect(),
        page_count,
        text: text::of_pages(listed(), MAX_TEXT_CHARS),
    })
}

/// One page, counted from 0, as a PNG `width` pixels wide, on white.
///
/// # Errors
/// [`PixelsError::Damaged`], [`PixelsError::NoSuchFrame`] or [`PixelsError::TooLarge`].
pub fn page(document: Vec<u8>, page: u32, width: u32) -> Result<Vec<u8>, PixelsError> {
    let pdf = open(document)?;
    let page = pdf.pages().get(page.min(MAX_PAGES) as usize).ok_or(PixelsError::NoSuchFrame)?;
    let (page_width, page_height) = page.render_dimensions();
    if !(page_width.is_finite() && page_height.is_finite() && page_width >= 1.0 && page_height >= 1.0) {
        return Err(PixelsError::damaged("size of a page"));
    }
    let width = width.clamp(16, MAX_WIDTH);
    let scale = width as f32 / page_width;
    let height = f64::from(page_height) * f64::from(scale);
    if height > f64::from(u16::MAX) || height * f64::from(width) > MAX_PAGE_PIXELS as f64 {
        return Err(PixelsError::TooLarge);
    }
    // Half a pixel more, because the size is cut to whole pixels.
    let x_scale = (width as f32 + 0.5) / page_width;
    let settings = PixmapSettings { x_scale, y_scale: x_scale, bg_color: WHITE };
    let interpreter = InterpreterSettings::default();
    let drawn = hayro::render(page, &RenderCache::new(), &interpreter, &RenderSettings::default(), &settings);
    let (columns, rows) = (u32::from(drawn.width()), u32::from(drawn.height()));
    let bytes = drawn.data_as_u8_slice().as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
    let picture = Picture::new(columns, rows, true, bytes).ok_or(PixelsError::damaged("page"))?;
    picture.encode(ImageFormat::Png)
}

fn open(document: Vec<u8>) -> Result<Pdf, PixelsError> {
    // The header may stand after some junk (ISO 32000-1 §7.5.2, note): readers accept it within 1,024 bytes.
    if !document.get(..document.len().min(1024)).is_some_and(|start| start.windows(5).any(|five| five == b"%PDF-")) {
        return Err(PixelsError::damaged("no PDF document"));
    }
    Pdf::new(document).map_err(|_| PixelsError::damaged("PDF document"))
}
