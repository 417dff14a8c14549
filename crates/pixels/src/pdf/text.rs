//! The text of pages, in the order in which it is drawn.

use hayro::hayro_interpret::font::GlyphRun;
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, interpret_page,
};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Point, Rect};

/// The text of each page; empty where there is none, or once `max_chars` are kept.
pub(super) fn of_pages<'a>(pages: impl Iterator<Item = &'a Page<'a>>, max_chars: usize) -> Vec<String> {
    let cache = InterpreterCache::new();
    let settings = InterpreterSettings::default();
    let mut left = max_chars;
    pages
        .map(|page| {
            let mut reader = Reader { text: String::new(), last: None, left };
            if left > 0 {
                let everywhere = Rect::new(-1e6, -1e6, 1e6, 1e6);
                let mut context = Context::new(Affine::IDENTITY, everywhere, &cache, page.xref(), settings.clone());
                interpret_page(page, &mut context, &mut reader);
            }
            left = reader.left;
            reader.text
        })
        .collect()
}

/// Draws nothing and notes the characters.
struct Reader {
    text: String,
    /// Where the last character began, and the size of its font.
    last: Option<(Point, f64)>,
    left: usize,
}

impl Reader {
    /// A character at `at`: on another height it begins a line; far from the last one, a word.
    fn character(&mut self, at: Point, em: f64, text: &str) {
        if let Some((last, last_em)) = self.last {
            let size = em.max(last_em).max(0.1);
            if (at.y - last.y).abs() > size * 0.4 {
                self.push("\n");
            } else if (at.x - last.x > size * 1.3 || at.x < last.x - size * 0.5) && !self.text.ends_with([' ', '\n']) {
                self.push(" ");
            }
        }
        self.push(text);
        self.last = Some((at, em));
    }

    fn push(&mut self, text: &str) {
        for c in text.chars().filter(|c| !c.is_control() || *c == '\n') {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            self.text.push(c);
        }
    }
}

impl<'a> Device<'a> for Reader {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            let placed = props.transform * glyph.transform();
            // Glyphs are drawn in thousandths of an em.
            let em = placed.determinant().abs().sqrt() * 1000.0;
            let at = placed * Point::ZERO;
            match glyph.as_unicode() {
                Some(BfString::Char(c)) => self.character(at, em, c.encode_utf8(&mut [0; 4])),
                Some(BfString::String(text)) => self.character(at, em, &text),
                None => {}
            }
        }
    }

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
