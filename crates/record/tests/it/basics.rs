use crate::fixture::*;
use record::*;
use std::sync::Arc;
use testkit::{FakeClock, SeededRandom};

#[tokio::test]
async fn an_image_received_is_in_the_list_at_once_with_its_jobs() {
    let bench = bench().await;
    let outcomes = bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    assert_eq!(outcomes, [ReceiveOutcome::Stored]);
    let exam = bench.only().await;
    assert_eq!((exam.instances, exam.unsealed, exam.class.as_str(), exam.state.as_str()), (1, 1, "ct", "landed"));
    assert_eq!(exam.accession.map(|a| a.number).as_deref(), Some("A1"));
    assert_eq!((exam.title.as_str(), exam.number.len()), ("Thorax", 10));
    let now = NOON + QUIET;
    assert!(bench.catalogue.lease(&["seal", "publish"], NOON, 10, QUIET).await.unwrap().is_empty());
    let jobs = bench.catalogue.lease(&["seal", "publish"], now, 10, QUIET).await.unwrap();
    let jobs: Vec<_> = jobs.iter().map(|job| (job.kind.as_str(), job.key.as_str())).collect();
    let key = exam.id.to_string();
    assert_eq!(jobs, [("seal", key.as_str()), ("publish", key.as_str())]);
}

#[tokio::test]
async fn the_same_instance_twice_is_a_duplicate_even_in_one_batch() {
    let bench = bench().await;
    let first = of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1");
    let outcomes = bench.receive(vec![first.clone(), first.clone()]).await;
    assert_eq!(outcomes, [ReceiveOutcome::Stored, ReceiveOutcome::Duplicate]);
    let mut again = first;
    again.place.offset = 1 << 30;
    assert_eq!(bench.receive(vec![again]).await, [ReceiveOutcome::Duplicate]);
    let exam = bench.only().await;
    assert_eq!(exam.instances, 1);
    let kept = bench.catalogue.unsealed(G, exam.id).await.unwrap();
    assert!(matches!(kept[0].location, Location::Landing(Place { offset: 4096, .. })));
}

#[tokio::test]
async fn one_uid_with_other_bytes_is_a_conflict_kept_aside_until_a_person_decides() {
    let bench = bench().await;
    let first = of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1");
    let mut second = first.clone();
    second.sha256 = [9; 32];
    second.header.series_instance_uid = "1.2.99".into();
    second.place = Place { writer: 0, segment: 5, offset: 0, length: 10, file: None };
    bench.receive(vec![first.clone()]).await;
    assert_eq!(bench.receive(vec![second.clone(), second]).await, [ReceiveOutcome::Conflict; 2]);
    assert!(bench.catalogue.segment_in_use(0, 5).await.unwrap());
    let conflicts = || async {
        let doubts = bench.catalogue.doubts(G, 10).await.unwrap();
        doubts.into_iter().filter(|doubt| matches!(doubt.kind, DoubtKind::Conflict { .. })).collect::<Vec<_>>()
    };
    let open = conflicts().await;
    assert_eq!(open.len(), 1, "told once");
    assert_eq!(bench.only().await.instances, 1);
    bench.catalogue.settle(G, open[0].id, Decision::AcceptAside, "anne", NOON).await.unwrap();
    assert!(conflicts().await.is_empty());
    let exam = bench.only().await;
    assert_eq!((exam.instances, exam.unsealed, exam.series.len()), (1, 1, 1));
    let kept = bench.catalogue.instances(G, exam.id).await.unwrap();
    assert_eq!((kept[0].sha256, kept[0].header.series_instance_uid.as_str()), ([9; 32], "1.2.99"));
    assert!(!bench.catalogue.segment_in_use(0, 1).await.unwrap(), "nothing is left of the other one");
}

#[tokio::test]
async fn a_discarded_conflict_frees_its_segment_and_changes_nothing() {
    let bench = bench().await;
    let first = of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1");
    let mut second = first.clone();
    second.sha256 = [9; 32];
    second.place.segment = 5;
    bench.receive(vec![first.clone(), second]).await;
    let doubts = bench.catalogue.doubts(G, 10).await.unwrap();
    let doubt = doubts.iter().find(|doubt| matches!(doubt.kind, DoubtKind::Conflict { .. })).unwrap();
    bench.catalogue.settle(G, doubt.id, Decision::DiscardAside, "anne", NOON).await.unwrap();
    assert!(!bench.catalogue.segment_in_use(0, 5).await.unwrap());
    let exam = bench.only().await;
    assert_eq!(bench.catalogue.instances(G, exam.id).await.unwrap()[0].sha256, first.sha256);
}

#[tokio::test]
async fn a_message_counts_once_however_often_it_comes() {
    let bench = bench().await;
    let message = adt(1, patient("7", "DUPONT", "MARIE", 1950));
    assert_eq!(bench.apply(message.clone()).await, MessageEffect::Applied);
    assert_eq!(bench.apply(message.clone()).await, MessageEffect::AlreadyApplied);
    let journal = bench.catalogue.journal_after(G, 0, 100).await.unwrap();
    let kinds: Vec<_> = journal.iter().map(|entry| entry.body["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["message", "patient"]);
    // The same control id with other content is another message: some senders restart their count.
    assert_eq!(bench.apply(MessageFact { digest: [1; 32], ..message }).await, MessageEffect::Applied);
}

#[tokio::test]
async fn the_applied_position_moves_with_the_batch_and_never_back() {
    let bench = bench().await;
    let at = |segment, offset| Applied { writer: 3, segment, offset };
    assert_eq!(bench.catalogue.applied(3).await.unwrap(), None);
    bench.catalogue.receive(Vec::new(), Some(at(2, 4096))).await.unwrap();
    bench.catalogue.receive(Vec::new(), Some(at(1, 8192))).await.unwrap();
    assert_eq!(bench.catalogue.applied(3).await.unwrap(), Some(at(2, 4096)));
}

#[tokio::test]
async fn a_second_catalogue_on_the_same_file_is_refused_until_the_first_is_gone() {
    let bench = bench().await;
    let path = bench.path();
    let clock = Arc::new(FakeClock::at(NOON));
    let second = SqliteCatalogue::open(&path, settings(), clock, Arc::new(SeededRandom::new(9))).await;
    assert!(matches!(second, Err(RecordError::InUse)));
    bench.receive(vec![image("1.2", 1)]).await;
    let Bench { catalogue, folder, .. } = bench;
    catalogue.close().await;
    let clock = Arc::new(FakeClock::at(NOON));
    let path = folder.path().join("record.sqlite");
    let again = SqliteCatalogue::open(&path, settings(), clock, Arc::new(SeededRandom::new(9))).await.unwrap();
    assert_eq!(again.counts(G).await.unwrap().instances, 1);
}

#[tokio::test]
async fn groups_do_not_see_each_other() {
    let bench = bench().await;
    let mine = of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1");
    let theirs = Received { group: GroupId(2), ..mine.clone() };
    assert_eq!(bench.receive(vec![mine, theirs]).await, [ReceiveOutcome::Stored; 2]);
    let exam = bench.only().await;
    assert!(matches!(bench.catalogue.exam(GroupId(2), exam.id).await, Err(RecordError::NotFound { what: "exam" })));
    assert_eq!(bench.catalogue.counts(GroupId(2)).await.unwrap().exams, 1);
}
