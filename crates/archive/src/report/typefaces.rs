//! Which typeface writes which sign, and how wide it is.

use super::PageError;
use crate::sheet::pen::{Face, Faces};
use unicode_normalization::UnicodeNormalization;

/// Signs that the sheet's typeface lacks: Greek, Cyrillic, mathematics, arrows, boxes to tick.
const SPARE: &[u8] = include_bytes!("../../fonts/DejaVuSans-subset.ttf");
/// Written for a sign that no typeface has.
pub(super) const MISSING: char = '□';

/// A typeface of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Text,
    Bold,
    Spare,
}

/// The typefaces.
pub(super) struct Typefaces {
    faces: Faces,
    spare: Face,
}

impl Typefaces {
    pub(super) fn load() -> Result<Self, PageError> {
        let read = |error: crate::sheet::SheetError| PageError::Draw(error.to_string());
        Ok(Self { faces: Faces::load().map_err(read)?, spare: Face::load(SPARE).map_err(read)? })
    }

    pub(super) fn face(&self, which: Which) -> &Face {
        match which {
            Which::Text => &self.faces.text,
            Which::Bold => &self.faces.bold,
            Which::Spare => &self.spare,
        }
    }

    /// The typeface for a sign, and the sign to write.
    pub(super) fn choose(&self, sign: char, bold: bool) -> (Which, char) {
        let first = if bold { Which::Bold } else { Which::Text };
        if self.face(first).has(sign) {
            (first, sign)
        } else if self.spare.has(sign) {
            (Which::Spare, sign)
        } else {
            (Which::Spare, MISSING)
        }
    }
}

/// The signs of a text as they are written: composed, without what is invisible, spaces of all widths alike.
pub(super) fn signs(text: &str) -> impl Iterator<Item = char> + '_ {
    text.nfc().filter_map(|sign| match sign {
        '\n' | ' ' => Some(sign),
        '\t' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some('\u{a0}'),
        '\u{2010}' | '\u{2011}' => Some('-'),
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => None,
        '\u{fe00}'..='\u{fe0f}' => None,
        _ if sign.is_control() => None,
        _ => Some(sign),
    })
}
