//! From an order's structure to the partner that receives it.

use exam::partner::{Destination, Origin, PartnerRule, PartnerRules, RulesError};

const HOSPITAL: &str = "300017985";
const SURGERY: &str = "920008059";
const ANNE: &str = "10000023084";

fn rules() -> PartnerRules {
    let rule = |partner: &str, structures: &[&str], prescribers: &[&str]| PartnerRule {
        partner: partner.into(),
        structures: structures.iter().map(|&text| text.into()).collect(),
        prescribers: prescribers.iter().map(|&text| text.into()).collect(),
    };
    PartnerRules {
        partners: vec![rule("CHU", &[HOSPITAL], &[ANNE]), rule("CLCC", &["ONCO-1"], &[])],
        others: vec![SURGERY.into()],
    }
}

fn to(structure: Option<&'static str>, prescriber: Option<&'static str>) -> String {
    match rules().destination(Origin { structure, prescriber }) {
        Destination::Partner(name) => name.to_owned(),
        Destination::Nobody => "nobody".to_owned(),
        Destination::Unknown(text) => format!("unknown {text}"),
    }
}

#[test]
fn the_ordering_structure_decides_however_its_number_is_written() {
    assert_eq!(to(Some(HOSPITAL), None), "CHU");
    assert_eq!(to(Some("1300017985"), None), "CHU", "as messages carry it");
    assert_eq!(to(Some("300 017 985"), None), "CHU");
    assert_eq!(to(Some(" onco-1 "), None), "CLCC", "a local code");
    assert_eq!(to(Some(SURGERY), Some(ANNE)), "nobody", "she orders for herself here");
}

#[test]
fn a_prescriber_decides_only_where_no_structure_is_named() {
    assert_eq!(to(None, Some(ANNE)), "CHU");
    assert_eq!(to(Some("  "), Some(ANNE)), "CHU");
    assert_eq!(to(None, Some("99700366240")), "nobody");
    assert_eq!(to(None, None), "nobody");
}

#[test]
fn an_unknown_structure_is_neither_guessed_nor_dropped() {
    assert_eq!(to(Some("440990003"), Some(ANNE)), "unknown 440990003");
    let none = PartnerRules::default();
    let origin = Origin { structure: Some(HOSPITAL), prescriber: None };
    assert_eq!(none.destination(origin), Destination::Nobody, "without partners nobody waits for anything");
}

#[test]
fn rules_under_which_an_order_could_go_to_two_places_are_refused() {
    rules().check().unwrap();
    let mut twice = rules();
    twice.others.push("1300017985".into());
    assert_eq!(twice.check(), Err(RulesError::Twice(HOSPITAL.into())));
    let mut same_name = rules();
    same_name.partners[1].partner = "CHU".into();
    assert_eq!(same_name.check(), Err(RulesError::Name("CHU".into())));
    let mut empty = rules();
    empty.partners[1].structures.clear();
    assert_eq!(empty.check(), Err(RulesError::Empty("CLCC".into())));
}
