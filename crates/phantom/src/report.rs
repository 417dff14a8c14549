//! The report: its fields, and a plain French page of it.

use crate::people::{Order, Patient};
use crate::{Error, texts};
use krilla::Document;
use krilla::color::rgb;
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};
use std::sync::Arc;
use time::PrimitiveDateTime;

/// A validated report, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What was done: the title.
    pub title: String,
    /// Who signs, with the title.
    pub radiologist: String,
    /// Their RPPS number.
    pub radiologist_rpps: String,
    /// When the exam was done.
    pub exam_at: PrimitiveDateTime,
    /// When the report was validated.
    pub validated_at: PrimitiveDateTime,
    /// Headings and what stands under them.
    pub sections: Vec<(String, String)>,
}

const REGULAR: &[u8] = include_bytes!("../fonts/Inter-Regular-latin.otf");
const SEMI_BOLD: &[u8] = include_bytes!("../fonts/Inter-SemiBold-latin.otf");

/// Points a millimetre.
const MM: f32 = 72.0 / 25.4;
const PAGE: (f32, f32) = (210.0 * MM, 297.0 * MM);
const SIDE: f32 = 22.0 * MM;
const TOP: f32 = 20.0 * MM;
/// Where text ends: what is below stays free for a sheet.
const END: f32 = PAGE.1 - 28.0 * MM;

/// A typeface that can be measured.
struct Face {
    font: Font,
    measured: ttf_parser::Face<'static>,
}

impl Face {
    fn new(bytes: &'static [u8]) -> Result<Self, Error> {
        let font = Font::new(Arc::new(bytes.to_vec()).into(), 0).ok_or(Error::Font)?;
        let measured = ttf_parser::Face::parse(bytes, 0).map_err(|_| Error::Font)?;
        Ok(Self { font, measured })
    }

    fn width(&self, text: &str, size: f32) -> f32 {
        let units: u32 = text
            .chars()
            .filter_map(|c| self.measured.glyph_index(c))
            .filter_map(|glyph| self.measured.glyph_hor_advance(glyph))
            .map(u32::from)
            .sum();
        units as f32 * size / f32::from(self.measured.units_per_em())
    }

    /// Words put into lines no wider than `width`.
    fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(&longer, size) > width && !line.is_empty() {
                lines.push(std::mem::replace(&mut line, word.to_owned()));
            } else {
                line = longer;
            }
        }
        lines.push(line);
        lines
    }
}

/// One line placed on a page.
struct Line {
    bold: bool,
    size: f32,
    grey: u8,
    x: f32,
    /// Space above it.
    above: f32,
    text: String,
}

/// Sets the report as a PDF of A4 pages; about 28 mm at the bottom of each stay free. The text says twice
/// that it is invented.
///
/// # Errors
/// [`Error`]; only when the fonts of this room are damaged.
pub fn report_pdf(patient: &Patient, order: &Order, accession: &str, report: &Report) -> Result<Vec<u8>, Error> {
    let regular = Face::new(REGULAR)?;
    let bold = Face::new(SEMI_BOLD)?;
    let lines = layout(patient, order, accession, report, &regular);
    let mut document = Document::new();
    let title = format!("Compte rendu fictif – {}", report.title);
    document.set_metadata(Metadata::new().title(title).language("fr".to_owned()).creator("Negatoscope".to_owned()));
    let mut rest = lines.as_slice();
    while !rest.is_empty() {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or(Error::Page)?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        rest = draw_page(&mut surface, rest, &regular, &bold);
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|_| Error::Pdf)
}

/// Draws lines until the page is full; gives back those left. At least one is drawn.
fn draw_page<'a>(surface: &mut Surface<'_>, lines: &'a [Line], regular: &Face, bold: &Face) -> &'a [Line] {
    let mut y = TOP;
    for (index, line) in lines.iter().enumerate() {
        let above = if index == 0 { 0.0 } else { line.above };
        let below = y + above + line.size * 1.38;
        if below > END && index > 0 {
            return lines.get(index..).unwrap_or_default();
        }
        y = below;
        let face = if line.bold { bold } else { regular };
        let color = rgb::Color::new(line.grey, line.grey, line.grey);
        surface.set_fill(Some(Fill { paint: color.into(), opacity: NormalizedF32::ONE, rule: Default::default() }));
        let baseline = Point::from_xy(line.x, y - line.size * 0.32);
        surface.draw_text(baseline, face.font.clone(), line.size, &line.text, false, TextDirection::LeftToRight);
    }
    &[]
}

fn layout(patient: &Patient, order: &Order, accession: &str, report: &Report, regular: &Face) -> Vec<Line> {
    let width = PAGE.0 - 2.0 * SIDE;
    let line = |bold, size, grey, above, text: String| Line { bold, size, grey, x: SIDE, above, text };
    let mut lines = vec![
        line(true, 13.0, 20, 0.0, texts::CENTRE.to_owned()),
        line(false, 9.0, 90, 1.0, texts::CENTRE_ADDRESS.to_owned()),
        line(true, 9.0, 90, 10.0, texts::INVENTED.to_owned()),
    ];
    let identity = texts::identity(patient);
    lines.push(line(true, 10.5, 20, 12.0, identity));
    let about = [
        texts::numbers(patient, accession),
        format!("Prescripteur : {}", texts::doctor(&order.prescriber)),
        format!("Examen du {}", texts::long_date(report.exam_at.date())),
    ];
    lines.extend(about.into_iter().map(|text| line(false, 9.5, 40, 1.0, text)));
    lines.push(line(true, 15.0, 0, 18.0, report.title.clone()));
    for (heading, text) in &report.sections {
        lines.push(line(true, 10.5, 0, 11.0, heading.clone()));
        for paragraph in text.split('\n') {
            let above = |index: usize| if index == 0 { 2.5 } else { 0.0 };
            let set = regular.lines(paragraph, 10.0, width).into_iter().enumerate();
            lines.extend(set.map(|(index, text)| line(false, 10.0, 20, above(index), text)));
        }
    }
    let validated = texts::long_date(report.validated_at.date());
    let (hour, minute) = (report.validated_at.hour(), report.validated_at.minute());
    lines.push(line(false, 9.5, 40, 16.0, format!("Validé le {validated} à {hour} h {minute:02} par")));
    lines.push(line(true, 10.0, 20, 1.0, report.radiologist.clone()));
    lines.push(line(false, 8.5, 110, 8.0, texts::INVENTED_LONG.to_owned()));
    lines
}
