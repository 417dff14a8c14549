//! Who else reads a patient's record, or stands for them, as the desk declares it; and the review of emergencies.

use super::{Desk, Who};
use crate::{ArchiveError, rights};
use record::{EmergencyReview, EmergencyVerdict, ExamId, Relation, RelationKind, RequestEnd, Role};
use time::OffsetDateTime;
use trace::{Kind, Outcome};
use uuid::Uuid;

/// Emergencies shown at once.
const MOST: u32 = 200;

/// The relations of an exam's patient.
#[derive(Debug, Clone, Default)]
pub struct PeoplePanel {
    /// The oldest first.
    pub relations: Vec<Relation>,
    /// The instant by which they are in force or not.
    pub at: Option<OffsetDateTime>,
    /// The partners' structures that a care relation may name: FINESS, and the partner's name.
    pub structures: Vec<(String, String)>,
}

/// Emergency openings.
#[derive(Debug, Clone)]
pub struct Emergencies {
    /// Not reviewed, the oldest first.
    pub waiting: Vec<Relation>,
    /// Reviewed, the latest first.
    pub reviewed: Vec<Relation>,
}

impl Desk {
    /// Who else reads the record of an exam's patient, or stands for them. Shown with the exam, which is traced.
    pub async fn people(&self, exam: ExamId) -> Result<PeoplePanel, ArchiveError> {
        let detail = self.archive.catalogue.exam(self.group(), exam).await?;
        let Some(patient) = detail.patient else { return Ok(PeoplePanel::default()) };
        let stored = self.archive.catalogue.relations(self.group(), patient.id).await?;
        let rules = &self.archive.partners.rules.partners;
        let structures =
            rules.iter().flat_map(|rule| rule.structures.iter().map(|finess| (finess.clone(), rule.partner.clone())));
        Ok(PeoplePanel {
            relations: stored.into_iter().map(|one| one.relation).collect(),
            at: Some(self.archive.clock.now()),
            structures: structures.collect(),
        })
    }

    /// Declares a relation with the patient of an exam. Traced first.
    ///
    /// # Errors
    /// [`ArchiveError::Refused`] for a structure that is no partner's, and for what the record refuses.
    pub async fn declare_relation(
        &self,
        who: &Who,
        exam: ExamId,
        what: RelationKind,
        until: Option<OffsetDateTime>,
    ) -> Result<(), ArchiveError> {
        self.allow(who, &[Role::Desk, Role::Radiologist])?;
        let detail = self.archive.catalogue.exam(self.group(), exam).await?;
        let patient = detail.patient.as_ref().ok_or(ArchiveError::Refused("whose exam it is, is not certain"))?;
        match &what {
            RelationKind::Care { finess, .. } if !rights::is_partners(&self.archive, finess) => {
                return Err(ArchiveError::Refused("that structure is no partner's"));
            }
            RelationKind::Emergency { .. } => return Err(ArchiveError::Refused("an emergency is not declared")),
            _ => {}
        }
        let now = self.archive.clock.now();
        let adult = patient.traits.birth_date.and_then(|born| {
            let month = time::Month::try_from(born.month.unwrap_or(1)).ok()?;
            let born = time::Date::from_calendar_date(born.year, month, born.day.unwrap_or(1)).ok()?;
            Some(self.archive.config.zone.start_of(exam::dates::add_years(born, 18)))
        });
        let until = match (&what, adult) {
            (RelationKind::Parent { .. }, None) => {
                return Err(ArchiveError::Refused("nobody knows until when the patient is a minor"));
            }
            // A parent's ends at the eighteenth birthday whatever was typed.
            (RelationKind::Parent { .. }, Some(adult)) => Some(until.map_or(adult, |until| until.min(adult))),
            _ => until,
        };
        let relation = Relation {
            relation: self.archive.fresh_uuid(),
            patient: patient.id,
            what,
            from: now,
            until,
            by: who.login.clone(),
            at: now,
            end: None,
            review: None,
        };
        if let Some(reason) = relation.impossible() {
            return Err(ArchiveError::Refused(reason));
        }
        let words = [("what", format!("relation-{}", relation.what.key())), ("id", relation.relation.to_string())];
        self.trace(who, Kind::Choose, Some(&detail), Outcome::Success, &words).await?;
        self.archive.catalogue.relation_put(self.group(), relation).await?;
        self.seal_journal().await;
        Ok(())
    }

    /// Ends a relation of an exam's patient.
    pub async fn end_relation(
        &self,
        who: &Who,
        exam: ExamId,
        relation: Uuid,
        words: String,
    ) -> Result<(), ArchiveError> {
        self.allow(who, &[Role::Desk, Role::Radiologist])?;
        let detail = self.archive.catalogue.exam(self.group(), exam).await?;
        let known = self.people(exam).await?.relations;
        if !known.iter().any(|one| one.relation == relation) {
            return Err(ArchiveError::Refused("that relation is not this patient's"));
        }
        let told = [("what", "relation-ended".to_owned()), ("id", relation.to_string())];
        self.trace(who, Kind::Choose, Some(&detail), Outcome::Success, &told).await?;
        let end = RequestEnd { words, by: who.login.clone(), at: self.archive.clock.now(), statement: None };
        self.archive.catalogue.relation_end(self.group(), relation, end).await?;
        self.seal_journal().await;
        Ok(())
    }

    /// How many emergency openings wait for their review.
    pub async fn emergencies_waiting(&self) -> Result<usize, ArchiveError> {
        Ok(self.archive.catalogue.emergencies(self.group(), true, MOST).await?.len())
    }

    /// The work list of emergency openings.
    pub async fn emergencies(&self, who: &Who) -> Result<Emergencies, ArchiveError> {
        self.allow(who, &[Role::Radiologist, Role::DataProtection])?;
        let waiting = self.archive.catalogue.emergencies(self.group(), true, MOST).await?;
        let reviewed = self.archive.catalogue.emergencies(self.group(), false, MOST).await?;
        let words = [("emergencies", (waiting.len() + reviewed.len()).to_string())];
        self.trace(who, Kind::Query, None, Outcome::Success, &words).await?;
        Ok(Emergencies { waiting, reviewed })
    }

    /// Says what was found of an emergency opening.
    pub async fn review_emergency(
        &self,
        who: &Who,
        relation: Uuid,
        verdict: EmergencyVerdict,
        words: String,
    ) -> Result<(), ArchiveError> {
        self.allow(who, &[Role::Radiologist, Role::DataProtection])?;
        let told = [("what", "emergency-reviewed".to_owned()), ("id", relation.to_string())];
        self.trace(who, Kind::Change, None, Outcome::Success, &told).await?;
        let review = EmergencyReview { verdict, words, by: who.login.clone(), at: self.archive.clock.now() };
        self.archive.catalogue.relation_review(self.group(), relation, review).await?;
        self.seal_journal().await;
        Ok(())
    }
}
