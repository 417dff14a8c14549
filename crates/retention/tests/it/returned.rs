use crate::rig::*;
use record::*;
use time::macros::date;

#[tokio::test]
async fn an_exam_sent_again_after_its_destruction_is_a_new_one_that_waits_for_a_person() {
    let rig = Rig::new().await;
    let made = ct("1.2", "7", date!(2020 - 01 - 01));
    let was = rig.exam(&made).await;
    rig.say(report("1.2", "7", 1960)).await;
    rig.on(date!(2026 - 11 - 26)).await;
    rig.approve().await;
    rig.days(30).await;
    assert_eq!(rig.detail(was).await.state, "destroyed");
    assert_eq!(rig.receive(&made, 1, "CT1").await, ReceiveOutcome::Stored, "the modality hears success");
    assert_eq!(rig.receive(&made, 1, "CT1").await, ReceiveOutcome::Duplicate);
    assert_eq!(rig.receive(&made, 2, "CT1").await, ReceiveOutcome::Stored);
    let new = rig.seal("1.2").await;
    assert_ne!(new, was);
    let detail = rig.detail(new).await;
    assert_eq!((detail.instances, detail.state.as_str()), (2, "sealed"));
    assert_eq!(detail.hold.as_ref().map(|hold| hold.by.as_str()), Some("system"), "nothing of it is published");
    assert_ne!(detail.number, rig.detail(was).await.number);
    let doubts = rig.catalogue.doubts(G, 10).await.unwrap();
    assert_eq!((doubts.len(), &doubts[0].kind, doubts[0].exam), (1, &DoubtKind::Returned, Some(new)));
    assert_eq!(doubts[0].reasons, ["came-back-after-destruction"]);
    // The destroyed one stays what it is, with its report and its certificate.
    let gone = rig.detail(was).await;
    assert_eq!((gone.state.as_str(), gone.instances, gone.report.is_some()), ("destroyed", 0, true));
    assert!(rig.catalogue.destruction(G, was).await.unwrap().is_some());
    let now = ambient::Clock::now(rig.clock.as_ref());
    rig.catalogue.release(G, new, "anne", now).await.unwrap();
    assert!(rig.catalogue.doubts(G, 10).await.unwrap().is_empty(), "a person has looked");
    assert_eq!(rig.detail(new).await.hold, None);
    // It is an exam like any other: it goes the same way again, by its own list.
    let all = rig.days(2).await;
    assert_eq!(all.iter().map(|ran| ran.proposed).sum::<u64>(), 1);
    rig.approve().await;
    rig.days(31).await;
    assert_eq!(rig.detail(new).await.state, "destroyed");
    assert_eq!(rig.receive(&made, 1, "CT1").await, ReceiveOutcome::Stored);
    let third = rig.of_study("1.2").await;
    assert!(third != new && third != was);
}

/// An exam of this study and patient, destroyed without any report.
async fn unreported(rig: &Rig, study: &str, patient: &str) -> ExamId {
    let exam = rig.exam(&ct(study, patient, date!(2020 - 01 - 01))).await;
    rig.on(date!(2026 - 11 - 26)).await;
    rig.approve().await;
    rig.days(30).await;
    assert_eq!(rig.detail(exam).await.state, "destroyed");
    exam
}

#[tokio::test]
async fn a_first_report_that_comes_after_the_destruction_is_kept_with_the_destroyed_exam() {
    let rig = Rig::new().await;
    let exam = unreported(&rig, "1.2", "7").await;
    rig.say(report("1.2", "7", 1960)).await;
    let detail = rig.detail(exam).await;
    assert_eq!((detail.state.as_str(), detail.report.is_some(), detail.report_history.len()), ("destroyed", true, 1));
    assert!(rig.catalogue.doubts(G, 10).await.unwrap().is_empty());
    // A second version finds it like the first, and a record made again from its journal knows both.
    rig.say(report("1.2", "7", 1960)).await;
    assert_eq!(rig.detail(exam).await.report_history.len(), 2);
    let again = Rig::at(ambient::Clock::now(rig.clock.as_ref()), exam::policy::Policies::default()).await;
    for entry in rig.catalogue.journal_after(G, 0, 10_000).await.unwrap() {
        again.catalogue.restore_journal(entry).await.unwrap();
    }
    assert_eq!(again.detail(exam).await.report_history.len(), 2);
}

#[tokio::test]
async fn a_late_report_of_somebody_else_with_the_number_of_a_destroyed_exam_waits_for_a_person() {
    let rig = Rig::new().await;
    let exam = unreported(&rig, "1.2", "7").await;
    rig.say(report("1.2", "8", 1960)).await;
    assert!(rig.detail(exam).await.report.is_none(), "whose report it is, is not certain");
    let doubts = rig.catalogue.doubts(G, 10).await.unwrap();
    assert_eq!((doubts.len(), doubts[0].reasons.as_slice()), (1, ["report-fits-no-exam".to_owned()].as_slice()));
    assert!(matches!(&doubts[0].kind, DoubtKind::Report { candidates, .. } if candidates == &[exam]), "{doubts:?}");
}
