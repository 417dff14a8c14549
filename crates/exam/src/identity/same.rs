//! Whether a record that says something new of its patient was corrected, or is another person's now.

use super::facts::Traits;
use super::names;

/// Whether two sayings of one record can be of one person: at most one of family name, first names, birth date and
/// sex contradicts. A spelling, a married name or a birth date put right is a correction; two at once are taken for
/// somebody else, because a code in the wrong hands is worse than a sheet to print again. Unknown contradicts nothing.
pub fn may_be_corrected(before: &Traits, after: &Traits) -> bool {
    let contradictions = [
        names::share_nothing(before, after),
        names::share_no_first_name(before, after),
        matches!((before.birth, after.birth), (Some(a), Some(b)) if a.contradicts(b)),
        matches!((before.sex, after.sex), (Some(a), Some(b)) if a.contradicts(b)),
    ];
    contradictions.into_iter().filter(|contradicts| *contradicts).count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::BirthDate;
    use crate::identity::Sex;

    fn said(family: &str, first: &str, year: i32, sex: Sex) -> Traits {
        Traits {
            birth_name: Some(family.into()),
            used_name: None,
            first_names: Some(first.into()),
            birth: Some(BirthDate { year, month: Some(3), day: Some(1) }),
            sex: Some(sex),
        }
    }

    #[test]
    fn one_trait_put_right_is_a_correction_and_two_are_somebody_else() {
        let marie = said("DUPONT", "Marie Jeanne", 1950, Sex::F);
        for corrected in [
            said("DUPOND", "Marie", 1950, Sex::F),
            said("Du Pont", "Marie-Jeanne", 1950, Sex::F),
            said("DUPONT", "Maria", 1950, Sex::F),
            said("DUPONT", "Marie", 1951, Sex::F),
            said("DUPONT", "Marie", 1950, Sex::M),
            Traits::default(),
        ] {
            assert!(may_be_corrected(&marie, &corrected), "{corrected:?}");
        }
        for another in [
            said("DUPONT", "Léa", 1980, Sex::F),
            said("DUPONT", "Marie", 1948, Sex::M),
            said("PETIT", "Marie", 1951, Sex::F),
            said("PETIT", "Paul", 1950, Sex::F),
        ] {
            assert!(!may_be_corrected(&marie, &another), "{another:?}");
        }
    }
}
