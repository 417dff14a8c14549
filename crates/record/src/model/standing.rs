//! What people decided about an exam and asked for it, beside its images and its reports.

use super::{ArchiveChoice, Doom, Recall, RetentionHold};
use exam::retention::Choice;
use time::Date;

/// Everything the verdicts need that neither an image nor a message says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The last word on the optional archive.
    pub archive_choice: Option<ArchiveChoice>,
    /// The batch it was adopted in from another system without a recorded choice.
    pub legacy_batch: Option<String>,
    /// Open holds, oldest first: its own, then its patient's.
    pub holds: Vec<RetentionHold>,
    /// The latest recall.
    pub recall: Option<Recall>,
    /// The patient's last visit: the latest date of their exams, this one included.
    pub last_visit: Option<Date>,
    /// Approved for erasure, or erased.
    pub doom: Option<Doom>,
}

impl Standing {
    /// The choice in the rules' words.
    pub fn choice(&self) -> Choice {
        match (&self.archive_choice, &self.legacy_batch) {
            (Some(choice), _) => choice.answer.rule(),
            (None, Some(_)) => Choice::LegacyUnknown,
            (None, None) => Choice::NotChosen,
        }
    }
}
