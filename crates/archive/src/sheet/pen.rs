//! Text, rectangles and QR codes on a krilla page. Points, y downwards.

use super::SheetError;
use krilla::color::luma;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};
use qrcode::{Color, EcLevel, QrCode};

/// Sentences.
const TEXT: &[u8] = include_bytes!("../../fonts/AtkinsonHyperlegibleNext-Regular-subset.ttf");
/// Headings and the address.
const BOLD: &[u8] = include_bytes!("../../fonts/AtkinsonHyperlegibleNext-Bold-subset.ttf");
/// Number and code: slashed zero, and B, 8, 5 and S that do not look alike.
const CODE: &[u8] = include_bytes!("../../fonts/AtkinsonHyperlegibleMono-SemiBold-subset.ttf");

/// A typeface, to draw with and to measure by.
pub(crate) struct Face {
    font: Font,
    metrics: ttf_parser::Face<'static>,
}

impl Face {
    pub(crate) fn load(bytes: &'static [u8]) -> Result<Self, SheetError> {
        let font = Font::new(bytes.into(), 0).ok_or(SheetError::Draw("a typeface cannot be read"))?;
        let metrics = ttf_parser::Face::parse(bytes, 0).map_err(|_| SheetError::Draw("a typeface cannot be read"))?;
        Ok(Self { font, metrics })
    }

    /// Whether it can write a sign.
    pub(crate) fn has(&self, sign: char) -> bool {
        self.metrics.glyph_index(sign).is_some()
    }

    /// The width of a text without kerning, in points.
    pub(crate) fn width(&self, text: &str, size: f32) -> f32 {
        let advance = |c| self.metrics.glyph_index(c).and_then(|glyph| self.metrics.glyph_hor_advance(glyph));
        let units: f32 = text.chars().filter_map(advance).map(f32::from).sum();
        units * size / f32::from(self.metrics.units_per_em())
    }

    /// Lines of at most `width` points, broken at spaces.
    pub(super) fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split(' ') {
            let Some(line) = lines.last_mut() else { break };
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if line.is_empty() || self.width(&longer, size) <= width {
                *line = longer;
            } else {
                lines.push(word.to_owned());
            }
        }
        lines
    }
}

/// The three typefaces.
pub(crate) struct Faces {
    pub(crate) text: Face,
    pub(crate) bold: Face,
    pub(crate) code: Face,
}

impl Faces {
    pub(crate) fn load() -> Result<Self, SheetError> {
        Ok(Self { text: Face::load(TEXT)?, bold: Face::load(BOLD)?, code: Face::load(CODE)? })
    }
}

/// One line of text, `y` at its baseline.
pub(crate) fn write(surface: &mut Surface, face: &Face, size: f32, (x, y): (f32, f32), text: &str) {
    surface.set_fill(Some(black()));
    surface.set_stroke(None);
    // Shaping drops what has no glyph; nobody's name stands here.
    surface.draw_text(Point::from_xy(x, y), face.font.clone(), size, text, false, TextDirection::LeftToRight);
}

/// A line along a path.
pub(crate) fn line(surface: &mut Surface, path: &krilla::geom::Path, width: f32) {
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke { paint: luma::Color::new(0).into(), width, ..Stroke::default() }));
    surface.draw_path(path);
    surface.set_stroke(None);
}

/// An empty rectangle.
pub(super) fn outline(surface: &mut Surface, rect: Rect, width: f32) -> Result<(), SheetError> {
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    line(surface, &path.finish().ok_or(SheetError::Draw("an empty frame"))?, width);
    Ok(())
}

/// A QR code whose side, quiet zone of four modules included (ISO/IEC 18004 §9.1), is `side`.
pub(super) fn qr(surface: &mut Surface, (x, y): (f32, f32), side: f32, text: &str) -> Result<(), SheetError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M);
    let code = code.map_err(|_| SheetError::Draw("the address is too long for a QR code"))?;
    let count = code.width();
    let module = side / (count as f32 + 8.0);
    let mut path = PathBuilder::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        let (column, row) = ((place % count) as f32 + 4.0, (place / count) as f32 + 4.0);
        let square = Rect::from_xywh(x + column * module, y + row * module, module, module);
        if let (Color::Dark, Some(square)) = (color, square) {
            path.push_rect(square);
        }
    }
    surface.set_stroke(None);
    surface.set_fill(Some(black()));
    surface.draw_path(&path.finish().ok_or(SheetError::Draw("an empty QR code"))?);
    Ok(())
}

fn black() -> Fill {
    Fill { paint: luma::Color::new(0).into(), opacity: NormalizedF32::ONE, ..Fill::default() }
}
