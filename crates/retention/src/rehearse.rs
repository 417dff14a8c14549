//! What would go on a day, or under another policy table: the same judgement as the real run, and nothing is touched.

use crate::plan::{Found, Look};
use crate::{Retention, RetentionError};
use exam::policy::Policies;
use record::ExamId;
use time::{Date, Duration};

/// What would go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// As of this day.
    pub on: Date,
    /// What would be proposed, with reasons and objects.
    pub found: Found,
    /// What is in its grace and would be destroyed by then.
    pub in_grace: Vec<ExamId>,
}

/// In one go: more are in no grace that people have read.
const MOST: u32 = 1_000_000;

impl Retention {
    /// Judges as of a day under the table in force, or under another one (which reads every exam).
    pub async fn rehearse(&self, on: Date, other: Option<&Policies>) -> Result<Rehearsal, RetentionError> {
        let policies = other.unwrap_or(&self.config.policies);
        let look = if *policies == self.config.policies { Look::Hints } else { Look::Everything };
        self.rehearse_by(on, policies, look).await
    }

    /// The same from every exam, whatever the hints say.
    pub async fn rehearse_everything(&self, on: Date) -> Result<Rehearsal, RetentionError> {
        self.rehearse_by(on, &self.config.policies, Look::Everything).await
    }

    async fn rehearse_by(&self, on: Date, policies: &Policies, look: Look) -> Result<Rehearsal, RetentionError> {
        let noon = self.config.zone.start_of(on) + Duration::hours(12);
        let found = self.find(policies, noon, look, false).await?;
        let in_grace = self.catalogue.doomed(self.group(), self.config.zone.end_of(on), MOST).await?;
        Ok(Rehearsal { on, found, in_grace })
    }
}
