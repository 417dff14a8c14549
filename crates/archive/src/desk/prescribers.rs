//! Prescribers whom orders name by a sender's own code: the work list, and the match with an RPPS.

use super::{Desk, Who};
use crate::ArchiveError;
use record::{PrescriberCode, Role, UnmatchedPrescriber};
use trace::{Kind, Outcome};

/// Codes shown at once.
const MOST: u32 = 200;

/// What is matched and what is not.
#[derive(Debug, Clone)]
pub struct PrescriberCodes {
    /// Codes nobody has matched, those of most exams first.
    pub unmatched: Vec<UnmatchedPrescriber>,
    /// Codes matched.
    pub matched: Vec<PrescriberCode>,
}

impl Desk {
    /// How many codes wait, for the desk's first page.
    pub async fn unmatched_prescribers(&self) -> Result<u64, ArchiveError> {
        Ok(self.archive.catalogue.unmatched_prescriber_count(self.group()).await?)
    }

    /// The work list and the table.
    pub async fn prescriber_codes(&self, who: &Who) -> Result<PrescriberCodes, ArchiveError> {
        self.allow(who, &[Role::Desk, Role::Administrator])?;
        let unmatched = self.archive.catalogue.unmatched_prescribers(self.group(), MOST).await?;
        let matched = self.archive.catalogue.prescriber_codes(self.group()).await?;
        let words = [("prescribers", unmatched.len().to_string())];
        self.trace(who, Kind::Query, None, Outcome::Success, &words).await?;
        Ok(PrescriberCodes { unmatched, matched })
    }

    /// Matches a code with an RPPS, or takes a match back (`rpps` = `None`): for the exams that came before too.
    pub async fn match_prescriber(&self, who: &Who, code: &str, rpps: Option<String>) -> Result<(), ArchiveError> {
        self.allow(who, &[Role::Desk, Role::Administrator])?;
        let what = if rpps.is_some() { "prescriber-matched" } else { "prescriber-unmatched" };
        let words = [("what", what.to_owned()), ("code", code.chars().take(64).collect())];
        self.trace(who, Kind::Change, None, Outcome::Success, &words).await?;
        let at = self.archive.clock.now();
        let matched = PrescriberCode { code: code.to_owned(), rpps, by: who.login.clone(), at };
        self.archive.catalogue.match_prescriber(self.group(), matched).await?;
        self.seal_journal().await;
        Ok(())
    }
}
