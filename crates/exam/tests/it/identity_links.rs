//! Which report goes with which exam.

use crate::identity_cases::{HERE, adt, dupont, image, martin, order, report, study, with_accession};
use exam::identity::{Accession, Attachment, Doubt, ReportFact, Traits, attachment};

#[test]
fn a_report_with_the_accession_and_the_patient_is_attached() {
    let images = vec![with_accession(image("1.1", None, "1", dupont()), "A1")];
    let facts = study("1.1", images, vec![adt(1, "1", dupont())]);
    assert_eq!(attachment(&report("A1", "1", dupont()), &facts, HERE), Attachment::Attached);
    assert_eq!(attachment(&report("A2", "1", dupont()), &facts, HERE), Attachment::NotThisExam);
}

#[test]
fn case_14_the_report_of_the_other_patient_is_not_attached_to_a_study_its_order_speaks_for() {
    let images = vec![
        with_accession(image("1.1", None, "1", dupont()), "A1"),
        with_accession(image("1.2", None, "2", martin()), "A1"),
    ];
    let mut facts = study("1.1", images, vec![adt(1, "1", dupont()), adt(1, "2", martin())]);
    let his = report("A1", "2", martin());
    let doubt = Attachment::Waiting([Doubt::AccessionSharedByTwoPatients].into());
    assert_eq!(attachment(&his, &facts, HERE), doubt);
    facts.orders = vec![order("A1", "1", dupont())];
    assert_eq!(attachment(&his, &facts, HERE), Attachment::NotThisExam);
    facts.study_uids = ["1.2".to_owned()].into();
    assert_eq!(attachment(&his, &facts, HERE), Attachment::Attached);
}

#[test]
fn a_report_that_names_another_study_is_not_attached_whatever_it_shares() {
    let images = vec![with_accession(image("1.1", None, "1", dupont()), "A1")];
    let facts = study("1.1", images, vec![adt(1, "1", dupont())]);
    let elsewhere = ReportFact { study_uid: Some("1.9".into()), ..report("A1", "1", dupont()) };
    assert_eq!(attachment(&elsewhere, &facts, HERE), Attachment::NotThisExam);
    let here = ReportFact { study_uid: Some("1.1".into()), accession: None, ..elsewhere };
    assert_eq!(attachment(&here, &facts, HERE), Attachment::Attached);
}

#[test]
fn a_report_with_the_placer_number_of_the_exams_order_is_attached() {
    let images = vec![with_accession(image("1.1", None, "1", dupont()), "A1")];
    let mut facts = study("1.1", images, vec![adt(1, "1", dupont())]);
    facts.orders = vec![order("A1", "1", dupont())];
    let by_placer =
        ReportFact { placer: Some(Accession::new(Some("RIS"), "P1")), accession: None, ..report("", "1", dupont()) };
    assert_eq!(attachment(&by_placer, &facts, HERE), Attachment::Attached);
    facts.orders.clear();
    assert_eq!(attachment(&by_placer, &facts, HERE), Attachment::NotThisExam);
}

#[test]
fn a_report_that_names_nobody_is_attached_by_number_only_if_its_traits_vouch() {
    let images = vec![with_accession(image("1.1", None, "1", dupont()), "A1")];
    let facts = study("1.1", images, vec![adt(1, "1", dupont())]);
    let nobodys = |traits: Traits| ReportFact { patient_ids: vec![], ..report("A1", "", traits) };
    assert_eq!(attachment(&nobodys(dupont()), &facts, HERE), Attachment::Attached);
    assert_eq!(attachment(&nobodys(Traits::default()), &facts, HERE), Attachment::NotThisExam);
}

#[test]
fn a_report_for_an_exam_in_doubt_waits_with_it() {
    let images = vec![with_accession(image("1.1", None, "1", martin()), "A1")];
    let facts = study("1.1", images, vec![adt(1, "1", dupont())]);
    let found = attachment(&report("A1", "1", dupont()), &facts, HERE);
    assert!(matches!(found, Attachment::Waiting(reasons) if reasons.contains(&Doubt::BirthDateDiffers)));
}
