//! Lines and rows put on A4 pages, and the pages drawn.

use super::PageError;
use super::flow::{Fragment, Line, Setter};
use super::pictures::Drawable;
use super::table::{self, PADDING, Row};
use super::typefaces::Typefaces;
use super::words;
use crate::sheet::pen;
use hl7::cda::narrative::{Block, Look, Run, Section};
use krilla::geom::{PathBuilder, Size, Transform};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::{Document, SerializeSettings};

const A4: (f32, f32) = (595.28, 841.89);
/// The words stand between these; the bottom is left to the access sheet.
const LEFT: f32 = 56.0;
const TOP: f32 = 64.0;
const WIDTH: f32 = A4.0 - 2.0 * LEFT;
const BOTTOM: f32 = A4.1 - 60.0;
/// Pages, at most; a document that asks for more says on its last that it is cut.
const MAX_PAGES: usize = 300;
/// Size of plain words.
const SIZE: f32 = 11.0;

/// What to put on paper.
pub(super) struct Content {
    pub(super) title: String,
    /// Stands on every page.
    pub(super) patient: String,
    /// Label and value, under the title.
    pub(super) lines: Vec<(&'static str, String)>,
    pub(super) sections: Vec<Section>,
    pub(super) pictures: Vec<Vec<u8>>,
    /// What these pages were made from.
    pub(super) source: &'static str,
}

/// Something on a page, from its upper left corner.
enum Mark {
    Words { at: (f32, f32), fragment: Fragment },
    Rule { from: (f32, f32), to: (f32, f32) },
    Picture { place: usize, at: (f32, f32), size: (f32, f32) },
}

/// Draws a document.
pub(super) fn draw(content: &Content) -> Result<Vec<u8>, PageError> {
    let typefaces = Typefaces::load()?;
    let pictures = content.pictures.iter().map(|bytes| Drawable::read(bytes)).collect::<Vec<_>>();
    match pages(content, &typefaces, &pictures) {
        // A picture that cannot be unpacked takes nobody's words with it.
        Err(_) if !pictures.is_empty() => pages(content, &typefaces, &[]),
        drawn => drawn,
    }
}

fn pages(content: &Content, typefaces: &Typefaces, pictures: &[Option<Drawable>]) -> Result<Vec<u8>, PageError> {
    let setter = Setter { typefaces, pictures };
    let mut paper = Paper { setter: &setter, pages: vec![Vec::new()], y: TOP, full: false, lacks: false };
    paper.content(content);
    let count = paper.pages.len();
    let mut document = Document::new_with(SerializeSettings { xmp_metadata: false, ..SerializeSettings::default() });
    for (number, marks) in paper.pages.iter().enumerate() {
        let settings = PageSettings::from_wh(A4.0, A4.1).ok_or_else(|| PageError::Draw("no page".into()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        running_head(&mut surface, typefaces, content, (number + 1, count));
        for mark in marks {
            put(&mut surface, typefaces, pictures, mark)?;
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| PageError::Draw(format!("{error:?}")))
}

/// The line above the words of every page.
fn running_head(surface: &mut Surface, typefaces: &Typefaces, content: &Content, (number, count): (usize, usize)) {
    let setter = Setter { typefaces, pictures: &[] };
    let said = [content.patient.as_str(), content.source].into_iter().filter(|text| !text.is_empty());
    let left = said.collect::<Vec<_>>().join(" · ");
    let page = format!("{number} / {count}");
    for (text, right) in [(left, false), (page, true)] {
        let line = setter.wrap(&[Run { text, look: Look::default() }], 8.0, WIDTH - 60.0).into_iter().next();
        let fragments = line.unwrap_or_default();
        let wide = fragments.last().map_or(0.0, |last| last.x + last.width);
        let x = if right { LEFT + WIDTH - wide } else { LEFT };
        for fragment in fragments {
            words(surface, typefaces, (x, 36.0), &fragment);
        }
    }
}

fn words(surface: &mut Surface, typefaces: &Typefaces, (x, y): (f32, f32), fragment: &Fragment) {
    let at = (x + fragment.x, y - fragment.rise);
    pen::write(surface, typefaces.face(fragment.which), fragment.size, at, &fragment.text);
}

fn put(
    surface: &mut Surface,
    typefaces: &Typefaces,
    pictures: &[Option<Drawable>],
    mark: &Mark,
) -> Result<(), PageError> {
    match mark {
        Mark::Words { at, fragment } => {
            words(surface, typefaces, *at, fragment);
            if fragment.underline {
                let (x, y) = (at.0 + fragment.x, at.1 + fragment.size * 0.14);
                rule(surface, (x, y), (x + fragment.width, y))?;
            }
        }
        Mark::Rule { from, to } => rule(surface, *from, *to)?,
        Mark::Picture { place, at, size } => {
            let picture = pictures.get(*place).and_then(Option::as_ref);
            if let (Some(picture), Some(size)) = (picture, Size::from_wh(size.0, size.1)) {
                surface.push_transform(&Transform::from_translate(at.0, at.1));
                surface.draw_image(picture.image.clone(), size);
                surface.pop();
            }
        }
    }
    Ok(())
}

fn rule(surface: &mut Surface, from: (f32, f32), to: (f32, f32)) -> Result<(), PageError> {
    let mut path = PathBuilder::new();
    path.move_to(from.0, from.1);
    path.line_to(to.0, to.1);
    match path.finish() {
        Some(path) => pen::line(surface, &path, 0.5),
        None => return Err(PageError::Draw("an empty line".into())),
    }
    Ok(())
}

/// Pages being filled.
struct Paper<'a> {
    setter: &'a Setter<'a>,
    pages: Vec<Vec<Mark>>,
    y: f32,
    /// No more pages are made.
    full: bool,
    /// A sign was missing from every typeface.
    lacks: bool,
}

impl Paper<'_> {
    fn content(&mut self, content: &Content) {
        self.said(&content.title, 18.0, true, LEFT);
        self.y += 4.0;
        for (label, value) in &content.lines {
            let look = Look { bold: true, ..Look::default() };
            let runs =
                [Run { text: format!("{label}\u{a0}: "), look: Look::default() }, Run { text: value.clone(), look }];
            for line in self.setter.column(&[Block::Paragraph(runs.to_vec())], 10.0, WIDTH) {
                self.line(&line, LEFT);
            }
        }
        self.mark(Mark::Rule { from: (LEFT, self.y + 2.0), to: (LEFT + WIDTH, self.y + 2.0) });
        self.y += 14.0;
        for section in &content.sections {
            if self.full {
                break;
            }
            self.section(section);
        }
        if self.full {
            // The last page keeps a line for it.
            (self.full, self.y) = (false, BOTTOM + 4.0);
            self.forced(words::CUT, self.y);
        } else if self.lacks {
            self.y += 10.0;
            self.said(words::SIGNS_MISSING, 9.0, false, LEFT);
        }
    }

    fn section(&mut self, section: &Section) {
        if let Some(title) = &section.title {
            let size = if section.depth == 0 { 13.0 } else { 11.5 };
            self.y += 6.0;
            // A title is not left alone at the bottom.
            if self.y + size * 1.35 + 2.0 * SIZE * 1.35 > BOTTOM {
                self.turn();
            }
            self.said(title, size, true, LEFT);
        }
        for block in &section.blocks {
            if self.full {
                return;
            }
            match block {
                Block::Table(table) => self.table(table),
                other => {
                    for line in self.setter.column(std::slice::from_ref(other), SIZE, WIDTH) {
                        self.line(&line, LEFT);
                    }
                }
            }
        }
    }

    fn said(&mut self, text: &str, size: f32, bold: bool, left: f32) {
        let look = Look { bold, ..Look::default() };
        let paragraph = Block::Paragraph(vec![Run { text: text.to_owned(), look }]);
        for line in self.setter.column(&[paragraph], size, WIDTH) {
            self.line(&line, left);
        }
    }

    /// A line below the last, on a page that is full.
    fn forced(&mut self, text: &str, y: f32) {
        let runs = [Run { text: text.to_owned(), look: Look { bold: true, ..Look::default() } }];
        for fragment in self.setter.wrap(&runs, 9.0, WIDTH).into_iter().next().unwrap_or_default() {
            self.mark(Mark::Words { at: (LEFT, y + 9.0), fragment });
        }
    }

    fn table(&mut self, table: &hl7::cda::narrative::Table) {
        let (rows, width) = table::rows(self.setter, table, WIDTH);
        let head: Vec<usize> = (0..table.head.min(rows.len())).collect();
        for (number, row) in rows.iter().enumerate() {
            let high = height(row);
            if self.y + high > BOTTOM && high < (BOTTOM - TOP) * 0.6 {
                self.turn();
                // The head stands again above what goes on, unless it is most of a page.
                let again = head.iter().filter(|_| number >= head.len()).filter_map(|n| rows.get(*n));
                let again: Vec<&Row> = again.collect();
                if again.iter().map(|row| height(row)).sum::<f32>() < (BOTTOM - TOP) * 0.3 {
                    again.into_iter().for_each(|row| self.row(row));
                }
            }
            self.row(row);
            if self.full {
                return;
            }
        }
        self.mark(Mark::Rule { from: (LEFT, self.y), to: (LEFT + width, self.y) });
        self.y += 8.0;
    }

    /// A row, over as many pages as its longest cell asks.
    fn row(&mut self, row: &Row) {
        let mut next = vec![0_usize; row.cells.len()];
        loop {
            let top = self.y;
            let mut high: f32 = 2.0 * PADDING;
            let mut left_over = false;
            for (cell, next) in row.cells.iter().zip(&mut next) {
                let mut y = top + PADDING;
                while let Some(line) = cell.lines.get(*next) {
                    // At the top of a page a line goes in, whatever its height.
                    let first = top <= TOP && y <= TOP + PADDING;
                    if y + line.height > BOTTOM && !first {
                        left_over = true;
                        break;
                    }
                    self.place(line, (LEFT + cell.left + PADDING, y));
                    y += line.height;
                    *next += 1;
                }
                high = high.max(y - top + PADDING);
            }
            self.borders(row, top, high);
            self.y += high;
            if !left_over {
                return;
            }
            self.turn();
            if self.full {
                return;
            }
        }
    }

    fn borders(&mut self, row: &Row, top: f32, high: f32) {
        let bottom = top + high;
        for cell in &row.cells {
            let (left, right) = (LEFT + cell.left, LEFT + cell.left + cell.width);
            self.mark(Mark::Rule { from: (left, top), to: (right, top) });
            self.mark(Mark::Rule { from: (left, top), to: (left, bottom) });
            self.mark(Mark::Rule { from: (right, top), to: (right, bottom) });
        }
        for side in row.held.iter().flat_map(|(left, right)| [LEFT + left, LEFT + right]) {
            self.mark(Mark::Rule { from: (side, top), to: (side, bottom) });
        }
    }

    fn line(&mut self, line: &Line, left: f32) {
        if self.y + line.height > BOTTOM && self.y > TOP {
            // Space between paragraphs does not begin a page.
            if line.fragments.is_empty() && line.picture.is_none() {
                return;
            }
            self.turn();
        }
        let y = self.y;
        self.place(line, (left, y));
        self.y += line.height;
    }

    fn place(&mut self, line: &Line, (x, y): (f32, f32)) {
        self.lacks |= Setter::lacks(std::slice::from_ref(line));
        for fragment in &line.fragments {
            let at = (x, y + line.height / 1.35);
            self.mark(Mark::Words { at, fragment: fragment.clone() });
        }
        if let Some((place, left, wide, high)) = line.picture {
            self.mark(Mark::Picture { place, at: (x + left, y), size: (wide, high) });
        }
    }

    fn mark(&mut self, mark: Mark) {
        if !self.full
            && let Some(page) = self.pages.last_mut()
        {
            page.push(mark);
        }
    }

    fn turn(&mut self) {
        if self.pages.len() >= MAX_PAGES {
            self.full = true;
            return;
        }
        self.pages.push(Vec::new());
        self.y = TOP;
    }
}

fn height(row: &Row) -> f32 {
    let tallest = row.cells.iter().map(|cell| cell.lines.iter().map(|line| line.height).sum::<f32>());
    tallest.fold(0.0, f32::max) + 2.0 * PADDING
}
