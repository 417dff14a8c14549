//! The exam number: the selector printed beside the code, random and not sequential.

use crate::code::is_separator;
use serde::{Deserialize, Serialize};

/// The quasi-group of H. Michael Damm's check (2004): catches every wrong digit and every exchange
/// of two neighbours. A browser checks the same with this table: start at 0, then
/// `interim = DAMM[interim][digit]`; the number holds when the end is 0.
pub const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// Why a typed text is not an exam number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not 10 digits.
    #[error("exam number has {found} digits, not 10")]
    Length {
        /// How many were typed, blanks and dashes not counted.
        found: usize,
    },
    /// A character that is no digit.
    #[error("exam number has no digit at position {position}")]
    Digit {
        /// Which one, from 1, blanks and dashes not counted.
        position: usize,
    },
    /// Ten digits that do not go together: a typing mistake.
    #[error("exam number's check digit does not hold")]
    Check,
}

/// Ten decimal digits: nine random, one check digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExamNumber(String);

impl ExamNumber {
    /// A number from 8 random bytes. Uniqueness is the caller's: draw again when it is taken.
    pub fn from_entropy(entropy: [u8; 8]) -> Self {
        let body = format!("{:09}", u64::from_be_bytes(entropy) % 1_000_000_000);
        let check = interim(&body);
        Self(format!("{body}{check}"))
    }

    /// Reads what a person typed: blanks and dashes anywhere.
    pub fn parse(typed: &str) -> Result<Self, NumberError> {
        let text: String = typed.chars().filter(|c| !is_separator(*c)).collect();
        if let Some(index) = text.chars().position(|c| !c.is_ascii_digit()) {
            return Err(NumberError::Digit { position: index + 1 });
        }
        match (text.len(), interim(&text)) {
            (10, 0) => Ok(Self(text)),
            (10, _) => Err(NumberError::Check),
            (found, _) => Err(NumberError::Length { found }),
        }
    }

    /// Ten digits, nothing between.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As printed: `123 456 789 0`.
    pub fn grouped(&self) -> String {
        let mut out = String::with_capacity(13);
        for (index, c) in self.0.chars().enumerate() {
            if index > 0 && index % 3 == 0 {
                out.push(' ');
            }
            out.push(c);
        }
        out
    }
}

fn interim(digits: &str) -> u8 {
    digits.bytes().fold(0, |interim, byte| {
        let row = DAMM.get(usize::from(interim));
        row.and_then(|row| row.get(usize::from(byte.wrapping_sub(b'0')))).copied().unwrap_or(0)
    })
}

impl std::fmt::Display for ExamNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ExamNumber {
    type Error = NumberError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ExamNumber> for String {
    fn from(number: ExamNumber) -> Self {
        number.0
    }
}
