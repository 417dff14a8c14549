//! The patients known from HL7: which number is whose, after merges, and what is known of them.

use super::facts::{ClaimedId, ExamIdentityFacts, Identifier, PatientFact, PatientSource, Traits};
use super::merges::Merges;
use super::resolve::{Doubt, differences};
use crate::ids::InsKind;
use std::collections::{BTreeMap, BTreeSet};

/// A patient as the messages tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownPatient {
    /// Current traits: each the latest known, messages about patients before any other.
    pub traits: Traits,
    /// Every number that stands for this patient.
    pub ids: BTreeSet<Identifier>,
    /// What orders and reports say of this number and contradict each other in, when no message about
    /// the patient (ADT) has settled it: two people may be behind it.
    pub doubts: BTreeSet<Doubt>,
}

/// All patients that a set of facts knows.
#[derive(Debug, Clone, Default)]
pub struct People {
    patients: BTreeMap<Identifier, KnownPatient>,
    owners: BTreeMap<Identifier, BTreeSet<Identifier>>,
    merges: Merges,
    /// Numbers that messages say to be of one patient, each with the one that stands for it.
    same: BTreeMap<Identifier, Identifier>,
}

impl People {
    /// The patients of these facts: told by messages about patients, and by the patient part of
    /// orders and reports.
    pub fn of(facts: &ExamIdentityFacts, default_issuer: &str) -> Self {
        let merges = Merges::of(&facts.merges);
        let told: BTreeSet<PatientFact> = facts.patients.iter().cloned().chain(told_in_passing(facts)).collect();
        let mut people = Self { merges, ..Self::default() };
        let latest = latest_ids(&told, default_issuer);
        people.same = same_people(&latest);
        for (own, ids) in latest {
            let key = people.key(&own).clone();
            for id in ids.iter().chain([&own]) {
                people.owners.entry(id.clone()).or_default().insert(key.clone());
            }
            people.patients.entry(key).or_default().ids.extend(ids);
        }
        people.learn_traits(&told, default_issuer);
        people
    }

    fn learn_traits(&mut self, told: &BTreeSet<PatientFact>, default_issuer: &str) {
        let owns = |fact: &PatientFact| own_id(fact, default_issuer);
        let known: BTreeSet<Identifier> = told.iter().filter_map(owns).collect();
        let mut sayings: BTreeMap<Identifier, Vec<&PatientFact>> = BTreeMap::new();
        for fact in told {
            let Some(own) = owns(fact) else { continue };
            // The traits of somebody merged away say nothing of a survivor who is known itself.
            let key = self.key(&own).clone();
            if !self.merges.is_merged(&own) || !known.contains(&key) {
                sayings.entry(key).or_default().push(fact);
            }
        }
        for (key, mut facts) in sayings {
            // Oldest first and ADT last, so that the latest known value prevails.
            facts.sort_by_key(|fact| (fact.source, *fact));
            let patient = self.patients.entry(key).or_default();
            facts.iter().for_each(|fact| overlay(&mut patient.traits, &fact.traits));
            if facts.iter().all(|fact| fact.source == PatientSource::OrderOrReport) {
                facts.iter().for_each(|fact| differences(&fact.traits, &patient.traits, &mut patient.doubts));
            }
        }
    }

    /// The patients for whom this number may stand: none if it is unknown, several if it is shared.
    pub fn owners(&self, id: &Identifier) -> BTreeSet<Identifier> {
        let mut owners = self.owners.get(id).cloned().unwrap_or_default();
        let survivor = self.merges.survivor(id);
        if self.merges.is_merged(id) && self.patients.contains_key(survivor) {
            owners.insert(survivor.clone());
        }
        owners
    }

    /// The number that stands for the patient who is told of under this number of their own.
    fn key<'a>(&'a self, own: &'a Identifier) -> &'a Identifier {
        if self.merges.is_merged(own) {
            return self.merges.survivor(own);
        }
        self.merges.survivor(self.same.get(own).unwrap_or(own))
    }

    /// What is known of a patient.
    pub fn get(&self, patient: &Identifier) -> Option<&KnownPatient> {
        self.patients.get(patient)
    }

    /// The merges.
    pub fn merges(&self) -> &Merges {
        &self.merges
    }
}

fn told_in_passing(facts: &ExamIdentityFacts) -> impl Iterator<Item = PatientFact> {
    let orders = facts.orders.iter().map(|order| (&order.message, &order.patient_ids, &order.traits));
    let reports = facts.reports.iter().map(|report| (&report.message, &report.patient_ids, &report.traits));
    orders.chain(reports).map(|(message, ids, traits)| PatientFact {
        message: message.clone(),
        source: PatientSource::OrderOrReport,
        ids: ids.clone(),
        traits: traits.clone(),
    })
}

/// The number under which a message knows its patient: the first local one, else the first one. A
/// national identity comes along with local numbers, in any place.
fn own_id(fact: &PatientFact, default_issuer: &str) -> Option<Identifier> {
    let ids = || fact.ids.iter().filter_map(|id: &ClaimedId| id.identifier(default_issuer));
    ids().find(|id| InsKind::of_oid(&id.issuer).is_none()).or_else(|| ids().next())
}

/// Which of the numbers that messages know patients by are one patient's: two that each list the other,
/// and one that comes alone and that exactly one other patient lists. Each with the number that stands
/// for both. (A number that two patients list stays a doubt.)
fn same_people(latest: &BTreeMap<Identifier, BTreeSet<Identifier>>) -> BTreeMap<Identifier, Identifier> {
    let mut mutual: BTreeMap<&Identifier, &Identifier> = BTreeMap::new();
    for (own, ids) in latest {
        let lists_back = |other: &&Identifier| latest.get(*other).is_some_and(|back| back.contains(own));
        let first = ids.iter().filter(lists_back).min().unwrap_or(own);
        mutual.insert(own, mutual.get(first).copied().unwrap_or(first));
    }
    let mut same = BTreeMap::new();
    for (own, ids) in latest {
        let mut stands = mutual.get(own).copied().unwrap_or(own);
        if ids.len() == 1 {
            let listers = latest.iter().filter(|(other, listed)| *other != own && listed.contains(own));
            let mut listers: BTreeSet<&Identifier> =
                listers.map(|(other, _)| mutual.get(other).copied().unwrap_or(other)).collect();
            stands = listers.pop_first().filter(|_| listers.is_empty()).unwrap_or(own);
        }
        if stands != own {
            same.insert(own.clone(), stands.clone());
        }
    }
    same
}

/// For each patient (by own number) the numbers of the latest message, ADT before any other.
fn latest_ids(told: &BTreeSet<PatientFact>, default_issuer: &str) -> BTreeMap<Identifier, BTreeSet<Identifier>> {
    let mut latest: BTreeMap<Identifier, &PatientFact> = BTreeMap::new();
    for fact in told {
        let Some(own) = own_id(fact, default_issuer) else { continue };
        let newer = latest.get(&own).is_none_or(|known| (known.source, *known) < (fact.source, fact));
        if newer {
            latest.insert(own, fact);
        }
    }
    let ids = |fact: &PatientFact| fact.ids.iter().filter_map(|id| id.identifier(default_issuer)).collect();
    latest.into_iter().map(|(own, fact)| (own, ids(fact))).collect()
}

fn overlay(known: &mut Traits, newer: &Traits) {
    let take = |into: &mut Option<String>, from: &Option<String>| {
        if from.is_some() {
            into.clone_from(from);
        }
    };
    take(&mut known.birth_name, &newer.birth_name);
    take(&mut known.used_name, &newer.used_name);
    take(&mut known.first_names, &newer.first_names);
    known.birth = newer.birth.or(known.birth);
    known.sex = newer.sex.or(known.sex);
}
