//! Specific Character Set (PS3.3 §C.12.1.1.2, PS3.5 §6.1).
//!
//! A wrong or missing declaration never empties a value and never drops a character silently: what means nothing in
//! the declared set is read as UTF-8 if all of the value is valid UTF-8, else as Windows-1252; what cannot be shown
//! (control characters, marks that turn the direction of writing) becomes U+FFFD.

mod iso2022;

use crate::scan::DataSet;
use crate::{Vr, tag};
use encoding_rs::{Encoding, GB18030, GBK, UTF_8, WINDOWS_1252};
use iso2022::Switcher;

/// How the text of a data set is encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharacterSet {
    terms: Vec<String>,
    coding: Coding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    /// A set that excludes code extensions (PS3.5 §6.1.2.4, note).
    Whole(&'static Encoding),
    /// A single-byte set, or several with escape sequences between them.
    Switched(Switcher),
}

impl Default for CharacterSet {
    fn default() -> Self {
        Self::from_terms([])
    }
}

impl CharacterSet {
    /// Of a data set, from its Specific Character Set; the default repertoire when absent.
    pub fn of(dataset: DataSet<'_>) -> Self {
        Self::default().of_item(dataset)
    }

    /// Of an item of a sequence: its own Specific Character Set, else that of the data set around it (`self`).
    pub fn of_item(&self, item: DataSet<'_>) -> Self {
        let Some(value) = item.bytes(tag::SPECIFIC_CHARACTER_SET) else { return self.clone() };
        let text = String::from_utf8_lossy(value);
        Self::from_terms(text.split('\\'))
    }

    /// From defined terms (`ISO_IR 100`, `ISO 2022 IR 87`, …), the first being the default one. Unknown terms are
    /// ignored.
    pub fn from_terms<'t>(terms: impl IntoIterator<Item = &'t str>) -> Self {
        let is_padding = |c: char| c == ' ' || c == '\0';
        let terms: Vec<String> = terms.into_iter().map(|term| term.trim_matches(is_padding).to_owned()).collect();
        let first = terms.first().map(String::as_str).unwrap_or_default();
        let coding = match first {
            "ISO_IR 192" => Coding::Whole(UTF_8),
            "GB18030" => Coding::Whole(GB18030),
            "GBK" => Coding::Whole(GBK),
            _ => Coding::Switched(Switcher::starting_with(first)),
        };
        Self { terms, coding }
    }

    /// The defined terms, in order, as declared.
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// The values of an element, decoded, padding taken off; none when it is empty. A value that has visible bytes is
    /// never emptied.
    pub fn decode_values(&self, bytes: &[u8], vr: Vr) -> Vec<String> {
        if bytes.is_empty() {
            return Vec::new();
        }
        let text = if vr.is_encoded_text() { self.decode_as(bytes, vr == Vr::PN) } else { readable(&fallback(bytes)) };
        if vr.is_multi_valued_text() {
            text.split('\\').map(|value| value.trim_matches(' ').to_owned()).collect()
        } else {
            vec![text.trim_end_matches(' ').to_owned()]
        }
    }

    /// One value, decoded; backslashes are kept.
    pub fn decode(&self, bytes: &[u8]) -> String {
        self.decode_as(bytes, false)
    }

    fn decode_as(&self, bytes: &[u8], is_person_name: bool) -> String {
        // NULs pad, against PS3.5 §6.2, in what many writers send.
        let end = bytes.iter().rposition(|b| !matches!(b, 0 | b' ')).map_or(0, |last| last + 1);
        let bytes = bytes.get(..end).unwrap_or_default();
        let decoded = match &self.coding {
            Coding::Whole(encoding) => {
                encoding.decode_without_bom_handling_and_without_replacement(bytes).map(|text| text.into_owned())
            }
            Coding::Switched(switcher) => switcher.decode(bytes, is_person_name),
        };
        readable(&decoded.unwrap_or_else(|| fallback(bytes)))
    }
}

/// Text of no known set.
fn fallback(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// Replaces what cannot be shown, or would make what follows be shown otherwise than it is.
fn readable(text: &str) -> String {
    let trimmed = text.trim_end_matches('\0');
    let show = |c: char| match c {
        '\t' | '\n' | '\r' | '\x0C' => c,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    trimmed.chars().map(show).collect()
}
