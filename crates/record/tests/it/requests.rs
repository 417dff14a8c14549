//! What people ask of their data: each step a fact, and an open request holds its patient's exams by itself.

use crate::fixture::*;
use crate::sealing::generation;
use exam::requests::{Asker, IdentityProof, Kind, State};
use exam::retention::Hold as HoldKind;
use record::*;
use time::Duration;
use uuid::Uuid;

const FIRST: Uuid = Uuid::from_u128(71);
const SECOND: Uuid = Uuid::from_u128(72);
const PINNED: &str = include_str!("../../../../formats/record/journal-request-v1.json");

async fn certain(bench: &Bench) -> (ExamId, PatientId) {
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    bench.apply(adt(1, patient("7", "DUPONT", "MARIE", 1950))).await;
    let exam = bench.only().await;
    (exam.id, exam.patient.unwrap().id)
}

fn asked(request: Uuid, patient: PatientId, kind: Kind) -> DataRequest {
    DataRequest {
        request,
        patient,
        kind,
        asker: Asker::Patient,
        name: None,
        asked: "Mon dossier complet".into(),
        newest: Some(NOON.date()),
        asked_at: NOON,
        by: "anne".into(),
        state: State::Asked,
        identity: None,
        package: None,
        package_erased_at: None,
        end: None,
    }
}

fn checked() -> RequestStep {
    RequestStep::Identity(IdentityCheck { how: IdentityProof::DocumentShown, by: "anne".into(), at: NOON })
}

fn prepared() -> RequestStep {
    let sha256 = "ab".repeat(32);
    RequestStep::Prepared(Package { size_bytes: 9, sha256, exams: 1, by: "anne".into(), at: NOON })
}

fn end(words: &str) -> RequestEnd {
    RequestEnd { words: words.into(), by: "anne".into(), at: NOON + Duration::days(2), statement: None }
}

async fn step(bench: &Bench, request: Uuid, step: RequestStep) -> Result<DataRequest, RecordError> {
    bench.catalogue.request_step(G, request, step).await
}

fn refused<T: std::fmt::Debug>(answer: Result<T, RecordError>) {
    assert!(matches!(answer, Err(RecordError::Refused { .. })), "{answer:?}");
}

async fn kinds_held(bench: &Bench) -> Vec<HoldKind> {
    bench.only().await.standing.holds.iter().map(|hold| hold.kind).collect()
}

#[tokio::test]
async fn nothing_is_prepared_before_the_identity_is_checked_and_nothing_delivered_before_it_is_prepared() {
    let bench = bench().await;
    let (_, patient) = certain(&bench).await;
    bench.catalogue.request_put(G, asked(FIRST, patient, Kind::Access)).await.unwrap();
    refused(step(&bench, FIRST, prepared()).await);
    refused(step(&bench, FIRST, RequestStep::Delivered(end("en main propre"))).await);
    step(&bench, FIRST, checked()).await.unwrap();
    refused(step(&bench, FIRST, checked()).await);
    refused(step(&bench, FIRST, RequestStep::Answered(end("x"))).await);
    assert_eq!(step(&bench, FIRST, prepared()).await.unwrap().state, State::Prepared);
    refused(step(&bench, FIRST, RequestStep::Erased(NOON)).await);
    refused(step(&bench, FIRST, RequestStep::Delivered(end(" "))).await);
    let done = step(&bench, FIRST, RequestStep::Delivered(end("en main propre"))).await.unwrap();
    assert_eq!((done.state, done.has_package()), (State::Delivered, true));
    assert_eq!(bench.catalogue.requests_packaged(G).await.unwrap(), [done]);
    let erased = step(&bench, FIRST, RequestStep::Erased(NOON)).await.unwrap();
    assert!(!erased.has_package());
    assert!(bench.catalogue.requests_packaged(G).await.unwrap().is_empty());
    refused(step(&bench, FIRST, RequestStep::Refused(end("trop tard"))).await);
}

#[tokio::test]
async fn an_open_request_holds_by_itself_and_only_its_answer_lets_go() {
    let bench = bench().await;
    let (exam, patient) = certain(&bench).await;
    bench.catalogue.request_put(G, asked(FIRST, patient, Kind::Access)).await.unwrap();
    bench.catalogue.request_put(G, asked(FIRST, patient, Kind::Access)).await.unwrap();
    bench.catalogue.request_put(G, asked(SECOND, patient, Kind::Rectification)).await.unwrap();
    assert_eq!(kinds_held(&bench).await, [HoldKind::DataRequest, HoldKind::Correction]);
    refused(bench.catalogue.hold_release(G, FIRST, "bruno", NOON).await);
    refused(bench.catalogue.hold_release(G, FIRST, "carole", NOON).await);
    step(&bench, FIRST, RequestStep::Refused(end("identité non prouvée"))).await.unwrap();
    assert_eq!(kinds_held(&bench).await, [HoldKind::Correction]);
    step(&bench, SECOND, checked()).await.unwrap();
    let done = step(&bench, SECOND, RequestStep::Answered(end("prénom corrigé"))).await.unwrap();
    assert_eq!(done.end.unwrap().words, "prénom corrigé");
    assert_eq!(kinds_held(&bench).await, []);
    assert_eq!(bench.catalogue.requests_of(G, patient).await.unwrap().len(), 2);
    assert!(bench.catalogue.requests_open(G).await.unwrap().is_empty());
    bench.catalogue.exam(G, exam).await.unwrap();
}

#[tokio::test]
async fn a_package_that_lapsed_leaves_its_request_open_and_held() {
    let bench = bench().await;
    let (_, patient) = certain(&bench).await;
    bench.catalogue.request_put(G, asked(FIRST, patient, Kind::Access)).await.unwrap();
    step(&bench, FIRST, checked()).await.unwrap();
    step(&bench, FIRST, prepared()).await.unwrap();
    step(&bench, FIRST, RequestStep::Lapsed(NOON)).await.unwrap();
    step(&bench, FIRST, RequestStep::Erased(NOON)).await.unwrap();
    assert_eq!(kinds_held(&bench).await, [HoldKind::DataRequest]);
    let again = step(&bench, FIRST, prepared()).await.unwrap();
    assert!(again.has_package() && again.state == State::Prepared);
}

#[tokio::test]
async fn a_request_names_its_asker_and_an_heir_the_purpose() {
    let bench = bench().await;
    let (_, patient) = certain(&bench).await;
    let put = |request| bench.catalogue.request_put(G, request);
    let heir = DataRequest { asker: Asker::Heir, ..asked(FIRST, patient, Kind::Access) };
    refused(put(heir.clone()).await);
    refused(put(DataRequest { name: Some("Jean Dupont".into()), asked: " ".into(), ..heir.clone() }).await);
    refused(put(DataRequest { asked: String::new(), ..asked(FIRST, patient, Kind::Objection) }).await);
    refused(put(DataRequest { state: State::Delivered, ..asked(FIRST, patient, Kind::Access) }).await);
    let nobody = put(asked(FIRST, PatientId(Uuid::nil()), Kind::Access)).await;
    assert!(matches!(nobody, Err(RecordError::NotFound { what: "patient" })));
    put(DataRequest { name: Some("Jean Dupont".into()), asked: "Défendre la mémoire".into(), ..heir }).await.unwrap();
}

#[tokio::test]
async fn a_person_is_known_by_the_records_merged_into_theirs_and_so_are_their_requests() {
    let bench = bench().await;
    let (_, kept) = certain(&bench).await;
    bench.receive(vec![of(image("1.3", 1), "8", "DUPONT^MARIE", 1950, "A2")]).await;
    bench.apply(adt(2, patient("8", "DUPONT", "MARIE", 1950))).await;
    let retired = bench.of_study("1.3").await.patient.unwrap().id;
    bench.catalogue.request_put(G, asked(FIRST, retired, Kind::Access)).await.unwrap();
    bench.apply(a40(3, "7", "8")).await;
    for id in [kept, retired] {
        let person = bench.catalogue.person(G, id).await.unwrap();
        assert_eq!((person.patient.id, person.known_as.as_slice()), (kept, [kept, retired].as_slice()));
        assert_eq!(person.exams.len(), 2);
        assert_eq!(bench.catalogue.requests_of(G, id).await.unwrap().len(), 1);
    }
    let nobody = bench.catalogue.person(G, PatientId(Uuid::nil())).await;
    assert!(matches!(nobody, Err(RecordError::NotFound { what: "patient" })));
}

#[tokio::test]
async fn the_register_goes_page_by_page_in_the_order_of_arrival() {
    let bench = bench().await;
    let (_, patient) = certain(&bench).await;
    for n in 0..5u128 {
        let at = NOON + Duration::minutes(i64::try_from(n / 2).unwrap());
        let request = DataRequest { asked_at: at, ..asked(Uuid::from_u128(100 + n), patient, Kind::Access) };
        bench.catalogue.request_put(G, request).await.unwrap();
    }
    let (mut seen, mut last): (Vec<u128>, Option<DataRequest>) = (Vec::new(), None);
    loop {
        let page = bench.catalogue.requests_after(G, last.as_ref(), 2).await.unwrap();
        seen.extend(page.iter().map(|request| request.request.as_u128()));
        let Some(end) = page.into_iter().next_back() else { break };
        last = Some(end);
    }
    assert_eq!(seen, [100, 101, 102, 103, 104]);
}

fn breach() -> Breach {
    Breach {
        breach: SECOND,
        words: "Compte utilisé par un tiers".into(),
        known_at: NOON,
        from: NOON - Duration::days(2),
        until: NOON,
        account: Some("accueil".into()),
        exam: None,
        by: "dpo".into(),
        end: None,
    }
}

#[tokio::test]
async fn a_breach_is_decided_once_and_in_words() {
    let bench = bench().await;
    refused(bench.catalogue.breach_put(G, Breach { until: NOON - Duration::days(3), ..breach() }).await);
    bench.catalogue.breach_put(G, breach()).await.unwrap();
    bench.catalogue.breach_put(G, Breach { words: "autre".into(), ..breach() }).await.unwrap();
    refused(bench.catalogue.breach_end(G, SECOND, end("")).await);
    bench.catalogue.breach_end(G, SECOND, end("notifiée")).await.unwrap();
    refused(bench.catalogue.breach_end(G, SECOND, end("encore")).await);
    let known = bench.catalogue.breaches(G, 10).await.unwrap();
    assert_eq!((known.len(), known[0].words.as_str()), (1, "Compte utilisé par un tiers"));
    assert_eq!(known[0].end.as_ref().unwrap().words, "notifiée");
}

/// Everything that can be asked, answered in every way.
async fn lived(bench: &Bench) -> PatientId {
    let (_, patient) = certain(bench).await;
    bench.catalogue.request_put(G, asked(FIRST, patient, Kind::Access)).await.unwrap();
    for next in [checked(), prepared(), RequestStep::Delivered(end("remis")), RequestStep::Erased(NOON)] {
        step(bench, FIRST, next).await.unwrap();
    }
    bench.catalogue.request_put(G, asked(SECOND, patient, Kind::Rectification)).await.unwrap();
    bench.catalogue.breach_put(G, breach()).await.unwrap();
    bench.catalogue.breach_end(G, SECOND, end("notifiée")).await.unwrap();
    patient
}

#[tokio::test]
async fn a_rebuilt_record_has_the_requests_their_answers_and_their_holds() {
    let old = bench().await;
    let patient = lived(&old).await;
    let made = generation(&old, old.only().await.id).await;
    let headers = old.catalogue.instances(G, made.exam).await.unwrap().into_iter().map(|one| one.header).collect();
    old.catalogue.record_generation(made.clone()).await.unwrap();
    let new = bench().await;
    for entry in old.catalogue.journal_after(G, 0, 1000).await.unwrap() {
        new.catalogue.restore_journal(entry).await.unwrap();
    }
    new.catalogue.restore_generation(made, headers).await.unwrap();
    for bench in [&old, &new] {
        assert_eq!(kinds_held(bench).await, [HoldKind::Correction]);
        assert_eq!(bench.only().await.state, "held");
        refused(bench.catalogue.hold_release(G, SECOND, "bruno", NOON).await);
    }
    let of = async |bench: &Bench| bench.catalogue.requests_of(G, patient).await.unwrap();
    assert_eq!(of(&old).await, of(&new).await);
    assert_eq!(of(&new).await.len(), 2);
    assert_eq!(old.catalogue.breaches(G, 9).await.unwrap(), new.catalogue.breaches(G, 9).await.unwrap());
}

#[tokio::test]
async fn requests_in_the_journal_have_the_pinned_shape() {
    let bench = bench().await;
    let patient = lived(&bench).await;
    let bodies = bench.catalogue.journal_after(G, 0, 1000).await.unwrap().into_iter().map(|entry| entry.body);
    let ours: Vec<_> = bodies.filter(|body| body["kind"] == "request").collect();
    let text = serde_json::to_string_pretty(&ours).unwrap().replace(&patient.to_string(), "PATIENT");
    let pinned: serde_json::Value = serde_json::from_str(PINNED).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), pinned);
}
