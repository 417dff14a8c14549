//! Who else reads a person's record, or stands for them: facts of the record.

use crate::fixture::*;
use record::*;
use time::Duration;
use uuid::Uuid;

async fn marie(bench: &Bench) -> PatientId {
    bench.apply(adt(1, patient("7", "DUPONT", "MARIE", 1950))).await;
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    bench.only().await.patient.unwrap().id
}

fn care() -> RelationKind {
    RelationKind::Care { rpps: "99700366240".into(), name: "Dr Exemple".into(), finess: "920008059".into() }
}

fn emergency() -> RelationKind {
    let reason = "Patiente inconsciente aux urgences".into();
    RelationKind::Emergency { rpps: "99700366240".into(), name: "Dr Exemple".into(), reason }
}

fn declared(n: u128, patient: PatientId, what: RelationKind) -> Relation {
    let until = Some(NOON + Duration::days(30));
    let (by, relation) = ("anne".into(), Uuid::from_u128(n));
    Relation { relation, patient, what, from: NOON, until, by, at: NOON, end: None, review: None }
}

fn end(words: &str) -> RequestEnd {
    RequestEnd { words: words.into(), by: "anne".into(), at: NOON + Duration::days(2), statement: None }
}

fn review(words: &str) -> EmergencyReview {
    EmergencyReview {
        verdict: EmergencyVerdict::Justified,
        words: words.into(),
        by: "dpo".into(),
        at: NOON + Duration::days(1),
    }
}

fn refused<T: std::fmt::Debug>(answer: Result<T, RecordError>) {
    assert!(matches!(answer, Err(RecordError::Refused { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_care_relation_is_told_when_it_is_declared_and_again_when_it_is_ended() {
    let bench = bench().await;
    let person = marie(&bench).await;
    publish_jobs(&bench).await;
    let relation = declared(1, person, care());
    bench.catalogue.relation_put(G, relation.clone()).await.unwrap();
    assert_eq!(publish_jobs(&bench).await, 1);
    bench.catalogue.relation_put(G, relation.clone()).await.unwrap();
    let stored = bench.catalogue.relations(G, person).await.unwrap();
    assert_eq!((stored.len(), stored[0].told_for), (1, None));
    bench.catalogue.relation_told(G, relation.relation, person).await.unwrap();
    assert_eq!(bench.catalogue.relations(G, person).await.unwrap()[0].told_for, Some(person));
    refused(bench.catalogue.relation_end(G, relation.relation, end(" ")).await);
    let ended = bench.catalogue.relation_end(G, relation.relation, end("suivi terminé")).await.unwrap();
    assert!(ended.in_force(NOON) && !ended.in_force(NOON + Duration::days(2)));
    refused(bench.catalogue.relation_end(G, relation.relation, end("encore")).await);
    assert_eq!(bench.catalogue.relations(G, person).await.unwrap()[0].told_for, None, "to be told again");
    assert_eq!(publish_jobs(&bench).await, 1);
}

#[tokio::test]
async fn what_lacks_a_valid_professional_a_basis_a_purpose_or_an_end_is_not_declared() {
    let bench = bench().await;
    let person = marie(&bench).await;
    let put = |relation| bench.catalogue.relation_put(G, relation);
    let named =
        |rpps: &str, finess: &str| RelationKind::Care { rpps: rpps.into(), name: "X".into(), finess: finess.into() };
    refused(put(declared(1, person, named("99700366241", "920008059"))).await);
    refused(put(declared(1, person, named("99700366240", "920008050"))).await);
    refused(put(Relation { until: None, ..declared(1, person, care()) }).await);
    refused(put(Relation { until: Some(NOON), ..declared(1, person, care()) }).await);
    let guardian = RelationKind::Guardian { name: "Zoé Exemple".into(), email: None, basis: " ".into() };
    refused(put(declared(1, person, guardian)).await);
    let heir = RelationKind::Heir { name: "Jean Dupont".into(), purpose: String::new() };
    refused(put(declared(1, person, heir)).await);
    refused(put(declared(1, person, RelationKind::Parent { name: " ".into(), email: None })).await);
    let nobody = put(declared(1, PatientId(Uuid::nil()), care())).await;
    assert!(matches!(nobody, Err(RecordError::NotFound { what: "patient" })));
    assert!(bench.catalogue.relations(G, person).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_emergency_waits_for_its_review_and_is_reviewed_once_in_words() {
    let bench = bench().await;
    let person = marie(&bench).await;
    for n in [1, 2] {
        let at = NOON + Duration::minutes(i64::try_from(n).unwrap());
        bench.catalogue.relation_put(G, Relation { at, ..declared(n, person, emergency()) }).await.unwrap();
    }
    bench.catalogue.relation_put(G, declared(3, person, care())).await.unwrap();
    let waiting = bench.catalogue.emergencies(G, true, 10).await.unwrap();
    assert_eq!(waiting.iter().map(|one| one.relation.as_u128()).collect::<Vec<_>>(), [1, 2]);
    refused(bench.catalogue.relation_review(G, Uuid::from_u128(3), review("x")).await);
    refused(bench.catalogue.relation_review(G, Uuid::from_u128(1), review(" ")).await);
    let reviewed = bench.catalogue.relation_review(G, Uuid::from_u128(1), review("arrêt cardiaque")).await.unwrap();
    assert_eq!(reviewed.review.unwrap().by, "dpo");
    refused(bench.catalogue.relation_review(G, Uuid::from_u128(1), review("encore")).await);
    assert_eq!(bench.catalogue.emergencies(G, true, 10).await.unwrap().len(), 1);
    assert_eq!(bench.catalogue.emergencies(G, false, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_rebuilt_record_knows_the_same_relations_and_tells_them_again() {
    let bench = bench().await;
    let person = marie(&bench).await;
    bench.catalogue.relation_put(G, declared(1, person, care())).await.unwrap();
    bench.catalogue.relation_told(G, Uuid::from_u128(1), person).await.unwrap();
    bench.catalogue.relation_put(G, declared(2, person, emergency())).await.unwrap();
    bench.catalogue.relation_review(G, Uuid::from_u128(2), review("arrêt cardiaque")).await.unwrap();
    bench.catalogue.relation_put(G, declared(3, person, care())).await.unwrap();
    bench.catalogue.relation_end(G, Uuid::from_u128(3), end("suivi terminé")).await.unwrap();
    let journal = bench.catalogue.journal_after(G, 0, 1000).await.unwrap();
    let again = crate::fixture::bench().await;
    for entry in journal {
        again.catalogue.restore_journal(entry).await.unwrap();
    }
    let facts = async |bench: &Bench| {
        let all = bench.catalogue.relations(G, person).await.unwrap();
        all.into_iter().map(|one| one.relation).collect::<Vec<_>>()
    };
    assert_eq!(facts(&again).await, facts(&bench).await);
    assert!(again.catalogue.relations(G, person).await.unwrap().iter().all(|one| one.told_for.is_none()));
}

#[tokio::test]
async fn relations_of_a_merged_record_are_those_of_the_surviving_one() {
    let bench = bench().await;
    let kept = marie(&bench).await;
    bench.receive(vec![of(image("1.3", 1), "8", "DUPONT^MARIE", 1950, "A2")]).await;
    bench.apply(adt(2, patient("8", "DUPONT", "MARIE", 1950))).await;
    let retired = bench.of_study("1.3").await.patient.unwrap().id;
    bench.catalogue.relation_put(G, declared(1, retired, care())).await.unwrap();
    bench.apply(a40(3, "7", "8")).await;
    assert_eq!(bench.catalogue.relations(G, kept).await.unwrap().len(), 1);
}
