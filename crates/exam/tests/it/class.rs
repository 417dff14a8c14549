//! The class follows the act and the order; the modality is the fallback.

use exam::class::{ClassFacts, ClassReason, ExamClass, classify};

fn images(modalities: &[&str]) -> ClassFacts {
    ClassFacts { modalities: modalities.iter().map(|m| (*m).to_owned()).collect(), ..ClassFacts::default() }
}

#[test]
fn without_an_order_the_modality_decides() {
    let table = [
        (&["CT", "SR"][..], ExamClass::Ct),
        (&["MR"], ExamClass::Mr),
        (&["MG"], ExamClass::Other),
        (&["DX"], ExamClass::Other),
        (&["US"], ExamClass::Other),
        (&["PT", "CT"], ExamClass::Ct),
        (&[], ExamClass::Other),
    ];
    for (modalities, class) in table {
        assert_eq!(classify(&images(modalities)), (class, ClassReason::Modality), "{modalities:?}");
    }
}

#[test]
fn an_orders_screening_flag_makes_a_mammography_systematic() {
    let facts = ClassFacts { screening: Some(true), ..images(&["MG"]) };
    assert_eq!(classify(&facts), (ExamClass::MgScreening, ClassReason::ScreeningFlag));
}

#[test]
fn the_screening_act_decides_without_a_flag() {
    let facts = ClassFacts { acts: ["QEQK004".to_owned()].into(), ..images(&["MG"]) };
    assert_eq!(classify(&facts), (ExamClass::MgScreening, ClassReason::Act));
}

#[test]
fn an_order_that_says_no_screening_wins_over_the_act() {
    let facts = ClassFacts { acts: ["QEQK004".to_owned()].into(), screening: Some(false), ..images(&["MG"]) };
    assert_eq!(classify(&facts), (ExamClass::Other, ClassReason::Modality));
}

#[test]
fn follow_up_of_a_treated_cancer_has_its_own_class() {
    let facts = ClassFacts { cancer_followup: Some(true), screening: Some(true), ..images(&["MG"]) };
    assert_eq!(classify(&facts), (ExamClass::MgFollowup, ClassReason::FollowupFlag));
}

#[test]
fn a_flag_about_a_mammography_does_not_make_one_of_an_ultrasound() {
    let facts = ClassFacts { screening: Some(true), ..images(&["US"]) };
    assert_eq!(classify(&facts), (ExamClass::Other, ClassReason::Modality));
}

#[test]
fn the_sites_table_of_acts_wins_over_the_modality() {
    let site_acts = [("BONE".to_owned(), ExamClass::Other)].into();
    let facts = ClassFacts { acts: ["BONE".to_owned()].into(), site_acts, ..images(&["CT"]) };
    assert_eq!(classify(&facts), (ExamClass::Other, ClassReason::SiteAct));
}

#[test]
fn several_acts_take_the_class_that_the_archive_never_loses() {
    let site_acts = [("A".to_owned(), ExamClass::Other), ("B".to_owned(), ExamClass::Mr)].into();
    let facts = ClassFacts { acts: ["A".to_owned(), "B".to_owned()].into(), site_acts, ..images(&["US"]) };
    assert_eq!(classify(&facts), (ExamClass::Mr, ClassReason::SiteAct));
}

#[test]
fn a_phantom_is_one_whatever_the_modality_and_a_person_decides_alone() {
    let facts = ClassFacts { phantom: true, screening: Some(true), ..images(&["MG"]) };
    assert_eq!(classify(&facts), (ExamClass::Phantom, ClassReason::Phantom));
    let declared = ClassFacts { declared: Some(ExamClass::Other), ..facts };
    assert_eq!(classify(&declared), (ExamClass::Other, ClassReason::Declared));
}

#[test]
fn class_keys_are_stable_and_read_back() {
    let keys: Vec<&str> = ExamClass::ALL.iter().map(|class| class.key()).collect();
    assert_eq!(keys, ["ct", "mr", "mg-screening", "mg-followup", "other", "phantom"]);
    for class in ExamClass::ALL {
        assert_eq!(ExamClass::from_key(class.key()), Some(class));
        assert_eq!(serde_json::to_string(&class).unwrap(), format!("\"{}\"", class.key()));
    }
}
