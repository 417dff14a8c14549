//! The policy table as data.

use crate::day;
use exam::class::ExamClass;
use exam::policy::{ArchiveRule, Policies, PolicyError, PolicyRow};

fn row(class: ExamClass) -> PolicyRow {
    Policies::default().rows().iter().find(|row| row.class == class).unwrap().clone()
}

fn rows_with(extra: impl IntoIterator<Item = PolicyRow>) -> Vec<PolicyRow> {
    Policies::default().rows().iter().cloned().chain(extra).collect()
}

#[test]
fn the_default_table_is_that_of_the_service() {
    let table = [
        (ExamClass::Ct, ArchiveRule::Systematic, 5, 24),
        (ExamClass::Mr, ArchiveRule::Systematic, 5, 24),
        (ExamClass::MgScreening, ArchiveRule::Systematic, 5, 24),
        (ExamClass::MgFollowup, ArchiveRule::Systematic, 5, 24),
        (ExamClass::Other, ArchiveRule::Optional, 20, 6),
    ];
    for (class, archive, years, months) in table {
        let row = row(class);
        assert_eq!((row.archive, row.archive_min_months, row.diffusion_months), (archive, years * 12, months));
        assert_eq!((row.diffusion_if_chosen_months, row.immediate_min_months, row.after_recall_days), (months, 36, 30));
    }
}

#[test]
fn the_row_of_a_day_is_the_last_one_begun_by_then() {
    let later = PolicyRow { valid_from: day("2027-01-01"), diffusion_months: 12, ..row(ExamClass::Ct) };
    let policies = Policies::new(rows_with([later])).unwrap();
    let months = |text: &str| policies.at(ExamClass::Ct, day(text)).unwrap().diffusion_months;
    assert_eq!((months("2026-12-31"), months("2027-01-01"), months("1990-01-01")), (24, 12, 24));
    assert_eq!(policies.at(ExamClass::Phantom, day("2027-01-01")), None);
}

#[test]
fn a_table_that_would_serve_over_24_months_or_forget_a_class_is_refused() {
    let long = PolicyRow { valid_from: day("2027-01-01"), diffusion_months: 25, ..row(ExamClass::Ct) };
    assert_eq!(Policies::new(rows_with([long])), Err(PolicyError::Diffusion { class: ExamClass::Ct, months: 25 }));
    let twice = row(ExamClass::Mr);
    let from = twice.valid_from;
    assert_eq!(Policies::new(rows_with([twice])), Err(PolicyError::Twice { class: ExamClass::Mr, from }));
    assert_eq!(Policies::new(vec![row(ExamClass::Ct)]), Err(PolicyError::NoRow(ExamClass::Mr)));
    let phantom = PolicyRow { class: ExamClass::Phantom, ..row(ExamClass::Ct) };
    assert_eq!(Policies::new(rows_with([phantom])), Err(PolicyError::Phantom));
}

#[test]
fn a_table_is_checked_again_when_read_back() {
    let text = serde_json::to_string(&Policies::default()).unwrap();
    assert_eq!(serde_json::from_str::<Policies>(&text).unwrap(), Policies::default());
    let long = text.replace("\"diffusion_months\":24", "\"diffusion_months\":240");
    assert!(serde_json::from_str::<Policies>(&long).is_err());
}
