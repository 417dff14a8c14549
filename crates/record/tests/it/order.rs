//! Any order of arrival gives the same final state.

use crate::fixture::*;
use proptest::prelude::*;
use record::*;
use serde_json::{Value, json};
use std::sync::OnceLock;

#[derive(Debug, Clone)]
enum Arrival {
    Image(Box<Received>),
    Message(Box<MessageFact>),
}

fn marie() -> PatientFact {
    patient("7", "DUPONT", "MARIE", 1950)
}

fn paule() -> PatientFact {
    patient("8", "MARTIN", "PAULE", 1980)
}

/// Two people who share an accession number, a merge, a circle, a correction, a deletion, a study
/// that only its order numbers, and images without any number.
fn arrivals() -> Vec<Arrival> {
    let images = [
        of(image("1.1", 1), "7", "DUPONT^MARIE", 1950, "A1"),
        of(image("1.1", 2), "7", "DUPONT^MARIE", 1950, "A1"),
        of(image("1.2", 1), "8", "MARTIN^PAULE", 1980, "A1"),
        of(image("1.3", 1), "70", "DUPONT^MARIE", 1950, "A3"),
        of(image("1.4", 1), "", "DUPONT^MARIE", 1950, ""),
        of(image("1.5", 1), "7", "DUPONT^MARIE", 1950, "A5"),
        of(image("1.6", 1), "70", "DUPONT^MARIE", 1950, "A5"),
    ];
    let mut ordered = order(5, marie(), "A4");
    if let FactBody::Order(order) = &mut ordered.facts[0] {
        order.study_instance_uid = Some("1.4".into());
    }
    let mut cancelled = order(7, marie(), "A5");
    if let FactBody::Order(order) = &mut cancelled.facts[0] {
        order.cancelled = true;
    }
    let messages = [
        adt(1, marie()),
        adt(2, paule()),
        adt(3, patient("70", "DUPONT", "MARIE", 1950)),
        a40(4, "7", "70"),
        ordered,
        order(6, marie(), "A5"),
        cancelled,
        report(8, marie(), "A1", ReportStatus::Final),
        report(9, marie(), "A1", ReportStatus::Corrected),
        report(10, paule(), "A1", ReportStatus::Preliminary),
        report(11, marie(), "A3", ReportStatus::Final),
        report(12, marie(), "A3", ReportStatus::Deleted),
        adt(
            13,
            PatientFact { traits: PatientTraits { used_name: Some("BERNARD".into()), ..marie().traits }, ..marie() },
        ),
        a40(14, "70", "7"),
    ];
    let images = images.into_iter().map(|image| Arrival::Image(Box::new(image)));
    images.chain(messages.into_iter().map(|message| Arrival::Message(Box::new(message)))).collect()
}

/// Everything that is shown, without ids, random numbers and times of arrival.
async fn dump(bench: &Bench) -> Value {
    let mut exams = Vec::new();
    for line in bench.list().await {
        let exam = bench.catalogue.exam(G, line.id).await.unwrap();
        let instances = bench.catalogue.instances(G, line.id).await.unwrap();
        let versions =
            |version: &ReportVersion| json!([version.version, version.status, version.validated_at.to_string()]);
        exams.push(json!({
            "studies": exam.study_instance_uids, "accession": exam.accession, "waiting": reasons(&exam),
            "traits": exam.patient.as_ref().map(|patient| &patient.traits),
            "identifiers": exam.patient.as_ref().map(|patient| &patient.identifiers),
            "order": exam.order, "prescriber": exam.prescriber, "class": [exam.class, exam.class_reason],
            "title": exam.title, "date": exam.date, "site": exam.site, "state": exam.state,
            "counts": [exam.instances, exam.unsealed], "name": line.patient_name, "reported": line.reported,
            "report": exam.report.as_ref().map(versions),
            "history": exam.report_history.iter().map(versions).collect::<Vec<_>>(),
            "instances": instances.iter().map(|one| &one.header.sop_instance_uid).collect::<Vec<_>>(),
        }));
    }
    exams.sort_by_key(|exam| exam["studies"].to_string());
    let doubts = bench.catalogue.doubts(G, 100).await.unwrap();
    let mut doubts: Vec<_> = doubts.into_iter().map(|doubt| doubt.reasons).collect();
    doubts.sort();
    json!({ "exams": exams, "doubts": doubts })
}

async fn state_after(arrivals: &[Arrival], batch: usize) -> Value {
    let bench = bench().await;
    let mut images = Vec::new();
    for arrival in arrivals {
        match arrival {
            Arrival::Image(image) => images.push((**image).clone()),
            Arrival::Message(message) => {
                bench.apply((**message).clone()).await;
            }
        }
        if images.len() >= batch {
            bench.receive(std::mem::take(&mut images)).await;
        }
    }
    bench.receive(images).await;
    dump(&bench).await
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_arrival_gives_the_same_final_state(
        shuffled in Just(arrivals()).prop_shuffle(), repeats in prop::collection::vec(0..21_usize, 0..6), batch in 1..4_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut all = shuffled;
        for index in repeats {
            all.push(all[index].clone());
        }
        static EXPECTED: OnceLock<Value> = OnceLock::new();
        let expected = EXPECTED.get_or_init(|| runtime.block_on(state_after(&arrivals(), 1)));
        let found = runtime.block_on(state_after(&all, batch));
        prop_assert_eq!(expected, &found, "\n{:#}\n{:#}", expected, &found);
    }
}

#[tokio::test]
async fn the_final_state_is_the_one_meant() {
    let state = state_after(&arrivals(), 1).await;
    let exams = state["exams"].as_array().unwrap();
    let studies: Vec<String> = exams.iter().map(|exam| exam["studies"].to_string()).collect();
    assert_eq!(studies, [r#"["1.1"]"#, r#"["1.2"]"#, r#"["1.3"]"#, r#"["1.4"]"#, r#"["1.5","1.6"]"#], "{state:#}");
    assert_eq!(exams[0]["report"][1], "corrected", "{:#}", exams[0]);
    assert_eq!(exams[1]["report"], Value::Null);
    assert_eq!(exams[1]["history"].as_array().unwrap().len(), 1);
    assert_eq!((&exams[2]["report"], exams[2]["history"].as_array().unwrap().len()), (&Value::Null, 2));
    assert_eq!(exams[3]["accession"]["number"], "A4", "{:#}", exams[3]);
    assert_eq!(exams[4]["order"], Value::Null, "a cancelled order counts no more");
}
