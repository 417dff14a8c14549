//! Who objects, by the statements of the record.

use super::{Objections, Partner};
use crate::{ArchiveError, rights};
use ambient::Clock;
use async_trait::async_trait;
use exam::ids::Finess;
use exam::partner::PartnerRules;
use exam::rights::{By, Purpose, Subject, Tie, decide};
use record::{Catalogue, ExamDetail, GroupId, TransmissionKind};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A number that passes the check and is no structure's: a partner known by local codes alone can be named by no
/// statement, and what is said of all counts for it too.
const NOBODYS: &str = "000000000";

/// Asks `exam::rights` whether the partner's system may have an exam that it ordered.
pub struct Stated {
    /// Statements.
    pub catalogue: Arc<dyn Catalogue>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Of whom.
    pub group: GroupId,
    /// Each partner's structures.
    pub rules: PartnerRules,
}

/// A partner's structures: all of them share one system.
pub(crate) fn structures_of(rules: &PartnerRules, partner: &str) -> Vec<Finess> {
    let rule = rules.partners.iter().find(|rule| rule.partner == partner);
    let named = rule.into_iter().flat_map(|rule| &rule.structures).filter_map(|text| Finess::parse(text).ok());
    let mut structures: Vec<Finess> = named.collect();
    if structures.is_empty() {
        structures.extend(Finess::parse(NOBODYS));
    }
    structures
}

#[async_trait]
impl Objections for Stated {
    /// What is said towards one of its structures counts for all of it: they share one system.
    async fn objects(
        &self,
        exam: &ExamDetail,
        partner: &Partner,
        kind: TransmissionKind,
    ) -> Result<bool, ArchiveError> {
        if exam.patient.is_none() {
            return Ok(true);
        }
        let mut known = rights::known(self.catalogue.as_ref(), self.group, exam).await?;
        // What a report masks from professionals is taken back from the partner, not kept quiet by an objection.
        known.retain(|one| one.statement.by != By::Message);
        let (ties, now) = (BTreeSet::from([Tie::Ordered]), self.clock.now());
        let mut asked = vec![(rights::the_exam(exam), known.clone())];
        asked.extend(rights::the_report(exam, &known).filter(|_| kind == TransmissionKind::Report));
        let may = |finess: &Finess| {
            let subject = Subject::Establishment(finess.clone());
            asked.iter().all(|(item, known)| decide(known, &subject, item, &ties, Purpose::Transmission, now).permit)
        };
        Ok(!structures_of(&self.rules, &partner.name).iter().all(may))
    }
}
