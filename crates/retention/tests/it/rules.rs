//! The vectors of the service, from facts of the record to the day an exam is proposed.

use crate::rig::*;
use exam::policy::{Policies, PolicyRow};
use record::*;
use time::Date;
use time::macros::{date, datetime};

fn site(hospital_rule: bool, minors_until_28: bool) -> Policies {
    let rows = Policies::default().rows().to_vec();
    Policies::new(rows.into_iter().map(|row| PolicyRow { hospital_rule, minors_until_28, ..row }).collect()).unwrap()
}

/// Proposed on the day after `until`, and not on `until` itself.
async fn goes_after(rig: &Rig, until: Date) {
    assert_eq!(rig.on(until).await.proposed, 0, "kept through {until}");
    assert_eq!(rig.on(until.next_day().unwrap()).await.proposed, 1, "may go after {until}");
}

async fn hospital() -> Rig {
    Rig::at(datetime!(2024-06-01 09:00 UTC), site(true, false)).await
}

#[tokio::test]
async fn a_newborn_of_a_hospital_is_kept_until_28() {
    let rig = Rig::at(datetime!(2020-03-03 09:00 UTC), site(true, false)).await;
    rig.exam(&Made { birth_year: 2020, ..ct("1.2", "7", date!(2020 - 03 - 02)) }).await;
    goes_after(&rig, date!(2048 - 03 - 01)).await;
}

#[tokio::test]
async fn an_adult_of_a_hospital_is_kept_twenty_years_from_the_last_visit_not_from_the_exam() {
    let rig = hospital().await;
    rig.exam(&ct("1.2", "7", date!(2024 - 05 - 10))).await;
    rig.on(date!(2031 - 01 - 01)).await;
    // A later visit of the same person moves the day of the first exam too.
    rig.exam(&ct("1.3", "7", date!(2030 - 02 - 03))).await;
    assert_eq!(rig.on(date!(2044 - 05 - 11)).await.proposed, 0);
    assert_eq!(rig.on(date!(2050 - 02 - 03)).await.proposed, 0);
    assert_eq!(rig.on(date!(2050 - 02 - 04)).await.proposed, 2);
}

fn dead(on: Option<Date>) -> FactBody {
    let person = person("7", 1960);
    FactBody::Patient(PatientFact { traits: PatientTraits { died_on: on, ..person.traits }, ..person })
}

#[tokio::test]
async fn a_death_counts_ten_years_and_one_that_was_a_mistake_counts_for_nothing() {
    let rig = hospital().await;
    let exam = rig.exam(&ct("1.2", "7", date!(2024 - 05 - 10))).await;
    rig.say(dead(Some(date!(2026 - 01 - 01)))).await;
    goes_after(&rig, date!(2036 - 01 - 01)).await;
    rig.approve().await;
    // In the grace: the message was wrong, and is corrected to a day long before (which cannot be).
    rig.say(dead(Some(date!(2020 - 01 - 01)))).await;
    rig.days(31).await;
    assert_eq!(rig.detail(exam).await.state, "sealed", "the changed fact takes it off");
    goes_after(&rig, date!(2044 - 05 - 10)).await;
}

#[tokio::test]
async fn a_death_that_is_taken_back_counts_for_nothing_and_a_message_that_says_nothing_of_it_takes_nothing_back() {
    let rig = hospital().await;
    let exam = rig.exam(&ct("1.2", "7", date!(2024 - 05 - 10))).await;
    rig.say(dead(Some(date!(2026 - 01 - 01)))).await;
    rig.say(dead(None)).await;
    goes_after(&rig, date!(2036 - 01 - 01)).await;
    rig.approve().await;
    rig.say(FactBody::Patient(PatientFact { death_withdrawn: true, ..person("7", 1960) })).await;
    rig.days(31).await;
    assert_eq!(rig.detail(exam).await.state, "sealed", "the changed fact takes it off");
    goes_after(&rig, date!(2044 - 05 - 10)).await;
}

#[tokio::test]
async fn minors_are_kept_until_28_where_the_site_says_so_and_the_29th_of_february_is_the_28th() {
    let rig = Rig::at(datetime!(2024-03-01 09:00 UTC), site(false, true)).await;
    rig.exam(&Made { birth_year: 2020, ..ct("1.2", "7", date!(2024 - 02 - 29)) }).await;
    rig.exam(&ct("1.3", "8", date!(2024 - 02 - 29))).await;
    // Five years from a 29 February.
    goes_after(&rig, date!(2029 - 02 - 28)).await;
    goes_after(&rig, date!(2048 - 03 - 01)).await;
}

#[tokio::test]
async fn the_public_contract_keeps_a_ct_five_years_and_a_chosen_radiograph_twenty() {
    let rig = Rig::at(datetime!(2026-11-25 09:00 UTC), Policies::default()).await;
    let exam = rig.exam(&radiograph("1.3", "8", date!(2026 - 11 - 25))).await;
    let choice = ArchiveChoice {
        exam,
        answer: Answer::Chosen,
        notice_version: "1".into(),
        notice: "…".into(),
        price_cents: 3000,
        advice: None,
        by: "anne".into(),
        at: datetime!(2026-11-25 09:00 UTC),
    };
    rig.catalogue.record_choice(G, choice, &Policies::default()).await.unwrap();
    rig.exam(&ct("1.2", "7", date!(2024 - 05 - 10))).await;
    goes_after(&rig, date!(2029 - 05 - 10)).await;
    goes_after(&rig, date!(2046 - 11 - 25)).await;
}

#[tokio::test]
async fn a_phantom_goes_at_once_by_the_list_of_what_nobody_archives() {
    let rig = Rig::new().await;
    let exam = rig.exam(&ct("1.2", "7", date!(2026 - 11 - 24))).await;
    let correction = ClassCorrection {
        exam,
        class: Some("phantom".into()),
        reason: "mire".into(),
        by: "bruno".into(),
        at: datetime!(2026-11-25 09:00 UTC),
    };
    rig.catalogue.correct_class(G, correction).await.unwrap();
    assert_eq!(rig.on(date!(2026 - 11 - 26)).await.proposed, 1);
    assert_eq!(rig.open_list().await.path, ErasurePath::StoredOnly);
}
