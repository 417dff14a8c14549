//! The access code printed on the exam sheet, its check symbol, and the token of its QR.
//!
//! The check: every symbol is an element of GF(32) (its place in [`ALPHABET`], five bits, polynomial
//! x⁵ + x² + 1) and the thirteen symbols weighted by [`WEIGHTS`] add up to zero. A wrong symbol adds
//! weight × difference, never zero because no weight is zero. Two neighbours exchanged add
//! (weight + next weight) × difference, never zero because the weights are distinct. A browser checks
//! the same while the patient types, with this table alone.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The thirty-two symbols, in the order of their values (Crockford: no I, L, O, U).
pub const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Symbols of a code, the check symbol included.
pub const CODE_SYMBOLS: usize = 13;

/// The weight of each symbol in the check, from the left: the powers α¹² … α⁰ of the field's generator.
pub const WEIGHTS: [u8; CODE_SYMBOLS] = [14, 7, 17, 26, 13, 20, 10, 5, 16, 8, 4, 2, 1];

/// Why a typed text is not an access code. Never quotes what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not 13 symbols.
    #[error("code has {found} symbols, not 13")]
    Length {
        /// How many were typed, blanks and dashes not counted.
        found: usize,
    },
    /// A character that is no symbol.
    #[error("code has no such symbol as at position {position}")]
    Symbol {
        /// Which one, from 1, blanks and dashes not counted.
        position: usize,
    },
    /// Thirteen symbols that do not go together: a typing mistake.
    #[error("code's check symbol does not hold")]
    Check,
}

/// An access code: 12 random symbols (60 bits) and a check symbol. Wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct AccessCode(String);

impl AccessCode {
    /// A code from 8 random bytes, of which it uses 60 bits.
    pub fn from_entropy(mut entropy: [u8; 8]) -> Self {
        let mut bits = u64::from_be_bytes(entropy);
        entropy.zeroize();
        let mut text = String::with_capacity(CODE_SYMBOLS);
        let mut sum = 0;
        for weight in WEIGHTS.iter().take(CODE_SYMBOLS - 1) {
            let value = (bits >> 59) as u8;
            bits <<= 5;
            sum ^= multiply(*weight, value);
            text.push(symbol(value));
        }
        bits.zeroize();
        text.push(symbol(sum)); // the last weight is 1 and minus is plus
        Self(text)
    }

    /// Reads what a person typed: blanks and dashes anywhere, lower case, O for 0, I or L for 1.
    pub fn parse(typed: &str) -> Result<Self, CodeError> {
        let symbols = typed.chars().filter(|c| !is_separator(*c));
        let mut text = String::with_capacity(CODE_SYMBOLS);
        let mut sum = 0;
        let mut bad = None;
        let mut found = 0;
        for c in symbols {
            found += 1;
            let weight = WEIGHTS.get(found - 1).copied().unwrap_or(0);
            match value_of(c) {
                Some(value) if found <= CODE_SYMBOLS => {
                    sum ^= multiply(weight, value);
                    text.push(symbol(value));
                }
                Some(_) => {}
                None => bad = bad.or(Some(found)),
            }
        }
        let code = Self(text);
        match bad {
            Some(position) => Err(CodeError::Symbol { position }),
            None if found != CODE_SYMBOLS => Err(CodeError::Length { found }),
            None if sum != 0 => Err(CodeError::Check),
            None => Ok(code),
        }
    }

    /// The thirteen symbols, upper case, nothing between: what is hashed and sent over the link.
    pub fn normalised(&self) -> &str {
        &self.0
    }

    /// As printed: `XXXX-XXXX-XXXX-C`.
    pub fn grouped(&self) -> String {
        let mut out = String::with_capacity(CODE_SYMBOLS + 3);
        for (index, c) in self.0.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                out.push('-');
            }
            out.push(c);
        }
        out
    }
}

impl std::fmt::Debug for AccessCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessCode(…)")
    }
}

/// The product of two elements of GF(32), polynomial x⁵ + x² + 1.
pub const fn multiply(a: u8, b: u8) -> u8 {
    let (mut a, mut b, mut product) = (a & 31, b & 31, 0);
    while b > 0 {
        if b & 1 == 1 {
            product ^= a;
        }
        a <<= 1;
        if a & 32 != 0 {
            a ^= 0b10_0101;
        }
        b >>= 1;
    }
    product
}

fn symbol(value: u8) -> char {
    ALPHABET.get(usize::from(value)).map_or('0', |&byte| char::from(byte))
}

fn value_of(c: char) -> Option<u8> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let index = ALPHABET.iter().position(|&byte| char::from(byte) == c)?;
    u8::try_from(index).ok()
}

/// What people and printers put between groups: blanks, and dashes of every kind.
pub(crate) fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '.' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// The QR's token: 128 random bits. Wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct QrToken(String);

impl QrToken {
    /// A token from 16 random bytes.
    pub fn from_entropy(mut entropy: [u8; 16]) -> Self {
        let mut text = String::with_capacity(32);
        for byte in entropy {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        entropy.zeroize();
        Self(text)
    }

    /// Reads 32 hexadecimal digits; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let hexadecimal = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        hexadecimal.then(|| Self(text.to_ascii_lowercase()))
    }

    /// 32 hexadecimal digits, lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for QrToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("QrToken(…)")
    }
}
