//! Prescribers named by a sender's own code.

use crate::RecordError;
use crate::model::{GroupId, PrescriberCode, UnmatchedPrescriber};
use async_trait::async_trait;

/// The table of senders' own codes of prescribers, filled by people.
#[async_trait]
pub trait Prescribers: Send + Sync + 'static {
    /// A code is matched with an RPPS, or a match is taken back. A fact; enqueues `publish` for every exam whose order
    /// bears the code, as prescriber or as copy.
    ///
    /// # Errors
    /// [`RecordError::Refused`] for an empty code, or a number that is no RPPS.
    async fn match_prescriber(&self, group: GroupId, matched: PrescriberCode) -> Result<(), RecordError>;
    /// Codes in force, by code.
    async fn prescriber_codes(&self, group: GroupId) -> Result<Vec<PrescriberCode>, RecordError>;
    /// Codes of orders that are not matched, those with most exams first.
    async fn unmatched_prescribers(&self, group: GroupId, limit: u32) -> Result<Vec<UnmatchedPrescriber>, RecordError>;
    /// How many there are.
    async fn unmatched_prescriber_count(&self, group: GroupId) -> Result<u64, RecordError>;
}
