//! What people decided about an exam and asked for it, beside its images and its reports.

use super::{ArchiveChoice, Doom, LegacyRule, Listed, Recall, RetentionHold};
use exam::retention::{Choice, Hold};
use std::collections::BTreeSet;
use time::Date;

/// Everything the verdicts need that neither an image nor a message says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The last word on the optional archive.
    pub archive_choice: Option<ArchiveChoice>,
    /// The batch it was adopted in from another system without a recorded choice.
    pub legacy_batch: Option<String>,
    /// What an officer said of that batch.
    pub legacy_rule: Option<LegacyRule>,
    /// Open holds, oldest first: its own, then its patient's.
    pub holds: Vec<RetentionHold>,
    /// The latest recall.
    pub recall: Option<Recall>,
    /// The patient's last visit: the latest date of their exams, this one included.
    pub last_visit: Option<Date>,
    /// Approved for erasure, or erased.
    pub doom: Option<Doom>,
    /// The latest list of erasure it is or was on.
    pub listed: Option<Listed>,
    /// Transmissions to partners that are not done.
    pub transmissions: u32,
}

impl Standing {
    /// The choice in the rules' words.
    pub fn choice(&self) -> Choice {
        match (&self.archive_choice, &self.legacy_batch, &self.legacy_rule) {
            (Some(choice), _, _) => choice.answer.rule(),
            (None, Some(_), None) => Choice::LegacyUnknown,
            (None, Some(_), Some(rule)) if rule.kept_as_chosen => Choice::Chosen,
            (None, _, _) => Choice::NotChosen,
        }
    }

    /// Everything that holds the exam, an open recall and an open transmission included.
    pub fn open_holds(&self) -> BTreeSet<Hold> {
        let recalled = self.recall.as_ref().filter(|recall| recall.is_open()).map(|_| Hold::Recall);
        let transmitted = (self.transmissions > 0).then_some(Hold::Transmission);
        self.holds.iter().map(|hold| hold.kind).chain(recalled).chain(transmitted).collect()
    }
}
