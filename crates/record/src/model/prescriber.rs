//! Prescribers named by a sender's own code, and their RPPS.

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

/// A person's word: this code is this RPPS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrescriberCode {
    /// The sender's own code.
    pub code: String,
    /// RPPS, 11 digits; `None` takes an earlier word back.
    pub rpps: Option<String>,
    /// Login of who said it.
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A code that nobody has matched yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedPrescriber {
    /// The sender's own code.
    pub code: String,
    /// The name that came with it, to help a person; never matched by itself.
    pub name: String,
    /// Exams whose order bears it.
    pub exams: u64,
    /// The date of the latest of them, if one is known.
    pub latest: Option<Date>,
}
