//! Requests for commitment.

use crate::fixture::*;
use record::*;
use std::sync::Arc;
use testkit::{FakeClock, SeededRandom};

fn asked(instances: &[&str]) -> CommitmentAsked {
    CommitmentAsked {
        key: CommitmentKey { peer: "CT 1".into(), transaction_uid: "2.25.42".into() },
        instances: instances.iter().map(|uid| ("1.2.840.10008.5.1.4.1.1.2".to_owned(), (*uid).to_owned())).collect(),
        asked_at: NOON,
        answered_at: None,
    }
}

#[tokio::test]
async fn a_request_and_its_answer_to_come_are_there_after_a_restart() {
    let bench = bench().await;
    bench.catalogue.commitment_asked(G, asked(&["1.2.1.1"])).await.unwrap();
    let (path, folder) = (bench.path(), bench.folder);
    bench.catalogue.close().await;
    let clock = Arc::new(FakeClock::at(NOON));
    let again = SqliteCatalogue::open(&path, settings(), clock, Arc::new(SeededRandom::new(9))).await.unwrap();
    let jobs = again.lease(&[COMMIT_JOB], NOON, 9, QUIET).await.unwrap();
    let [job] = &jobs[..] else { panic!("{jobs:?}") };
    let key = CommitmentKey::parse(&job.key).unwrap();
    assert_eq!(again.commitment(G, &key).await.unwrap(), Some(asked(&["1.2.1.1"])));
    drop(folder);
}

#[tokio::test]
async fn a_transaction_means_the_same_instances_for_ever_and_may_be_asked_again() {
    let bench = bench().await;
    let catalogue = &bench.catalogue;
    catalogue.commitment_asked(G, asked(&["1.2.1.1"])).await.unwrap();
    let other = catalogue.commitment_asked(G, asked(&["1.2.1.2"])).await;
    assert!(matches!(other, Err(RecordError::Refused { .. })), "{other:?}");
    let mut of_another = asked(&["1.2.1.2"]);
    of_another.key.peer = "MR1".into();
    catalogue.commitment_asked(G, of_another).await.unwrap();
    let key = asked(&[]).key;
    catalogue.commitment_answered(G, &key, (1, 0), NOON).await.unwrap();
    let answered = catalogue.commitment(G, &key).await.unwrap().unwrap();
    assert_eq!((answered.answered_at, answered.instances.len()), (Some(NOON), 0));
    catalogue.commitment_asked(G, asked(&["1.2.1.1"])).await.unwrap();
    assert_eq!(catalogue.commitment(G, &key).await.unwrap(), Some(asked(&["1.2.1.1"])));
}

#[tokio::test]
async fn instances_are_found_by_their_names_alone() {
    let bench = bench().await;
    bench.receive(vec![image("1.2", 1), image("1.2", 2), image("1.3", 1)]).await;
    let names = ["1.2.1.2", "1.3.1.1", "1.9"].map(str::to_owned);
    let mut found = bench.catalogue.instances_named(G, &names).await.unwrap();
    found.sort_by(|a, b| a.header.sop_instance_uid.cmp(&b.header.sop_instance_uid));
    let found: Vec<_> = found.iter().map(|one| one.header.sop_instance_uid.as_str()).collect();
    assert_eq!(found, ["1.2.1.2", "1.3.1.1"]);
    assert_eq!(bench.catalogue.instances_named(GroupId(2), &names).await.unwrap(), []);
}
