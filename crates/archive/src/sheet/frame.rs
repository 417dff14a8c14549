//! The frame itself, and the page of its own that carries it at its bottom.

use super::pen::{Face, Faces, outline, qr, write};
use super::words::{self, Companion};
use super::{SheetData, SheetError};
use krilla::geom::Rect;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::{Document, SerializeSettings};
use zeroize::Zeroizing;

/// Size of the frame: 178 × 37 mm, between the margins of A4 and of US Letter.
pub(super) const FRAME: (f32, f32) = (505.0, 106.0);
/// Side of the QR code with its quiet zone: 33 mm, so that the code itself is at least 25 mm.
const QR_SIDE: f32 = 93.5;
/// Size of number and code; the least allowed is 12.
const CODE_SIZE: f32 = 15.0;
/// A finished document, wiped when it is let go: it bears a code.
type Pdf = Zeroizing<Vec<u8>>;
const A4: (f32, f32) = (595.28, 841.89);
const PADDING: f32 = 12.0;

/// A document of one page that is the frame and nothing else.
pub(super) fn frame(data: &SheetData) -> Result<Zeroizing<Vec<u8>>, SheetError> {
    document(FRAME, |surface, faces| draw(surface, faces, (0.0, 0.0), data))
}

/// A document of one page that is the line pointing to the frame, and its size.
pub(super) fn pointer(english: bool) -> Result<(Pdf, (f32, f32)), SheetError> {
    let (text, size) = (words::pointer(english), 8.0);
    let area = (Faces::load()?.text.width(text, size) + 2.0, 10.0);
    let line = document(area, |surface, faces| {
        write(surface, &faces.text, size, (1.0, 7.5), text);
        Ok(())
    })?;
    Ok((line, area))
}

/// A page of its own, A4, the frame at its bottom.
pub(super) fn page(data: &SheetData, companion: Companion) -> Result<Zeroizing<Vec<u8>>, SheetError> {
    document(A4, |surface, faces| {
        let left = (A4.0 - FRAME.0) / 2.0;
        let mut column = Column { surface, left, y: 72.0 };
        column.paragraph(&faces.text, 11.0, &data.site);
        column.y += 26.0;
        column.paragraph(&faces.bold, 20.0, words::heading(data.english));
        column.y += 4.0;
        column.paragraph(&faces.text, 13.0, &words::exam(data));
        column.y += 18.0;
        for step in words::steps(data) {
            column.paragraph(&faces.text, 12.0, &step);
            column.y += 5.0;
        }
        column.y += 13.0;
        column.paragraph(&faces.text, 12.0, &words::companion(companion, data));
        column.y += 5.0;
        column.paragraph(&faces.text, 12.0, &words::help(data));
        draw(column.surface, faces, (left, A4.1 - 28.0 - FRAME.1), data)
    })
}

/// Paragraphs one under the other.
struct Column<'a, 'b> {
    surface: &'a mut Surface<'b>,
    left: f32,
    y: f32,
}

impl Column<'_, '_> {
    fn paragraph(&mut self, face: &Face, size: f32, text: &str) {
        for line in face.lines(text, size, FRAME.0) {
            write(self.surface, face, size, (self.left, self.y), &line);
            self.y += size * 1.35;
        }
    }
}

fn document(
    (width, height): (f32, f32),
    draw: impl FnOnce(&mut Surface, &Faces) -> Result<(), SheetError>,
) -> Result<Zeroizing<Vec<u8>>, SheetError> {
    let faces = Faces::load()?;
    // No metadata: nothing tells one sheet from another but what is printed on it.
    let mut document = Document::new_with(SerializeSettings { xmp_metadata: false, ..SerializeSettings::default() });
    let settings = PageSettings::from_wh(width, height).ok_or(SheetError::Draw("a page without area"))?;
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    draw(&mut surface, &faces)?;
    surface.finish();
    page.finish();
    document.finish().map(Zeroizing::new).map_err(|_| SheetError::Draw("the page cannot be written"))
}

/// Draws the frame with its upper left corner at (`x`, `y`).
fn draw(surface: &mut Surface, faces: &Faces, (x, y): (f32, f32), data: &SheetData) -> Result<(), SheetError> {
    let (width, height) = FRAME;
    let line = 0.8;
    let border = Rect::from_xywh(x + line / 2.0, y + line / 2.0, width - line, height - line);
    outline(surface, border.ok_or(SheetError::Draw("an empty frame"))?, line)?;
    let margin = (height - QR_SIDE) / 2.0;
    qr(surface, (x + width - QR_SIDE - margin, y + margin), QR_SIDE, &data.qr_url)?;

    let left = x + PADDING;
    let label = words::address_label(data.english);
    write(surface, &faces.text, 9.0, (left, y + 18.0), label);
    let after = left + faces.text.width(label, 9.0) + 5.0;
    write(surface, &faces.bold, 12.0, (after, y + 18.0), &data.address);

    let second = left + faces.code.width(&data.number, CODE_SIZE).max(100.0) + 26.0;
    write(surface, &faces.text, 9.0, (left, y + 35.0), words::number_label(data.english));
    write(surface, &faces.code, CODE_SIZE, (left, y + 51.0), &data.number);
    write(surface, &faces.text, 9.0, (second, y + 35.0), words::code_label(data.english));
    write(surface, &faces.code, CODE_SIZE, (second, y + 51.0), &data.code);

    let column = width - QR_SIDE - margin - PADDING;
    let mut baseline = y + 68.0;
    for sentence in [words::validity(data).as_str(), words::warning(data.english)] {
        for line in faces.text.lines(sentence, 9.0, column) {
            write(surface, &faces.text, 9.0, (left, baseline), &line);
            baseline += 11.5;
        }
    }
    Ok(())
}
