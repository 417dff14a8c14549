//! Words made into lines, and paragraphs, lists and pictures made into a column of lines.

use super::pictures::Drawable;
use super::typefaces::{MISSING, Typefaces, Which, signs};
use super::words;
use hl7::cda::narrative::{Block, Look, Run, Table};

/// Lines of one column, at most: more than all pages can hold.
const MAX_LINES: usize = 20_000;
/// How far a list stands in.
const INDENT: f32 = 14.0;
/// A column is never narrower because of lists inside lists.
const NARROWEST: f32 = 90.0;

/// Words of one look, at `x` from the left of the column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fragment {
    pub(super) x: f32,
    pub(super) text: String,
    pub(super) which: Which,
    pub(super) size: f32,
    /// How far above the line, in points.
    pub(super) rise: f32,
    pub(super) underline: bool,
    pub(super) width: f32,
}

/// A line of a column.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Line {
    pub(super) fragments: Vec<Fragment>,
    /// Picture, its `x`, width and height.
    pub(super) picture: Option<(usize, f32, f32, f32)>,
    pub(super) height: f32,
}

/// What lines are made with.
pub(super) struct Setter<'a> {
    pub(super) typefaces: &'a Typefaces,
    pub(super) pictures: &'a [Option<Drawable>],
}

impl Setter<'_> {
    /// A column `width` points wide.
    pub(super) fn column(&self, blocks: &[Block], size: f32, width: f32) -> Vec<Line> {
        let mut lines = Vec::new();
        self.blocks(blocks, size, (0.0, width), &mut lines);
        lines
    }

    fn blocks(&self, blocks: &[Block], size: f32, (left, width): (f32, f32), into: &mut Vec<Line>) {
        for block in blocks {
            if into.len() > MAX_LINES {
                return;
            }
            match block {
                Block::Paragraph(runs) => self.paragraph(runs, size, (left, width), into),
                Block::List { ordered, items } => self.list(*ordered, items, size, (left, width), into),
                Block::Table(table) => self.flattened(table, size, (left, width), into),
                Block::Picture(place) => match self.pictures.get(*place).and_then(Option::as_ref) {
                    Some(picture) => {
                        let (wide, high) = picture.within(width, 420.0);
                        let picture = Some((*place, left, wide, high));
                        into.push(Line { fragments: Vec::new(), picture, height: high + 6.0 });
                    }
                    None => self.missing(size, (left, width), into),
                },
                Block::PictureMissing => self.missing(size, (left, width), into),
            }
        }
    }

    fn missing(&self, size: f32, place: (f32, f32), into: &mut Vec<Line>) {
        self.paragraph(&[Run { text: words::PICTURE_MISSING.into(), look: Look::default() }], size, place, into);
    }

    fn paragraph(&self, runs: &[Run], size: f32, (left, width): (f32, f32), into: &mut Vec<Line>) {
        for mut fragments in self.wrap(runs, size, width) {
            fragments.iter_mut().for_each(|fragment| fragment.x += left);
            into.push(Line { fragments, picture: None, height: size * 1.35 });
        }
        into.push(Line { height: size * 0.35, ..Line::default() });
    }

    fn list(&self, ordered: bool, items: &[Vec<Block>], size: f32, (left, width): (f32, f32), into: &mut Vec<Line>) {
        let indent = if ordered { INDENT + 6.0 } else { INDENT };
        let inside = if width - indent >= NARROWEST { (left + indent, width - indent) } else { (left, width) };
        for (number, item) in items.iter().enumerate() {
            let before = into.len();
            self.blocks(item, size, inside, into);
            let mark = if ordered { format!("{}.", number + 1) } else { "•".to_owned() };
            let runs = [Run { text: mark, look: Look::default() }];
            let marks = self.wrap(&runs, size, width).into_iter().next().unwrap_or_default();
            let marks = marks.into_iter().map(|fragment| Fragment { x: fragment.x + left, ..fragment });
            match into.get_mut(before) {
                Some(first) if first.picture.is_none() && inside.0 > left => first.fragments.splice(..0, marks),
                _ => {
                    into.insert(before, Line { height: size * 1.35, ..Line::default() });
                    let Some(own) = into.get_mut(before) else { return };
                    own.fragments.splice(..0, marks)
                }
            };
            if into.len() > MAX_LINES {
                return;
            }
        }
    }

    /// A table inside a list or a cell: its rows as lines.
    fn flattened(&self, table: &Table, size: f32, place: (f32, f32), into: &mut Vec<Line>) {
        for row in &table.rows {
            let mut runs = Vec::new();
            for (number, cell) in row.iter().enumerate() {
                if number > 0 {
                    runs.push(Run { text: " | ".into(), look: Look::default() });
                }
                said(&cell.blocks, &mut runs);
            }
            self.paragraph(&runs, size, place, into);
        }
    }

    /// Words in lines no wider than `width`, broken at spaces, else anywhere.
    pub(super) fn wrap(&self, runs: &[Run], size: f32, width: f32) -> Vec<Vec<Fragment>> {
        let mut wrapping =
            Wrapping { setter: self, width, lines: Vec::new(), line: Vec::new(), word: Vec::new(), space: None };
        for run in runs {
            for sign in signs(&run.text) {
                match sign {
                    '\n' => wrapping.end_line(),
                    ' ' => wrapping.space(run.look, size),
                    _ => wrapping.sign(sign, run.look, size),
                }
                if wrapping.lines.len() > MAX_LINES {
                    return wrapping.lines;
                }
            }
        }
        if !wrapping.word.is_empty() || !wrapping.line.is_empty() {
            wrapping.end_line();
        }
        wrapping.lines
    }

    /// How wide the words are on one line, and the widest of them alone.
    pub(super) fn measure(&self, blocks: &[Block], size: f32) -> (f32, f32) {
        let mut runs = Vec::new();
        said(blocks, &mut runs);
        let widest = |lines: Vec<Vec<Fragment>>| lines.iter().map(|line| extent(line)).fold(0.0, f32::max);
        let natural = widest(self.wrap(&runs, size, 600.0));
        let mut word: f32 = 0.0;
        for run in &runs {
            for text in run.text.split([' ', '\n']).take(2000) {
                let alone = [Run { text: text.chars().take(40).collect(), look: run.look }];
                word = word.max(widest(self.wrap(&alone, size, 600.0)));
            }
        }
        let picture = blocks.iter().any(|block| matches!(block, Block::Picture(_)));
        if picture { (natural.max(200.0), word.max(80.0)) } else { (natural, word) }
    }

    /// Whether a sign was missing from every typeface.
    pub(super) fn lacks(lines: &[Line]) -> bool {
        lines.iter().flat_map(|line| &line.fragments).any(|fragment| fragment.text.contains(MISSING))
    }
}

fn extent(line: &[Fragment]) -> f32 {
    line.last().map_or(0.0, |fragment| fragment.x + fragment.width)
}

/// The words of blocks, one after the other.
fn said(blocks: &[Block], into: &mut Vec<Run>) {
    for block in blocks {
        if into.last().is_some_and(|run| !run.text.ends_with(['\n', ' '])) {
            into.push(Run { text: "\n".into(), look: Look::default() });
        }
        match block {
            Block::Paragraph(runs) => into.extend(runs.iter().cloned()),
            Block::List { items, .. } => items.iter().for_each(|item| said(item, into)),
            Block::Table(table) => table.rows.iter().flatten().for_each(|cell| said(&cell.blocks, into)),
            Block::Picture(_) | Block::PictureMissing => {
                into.push(Run { text: words::PICTURE_MISSING.into(), look: Look::default() });
            }
        }
    }
}

/// Words on their way into lines.
struct Wrapping<'a> {
    setter: &'a Setter<'a>,
    width: f32,
    lines: Vec<Vec<Fragment>>,
    line: Vec<Fragment>,
    /// The word being gathered, from `x` 0.
    word: Vec<Fragment>,
    /// The space before it.
    space: Option<(Look, f32)>,
}

impl Wrapping<'_> {
    fn sign(&mut self, sign: char, look: Look, size: f32) {
        let (which, sign) = self.setter.typefaces.choose(sign, look.bold);
        let fragment = self.fragment(look, size, which);
        let advance = self.setter.typefaces.face(which).width(sign.encode_utf8(&mut [0; 4]), fragment.size);
        if extent(&self.word) + advance > self.width && !self.word.is_empty() {
            // Wider than a whole line: broken where it must.
            self.place();
            self.next_line();
        }
        append(&mut self.word, fragment, sign, advance);
    }

    fn space(&mut self, look: Look, size: f32) {
        self.place();
        self.space = Some((look, size));
    }

    fn fragment(&self, look: Look, size: f32, which: Which) -> Fragment {
        let (size, rise) = match look.shift {
            0 => (size, 0.0),
            shift if shift > 0 => (size * 0.72, size * 0.35),
            _ => (size * 0.72, -size * 0.15),
        };
        Fragment { x: 0.0, text: String::new(), which, size, rise, underline: look.underline, width: 0.0 }
    }

    /// Puts the word on the line, else on the next.
    fn place(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        if let Some((look, size)) = self.space.take()
            && !self.line.is_empty()
        {
            let which = if look.bold { Which::Bold } else { Which::Text };
            let fragment = self.fragment(look, size, which);
            let advance = self.setter.typefaces.face(which).width(" ", fragment.size);
            if extent(&self.line) + advance + extent(&word) > self.width {
                self.next_line();
            } else {
                append(&mut self.line, fragment, ' ', advance);
            }
        }
        for fragment in word {
            let x = extent(&self.line);
            match self.line.last_mut() {
                Some(last) if alike(last, &fragment) => {
                    last.text.push_str(&fragment.text);
                    last.width += fragment.width;
                }
                _ => self.line.push(Fragment { x, ..fragment }),
            }
        }
    }

    fn next_line(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
        self.space = None;
    }

    fn end_line(&mut self) {
        self.place();
        self.next_line();
    }
}

fn alike(one: &Fragment, other: &Fragment) -> bool {
    one.which == other.which && one.size == other.size && one.rise == other.rise && one.underline == other.underline
}

fn append(line: &mut Vec<Fragment>, fragment: Fragment, sign: char, advance: f32) {
    let x = extent(line);
    match line.last_mut() {
        Some(last) if alike(last, &fragment) => {
            last.text.push(sign);
            last.width += advance;
        }
        _ => line.push(Fragment { x, text: sign.to_string(), width: advance, ..fragment }),
    }
}
