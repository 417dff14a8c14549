use crate::rig::{rig, view};
use std::time::Duration;
use time::macros::datetime;
use trace::{Event, Gate, Kind, Outcome, TraceError};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn one_leaf_covers_the_same_act_for_fifteen_minutes() {
    let rig = rig().await;
    let gate = Gate::new(rig.trace.clone());
    let first = gate.admit("session", view(1, 1)).await.unwrap();
    assert!(first.new);
    rig.clock.advance(15 * MINUTE - Duration::from_millis(1));
    let covered = gate.admit("session", view(1, 1)).await.unwrap();
    assert_eq!((covered.leaf, covered.new), (first.leaf, false));
    rig.clock.advance(Duration::from_millis(1));
    let next = gate.admit("session", view(1, 1)).await.unwrap();
    assert!(next.new && next.leaf > first.leaf);
}

#[tokio::test]
async fn the_wall_clock_lengthens_no_admission() {
    let rig = rig().await;
    let gate = Gate::new(rig.trace.clone());
    gate.admit("session", view(1, 1)).await.unwrap();
    rig.clock.advance(16 * MINUTE);
    rig.clock.jump_to(datetime!(2026-11-25 09:00 UTC));
    assert!(gate.admit("session", view(1, 1)).await.unwrap().new);
}

#[tokio::test]
async fn another_session_exam_kind_or_detail_is_another_act() {
    let rig = rig().await;
    let gate = Gate::new(rig.trace.clone());
    let mut others = vec![("session", view(1, 1)), ("other", view(1, 1)), ("session", view(1, 2))];
    others.push(("session", Event { kind: Kind::ReadReport, ..view(1, 1) }));
    others.push(("session", Event { detail: [("what".into(), "dicom".into())].into(), ..view(1, 1) }));
    for (session, event) in others {
        assert!(gate.admit(session, event).await.unwrap().new);
    }
    assert_eq!(rig.trace.size().await.unwrap(), 5);
}

#[tokio::test]
async fn frames_asked_for_together_share_one_leaf() {
    let rig = rig().await;
    let gate = Gate::new(rig.trace.clone());
    let asking = (0..50).map(|_| {
        let gate = gate.clone();
        tokio::spawn(async move { gate.admit("session", view(1, 1)).await.unwrap() })
    });
    let mut new = 0;
    for admission in asking.collect::<Vec<_>>() {
        new += u32::from(admission.await.unwrap().new);
    }
    assert_eq!((new, rig.trace.size().await.unwrap()), (1, 1));
}

#[tokio::test]
async fn without_a_leaf_nobody_is_admitted() {
    let rig = rig().await;
    let gate = Gate::new(rig.trace.clone());
    rig.trace.close().await.unwrap();
    for _ in 0..2 {
        assert!(matches!(gate.admit("session", view(1, 1)).await, Err(TraceError::Closed)));
    }
    assert!(gate.admit("session", Event { exam: None, ..view(1, 1) }).await.is_err());
}

#[tokio::test]
async fn refusals_on_an_exam_are_written_once_then_counted_by_the_hour() {
    let rig = rig().await;
    let gate = Gate::new(rig.trace.clone());
    let refusal = || Event { kind: Kind::Refusal, outcome: Outcome::Refused, detail: [].into(), ..view(1, 1) };
    for _ in 0..5 {
        gate.refuse(refusal()).await.unwrap();
    }
    assert_eq!(rig.trace.size().await.unwrap(), 1);
    gate.flush_refusals().await.unwrap();
    assert_eq!(rig.trace.size().await.unwrap(), 1, "the hour is not over");
    rig.clock.advance(60 * MINUTE);
    gate.flush_refusals().await.unwrap();
    gate.flush_refusals().await.unwrap();
    let events = rig.trace.events_of_patient("p-1", 10).await.unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].detail["more"], "4");
    gate.refuse(refusal()).await.unwrap();
    assert_eq!(rig.trace.size().await.unwrap(), 3, "a new hour begins with a line");
}
