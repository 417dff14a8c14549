//! What was written once is read for ever.

use crate::rig::{clock, exam, open, rig, verify_with, view};
use sqlx::Connection;
use trace::{Actor, Event, Kind, LeafIndex, Outcome, Recorded, Role};

const FIRST: &str = include_str!("../../../../formats/trace/event-1.json");
const PINNED: &str = include_str!("../../../../formats/trace/event-2.json");
const FIRST_CHECKPOINT: &str = include_str!("../../../../formats/trace/checkpoint-1.txt");
const CHECKPOINT: &str = include_str!("../../../../formats/trace/checkpoint-2.txt");
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
fn the_pinned_events_are_read_and_written_again_byte_for_byte() {
    for pinned in [FIRST, PINNED] {
        let recorded: Recorded = serde_json::from_str(pinned).unwrap();
        assert_eq!(recorded.canonical().unwrap(), pinned.trim_end().as_bytes());
    }
}

#[test]
fn the_pinned_checkpoints_open_with_the_pinned_key() {
    for pinned in [FIRST_CHECKPOINT, CHECKPOINT] {
        let checkpoint = trace::PublicKey::parse(PUBLIC).unwrap().open(pinned).unwrap();
        assert_eq!((checkpoint.size, checkpoint.origin.as_str()), (2, "example.invalid/trace"));
    }
}

/// A log of the version before people were digested and exams numbered, as that version's own program wrote it: 40
/// events of three patients.
#[tokio::test]
async fn a_log_of_the_first_version_goes_on_and_proves() {
    let folder = tempfile::tempdir().unwrap();
    let (data, keys) = (folder.path().join("trace"), folder.path().join("keys"));
    std::fs::create_dir_all(&data).unwrap();
    std::fs::create_dir_all(&keys).unwrap();
    let pinned = concat!(env!("CARGO_MANIFEST_DIR"), "/../../formats/trace/log-1");
    std::fs::copy(format!("{pinned}/checkpoint"), data.join("checkpoint")).unwrap();
    std::fs::copy(format!("{pinned}/trace-key.pub"), keys.join("trace-key.pub")).unwrap();
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(data.join("events.sqlite")).create_if_missing(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let dump = std::fs::read_to_string(format!("{pinned}/events.sql")).unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(dump)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    // Its secret key is not here any more: the log goes on under a new one and says so.
    let trace = open(folder.path(), clock(), 8).await.unwrap();
    assert_eq!(trace.size().await.unwrap(), 41);
    trace.append(view(1, 37)).await.unwrap();
    let of_patient = trace.events_of_patient("p-1", 100).await.unwrap();
    assert_eq!(of_patient.len(), 14, "13 of the first version, found by the id, and this one");
    assert_eq!((of_patient[0].patient_seq, of_patient[0].patient_prev), (Some(14), Some(LeafIndex(37))));
    assert_eq!((of_patient[0].exam_seq, of_patient[0].exam_prev), (Some(2), Some(LeafIndex(37))));
    assert_eq!(of_patient[0].patient.as_deref(), Some(trace.pseudonym("p-1").unwrap().as_str()));
    trace.close().await.unwrap();
    let again = open(folder.path(), clock(), 9).await.unwrap();
    again.append(view(1, 37)).await.unwrap();
    again.close().await.unwrap();
    let report = verify_with(folder.path(), &[]).await;
    assert_eq!((report.size, report.problems), (43, vec![]));
}
