//! Steps as they are planned and as modalities do them.

use crate::fixture::*;
use record::*;
use time::Duration;

async fn planned(bench: &Bench) -> Vec<PlannedStep> {
    let (from, to) = (NOON - Duration::days(1), NOON + Duration::days(2));
    bench.catalogue.planned_steps(G, from, to, 100).await.unwrap()
}

fn changed(minute: i64, number: &str, change: impl Fn(&mut OrderFact)) -> MessageFact {
    let mut message = order(minute, patient("7", "DUPONT", "MARIE", 1950), number);
    for fact in &mut message.facts {
        let FactBody::Order(order) = fact else { panic!("an order") };
        change(order);
    }
    message
}

/// A message that only says where the order stands.
fn status(minute: i64, number: &str, status: StepStatus) -> MessageFact {
    let mut message = changed(minute, number, |order| order.status = Some(status));
    message.facts = message
        .facts
        .into_iter()
        .map(|fact| match fact {
            FactBody::Order(order) => FactBody::OrderStatus(OrderFact { act_code: None, act_label: None, ..order }),
            other => other,
        })
        .collect();
    message
}

fn performed(uid: &str, study: &str) -> PerformedStep {
    PerformedStep {
        sop_instance_uid: uid.into(),
        station: "CT1".into(),
        study_instance_uids: vec![study.into()],
        modality: "CT".into(),
        state: PerformedState::InProgress,
        series: vec![],
    }
}

fn series(instances: u64) -> Option<Vec<PerformedSeries>> {
    Some(vec![PerformedSeries { series_instance_uid: "1.2.1".into(), instances }])
}

#[tokio::test]
async fn whatever_the_order_of_its_messages_an_order_is_offered_the_same() {
    let later = NOON + Duration::hours(3);
    let messages = [
        order(1, patient("7", "DUPONT", "MARIE", 1950), "A1"),
        changed(2, "A1", |order| {
            order.scheduled_at = Some(later);
            order.station = Some("CT1".into());
        }),
        status(3, "A1", StepStatus::Arrived),
    ];
    for turns in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]] {
        let bench = bench().await;
        for turn in turns {
            bench.apply(messages[turn].clone()).await;
        }
        let steps = planned(&bench).await;
        let [step] = &steps[..] else { panic!("{steps:?}") };
        assert_eq!((step.scheduled_at, step.status), (later, StepStatus::Arrived), "{turns:?}");
        assert_eq!(step.order.station.as_deref(), Some("CT1"));
        assert!(step.study_instance_uid.starts_with("2.25."));
    }
}

#[tokio::test]
async fn a_cancelled_or_finished_order_is_offered_no_more_and_a_changed_one_again() {
    let bench = bench().await;
    bench.apply(order(1, patient("7", "DUPONT", "MARIE", 1950), "A1")).await;
    bench.apply(order(1, patient("8", "PETIT", "LEA", 1990), "A2")).await;
    let study = planned(&bench).await[0].study_instance_uid.clone();
    bench.apply(changed(2, "A1", |order| order.cancelled = true)).await;
    bench.apply(status(3, "A2", StepStatus::Done)).await;
    assert_eq!(planned(&bench).await, []);
    bench.apply(changed(4, "A1", |_| {})).await;
    let again = planned(&bench).await;
    assert_eq!((again.len(), &again[0].study_instance_uid), (1, &study), "its study is the same for ever");
}

#[tokio::test]
async fn a_step_goes_from_begun_to_ended_and_never_back() {
    let bench = bench().await;
    bench.apply(changed(1, "A1", |order| order.study_instance_uid = Some("1.2".into()))).await;
    let catalogue = &bench.catalogue;
    assert_eq!(catalogue.step_set(G, "9.1", None, None).await.unwrap(), Err(StepRefusal::Unknown));
    catalogue.step_begun(G, performed("9.1", "1.2")).await.unwrap().unwrap();
    assert_eq!(catalogue.step_begun(G, performed("9.1", "1.2")).await.unwrap(), Err(StepRefusal::Duplicate));
    assert_eq!(planned(&bench).await[0].status, StepStatus::Started);
    let ended = catalogue.step_set(G, "9.1", Some(PerformedState::Completed), series(3)).await.unwrap();
    assert_eq!(ended, Ok(()));
    assert_eq!(planned(&bench).await, [], "done");
    for again in [PerformedState::InProgress, PerformedState::Discontinued] {
        let late = catalogue.step_set(G, "9.1", Some(again), series(1)).await.unwrap();
        assert_eq!(late, Err(StepRefusal::Final));
    }
    assert_eq!(catalogue.performed_step(G, "9.1").await.unwrap().unwrap().instances(), 3);
}

#[tokio::test]
async fn what_modalities_announce_is_the_sum_of_their_ended_steps_and_endless_while_one_goes_on() {
    let bench = bench().await;
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    let announced = || async { bench.only().await.announced };
    assert_eq!(announced().await, None);
    let catalogue = &bench.catalogue;
    catalogue.step_begun(G, performed("9.1", "1.2")).await.unwrap().unwrap();
    catalogue.step_begun(G, performed("9.2", "1.2")).await.unwrap().unwrap();
    catalogue.step_set(G, "9.1", Some(PerformedState::Completed), series(3)).await.unwrap().unwrap();
    assert_eq!(announced().await, Some(u64::MAX));
    while !catalogue.lease(&["seal", "publish"], NOON + QUIET, 10, QUIET).await.unwrap().is_empty() {}
    catalogue.step_set(G, "9.2", Some(PerformedState::Discontinued), series(1)).await.unwrap().unwrap();
    assert_eq!(announced().await, Some(4));
}

#[tokio::test]
async fn a_rebuilt_record_offers_the_same_steps_and_knows_the_performed_ones() {
    let old = bench().await;
    old.apply(order(1, patient("7", "DUPONT", "MARIE", 1950), "A1")).await;
    old.apply(order(2, patient("8", "PETIT", "LEA", 1990), "A2")).await;
    let study = planned(&old).await[0].study_instance_uid.clone();
    old.catalogue.step_begun(G, performed("9.1", &study)).await.unwrap().unwrap();
    let new = bench().await;
    for entry in old.catalogue.journal_after(G, 0, 1000).await.unwrap() {
        new.catalogue.restore_journal(entry).await.unwrap();
    }
    let told = |steps: Vec<PlannedStep>| {
        let all = steps.into_iter().map(|step| (step.order, step.study_instance_uid, step.scheduled_at, step.status));
        all.collect::<Vec<_>>()
    };
    assert_eq!(told(planned(&new).await), told(planned(&old).await));
    assert_eq!(new.catalogue.performed_step(G, "9.1").await.unwrap(), Some(performed("9.1", &study)));
}
