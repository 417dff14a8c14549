use crate::fixture::*;
use record::*;
use std::sync::Arc;

fn marie() -> PatientFact {
    patient("7", "DUPONT", "MARIE", 1950)
}

fn paule() -> PatientFact {
    patient("8", "MARTIN", "PAULE", 1980)
}

#[tokio::test]
async fn an_exam_waits_until_a_message_tells_of_its_patient() {
    let bench = bench().await;
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    assert_eq!(reasons(&bench.only().await), ["unknown-patient"]);
    assert_eq!(bench.catalogue.doubts(G, 10).await.unwrap().len(), 1);
    bench.apply(adt(1, marie())).await;
    assert_eq!(belongs_to(&bench.only().await), Some("7"));
    assert!(bench.catalogue.doubts(G, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn twenty_first_contacts_at_the_same_moment_make_exactly_twenty_patients() {
    let bench = Arc::new(bench().await);
    let mut tasks = tokio::task::JoinSet::new();
    for p in 0..20_u32 {
        let id = format!("{}", 100 + p);
        for n in 0..4 {
            let (bench, id) = (bench.clone(), id.clone());
            tasks.spawn(async move {
                let image = of(image(&format!("1.2.{p}"), n), &id, "DUPONT^MARIE", 1950, &format!("A{p}"));
                assert_eq!(bench.receive(vec![image]).await, [ReceiveOutcome::Stored]);
            });
        }
        let bench = bench.clone();
        tasks.spawn(async move {
            bench.apply(adt(i64::from(p), patient(&id, "DUPONT", "MARIE", 1950))).await;
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let list = bench.list().await;
    let patients: std::collections::BTreeSet<_> = list.iter().map(|line| line.patient.unwrap()).collect();
    assert_eq!((list.len(), patients.len()), (20, 20));
    assert!(list.iter().all(|line| line.instances == 4));
}

#[tokio::test]
async fn half_a_study_without_issuer_is_one_exam_of_one_patient() {
    let bench = bench().await;
    bench.apply(adt(1, patient("7", "DUPONT", "MARIE", 1950))).await;
    let mut with = of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1");
    with.header.claim.issuer = Some("H".into());
    let without = of(image("1.2", 2), "7", "DUPONT^MARIE", 1950, "A1");
    bench.receive(vec![with]).await;
    bench.receive(vec![without]).await;
    let exam = bench.only().await;
    assert_eq!((exam.instances, belongs_to(&exam)), (2, Some("7")));
}

#[tokio::test]
async fn a_patient_cannot_be_merged_with_itself_and_two_opposite_merges_do_not_loop() {
    let bench = bench().await;
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    bench.apply(adt(1, marie())).await;
    assert!(matches!(bench.apply(a40(2, "7", "7")).await, MessageEffect::Refused(_)));
    assert_eq!(belongs_to(&bench.only().await), Some("7"));
    bench.apply(adt(3, patient("9", "DUPONT", "MARIE", 1950))).await;
    assert_eq!(bench.apply(a40(4, "9", "7")).await, MessageEffect::Applied);
    let back = a40(5, "7", "9");
    assert!(matches!(bench.apply(back.clone()).await, MessageEffect::Refused(_)));
    assert!(matches!(bench.apply(back).await, MessageEffect::Refused(_)), "and again when it is repeated");
    let exam = bench.only().await;
    assert!(matches!(exam.identity, Identity::Certain(_)), "{:?}", exam.identity);
}

#[tokio::test]
async fn images_that_still_carry_a_merged_number_belong_to_the_survivor() {
    let bench = bench().await;
    bench.apply(adt(1, patient("1", "DUPONT", "MARIE", 1950))).await;
    bench.apply(adt(2, patient("2", "DUPONT", "MARIE", 1950))).await;
    bench.apply(a40(3, "1", "2")).await;
    bench.receive(vec![of(image("1.2", 1), "2", "DUPONT^MARIE", 1950, "A1")]).await;
    let exam = bench.only().await;
    let patient = exam.patient.unwrap();
    assert!(patient.identifiers.contains(&pi("1")));
    let both = PatientFact { identifiers: vec![pi("1"), pi("2")], ..marie() };
    assert!(matches!(bench.apply(adt(4, both)).await, MessageEffect::Refused(_)));
    assert_eq!(bench.catalogue.exams_of_patient(G, patient.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_report_goes_only_to_the_patient_it_names_when_two_share_the_accession_number() {
    let bench = bench().await;
    bench.receive(vec![of(image("1.1", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    bench.receive(vec![of(image("1.2", 1), "8", "MARTIN^PAULE", 1980, "A1")]).await;
    bench.apply(adt(1, marie())).await;
    bench.apply(adt(2, paule())).await;
    bench.apply(report(3, paule(), "A1", ReportStatus::Final)).await;
    assert_eq!(bench.list().await.len(), 2);
    assert!(bench.of_study("1.1").await.report.is_none());
    assert!(bench.of_study("1.2").await.report.is_some());
}

#[tokio::test]
async fn a_report_of_a_third_patient_is_given_to_nobody_and_waits_for_a_person() {
    let bench = bench().await;
    bench.apply(adt(1, marie())).await;
    bench.apply(adt(2, paule())).await;
    bench.receive(vec![of(image("1.1", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    bench.receive(vec![of(image("1.2", 1), "8", "MARTIN^PAULE", 1980, "A1")]).await;
    bench.apply(report(3, patient("9", "PETIT", "LEA", 1990), "A1", ReportStatus::Final)).await;
    assert!(bench.of_study("1.1").await.report_history.is_empty());
    assert!(bench.of_study("1.2").await.report_history.is_empty());
    let doubts = bench.catalogue.doubts(G, 10).await.unwrap();
    let report = doubts.iter().find(|doubt| matches!(doubt.kind, DoubtKind::Report { .. })).expect("a doubt");
    let exam = bench.of_study("1.2").await.id;
    bench.catalogue.settle(G, report.id, Decision::Exam { exam }, "anne", NOON).await.unwrap();
    assert!(bench.of_study("1.2").await.report.is_some());
    let doubts = bench.catalogue.doubts(G, 10).await.unwrap();
    assert!(doubts.iter().all(|doubt| !matches!(doubt.kind, DoubtKind::Report { .. })), "{doubts:#?}");
}

#[tokio::test]
async fn images_without_patient_number_are_kept_apart_each_with_its_own_name() {
    let bench = bench().await;
    bench.receive(vec![of(image("1.1", 1), "", "DUPONT^MARIE", 1950, "")]).await;
    bench.receive(vec![of(image("1.2", 1), "\0", "MARTIN^PAULE", 1980, "")]).await;
    let names: Vec<_> = bench.list().await.into_iter().map(|line| line.patient_name).collect();
    assert_eq!(bench.list().await.len(), 2);
    assert!(names.contains(&"DUPONT MARIE".to_owned()) && names.contains(&"MARTIN PAULE".to_owned()), "{names:?}");
    assert_eq!(reasons(&bench.of_study("1.1").await), ["no-identifier"]);
}

#[tokio::test]
async fn a_person_gives_an_exam_to_a_known_patient_or_to_the_one_its_images_name() {
    let bench = bench().await;
    bench.apply(adt(1, marie())).await;
    bench.receive(vec![of(image("1.1", 1), "", "DUPONT^MARIE", 1950, "")]).await;
    bench.receive(vec![of(image("1.2", 1), "", "PETIT^LEA", 1990, "")]).await;
    for doubt in bench.catalogue.doubts(G, 10).await.unwrap() {
        let DoubtKind::Identity { candidates, claimed } = doubt.kind else { panic!("{doubt:?}") };
        let decision = match candidates.as_slice() {
            [one] => Decision::Patient { patient: one.patient },
            _ => Decision::AsImages,
        };
        assert_eq!(claimed.len(), 1);
        bench.catalogue.settle(G, doubt.id, decision, "anne", NOON).await.unwrap();
    }
    assert_eq!(belongs_to(&bench.of_study("1.1").await), Some("7"));
    let lea = bench.of_study("1.2").await;
    assert_eq!(lea.patient.unwrap().traits.birth_name, "PETIT");
    assert!(bench.catalogue.doubts(G, 10).await.unwrap().is_empty());
    // The decision outlives a later image of the same study.
    bench.receive(vec![of(image("1.1", 2), "", "DUPOND^MARIE", 1950, "")]).await;
    assert_eq!(belongs_to(&bench.of_study("1.1").await), Some("7"));
}
