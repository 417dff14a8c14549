//! The table of retention cases: each line of the service's vectors by its name, then the exceptions.

use crate::day;
use exam::class::ExamClass;
use exam::dates::{BirthDate, Zone};
use exam::policy::{ArchiveRule, Policies, PolicyRow};
use exam::retention::{
    Archive, ArchiveReason, Choice, ExamFacts, Hold, HospitalReason, Keep, archive_verdict, diffusion_verdict,
    document_keep, hospital_keep,
};
use time::{Date, Duration, OffsetDateTime};

const ZONE: Zone = Zone::EuropeParis;

fn noon(text: &str) -> OffsetDateTime {
    ZONE.start_of(day(text)) + Duration::hours(12)
}

fn birth(text: &str) -> Option<BirthDate> {
    BirthDate::parse(text)
}

fn facts(class: ExamClass, date: &str) -> ExamFacts {
    ExamFacts::new(class, day(date))
}

fn archive(facts: &ExamFacts, today: &str) -> Archive {
    archive_verdict(facts, &Policies::default(), ZONE, noon(today))
}

fn online(facts: &ExamFacts, policies: &Policies, today: &str) -> (Option<Date>, bool, String) {
    let verdict = diffusion_verdict(facts, policies, ZONE, noon(today));
    (verdict.last_day, verdict.consultable, verdict.reason.key())
}

fn hospital() -> Policies {
    changed(|row| row.hospital_rule = true)
}

fn changed(change: impl Fn(&mut PolicyRow)) -> Policies {
    let mut rows = Policies::default().rows().to_vec();
    rows.iter_mut().for_each(change);
    Policies::new(rows).unwrap()
}

/// The default table and, from `from`, the same with a change.
fn changed_from(from: &str, change: impl Fn(&mut PolicyRow)) -> Policies {
    let mut rows = Policies::default().rows().to_vec();
    let mut later = rows.clone();
    for row in &mut later {
        row.valid_from = day(from);
        change(row);
    }
    rows.extend(later);
    Policies::new(rows).unwrap()
}

#[test]
fn newborn_under_the_hospital_rule_is_kept_until_28() {
    let found = hospital_keep(day("2020-03-02"), birth("20200301"), None);
    assert_eq!(found, (day("2048-03-01"), HospitalReason::Birthday));
}

#[test]
fn adult_under_the_hospital_rule_is_kept_20_years_from_the_last_visit() {
    let found = hospital_keep(day("2024-05-10"), birth("19700101"), None);
    assert_eq!(found, (day("2044-05-10"), HospitalReason::LastVisit));
}

#[test]
fn death_soon_after_the_last_visit_counts_10_years_from_death() {
    let found = hospital_keep(day("2024-05-10"), birth("19700101"), Some(day("2026-01-01")));
    assert_eq!(found, (day("2036-01-01"), HospitalReason::Death));
}

#[test]
fn death_ten_years_after_the_last_visit_changes_nothing() {
    let found = hospital_keep(day("2024-05-10"), birth("19700101"), Some(day("2034-05-10")));
    assert_eq!(found, (day("2044-05-10"), HospitalReason::LastVisit));
}

#[test]
fn a_death_before_the_last_visit_is_a_mistake_and_shortens_nothing() {
    let found = hospital_keep(day("2024-05-10"), birth("19700101"), Some(day("2020-01-01")));
    assert_eq!(found, (day("2044-05-10"), HospitalReason::LastVisit));
}

#[test]
fn an_unknown_birth_date_counts_at_its_latest() {
    assert_eq!(hospital_keep(day("2020-03-02"), birth("2020"), None).0, day("2048-12-31"));
    assert_eq!(hospital_keep(day("2020-03-02"), birth("202002"), None).0, day("2048-02-29"));
    assert_eq!(hospital_keep(day("2020-03-02"), None, None).0, day("2048-03-02"));
}

#[test]
fn ct_under_the_public_contract_is_kept_5_years() {
    let verdict = archive(&facts(ExamClass::Ct, "2024-05-10"), "2026-11-25");
    assert_eq!(verdict.keep, Keep::Archived { until_at_least: day("2029-05-10") });
    assert_eq!(verdict.immediate_until, Some(day("2027-05-10")));
}

#[test]
fn ct_of_today_is_on_line_24_months_and_archived_5_years() {
    let ct = facts(ExamClass::Ct, "2026-11-25");
    let (until, now, reason) = online(&ct, &Policies::default(), "2026-11-25");
    assert_eq!((until, now, reason.as_str()), (Some(day("2028-11-25")), true, "online-24-months"));
    let verdict = archive(&ct, "2026-11-25");
    assert_eq!(verdict.archived_until(), Some(day("2031-11-25")));
    assert_eq!(verdict.reason_key(), "archive-systematic-5-years");
}

#[test]
fn radiograph_chosen_is_on_line_6_months_and_archived_20_years() {
    let chosen = ExamFacts { choice: Choice::Chosen, ..facts(ExamClass::Other, "2026-11-25") };
    let (until, _, reason) = online(&chosen, &Policies::default(), "2026-11-25");
    assert_eq!((until, reason.as_str()), (Some(day("2027-05-25")), "online-6-months"));
    let verdict = archive(&chosen, "2026-11-25");
    assert_eq!(verdict.archived_until(), Some(day("2046-11-25")));
    assert_eq!(verdict.reason_key(), "archive-chosen-20-years");
}

#[test]
fn radiograph_not_chosen_is_stored_until_its_diffusion_ends() {
    for (choice, key) in [(Choice::NotChosen, "archive-not-chosen"), (Choice::Declined, "archive-declined")] {
        let exam = ExamFacts { choice, ..facts(ExamClass::Other, "2026-11-25") };
        let verdict = archive(&exam, "2027-05-25");
        assert_eq!(verdict.keep, Keep::StoredUntilDiffusionEnds { until: day("2027-05-25") });
        assert_eq!((verdict.reason_key().as_str(), verdict.eligible), (key, false));
        assert!(archive(&exam, "2027-05-26").eligible);
    }
}

#[test]
fn the_last_day_is_served_until_its_last_second_and_nothing_after() {
    let ct = facts(ExamClass::Ct, "2026-11-25");
    let midnight = ZONE.start_of(day("2028-11-26"));
    let at = |now| diffusion_verdict(&ct, &Policies::default(), ZONE, now);
    assert!(at(midnight - Duration::nanoseconds(1)).consultable);
    assert!(!at(midnight).consultable);
    assert_eq!(at(midnight).online_until, midnight);
}

#[test]
fn reaching_the_minimum_makes_eligible_the_day_after_and_a_hold_prevents_it() {
    let mut ct = facts(ExamClass::Ct, "2020-02-29");
    assert!(!archive(&ct, "2025-02-28").eligible);
    assert!(archive(&ct, "2025-03-01").eligible);
    for hold in
        [Hold::Claim, Hold::DataRequest, Hold::Correction, Hold::Recall, Hold::Transmission, Hold::SecondReading]
    {
        ct.holds = [hold].into();
        let verdict = archive(&ct, "2099-01-01");
        assert!(!verdict.eligible, "{}", hold.key());
        assert!(verdict.holds.contains(&hold));
    }
}

#[test]
fn an_adopted_exam_without_a_recorded_choice_is_never_proposed() {
    let legacy = ExamFacts { choice: Choice::LegacyUnknown, ..facts(ExamClass::Other, "1999-01-01") };
    let verdict = archive(&legacy, "2090-01-01");
    assert_eq!((verdict.keep, verdict.eligible), (Keep::LegacyUnknown, false));
}

#[test]
fn a_phantom_is_neither_served_nor_kept() {
    let phantom = facts(ExamClass::Phantom, "2026-11-25");
    let (until, now, reason) = online(&phantom, &Policies::default(), "2026-11-25");
    assert_eq!((until, now, reason.as_str()), (None, false, "online-never"));
    assert_eq!(archive(&phantom, "2026-11-25").keep, Keep::Never);
}

#[test]
fn a_recall_opens_an_archived_exam_30_days_from_ready() {
    let recalled = ExamFacts { recall_ready_at: Some(noon("2029-02-01")), ..facts(ExamClass::Ct, "2026-11-25") };
    let (until, now, reason) = online(&recalled, &Policies::default(), "2029-02-15");
    assert_eq!((until, now, reason.as_str()), (Some(day("2029-03-03")), true, "online-after-recall-30-days"));
    assert!(!online(&recalled, &Policies::default(), "2029-03-04").1);
}

#[test]
fn a_recall_does_nothing_for_an_exam_that_was_not_archived() {
    let recalled = ExamFacts { recall_ready_at: Some(noon("2028-01-01")), ..facts(ExamClass::Other, "2026-11-25") };
    assert!(!online(&recalled, &Policies::default(), "2028-01-02").1);
}

#[test]
fn lengthening_a_minimum_applies_to_existing_exams_and_shortening_does_not() {
    let ct = facts(ExamClass::Ct, "2024-05-10");
    let until = |policies: &Policies, today| archive_verdict(&ct, policies, ZONE, noon(today)).archived_until();
    let longer = changed_from("2027-01-01", |row| row.archive_min_months = 120);
    assert_eq!(until(&longer, "2026-12-31"), Some(day("2029-05-10")));
    assert_eq!(until(&longer, "2027-01-01"), Some(day("2034-05-10")));
    let shorter = changed_from("2027-01-01", |row| row.archive_min_months = 12);
    assert_eq!(until(&shorter, "2027-01-01"), Some(day("2029-05-10")));
    let optional = changed_from("2027-01-01", |row| row.archive = ArchiveRule::Optional);
    assert_eq!(until(&optional, "2027-01-01"), Some(day("2029-05-10")));
}

#[test]
fn shortening_the_diffusion_applies_at_once_and_what_expired_stays_expired() {
    let ct = facts(ExamClass::Ct, "2026-11-25");
    let shorter = changed_from("2027-01-01", |row| row.diffusion_months = 3);
    assert_eq!(online(&ct, &shorter, "2026-12-31").0, Some(day("2028-11-25")));
    assert_eq!(online(&ct, &shorter, "2027-01-01").0, Some(day("2027-02-25")));
    let film = facts(ExamClass::Other, "2026-11-25");
    let longer_in_time = changed_from("2027-05-25", |row| row.diffusion_months = 12);
    assert_eq!(online(&film, &longer_in_time, "2027-06-01").0, Some(day("2027-11-25")));
    let longer_too_late = changed_from("2027-05-26", |row| row.diffusion_months = 12);
    assert_eq!(online(&film, &longer_too_late, "2027-06-01").0, Some(day("2027-05-25")));
}

#[test]
fn the_diffusion_may_differ_when_the_archive_was_chosen() {
    let policies = changed(|row| row.diffusion_if_chosen_months = 24);
    let declined = facts(ExamClass::Other, "2026-11-25");
    let chosen = ExamFacts { choice: Choice::Chosen, ..declined.clone() };
    assert_eq!(online(&declined, &policies, "2026-11-25").0, Some(day("2027-05-25")));
    assert_eq!(online(&chosen, &policies, "2026-11-25").0, Some(day("2028-11-25")));
}

#[test]
fn a_site_that_follows_the_hospital_rule_keeps_the_longest_of_all_rules() {
    let child = ExamFacts { birth: birth("20200301"), ..facts(ExamClass::Ct, "2020-03-02") };
    let verdict = archive_verdict(&child, &hospital(), ZONE, noon("2026-11-25"));
    assert_eq!(verdict.archived_until(), Some(day("2048-03-01")));
    assert_eq!(verdict.reasons, [ArchiveReason::Hospital(HospitalReason::Birthday), ArchiveReason::Systematic(60)]);
    let visits = ExamFacts {
        last_visit: Some(day("2030-01-01")),
        birth: birth("1950"),
        ..facts(ExamClass::Other, "2026-11-25")
    };
    let verdict = archive_verdict(&visits, &hospital(), ZONE, noon("2031-01-01"));
    assert_eq!(verdict.archived_until(), Some(day("2050-01-01")));
}

#[test]
fn a_site_that_keeps_minors_until_28_keeps_those_under_18_only() {
    let policies = changed(|row| row.minors_until_28 = true);
    let until = |birth_date: &str| {
        let exam = ExamFacts { birth: birth(birth_date), ..facts(ExamClass::Ct, "2026-11-25") };
        archive_verdict(&exam, &policies, ZONE, noon("2026-11-25")).archived_until()
    };
    assert_eq!(until("20081126"), Some(day("2036-11-26")));
    assert_eq!(until("20081125"), Some(day("2031-11-25")));
}

#[test]
fn documents_outlive_images() {
    assert_eq!(document_keep(day("2026-11-25"), birth("1950")), day("2046-11-25"));
    assert_eq!(document_keep(day("2026-11-25"), birth("20261120")), day("2054-11-20"));
}
