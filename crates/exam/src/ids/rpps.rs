//! The number of a health professional (RPPS). Public: it never proves who is asking.

use super::{IdError, first_non_digit, identifier_text, luhn, stripped};
use serde::{Deserialize, Serialize};

const WHAT: &str = "rpps";

/// The assigning authority of professionals' ids in messages.
pub const PROFESSIONAL_AUTHORITY: &str = "1.2.250.1.71.4.2.1";

/// An RPPS number: 11 digits, Luhn over all of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rpps(String);

identifier_text!(Rpps);

impl Rpps {
    /// Reads 11 digits; blanks between groups are allowed.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let rpps = stripped(text, WHAT, 11)?;
        if let Some(position) = first_non_digit(&rpps) {
            return Err(IdError::Character { what: WHAT, position });
        }
        if luhn::passes(&rpps) { Ok(Self(rpps)) } else { Err(IdError::Check { what: WHAT }) }
    }

    /// Reads the id that messages and the national login carry: `8` and the RPPS (`PS_IdNat`).
    pub fn from_ps_id_nat(text: &str) -> Result<Self, IdError> {
        let id = stripped(text, "professional id", 12)?;
        match id.strip_prefix('8') {
            Some(rpps) => Self::parse(rpps),
            None => Err(IdError::Character { what: "professional id", position: 1 }),
        }
    }

    /// `8` and the RPPS, as messages carry it (`PS_IdNat`).
    pub fn ps_id_nat(&self) -> String {
        format!("8{}", self.0)
    }
}
