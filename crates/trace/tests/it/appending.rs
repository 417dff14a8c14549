use crate::rig::{clock, exam, fill, open, rig, tamper, view};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use trace::{Event, LeafIndex, SecurityEvent, TraceError, commitment};

#[tokio::test]
async fn events_are_numbered_in_the_log_and_for_each_patient() {
    let rig = rig().await;
    for (patient, number) in [(1, 1), (2, 2), (1, 3), (1, 1)] {
        rig.clock.advance(Duration::from_secs(1));
        rig.trace.append(view(patient, number)).await.unwrap();
    }
    let of_patient = rig.trace.events_of_patient("p-1", 10).await.unwrap();
    let chain: Vec<_> = of_patient.iter().map(|e| (e.seq.0, e.patient_seq, e.patient_prev)).collect();
    assert_eq!(chain, [(3, Some(3), Some(LeafIndex(2))), (2, Some(2), Some(LeafIndex(0))), (0, Some(1), None)]);
    let of_exam = rig.trace.events_of_exam(exam(1), 10).await.unwrap();
    assert_eq!(of_exam.iter().map(|e| e.seq.0).collect::<Vec<_>>(), [3, 0]);
    assert_eq!(of_exam[0].time - of_exam[1].time, time::Duration::seconds(3));
    assert_eq!(rig.trace.events_of_exam(exam(1), 1).await.unwrap().len(), 1);
    assert_eq!(rig.trace.size().await.unwrap(), 4);
}

#[tokio::test]
async fn two_hundred_appends_at_once_share_their_commits() {
    let rig = rig().await;
    let appending = (0..200).map(|n| {
        let trace = rig.trace.clone();
        tokio::spawn(async move { trace.append(view(n % 3, n)).await.unwrap() })
    });
    let mut leaves = Vec::new();
    for append in appending.collect::<Vec<_>>() {
        leaves.push(append.await.unwrap().0);
    }
    leaves.sort_unstable();
    assert_eq!(leaves, (0..200).collect::<Vec<_>>());
    assert!(rig.trace.commits() <= 20, "{} commits for 200 events", rig.trace.commits());
    rig.trace.close().await.unwrap();
    assert_eq!(rig.verify().await.problems, []);
}

#[tokio::test]
async fn the_log_goes_on_where_it_stopped() {
    let rig = rig().await;
    fill(&rig.trace, 0, 300).await;
    rig.trace.close().await.unwrap();
    assert!(matches!(rig.trace.append(view(1, 1)).await, Err(TraceError::Closed)));
    let again = open(rig.folder.path(), rig.clock.clone(), 2).await.unwrap();
    assert_eq!(again.append(view(300 % 7, 1)).await.unwrap(), LeafIndex(300));
    again.close().await.unwrap();
    let report = rig.verify().await;
    assert_eq!((report.size, report.problems), (301, vec![]));
}

#[tokio::test]
async fn a_log_that_is_open_is_not_opened_twice() {
    let rig = rig().await;
    assert!(matches!(open(rig.folder.path(), clock(), 2).await, Err(TraceError::Locked)));
    rig.trace.close().await.unwrap();
    open(rig.folder.path(), clock(), 2).await.unwrap();
}

#[tokio::test]
async fn a_log_of_a_later_version_is_refused() {
    let rig = crate::rig::closed(3).await;
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'later', 1, x'00', 0)";
    tamper(rig.folder.path(), &[later]).await;
    assert!(matches!(open(rig.folder.path(), clock(), 2).await, Err(TraceError::Newer(9999))));
}

#[tokio::test]
async fn a_key_others_may_read_is_refused() {
    let rig = crate::rig::closed(1).await;
    let key = rig.folder.path().join("keys/trace-key");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o604)).unwrap();
    assert!(matches!(open(rig.folder.path(), clock(), 2).await, Err(TraceError::Key(_))));
}

#[tokio::test]
async fn tiles_and_checkpoint_are_written_as_the_log_grows() {
    let rig = rig().await;
    fill(&rig.trace, 0, 256).await;
    rig.clock.advance(Duration::from_secs(11));
    fill(&rig.trace, 256, 257).await;
    rig.trace.close().await.unwrap();
    assert_eq!(std::fs::read(rig.data().join("tile/0/000")).unwrap().len(), 8192);
    let checkpoint = std::fs::read_to_string(rig.data().join("checkpoint")).unwrap();
    assert!(checkpoint.starts_with("example.invalid/trace\n257\n"), "{checkpoint}");
}

#[tokio::test]
async fn events_too_long_for_a_log_are_refused_before_anything_is_written() {
    let rig = rig().await;
    let long = |text: usize| Event { detail: [("what".into(), "x".repeat(text))].into(), ..view(1, 1) };
    assert!(matches!(rig.trace.append(long(513)).await, Err(TraceError::Event(_))));
    let nobody = Event { patient: Some(String::new()), ..view(1, 1) };
    assert!(matches!(rig.trace.append(nobody).await, Err(TraceError::Event(_))));
    assert_eq!(rig.trace.append(long(512)).await.unwrap(), LeafIndex(0));
}

#[tokio::test]
async fn security_events_stand_apart_from_the_tree() {
    let rig = rig().await;
    for kind in ["door-refused", "unknown-ae"] {
        let detail = [("line".to_string(), "a\r\n\u{1b}[31m".to_string())].into();
        let event = SecurityEvent { kind: kind.into(), origin: Some("192.0.2.0/32".into()), detail };
        rig.trace.security(event).await.unwrap();
    }
    let lines = rig.trace.security_events(10).await.unwrap();
    assert_eq!(
        lines.iter().map(|l| (l.number, l.event.kind.as_str())).collect::<Vec<_>>(),
        [(2, "unknown-ae"), (1, "door-refused")]
    );
    assert_eq!(rig.trace.size().await.unwrap(), 0);
}

#[test]
fn a_commitment_depends_on_which_exams_and_not_on_their_order() {
    assert_eq!(commitment(&[exam(1), exam(2), exam(1)]), commitment(&[exam(2), exam(1)]));
    assert_ne!(commitment(&[exam(1)]), commitment(&[exam(2)]));
}
