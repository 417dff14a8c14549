//! What one operator of a content stream may leave visible, never less (ISO 32000-1 §8.5, §9.4).

use super::geometry::{Matrix, Rect};

/// The graphics state, as far as it says where marks fall.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) ctm: Matrix,
    pub(super) clip: Rect,
    pub(super) line_width: f64,
    pub(super) fill: Ink,
    pub(super) stroke: Ink,
    pub(super) text: TextState,
}

/// A colour, as far as it may be white. In a space of inks (Separation, `DeviceN`) or Lab the same
/// numbers are not white.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ink {
    pub(super) white: bool,
    pub(super) plain_space: bool,
}

impl Ink {
    const BLACK: Ink = Ink { white: false, plain_space: true };

    /// Colour components given by `sc` and its like in the current space.
    pub(super) fn components(&mut self, components: &[f64]) {
        self.white = self.plain_space && is_white(components);
    }

    /// Colour components given by `g`, `rg`, `k` and their like.
    pub(super) fn device(&mut self, components: &[f64]) {
        *self = Ink { white: is_white(components), plain_space: true };
    }
}

/// White in grey, RGB or CMYK.
fn is_white(components: &[f64]) -> bool {
    match components {
        [grey] => *grey >= 1.0,
        [red, green, blue] => *red >= 1.0 && *green >= 1.0 && *blue >= 1.0,
        [cyan, magenta, yellow, black] => [cyan, magenta, yellow, black].iter().all(|ink| **ink <= 0.0),
        _ => false,
    }
}

impl State {
    pub(super) fn new(ctm: Matrix, clip: Rect) -> Self {
        let text = TextState { size: 0.0, leading: 0.0, rise: 0.0, letters: 0.0, words: 0.0, scale: 1.0 };
        Self { ctm, clip, line_width: 1.0, fill: Ink::BLACK, stroke: Ink::BLACK, text }
    }
}

/// Text state (§9.3). `letters` and `words` are the spacings between them.
#[derive(Debug, Clone)]
pub(super) struct TextState {
    pub(super) size: f64,
    pub(super) leading: f64,
    pub(super) rise: f64,
    pub(super) letters: f64,
    pub(super) words: f64,
    pub(super) scale: f64,
}

/// A text object (§9.4.1): where the line begins. Advances are not known, so a run keeps growing,
/// both ways, from where it was placed.
#[derive(Debug, Clone)]
pub(super) struct TextPlace {
    pub(super) line: Matrix,
    forward: f64,
    backward: f64,
}

/// What a text operator shows: glyphs, and moves between them in thousandths of an em (§9.4.3).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shown {
    pub(super) glyphs: f64,
    pub(super) forward: f64,
    pub(super) backward: f64,
}

impl TextPlace {
    pub(super) fn at(line: Matrix) -> Self {
        Self { line, forward: 0.0, backward: 0.0 }
    }

    /// Where more glyphs fall at most. A glyph is never wider than 1.3 em, nor reaches beyond 1.2 em
    /// above or 0.5 below the line.
    pub(super) fn show(&mut self, state: &State, shown: Shown) -> Option<Rect> {
        let TextState { size, rise, letters, words, scale, .. } = state.text;
        let em = size.abs();
        let spacing = letters.abs() + words.abs();
        self.forward += (shown.glyphs * (em * 1.3 + spacing) + shown.forward / 1000.0 * em) * scale.abs();
        self.backward += (shown.glyphs * spacing + shown.backward / 1000.0 * em) * scale.abs();
        let (mut back, mut below) = (self.backward + 0.2 * em, 0.5 * em);
        if size < 0.0 || scale < 0.0 {
            (back, below) = (self.backward + self.forward, 1.2 * em);
        }
        let text = Rect { left: -back, bottom: rise - below, right: self.forward, top: rise + 1.2 * em };
        self.line.then(&state.ctm).around(&text)
    }
}

/// The path being built (§8.5.2): straight pieces each on their own, so that a border around the
/// page marks its edges and not its inside; and everything, for filling and clipping.
#[derive(Debug, Clone, Default)]
pub(super) struct Path {
    start: Option<(f64, f64)>,
    current: Option<(f64, f64)>,
    pieces: Vec<Rect>,
    pub(super) clips: bool,
}

impl Path {
    pub(super) fn move_to(&mut self, point: (f64, f64)) {
        (self.start, self.current) = (Some(point), Some(point));
    }

    /// A line, or a curve inside the hull of its control points.
    pub(super) fn draw_to(&mut self, through: &[(f64, f64)]) {
        let points = self.current.into_iter().chain(through.iter().copied());
        self.pieces.extend(Rect::around(points));
        self.current = through.last().copied();
    }

    pub(super) fn current(&self) -> Option<(f64, f64)> {
        self.current
    }

    pub(super) fn close(&mut self) {
        if let Some(start) = self.start {
            self.draw_to(&[start]);
        }
    }

    pub(super) fn pieces(&self) -> &[Rect] {
        &self.pieces
    }

    /// Around the whole path.
    pub(super) fn hull(&self) -> Option<Rect> {
        Rect::around(self.pieces.iter().flat_map(Rect::corners))
    }
}
