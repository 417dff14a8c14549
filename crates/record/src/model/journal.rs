//! The journal: every fact of the record, numbered from 1 without gaps, so that it can be sealed and
//! the record rebuilt.

use super::GroupId;
use time::OffsetDateTime;

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// The group.
    pub group: GroupId,
    /// From 1, without gaps, per group.
    pub number: u64,
    /// When it was written.
    pub at: OffsetDateTime,
    /// Versioned JSON (`formats/record/`).
    pub body: serde_json::Value,
}
