//! The number of a structure (FINESS).

use super::{IdError, identifier_text, luhn, stripped};
use serde::{Deserialize, Serialize};

const WHAT: &str = "finess";

/// The assigning authority of structures' ids in messages.
pub const STRUCTURE_AUTHORITY: &str = "1.2.250.1.71.4.2.2";

/// A FINESS number: 9 characters, Luhn over the numeric form.
///
/// The first two characters are the department. For Corsica's `2A` and `2B` the numeric form is the
/// one of billing (see [`Finess::billing_form`]).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Finess(String);

identifier_text!(Finess);

impl Finess {
    /// Reads 9 characters; blanks between groups are allowed.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let finess = stripped(text, WHAT, 9)?.to_ascii_uppercase();
        let bad = finess.chars().enumerate().find(|&(index, c)| {
            !(c.is_ascii_digit() || index == 1 && matches!(c, 'A' | 'B') && finess.starts_with('2'))
        });
        if let Some((index, _)) = bad {
            return Err(IdError::Character { what: WHAT, position: index + 1 });
        }
        let finess = Self(finess);
        if luhn::passes(&finess.billing_form()) { Ok(finess) } else { Err(IdError::Check { what: WHAT }) }
    }

    /// Reads the id that messages carry: `1` and the FINESS (`Struct_IdNat`).
    pub fn from_struct_id_nat(text: &str) -> Result<Self, IdError> {
        let id = stripped(text, "structure id", 10)?;
        match id.strip_prefix('1') {
            Some(finess) => Self::parse(finess),
            None => Err(IdError::Character { what: "structure id", position: 1 }),
        }
    }

    /// `1` and the FINESS, as messages carry it (`Struct_IdNat`).
    pub fn struct_id_nat(&self) -> String {
        format!("1{}", self.0)
    }

    /// Digits only, as billing wants it: `2A0002689` → `200102689`, `2B…` → `2002…`.
    pub fn billing_form(&self) -> String {
        let tail = |digit: char| format!("200{digit}{}", self.0.get(4..).unwrap_or(""));
        match self.0.get(..2) {
            Some("2A") => tail('1'),
            Some("2B") => tail('2'),
            _ => self.0.clone(),
        }
    }
}
