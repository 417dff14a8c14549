//! Prescribers named by a sender's own code, matched with an RPPS by a person.

use crate::fixture::*;
use record::*;

const RPPS: &str = "10000023084";

fn coded(mut message: MessageFact, prescriber: &str, copies: &[&str]) -> MessageFact {
    let by_code = |code: &str| Professional {
        local_code: Some(code.into()),
        family_name: format!("NOM {code}"),
        ..Professional::default()
    };
    let Some(FactBody::Order(order)) = message.facts.first_mut() else { panic!("not an order") };
    order.prescriber = Some(by_code(prescriber));
    order.copies = copies.iter().map(|code| by_code(code)).collect();
    message
}

fn matched(code: &str, rpps: Option<&str>) -> PrescriberCode {
    PrescriberCode { code: code.into(), rpps: rpps.map(str::to_owned), by: "anne".into(), at: NOON }
}

async fn two_exams(bench: &Bench) {
    let marie = || patient("7", "DUPONT", "MARIE", 1950);
    bench.apply(adt(1, marie())).await;
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    bench.receive(vec![of(image("1.3", 1), "7", "DUPONT^MARIE", 1950, "A2")]).await;
    bench.apply(coded(order(2, marie(), "A1"), "MED12", &[])).await;
    bench.apply(coded(order(3, marie(), "A2"), "MED40", &["MED12"])).await;
}

#[tokio::test]
async fn a_code_matched_with_an_rpps_counts_for_every_exam_that_bears_it_and_asks_to_publish_them_again() {
    let bench = bench().await;
    two_exams(&bench).await;
    let waiting = bench.catalogue.unmatched_prescribers(G, 10).await.unwrap();
    let codes: Vec<(&str, u64)> = waiting.iter().map(|one| (one.code.as_str(), one.exams)).collect();
    assert_eq!(codes, [("MED12", 1), ("MED40", 1)]);
    assert_eq!(waiting[0].name, "NOM MED12");
    assert_eq!(bench.catalogue.unmatched_prescriber_count(G).await.unwrap(), 2);
    let far = NOON + time::Duration::days(1);
    for job in bench.catalogue.lease(&["publish"], far, 99, std::time::Duration::from_secs(60)).await.unwrap() {
        bench.catalogue.job_done(&job).await.unwrap();
    }

    bench.catalogue.match_prescriber(G, matched("MED12", Some(RPPS))).await.unwrap();
    assert_eq!(bench.catalogue.unmatched_prescriber_count(G).await.unwrap(), 1);
    let ordered = bench.of_study("1.2").await;
    assert_eq!(ordered.prescriber.unwrap().rpps.as_deref(), Some(RPPS));
    let copied = bench.of_study("1.3").await;
    assert_eq!(copied.prescriber.unwrap().rpps, None);
    assert_eq!(copied.order.unwrap().copies[0].rpps.as_deref(), Some(RPPS));
    let jobs = bench.catalogue.lease(&["publish"], far, 99, std::time::Duration::from_secs(60)).await.unwrap();
    assert_eq!(jobs.len(), 2, "both exams are published again");

    bench.catalogue.match_prescriber(G, matched("MED12", None)).await.unwrap();
    assert_eq!(bench.of_study("1.2").await.prescriber.unwrap().rpps, None);
    assert_eq!(bench.catalogue.unmatched_prescriber_count(G).await.unwrap(), 2);
}

#[tokio::test]
async fn what_is_no_rpps_is_never_matched() {
    let bench = bench().await;
    for rpps in ["10000023085", "1000002308", "Dr Exemple", ""] {
        let refused = bench.catalogue.match_prescriber(G, matched("MED12", Some(rpps))).await;
        assert!(matches!(refused, Err(RecordError::Refused { .. })), "{rpps}");
    }
    assert!(bench.catalogue.match_prescriber(G, matched(" ", Some(RPPS))).await.is_err());
    assert!(bench.catalogue.prescriber_codes(G).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_table_of_codes_is_rebuilt_from_the_journal() {
    let old = bench().await;
    two_exams(&old).await;
    old.catalogue.match_prescriber(G, matched("MED40", Some("99700366240"))).await.unwrap();
    old.catalogue.match_prescriber(G, matched("MED12", Some(RPPS))).await.unwrap();
    old.catalogue.match_prescriber(G, matched("MED40", None)).await.unwrap();
    let new = bench().await;
    for entry in old.catalogue.journal_after(G, 0, 1000).await.unwrap() {
        new.catalogue.restore_journal(entry).await.unwrap();
    }
    let codes = new.catalogue.prescriber_codes(G).await.unwrap();
    assert_eq!(codes, old.catalogue.prescriber_codes(G).await.unwrap());
    assert_eq!(codes.len(), 1);
}
