//! Which studies make one exam: a pure rule on the set of what is known, so that arrival order never
//! matters. A study is never split.
//!
//! Studies with the same accession number (and issuer) are one exam, unless they name different
//! people: then each is its own, and what says only the number is matched by the patient. A study
//! whose images carry no accession takes the only one that orders or reports give it.

use exam::identity::{ClaimedId, ImageClaim, Merges};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of one study.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Study {
    /// Accession keys of its images.
    pub accessions: BTreeSet<String>,
    /// Accession keys that orders and reports give it by its UID.
    pub told: BTreeSet<String>,
    /// What its images say.
    pub images: Vec<ImageClaim>,
}

/// The exams: each a set of study UIDs.
pub(crate) fn exams(studies: &BTreeMap<String, Study>, merges: &Merges, default_issuer: &str) -> Vec<BTreeSet<String>> {
    let mut by_accession: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut exams = Vec::new();
    for (uid, study) in studies {
        match accession(study) {
            Some(accession) => {
                by_accession.entry(accession).or_default().insert(uid.clone());
            }
            None => exams.push(BTreeSet::from([uid.clone()])),
        }
    }
    for group in by_accession.into_values() {
        let members: Vec<&Study> = group.iter().filter_map(|uid| studies.get(uid)).collect();
        if one_person(&members, merges, default_issuer) {
            exams.push(group);
        } else {
            exams.extend(group.into_iter().map(|uid| BTreeSet::from([uid])));
        }
    }
    exams.sort();
    exams
}

/// The accession number a study goes by.
pub(crate) fn accession(study: &Study) -> Option<&str> {
    let said = if study.accessions.is_empty() { &study.told } else { &study.accessions };
    let mut said = said.iter();
    match (said.next(), said.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

fn one_person(studies: &[&Study], merges: &Merges, default_issuer: &str) -> bool {
    let pairs = studies.iter().enumerate().flat_map(|(i, a)| studies.iter().skip(i + 1).map(move |b| (a, b)));
    let mut claims = pairs.flat_map(|(a, b)| a.images.iter().flat_map(|x| b.images.iter().map(move |y| (x, y))));
    claims.all(|(a, b)| !differ(a, b, merges, default_issuer))
}

/// Whether two images cannot be of one person: other numbers, or without numbers other traits.
fn differ(a: &ImageClaim, b: &ImageClaim, merges: &Merges, default_issuer: &str) -> bool {
    if !a.patient_ids.is_empty() && !b.patient_ids.is_empty() {
        let same = |x: &ClaimedId| b.patient_ids.iter().any(|y| same_number(x, y, merges, default_issuer));
        return !a.patient_ids.iter().any(same);
    }
    let births = matches!((a.traits.birth, b.traits.birth), (Some(x), Some(y)) if x.contradicts(y));
    let sexes = matches!((a.traits.sex, b.traits.sex), (Some(x), Some(y)) if x.contradicts(y));
    births || sexes
}

/// Equal after merges; half of a study may come from a station that forgets the issuer.
fn same_number(a: &ClaimedId, b: &ClaimedId, merges: &Merges, default_issuer: &str) -> bool {
    if (a.issuer.is_none() || b.issuer.is_none()) && a.value == b.value {
        return true;
    }
    match (a.identifier(default_issuer), b.identifier(default_issuer)) {
        (Some(a), Some(b)) => merges.survivor(&a) == merges.survivor(&b),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exam::identity::{Identifier, MergeFact, MessageKey, Traits};
    use time::OffsetDateTime;

    fn study(uid: &str, accessions: &[&str], told: &[&str], patient: Option<&str>) -> (String, Study) {
        let image = ImageClaim {
            study_uid: uid.to_owned(),
            accession: None,
            patient_ids: patient.map(|value| ClaimedId::new(Some("H"), value)).into_iter().collect(),
            traits: Traits::default(),
        };
        let set = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect();
        (uid.to_owned(), Study { accessions: set(accessions), told: set(told), images: vec![image] })
    }

    fn grouped(studies: impl IntoIterator<Item = (String, Study)>, merges: &Merges) -> Vec<Vec<String>> {
        let exams = exams(&studies.into_iter().collect(), merges, "local");
        exams.into_iter().map(|exam| exam.into_iter().collect()).collect()
    }

    #[test]
    fn two_studies_of_one_accession_are_one_exam() {
        let studies = [study("1", &["A"], &[], Some("7")), study("2", &["A"], &[], Some("7"))];
        assert_eq!(grouped(studies, &Merges::default()), [["1", "2"]]);
    }

    #[test]
    fn an_accession_shared_by_two_people_makes_two_exams_until_they_are_merged() {
        let studies = [study("1", &["A"], &[], Some("7")), study("2", &["A"], &[], Some("8"))];
        assert_eq!(grouped(studies.clone(), &Merges::default()), [["1"], ["2"]]);
        let merge = MergeFact {
            message: MessageKey { time: OffsetDateTime::UNIX_EPOCH, control_id: "1".into() },
            survivor: Identifier::new("H", "7"),
            merged: Identifier::new("H", "8"),
        };
        assert_eq!(grouped(studies, &Merges::of([&merge])), [["1", "2"]]);
    }

    #[test]
    fn a_study_without_accession_takes_the_one_that_an_order_gives_it_unless_two_do() {
        let with = study("1", &["A"], &[], Some("7"));
        assert_eq!(grouped([with.clone(), study("2", &[], &["A"], Some("7"))], &Merges::default()), [["1", "2"]]);
        let two = study("2", &[], &["A", "B"], Some("7"));
        assert_eq!(grouped([with, two], &Merges::default()), [["1"], ["2"]]);
    }

    #[test]
    fn a_study_whose_images_carry_two_accessions_is_its_own_exam() {
        let studies = [study("1", &["A", "B"], &[], Some("7")), study("2", &["A"], &[], Some("7"))];
        assert_eq!(grouped(studies, &Merges::default()), [["1"], ["2"]]);
    }
}
