//! Recalls: one is open per exam, from asked to ready; and the end of a time on line.

use crate::fixture::*;
use crate::sealing::{drain, generation};
use record::*;
use std::time::Duration as Span;
use time::Duration;
use uuid::Uuid;

const FIRST: Uuid = Uuid::from_u128(1);
const SECOND: Uuid = Uuid::from_u128(2);

async fn certain(bench: &Bench) -> ExamId {
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    bench.apply(adt(1, patient("7", "DUPONT", "MARIE", 1950))).await;
    let exam = bench.only().await.id;
    bench.catalogue.publication_recorded(G, exam, Uuid::from_u128(50), [8; 32], NOON).await.unwrap();
    drain(bench).await;
    exam
}

async fn ask(bench: &Bench, recall: Uuid, exam: ExamId) -> Recall {
    bench.catalogue.recall_ask(G, recall, exam, "sheet", NOON).await.unwrap()
}

async fn step(bench: &Bench, recall: Uuid, step: RecallStep) {
    bench.catalogue.recall_step(G, recall, step, NOON + Duration::SECOND).await.unwrap();
}

fn found() -> RecallStep {
    RecallStep::Found { ready_by: NOON + Duration::MINUTE, size_bytes: 5_000 }
}

fn ready(recall: Uuid) -> RecallReady {
    let at = NOON + Duration::minutes(1);
    RecallReady { recall, publication: Uuid::from_u128(60), basis: [9; 32], at, took: Span::from_millis(1500) }
}

fn failed(given_up: bool) -> RecallStep {
    RecallStep::Failed { reason: "recall-damaged".into(), given_up }
}

async fn standing(bench: &Bench) -> Option<Recall> {
    bench.only().await.standing.recall
}

#[tokio::test]
async fn whoever_asks_while_one_is_open_gets_that_one_and_one_job_is_asked_for() {
    let bench = bench().await;
    let exam = certain(&bench).await;
    let (a, b) = tokio::join!(ask(&bench, FIRST, exam), ask(&bench, SECOND, exam));
    assert_eq!(a.recall, b.recall);
    assert_eq!(drain(&bench).await, ["recall"]);
    assert_eq!(ask(&bench, a.recall, exam).await, a, "twice is once");
    assert_eq!(drain(&bench).await, Vec::<String>::new());
    let nowhere = bench.catalogue.recall_ask(G, Uuid::from_u128(9), ExamId(Uuid::nil()), "sheet", NOON).await;
    assert!(matches!(nowhere, Err(RecordError::NotFound { what: "exam" })));
}

#[tokio::test]
async fn it_moves_on_to_ready_with_its_publication_and_says_how_long_it_took() {
    let bench = bench().await;
    let exam = certain(&bench).await;
    ask(&bench, FIRST, exam).await;
    step(&bench, FIRST, found()).await;
    step(&bench, FIRST, failed(false)).await;
    let seen = standing(&bench).await.unwrap();
    assert_eq!(
        (seen.state, seen.failure.as_deref(), seen.is_open()),
        (RecallState::Asked, Some("recall-damaged"), true)
    );
    step(&bench, FIRST, found()).await;
    step(&bench, FIRST, RecallStep::Verified).await;
    assert_eq!(bench.catalogue.open_recalls(G).await.unwrap(), [standing(&bench).await.unwrap()]);
    bench.catalogue.recall_ready(G, exam, ready(FIRST)).await.unwrap();
    let detail = bench.only().await;
    let recall = detail.standing.recall.unwrap();
    assert_eq!((recall.state, recall.ready_at), (RecallState::Ready, Some(NOON + Duration::minutes(1))));
    assert_eq!(detail.publication.unwrap().publication, Uuid::from_u128(60));
    assert_eq!(bench.catalogue.open_recalls(G).await.unwrap(), []);
    let times = bench.catalogue.recall_times(G, 10).await.unwrap();
    assert_eq!(times, [RecallTime { size_bytes: 5_000, took: Span::from_millis(1500) }]);
    step(&bench, FIRST, failed(true)).await;
    assert_eq!(standing(&bench).await.unwrap(), recall, "what is ready stays ready");
    let second = ask(&bench, SECOND, exam).await;
    assert_eq!((second.recall, second.ready_at), (SECOND, recall.ready_at), "asked again, it was ready once");
}

#[tokio::test]
async fn one_that_is_given_up_lets_ask_again() {
    let bench = bench().await;
    let exam = certain(&bench).await;
    ask(&bench, FIRST, exam).await;
    step(&bench, FIRST, failed(true)).await;
    assert!(!standing(&bench).await.unwrap().is_open());
    assert_eq!(ask(&bench, SECOND, exam).await.recall, SECOND);
    assert_eq!(standing(&bench).await.unwrap().recall, SECOND);
    assert_eq!(ask(&bench, FIRST, exam).await.state, RecallState::Failed, "the first one stays what it was");
}

#[tokio::test]
async fn what_has_expired_is_not_on_the_web_and_says_so_until_it_is_published_again() {
    let bench = bench().await;
    let exam = certain(&bench).await;
    let shown = |line: &ExamLine| (line.published, line.expired);
    assert_eq!(shown(&bench.list().await[0]), (true, false));
    bench.catalogue.publication_expired(G, exam, NOON).await.unwrap();
    assert_eq!(shown(&bench.list().await[0]), (false, true));
    ask(&bench, FIRST, exam).await;
    bench.catalogue.recall_ready(G, exam, ready(FIRST)).await.unwrap();
    assert_eq!(shown(&bench.list().await[0]), (true, false));
}

#[tokio::test]
async fn a_rebuilt_record_knows_every_recall_and_goes_on_with_the_open_one() {
    let old = bench().await;
    let exam = certain(&old).await;
    ask(&old, FIRST, exam).await;
    step(&old, FIRST, found()).await;
    old.catalogue.recall_ready(G, exam, ready(FIRST)).await.unwrap();
    old.catalogue.publication_expired(G, exam, NOON + Duration::days(31)).await.unwrap();
    ask(&old, SECOND, exam).await;
    step(&old, SECOND, failed(false)).await;
    let made = generation(&old, exam).await;
    let headers = old.catalogue.instances(G, exam).await.unwrap().into_iter().map(|one| one.header).collect();
    old.catalogue.record_generation(made.clone()).await.unwrap();

    let new = bench().await;
    for entry in old.catalogue.journal_after(G, 0, 1000).await.unwrap() {
        new.catalogue.restore_journal(entry).await.unwrap();
    }
    new.catalogue.restore_generation(made, headers).await.unwrap();
    assert_eq!(standing(&new).await, standing(&old).await);
    assert_eq!(new.list().await[0].expired, old.list().await[0].expired);
    assert_eq!(new.catalogue.recall_times(G, 9).await.unwrap(), old.catalogue.recall_times(G, 9).await.unwrap());
    assert!(drain(&new).await.contains(&"recall".to_owned()), "its job is asked for again");
}
