//! The registration number of a person (NIR): 13 characters and a key of two digits.

use super::{IdError, first_non_digit, identifier_text, stripped};
use serde::{Deserialize, Serialize};

const WHAT: &str = "nir";

/// A registration number whose key holds: `S YY MM DD CCC NNN KK`, 15 characters.
///
/// The key is 97 − (N mod 97); in the department's place Corsica's `2A` counts as 19 and `2B` as 18.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nir(String);

identifier_text!(Nir);

impl Nir {
    /// Reads 15 characters; blanks between groups are allowed.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let nir = stripped(text, WHAT, 15)?.to_ascii_uppercase();
        let numeric = numeric_form(&nir);
        if let Some(position) = first_non_digit(&numeric) {
            return Err(IdError::Character { what: WHAT, position });
        }
        let (number, key) = split(&numeric).ok_or(IdError::Check { what: WHAT })?;
        if key == 97 - number % 97 { Ok(Self(nir)) } else { Err(IdError::Check { what: WHAT }) }
    }

    /// The 13 characters without the key.
    pub fn body(&self) -> &str {
        self.0.get(..13).unwrap_or(&self.0)
    }
}

/// Corsica: positions 6 and 7 hold the department.
fn numeric_form(nir: &str) -> String {
    match nir.get(5..7) {
        Some("2A") => replaced(nir, "19"),
        Some("2B") => replaced(nir, "18"),
        _ => nir.to_owned(),
    }
}

fn replaced(nir: &str, department: &str) -> String {
    format!("{}{department}{}", nir.get(..5).unwrap_or(""), nir.get(7..).unwrap_or(""))
}

fn split(numeric: &str) -> Option<(u64, u64)> {
    Some((numeric.get(..13)?.parse().ok()?, numeric.get(13..)?.parse().ok()?))
}

impl std::fmt::Debug for Nir {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nir(…)")
    }
}
