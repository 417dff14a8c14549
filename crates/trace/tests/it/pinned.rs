//! What was written once is read for ever.

use crate::rig::{exam, rig};
use trace::{Actor, Event, Kind, Outcome, Recorded, Role};

const PINNED: &str = include_str!("../../../../formats/trace/event-1.json");
const CHECKPOINT: &str = include_str!("../../../../formats/trace/checkpoint-1.txt");
const PUBLIC: &str = include_str!("../../../../formats/trace/trace-key.pub");

#[tokio::test]
async fn an_event_and_its_checkpoint_are_written_as_pinned() {
    let rig = rig().await;
    let event = |patient: &str| Event {
        kind: Kind::Download,
        patient: Some(patient.into()),
        exam: Some(exam(1)),
        actor: Actor { role: Role::Prescriber, label: "rpps".into(), name: Some("Dr X".into()) },
        outcome: Outcome::Success,
        detail: [("what".to_string(), "dicom".to_string())].into(),
    };
    rig.trace.append(event("9f2c")).await.unwrap();
    rig.trace.append(event("9f2c")).await.unwrap();
    let recorded = rig.trace.events_of_exam(exam(1), 1).await.unwrap().remove(0);
    assert_eq!(String::from_utf8(recorded.canonical().unwrap()).unwrap() + "\n", PINNED);
    rig.trace.close().await.unwrap();
    assert_eq!(std::fs::read_to_string(rig.data().join("checkpoint")).unwrap(), CHECKPOINT);
    assert_eq!(std::fs::read_to_string(rig.folder.path().join("keys/trace-key.pub")).unwrap(), PUBLIC);
}

#[test]
fn the_pinned_event_is_read_and_written_again_byte_for_byte() {
    let recorded: Recorded = serde_json::from_str(PINNED).unwrap();
    assert_eq!(recorded.canonical().unwrap(), PINNED.trim_end().as_bytes());
}

#[test]
fn the_pinned_checkpoint_opens_with_the_pinned_key() {
    let checkpoint = trace::PublicKey::parse(PUBLIC).unwrap().open(CHECKPOINT).unwrap();
    assert_eq!((checkpoint.size, checkpoint.origin.as_str()), (2, "example.invalid/trace"));
}
