//! National identifiers: people ([`Nir`], [`Ins`]), professionals ([`Rpps`]), structures ([`Finess`]).

mod finess;
mod ins;
mod luhn;
mod nir;
mod rpps;

pub use finess::{Finess, STRUCTURE_AUTHORITY};
pub use ins::{Ins, InsKind};
pub use nir::Nir;
pub use rpps::{PROFESSIONAL_AUTHORITY, Rpps};

/// Why a text is not the identifier it should be. Never quotes the text: it may be personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Another number of characters.
    #[error("{what} has {found} characters, not {expected}")]
    Length {
        /// Which identifier.
        what: &'static str,
        /// How many characters it should have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// A character that this identifier never has.
    #[error("{what} has a character out of place at position {position}")]
    Character {
        /// Which identifier.
        what: &'static str,
        /// Where, from 1.
        position: usize,
    },
    /// The key or check digit is wrong.
    #[error("{what} has a wrong check digit")]
    Check {
        /// Which identifier.
        what: &'static str,
    },
    /// The authority (OID) is not one of those that make this identifier.
    #[error("{what} comes from an unknown authority")]
    Authority {
        /// Which identifier.
        what: &'static str,
    },
}

/// Strips the blanks and dots people print inside identifiers, and counts what remains.
fn stripped(text: &str, what: &'static str, expected: usize) -> Result<String, IdError> {
    let kept: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '\u{a0}' | '\u{202f}')).collect();
    let found = kept.chars().count();
    if found == expected { Ok(kept) } else { Err(IdError::Length { what, expected, found }) }
}

/// The position, from 1, of the first character that is not a digit.
fn first_non_digit(text: &str) -> Option<usize> {
    text.chars().position(|c| !c.is_ascii_digit()).map(|index| index + 1)
}

/// The traits every identifier has: shown as its text, stored as its text, read back with its check.
macro_rules! identifier_text {
    ($name:ident) => {
        impl $name {
            /// The identifier's characters, without blanks.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::ids::IdError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }
        impl TryFrom<String> for $name {
            type Error = $crate::ids::IdError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}
use identifier_text;
