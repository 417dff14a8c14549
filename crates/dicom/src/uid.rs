//! Unique identifiers (PS3.5 §9.1), and the one rule by which they are accepted.
//!
//! A UID is accepted when, after one trailing NUL (its legal padding) or trailing spaces (a common fault) are taken
//! off, it has 1 to 64 characters, all digits and dots, and no empty component. A component with a leading zero
//! breaks PS3.5 §9.1 but is met in old archives and harmless: accepted, see [`has_leading_zero`]. Everything else is
//! refused. A UID is never used in a path, accepted or not.

use std::fmt;

/// What is wrong with a UID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UidFault {
    /// No character at all.
    Empty,
    /// Over 64 characters.
    TooLong,
    /// Something other than digits and dots.
    BadCharacter,
    /// Two dots in a row, or a dot at either end.
    EmptyComponent,
}

impl fmt::Display for UidFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty",
            Self::TooLong => "over 64 characters",
            Self::BadCharacter => "a character other than digits and dots",
            Self::EmptyComponent => "an empty component",
        })
    }
}

/// The UID in a value of VR UI, its padding taken off.
///
/// # Errors
/// The rule of this module that it breaks.
pub fn parse(value: &[u8]) -> Result<&str, UidFault> {
    let bare = value.strip_suffix(b"\0").unwrap_or(value).trim_ascii_end();
    let text = std::str::from_utf8(bare).map_err(|_| UidFault::BadCharacter)?;
    check(text)?;
    Ok(text)
}

/// Whether `uid`, without padding, is accepted.
///
/// # Errors
/// The rule of this module that it breaks.
pub fn check(uid: &str) -> Result<(), UidFault> {
    if uid.is_empty() {
        return Err(UidFault::Empty);
    }
    if uid.len() > 64 {
        return Err(UidFault::TooLong);
    }
    if !uid.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(UidFault::BadCharacter);
    }
    if uid.split('.').any(str::is_empty) {
        return Err(UidFault::EmptyComponent);
    }
    Ok(())
}

/// Whether a component begins with a zero it should not have (PS3.5 §9.1): worth a warning, not a refusal.
pub fn has_leading_zero(uid: &str) -> bool {
    uid.split('.').any(|part| part.len() > 1 && part.starts_with('0'))
}

/// A UID under the root 2.25, from 128 random bits (PS3.5 §B.2).
pub fn from_random(bits: [u8; 16]) -> String {
    format!("2.25.{}", u128::from_be_bytes(bits))
}
