use crate::rig::*;
use exam::retention::Hold as Kind;
use record::*;
use time::macros::date;

#[tokio::test]
async fn a_hold_set_during_the_grace_brings_the_exam_back_and_keeps_it_until_two_people_release_the_claim() {
    let rig = Rig::new().await;
    let exam = rig.exam(&ct("1.2", "7", date!(2020 - 01 - 01))).await;
    rig.on(date!(2026 - 11 - 26)).await;
    rig.approve().await;
    let hold = rig.retention.hold(&bruno(), Held::Exam(exam), Kind::Claim, "réclamation").await.unwrap();
    let detail = rig.detail(exam).await;
    assert_eq!((detail.state.as_str(), detail.standing.doom.as_ref()), ("held", None));
    let all = rig.days(60).await;
    assert!(all.iter().all(|ran| ran.destroyed + ran.proposed == 0), "{all:?}");
    assert_eq!(rig.retention.release(&bruno(), exam, hold).await.unwrap(), Release::Asked);
    refused(rig.retention.release(&bruno(), exam, hold).await);
    assert_eq!(rig.detail(exam).await.state, "held");
    assert_eq!(rig.retention.release(&carole(), exam, hold).await.unwrap(), Release::Released);
    assert_eq!(rig.detail(exam).await.state, "sealed");
    let all = rig.days(3).await;
    assert_eq!(all.iter().map(|ran| ran.proposed).sum::<u64>(), 1, "released, it is judged again");
}

#[tokio::test]
async fn a_data_request_needs_one_person_to_release_and_a_hold_a_reason() {
    let rig = Rig::new().await;
    let exam = rig.exam(&ct("1.2", "7", date!(2020 - 01 - 01))).await;
    refused(rig.retention.hold(&bruno(), Held::Exam(exam), Kind::DataRequest, " ").await);
    let hold = rig.retention.hold(&bruno(), Held::Exam(exam), Kind::DataRequest, "demande").await.unwrap();
    assert_eq!(rig.on(date!(2026 - 11 - 26)).await.proposed, 0);
    assert_eq!(rig.retention.release(&bruno(), exam, hold).await.unwrap(), Release::Released);
    assert_eq!(rig.on(date!(2026 - 11 - 28)).await.proposed, 1);
}

#[tokio::test]
async fn a_patient_held_and_merged_holds_every_exam_of_the_survivor_and_lets_go_when_they_are_parted() {
    let rig = Rig::new().await;
    let held = rig.exam(&ct("1.2", "7", date!(2020 - 01 - 01))).await;
    let free = rig.exam(&ct("1.3", "8", date!(2020 - 01 - 02))).await;
    let patient = rig.detail(held).await.patient.unwrap().id;
    rig.retention.hold(&anne(), Held::Patient(patient), Kind::Claim, "contentieux").await.unwrap();
    assert_eq!((rig.detail(held).await.state.as_str(), rig.detail(free).await.state.as_str()), ("held", "sealed"));
    rig.on(date!(2026 - 11 - 26)).await;
    rig.approve().await;
    assert_eq!(rig.detail(free).await.state, "doomed");
    // The held record is merged into the other one, in the middle of its grace.
    rig.say(merge("8", "7")).await;
    for exam in [held, free] {
        let detail = rig.detail(exam).await;
        assert_eq!((detail.state.as_str(), detail.standing.holds.len()), ("held", 1), "{:?}", detail.identity);
    }
    let all = rig.days(40).await;
    assert!(all.iter().all(|ran| ran.destroyed == 0), "{all:?}");
    assert_eq!(rig.objects().len(), 4);
    // The other direction: what is put on the survivor is about the exams of both.
    let another = rig.exam(&ct("1.4", "9", date!(2020 - 01 - 03))).await;
    let survivor = rig.detail(another).await.patient.unwrap().id;
    rig.say(merge("9", "8")).await;
    rig.retention.hold(&anne(), Held::Patient(survivor), Kind::DataRequest, "demande").await.unwrap();
    assert!(rig.detail(free).await.standing.holds.iter().any(|hold| hold.kind == Kind::DataRequest));
}

#[tokio::test]
async fn a_hold_set_between_judgement_and_commit_wins_and_after_it_is_told_that_nothing_is_left() {
    let rig = Rig::new().await;
    let exam = rig.exam(&ct("1.2", "7", date!(2020 - 01 - 01))).await;
    rig.on(date!(2026 - 11 - 26)).await;
    rig.approve().await;
    rig.clock.advance(31 * DAY);
    let changed = rig.catalogue.changed(G, exam).await.unwrap();
    let certificate = certificate_for(&rig, exam).await;
    let hold = rig.retention.hold(&bruno(), Held::Exam(exam), Kind::DataRequest, "demande").await.unwrap();
    let late = rig.catalogue.destruction_begin(G, certificate.clone(), 0, changed).await;
    assert!(matches!(late, Err(RecordError::Refused { .. })), "{late:?}");
    assert_eq!((rig.detail(exam).await.instances, rig.objects().len()), (2, 2), "wholly here");
    // Released and judged by the old facts: the change alone is enough to stop it.
    rig.retention.release(&bruno(), exam, hold).await.unwrap();
    let stale = rig.catalogue.destruction_begin(G, certificate, 0, changed).await;
    assert!(matches!(stale, Err(RecordError::Refused { .. })), "{stale:?}");
    rig.clock.advance(31 * DAY);
    rig.days(2).await;
    rig.approve().await;
    rig.days(31).await;
    assert_eq!(rig.detail(exam).await.state, "destroyed");
    refused(rig.retention.hold(&bruno(), Held::Exam(exam), Kind::Claim, "trop tard").await);
}

#[tokio::test]
async fn any_fact_that_comes_between_judgement_and_commit_leaves_the_exam_whole() {
    let rig = Rig::new().await;
    let exam = rig.exam(&ct("1.2", "7", date!(2020 - 01 - 01))).await;
    rig.on(date!(2026 - 11 - 26)).await;
    rig.approve().await;
    rig.clock.advance(31 * DAY);
    let changed = rig.catalogue.changed(G, exam).await.unwrap();
    let certificate = certificate_for(&rig, exam).await;
    // Another visit of the same person: this exam itself is untouched, and still doomed.
    rig.exam(&ct("1.3", "7", date!(2026 - 12 - 01))).await;
    assert_eq!(rig.detail(exam).await.state, "doomed");
    let stale = rig.catalogue.destruction_begin(G, certificate.clone(), 0, changed).await;
    assert!(matches!(stale, Err(RecordError::Refused { .. })), "{stale:?}");
    assert_eq!((rig.detail(exam).await.instances, rig.objects().len()), (2, 4));
    // Judged again by what is known now, it may go.
    let changed = rig.catalogue.changed(G, exam).await.unwrap();
    rig.catalogue.destruction_begin(G, certificate, 0, changed).await.unwrap();
}

async fn certificate_for(rig: &Rig, exam: ExamId) -> Certificate {
    let doom = rig.detail(exam).await.standing.doom.unwrap();
    let objects = rig.catalogue.generations(G, exam).await.unwrap();
    Certificate {
        version: 1,
        certificate: uuid::Uuid::from_bytes([9; 16]),
        exam,
        list: doom.list,
        path: ErasurePath::Archived,
        reasons: Vec::new(),
        kept_until: None,
        policies: String::new(),
        approvals: Vec::new(),
        proposed_at: doom.doomed_at,
        doomed_at: doom.doomed_at,
        destroyed_at: ambient::Clock::now(rig.clock.as_ref()),
        placements: Vec::new(),
        objects: objects
            .iter()
            .map(|one| ErasedObject { object: one.object.clone(), size_bytes: one.size_bytes, sha256: String::new() })
            .collect(),
        instances: Vec::new(),
    }
}

#[tokio::test]
async fn a_late_image_or_an_open_recall_takes_it_off_the_list_of_the_dead() {
    let rig = Rig::new().await;
    let corrected = rig.exam(&radiograph("1.2", "7", date!(2020 - 01 - 01))).await;
    let late = rig.exam(&ct("1.3", "8", date!(2020 - 01 - 01))).await;
    let recalled = rig.exam(&ct("1.4", "9", date!(2020 - 01 - 01))).await;
    let goes = rig.exam(&ct("1.5", "10", date!(2020 - 01 - 01))).await;
    rig.on(date!(2026 - 11 - 26)).await;
    for list in rig.catalogue.lists(G, 10).await.unwrap() {
        rig.retention.approve(&bruno(), list.list).await.unwrap();
        rig.retention.approve(&anne(), list.list).await.unwrap();
    }
    rig.receive(&Made { series: 3, ..ct("1.3", "8", date!(2020 - 01 - 01)) }, 3, "CT1").await;
    assert_eq!(rig.detail(late).await.state, "landed");
    let now = ambient::Clock::now(rig.clock.as_ref());
    rig.catalogue.recall_ask(G, uuid::Uuid::from_bytes([1; 16]), recalled, "anne", now).await.unwrap();
    rig.say(FactBody::Patient(PatientFact {
        traits: PatientTraits { birth_date: Some(born(1961)), ..person("7", 1960).traits },
        ..person("7", 1960)
    }))
    .await;
    rig.days(31).await;
    assert_eq!(rig.detail(goes).await.state, "destroyed");
    assert_eq!(rig.detail(late).await.instances, 3);
    assert_eq!(rig.detail(recalled).await.state, "sealed", "an open recall holds by itself");
    assert_eq!(rig.detail(corrected).await.state, "sealed", "a doubt whose it is keeps it");
}
