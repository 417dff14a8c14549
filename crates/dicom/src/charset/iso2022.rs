//! Code extensions: escape sequences that change the set in the middle of a value (PS3.5 §6.1.2.5).

use encoding_rs::{
    EUC_JP, EUC_KR, Encoding, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6, ISO_8859_7, ISO_8859_8,
    ISO_8859_15, WINDOWS_874, WINDOWS_1252, WINDOWS_1254,
};

/// What bytes below 0x80 mean (code element G0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Low {
    Ascii,
    /// ISO-IR 14, the Roman letters of JIS X 0201.
    Romaji,
    /// ISO-IR 87, JIS X 0208.
    Kanji,
    /// ISO-IR 159, JIS X 0212.
    SupplementaryKanji,
}

/// What bytes above 0x7F mean (code element G1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum High {
    None,
    /// One of ISO 8859 and its kin.
    Single(&'static Encoding),
    /// ISO-IR 13, the katakana of JIS X 0201.
    Katakana,
    /// ISO-IR 149 or 58, two bytes a character.
    Double(&'static Encoding),
}

/// The sets with which each value begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Switcher {
    low: Low,
    high: High,
}

impl Switcher {
    /// The initial state for value 1 of Specific Character Set, with code extensions or without.
    pub fn starting_with(term: &str) -> Self {
        let number = term.strip_prefix("ISO_IR ").or_else(|| term.strip_prefix("ISO 2022 IR "));
        let ascii = |high| Self { low: Low::Ascii, high };
        match number.unwrap_or_default().trim() {
            "100" => ascii(High::Single(WINDOWS_1252)),
            "101" => ascii(High::Single(ISO_8859_2)),
            "109" => ascii(High::Single(ISO_8859_3)),
            "110" => ascii(High::Single(ISO_8859_4)),
            "144" => ascii(High::Single(ISO_8859_5)),
            "127" => ascii(High::Single(ISO_8859_6)),
            "126" => ascii(High::Single(ISO_8859_7)),
            "138" => ascii(High::Single(ISO_8859_8)),
            "148" => ascii(High::Single(WINDOWS_1254)),
            "166" => ascii(High::Single(WINDOWS_874)),
            "203" => ascii(High::Single(ISO_8859_15)),
            "13" => Self { low: Low::Romaji, high: High::Katakana },
            // Not allowed as value 1 (PS3.3 §C.12.1.1.2), and met there.
            "149" => ascii(High::Double(EUC_KR)),
            "58" => ascii(High::Double(GBK)),
            _ => ascii(High::None),
        }
    }

    /// The text of `bytes`; `None` when a byte means nothing in the set that is in force.
    ///
    /// The sets fall back to the initial ones after each line and each value, and in person names after each component
    /// and group (PS3.5 §6.1.2.5.3).
    pub fn decode(&self, bytes: &[u8], is_person_name: bool) -> Option<String> {
        let mut text = String::with_capacity(bytes.len());
        let mut state = *self;
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            if byte == 0x1B {
                rest = state.switch(after)?;
                continue;
            }
            let is_double = match byte {
                0x21..=0x7E => matches!(state.low, Low::Kanji | Low::SupplementaryKanji),
                0x80.. => matches!(state.high, High::Double(_)),
                _ => false,
            };
            if is_double {
                let (&second, after) = after.split_first()?;
                state.double(byte, second, &mut text)?;
                rest = after;
                continue;
            }
            state.single(byte, &mut text)?;
            rest = after;
            if matches!(byte, b'\\' | b'\n' | b'\r' | b'\t' | 0x0C) || (is_person_name && matches!(byte, b'^' | b'=')) {
                state = *self;
            }
        }
        Some(text)
    }

    /// Obeys an escape sequence, whether declared or not (PS3.3 tables C.12-3 and C.12-4); answers what follows it.
    fn switch<'b>(&mut self, after: &'b [u8]) -> Option<&'b [u8]> {
        const G1_LATIN: &[(u8, &Encoding)] = &[
            (b'A', WINDOWS_1252),
            (b'B', ISO_8859_2),
            (b'C', ISO_8859_3),
            (b'D', ISO_8859_4),
            (b'L', ISO_8859_5),
            (b'G', ISO_8859_6),
            (b'F', ISO_8859_7),
            (b'H', ISO_8859_8),
            (b'M', WINDOWS_1254),
            (b'T', WINDOWS_874),
            (b'b', ISO_8859_15),
        ];
        let rest = match after {
            [b'(', b'B', rest @ ..] => (self.low = Low::Ascii, rest).1,
            [b'(', b'J', rest @ ..] => (self.low = Low::Romaji, rest).1,
            [b'$', b'B' | b'@', rest @ ..] => (self.low = Low::Kanji, rest).1,
            [b'$', b'(', b'D', rest @ ..] => (self.low = Low::SupplementaryKanji, rest).1,
            [b')', b'I', rest @ ..] => (self.high = High::Katakana, rest).1,
            [b'$', b')', b'C', rest @ ..] => (self.high = High::Double(EUC_KR), rest).1,
            [b'$', b')', b'A', rest @ ..] => (self.high = High::Double(GBK), rest).1,
            [b'-', set, rest @ ..] => {
                self.high = High::Single(G1_LATIN.iter().find(|(letter, _)| letter == set)?.1);
                rest
            }
            _ => return None,
        };
        Some(rest)
    }

    fn single(self, byte: u8, text: &mut String) -> Option<()> {
        match (byte, self.high) {
            // The overline of JIS X 0201; its yen sign stands where DICOM parts values, and stays a backslash.
            (b'~', _) if self.low == Low::Romaji => text.push('\u{203E}'),
            (..0x80, _) => text.push(char::from(byte)),
            (_, High::Single(encoding)) => text.push_str(&whole(encoding, &[byte])?),
            (0xA1..=0xDF, High::Katakana) => text.push(char::from_u32(0xFF61 + u32::from(byte - 0xA1))?),
            _ => return None,
        }
        Some(())
    }

    fn double(self, first: u8, second: u8, text: &mut String) -> Option<()> {
        let decoded = match (first, self.low, self.high) {
            (..0x80, Low::Kanji, _) => whole(EUC_JP, &[first | 0x80, second | 0x80]),
            (..0x80, Low::SupplementaryKanji, _) => whole(EUC_JP, &[0x8F, first | 0x80, second | 0x80]),
            (_, _, High::Double(encoding)) => whole(encoding, &[first, second]),
            _ => None,
        };
        text.push_str(&decoded?);
        Some(())
    }
}

fn whole(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(|text| text.into_owned())
}
