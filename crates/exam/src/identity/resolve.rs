//! The rule itself.

use super::facts::{ExamIdentityFacts, Identifier, ImageClaim, Traits};
use super::links::{Saying, Tie, own_accessions, tied};
use super::merges::MergeRefusal;
use super::names;
use super::people::{KnownPatient, People};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Why an exam waits for a human. The key is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// No image carries a patient's number.
    NoIdentifier,
    /// No message told of the number that the images carry.
    UnknownPatient,
    /// One number stands for several patients.
    IdentifierShared,
    /// The images of one exam name several patients.
    ImagesNameSeveralPatients,
    /// Birth dates differ.
    BirthDateDiffers,
    /// Sexes differ.
    SexDiffers,
    /// Family names share nothing.
    NameDiffers,
    /// The order is another patient's.
    OrderSaysAnotherPatient,
    /// The report is another patient's.
    ReportSaysAnotherPatient,
    /// Two patients' exams carry one accession number, and no order or report speaks for this one.
    AccessionSharedByTwoPatients,
    /// The number was merged into two different patients.
    MergedIntoTwoPatients,
}

impl Doubt {
    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::NoIdentifier => "no-identifier",
            Self::UnknownPatient => "unknown-patient",
            Self::IdentifierShared => "identifier-shared",
            Self::ImagesNameSeveralPatients => "images-name-several-patients",
            Self::BirthDateDiffers => "birth-date-differs",
            Self::SexDiffers => "sex-differs",
            Self::NameDiffers => "name-differs",
            Self::OrderSaysAnotherPatient => "order-says-another-patient",
            Self::ReportSaysAnotherPatient => "report-says-another-patient",
            Self::AccessionSharedByTwoPatients => "accession-shared-by-two-patients",
            Self::MergedIntoTwoPatients => "merged-into-two-patients",
        }
    }
}

/// What a certain identity rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The images' own number.
    PatientNumber,
    /// The order or the report, whole birth date and name agreeing.
    OrderAndTraits,
    /// A human's decision.
    Decision,
}

/// Who an exam belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolution {
    /// This patient: the surviving number after merges.
    Certain {
        /// The patient.
        patient: Identifier,
        /// What it rests on.
        basis: Basis,
    },
    /// Nobody yet.
    Waiting {
        /// Why; never empty.
        reasons: BTreeSet<Doubt>,
    },
}

/// Who the exam of these facts belongs to. `default_issuer` stands for an issuer that is not named.
pub fn resolve(facts: &ExamIdentityFacts, default_issuer: &str) -> Resolution {
    let people = People::of(facts, default_issuer);
    if let Some(decision) = facts.decisions.iter().max() {
        let patient = people.merges().survivor(&decision.patient).clone();
        return Resolution::Certain { patient, basis: Basis::Decision };
    }
    let case = Case::new(facts, &people, default_issuer);
    let mut doubts = case.merge_doubts();
    let certain = match case.named() {
        Ok(Some(patient)) => case.guard_named(&patient, &mut doubts).then_some((patient, Basis::PatientNumber)),
        Ok(None) => case.by_order(&mut doubts).map(|patient| (patient, Basis::OrderAndTraits)),
        Err(doubt) => {
            doubts.insert(doubt);
            None
        }
    };
    match certain {
        Some((patient, basis)) if doubts.is_empty() => Resolution::Certain { patient, basis },
        _ => {
            if doubts.is_empty() {
                doubts.insert(Doubt::UnknownPatient);
            }
            Resolution::Waiting { reasons: doubts }
        }
    }
}

/// One exam's facts, seen through the patients known.
struct Case<'a> {
    people: &'a People,
    issuer: &'a str,
    own: Vec<&'a ImageClaim>,
    /// Numbers of each own claim, blank ones left out.
    own_ids: Vec<Vec<Identifier>>,
    sayings: Vec<(Saying<'a>, Tie)>,
    /// Patients of other studies that carry one of the exam's accession numbers.
    neighbours: BTreeSet<Identifier>,
}

impl<'a> Case<'a> {
    fn new(facts: &'a ExamIdentityFacts, people: &'a People, issuer: &'a str) -> Self {
        let (own, others): (Vec<_>, Vec<_>) =
            facts.images.iter().partition(|claim| facts.study_uids.contains(&claim.study_uid));
        let accessions = own_accessions(facts, issuer);
        let shares = |claim: &&&ImageClaim| {
            let accession = claim.accession.as_ref().and_then(|accession| accession.identifier(issuer));
            accession.is_some_and(|accession| accessions.contains(&accession))
        };
        let others: Vec<&ImageClaim> = others.iter().filter(shares).copied().collect();
        let other_ids = others.iter().flat_map(|claim| claim.patient_ids.iter()).filter_map(|id| id.identifier(issuer));
        let neighbours = other_ids.flat_map(|id| people.owners(&id)).collect();
        let own_ids = own.iter().map(|claim| numbers(claim, &own, issuer)).collect();
        Self { people, issuer, own, own_ids, sayings: tied(facts, issuer), neighbours }
    }

    /// The one patient whom the images' numbers name, if they name any.
    fn named(&self) -> Result<Option<Identifier>, Doubt> {
        let owners: Vec<BTreeSet<Identifier>> =
            self.own_ids.iter().flatten().map(|id| self.people.owners(id)).collect();
        if owners.iter().any(|set| set.len() > 1) {
            return Err(Doubt::IdentifierShared);
        }
        let mut all: BTreeSet<Identifier> = owners.into_iter().flatten().collect();
        if all.len() > 1 {
            return Err(Doubt::ImagesNameSeveralPatients);
        }
        Ok(all.pop_first())
    }

    fn merge_doubts(&self) -> BTreeSet<Doubt> {
        let ours: BTreeSet<&Identifier> = self.own_ids.iter().flatten().collect();
        let twice = self.people.merges().refused().filter(|(_, why)| *why == MergeRefusal::Already);
        let touched = twice.filter(|(fact, _)| ours.iter().any(|id| self.passes_through(id, &fact.merged))).count();
        if touched > 0 { BTreeSet::from([Doubt::MergedIntoTwoPatients]) } else { BTreeSet::new() }
    }

    fn passes_through(&self, id: &Identifier, merged: &Identifier) -> bool {
        id == merged || self.people.owners(id).contains(self.people.merges().survivor(merged))
    }

    /// The guards of an exam whose images name `patient`; false leaves the doubts filled.
    fn guard_named(&self, patient: &Identifier, doubts: &mut BTreeSet<Doubt>) -> bool {
        let KnownPatient { traits: known, doubts: open, .. } = self.people.get(patient).cloned().unwrap_or_default();
        doubts.extend(open);
        for (claim, ids) in self.own.iter().zip(&self.own_ids) {
            differences(&claim.traits, &known, doubts);
            if !ids.is_empty() && ids.iter().all(|id| self.people.owners(id).is_empty()) {
                doubts.insert(Doubt::UnknownPatient);
            }
        }
        let shared = self.neighbours.iter().any(|other| other != patient);
        let (mut spoken_for, mut spoken_against) = (false, false);
        for (saying, tie) in &self.sayings {
            let patients = saying.patients(self.people, self.issuer);
            if patients.is_empty() || patients.contains(patient) {
                spoken_for |= !patients.is_empty();
                differences(saying.traits, &known, doubts);
            } else if shared && *tie == Tie::Number {
                spoken_against = true;
            } else {
                doubts.insert(another(saying));
            }
        }
        if spoken_against && !spoken_for {
            doubts.insert(Doubt::AccessionSharedByTwoPatients);
        }
        doubts.is_empty()
    }

    /// Images without a known number: the order may name the patient, if whole birth date and name agree.
    fn by_order(&self, doubts: &mut BTreeSet<Doubt>) -> Option<Identifier> {
        let no_number = self.own_ids.iter().all(Vec::is_empty);
        let reason = if no_number { Doubt::NoIdentifier } else { Doubt::UnknownPatient };
        let mut named: BTreeSet<Identifier> = BTreeSet::new();
        for (saying, _) in &self.sayings {
            named.extend(saying.patients(self.people, self.issuer));
        }
        let patient = match (named.pop_first(), named.is_empty(), self.neighbours.is_empty()) {
            (Some(patient), true, true) => patient,
            (Some(_), _, false) => return self.wait(doubts, [reason, Doubt::AccessionSharedByTwoPatients]),
            (Some(_), false, _) => return self.wait(doubts, [reason, Doubt::OrderSaysAnotherPatient]),
            (None, ..) => return self.wait(doubts, [reason]),
        };
        let known = self.people.get(&patient).cloned().unwrap_or_default();
        let issuers: BTreeSet<&str> = known.ids.iter().map(|id| id.issuer.as_str()).collect();
        if self.own_ids.iter().flatten().any(|id| issuers.contains(id.issuer.as_str())) {
            // The same issuer gave both numbers, and they differ.
            return self.wait(doubts, [reason, Doubt::OrderSaysAnotherPatient]);
        }
        for claim in &self.own {
            differences(&claim.traits, &known.traits, doubts);
        }
        let vouched = self.own.iter().all(|claim| vouch(&claim.traits, &known.traits));
        if vouched && !self.own.is_empty() { Some(patient) } else { self.wait(doubts, [reason]) }
    }

    fn wait<const N: usize>(&self, doubts: &mut BTreeSet<Doubt>, reasons: [Doubt; N]) -> Option<Identifier> {
        doubts.extend(reasons);
        None
    }
}

/// The numbers of a claim. One without issuer takes the issuer of the same number elsewhere in the
/// exam, when there is exactly one: half a study may come from a station that forgets it.
fn numbers(claim: &ImageClaim, own: &[&ImageClaim], default_issuer: &str) -> Vec<Identifier> {
    let ids = claim.patient_ids.iter().filter_map(|id| {
        let plain = id.identifier(default_issuer)?;
        if id.issuer.as_deref().and_then(super::facts::cleaned).is_some() {
            return Some(plain);
        }
        let named = own.iter().flat_map(|other| other.patient_ids.iter()).filter(|other| other.issuer.is_some());
        let same =
            named.filter_map(|other| other.identifier(default_issuer)).filter(|other| other.value == plain.value);
        let mut issuers: BTreeSet<Identifier> = same.collect();
        Some(issuers.pop_first().filter(|_| issuers.is_empty()).unwrap_or(plain))
    });
    ids.collect()
}

fn another(saying: &Saying<'_>) -> Doubt {
    if saying.is_order { Doubt::OrderSaysAnotherPatient } else { Doubt::ReportSaysAnotherPatient }
}

/// The guards: what is known on both sides must agree.
pub(super) fn differences(said: &Traits, known: &Traits, doubts: &mut BTreeSet<Doubt>) {
    if matches!((said.birth, known.birth), (Some(a), Some(b)) if a.contradicts(b)) {
        doubts.insert(Doubt::BirthDateDiffers);
    }
    if matches!((said.sex, known.sex), (Some(a), Some(b)) if a.contradicts(b)) {
        doubts.insert(Doubt::SexDiffers);
    }
    if names::share_nothing(said, known) {
        doubts.insert(Doubt::NameDiffers);
    }
}

/// Enough to stand in for a number: whole birth date on both sides, equal, and a name in common.
pub(super) fn vouch(said: &Traits, known: &Traits) -> bool {
    let birth = matches!((said.birth, known.birth), (Some(a), Some(b)) if a == b && a.is_whole());
    birth && names::share_something(said, known)
}
