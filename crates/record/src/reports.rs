//! Which version of a report is in force: by what the messages say of themselves, never by arrival.

use crate::model::ReportStatus;
use std::collections::BTreeMap;

/// A version, as far as this rule needs it. Versions come sorted by the time their messages give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version<'a> {
    /// The report's own number, stable over its versions.
    pub number: Option<&'a str>,
    /// The patient's own number, as the message gives it.
    pub patient: Option<&'a str>,
    /// Status.
    pub status: ReportStatus,
}

/// The index of the validated version in force: the last one that was not taken back. A version
/// taken back by number takes back every earlier version of that number; without number, all.
pub(crate) fn in_force(versions: &[Version<'_>]) -> Option<usize> {
    let mut alive = Vec::new();
    for (index, version) in versions.iter().enumerate() {
        match version.status {
            ReportStatus::Final | ReportStatus::Corrected => alive.push(index),
            ReportStatus::Deleted => alive.retain(|&earlier| {
                let earlier = versions.get(earlier).and_then(|earlier| earlier.number);
                version.number.is_some() && earlier != version.number
            }),
            ReportStatus::Preliminary => {}
        }
    }
    alive.last().copied()
}

/// The versions that speak for each report when it is matched to an exam: the last of each number
/// and patient that is not a deletion, and whether the report was taken back since. Two patients'
/// reports may share a number, as their accession numbers do.
pub(crate) fn speakers(versions: &[Version<'_>]) -> Vec<Speaker> {
    let mut by_number: BTreeMap<(Option<&str>, Option<&str>, usize), Speaker> = BTreeMap::new();
    for (index, version) in versions.iter().enumerate() {
        // Without a number each message speaks for itself.
        let key = (version.number, version.patient, if version.number.is_some() { 0 } else { index });
        let speaker = by_number.entry(key).or_insert(Speaker { index, taken_back: false, versions: Vec::new() });
        speaker.versions.push(index);
        speaker.taken_back = version.status == ReportStatus::Deleted;
        if !speaker.taken_back {
            speaker.index = index;
        }
    }
    by_number.into_values().collect()
}

/// One report, whatever its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Speaker {
    /// The version that speaks.
    pub index: usize,
    /// Its last version takes it back.
    pub taken_back: bool,
    /// All its versions.
    pub versions: Vec<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReportStatus::{Corrected, Deleted, Final, Preliminary};

    fn versions<'a>(list: &[(Option<&'a str>, ReportStatus)]) -> Vec<Version<'a>> {
        list.iter().map(|&(number, status)| Version { number, patient: None, status }).collect()
    }

    #[test]
    fn the_last_validated_version_is_in_force_and_a_preliminary_never() {
        assert_eq!(in_force(&versions(&[(None, Preliminary)])), None);
        assert_eq!(in_force(&versions(&[(None, Final), (None, Corrected), (None, Preliminary)])), Some(1));
    }

    #[test]
    fn a_report_taken_back_leaves_only_what_is_not_its_own() {
        let list = [(Some("a"), Final), (Some("b"), Final), (Some("b"), Deleted)];
        assert_eq!(in_force(&versions(&list)), Some(0));
        assert_eq!(in_force(&versions(&[(Some("a"), Final), (None, Deleted)])), None);
        assert_eq!(in_force(&versions(&[(Some("a"), Deleted), (Some("a"), Final)])), Some(1));
    }

    #[test]
    fn two_patients_reports_of_one_number_are_two_reports() {
        let mut list = versions(&[(Some("a"), Final), (Some("a"), Final)]);
        list[1].patient = Some("8");
        assert_eq!(speakers(&list).len(), 2);
    }

    #[test]
    fn a_report_taken_back_speaks_by_its_last_text() {
        let list = versions(&[(Some("a"), Final), (Some("a"), Corrected), (Some("a"), Deleted)]);
        assert_eq!(speakers(&list), [Speaker { index: 1, taken_back: true, versions: vec![0, 1, 2] }]);
    }
}
