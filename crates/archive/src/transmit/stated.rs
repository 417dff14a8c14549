//! Who objects, by the statements of the record.

use super::{Objections, Partner};
use crate::ArchiveError;
use ambient::Clock;
use async_trait::async_trait;
use exam::ids::Finess;
use exam::partner::PartnerRules;
use exam::rights::{Item, Part, Purpose, Subject, Tie, decide};
use record::{Catalogue, ExamDetail, GroupId};
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

impl Stated {
    fn structures(&self, partner: &str) -> Vec<Finess> {
        let rule = self.rules.partners.iter().find(|rule| rule.partner == partner);
        let named = rule.into_iter().flat_map(|rule| &rule.structures).filter_map(|text| Finess::parse(text).ok());
        let mut structures: Vec<Finess> = named.collect();
        if structures.is_empty() {
            structures.extend(Finess::parse(NOBODYS));
        }
        structures
    }
}

#[async_trait]
impl Objections for Stated {
    /// What is said towards one of its structures counts for all of it: they share one system.
    async fn objects(&self, exam: &ExamDetail, partner: &Partner) -> Result<bool, ArchiveError> {
        let Some(person) = exam.patient.as_ref().map(|patient| patient.id) else { return Ok(true) };
        let stated = self.catalogue.statements(self.group, person).await?;
        let known: Vec<_> = stated.iter().map(|one| one.known(person)).collect();
        let item = Item { exam: exam.id.0, date: exam.date, part: Part::Exam };
        let (ties, now) = (BTreeSet::from([Tie::Ordered]), self.clock.now());
        let may =
            |finess| decide(&known, &Subject::Establishment(finess), &item, &ties, Purpose::Transmission, now).permit;
        Ok(!self.structures(&partner.name).into_iter().all(may))
    }
}
