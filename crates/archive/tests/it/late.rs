//! Late and twice: what comes after an exam was sealed and published.

use crate::rig::{GROUP, Rig};
use crate::senders::{self, chest};
use crate::sheets::grants;
use hl7::event::ReportStatus::{Corrected, Deleted};
use phantom::Kind;
use record::{ReportStatus, SheetState};
use std::collections::BTreeSet;

#[tokio::test]
async fn late_images_are_sealed_as_what_is_new_and_shown_under_the_same_sheet() {
    let rig = Rig::new().await;
    let mut exam = senders::exam(Kind::HeadCt);
    let late = exam.instances.pop().unwrap();
    rig.reported(&exam).await;
    rig.quiet().await;
    let (first, id) = (rig.door.last(), rig.exam_id().await);
    let before = rig.archive.catalogue.generations(GROUP, id).await.unwrap();
    rig.land(&late).await;
    rig.quiet().await;
    let after = rig.archive.catalogue.generations(GROUP, id).await.unwrap();
    let new: Vec<_> = after.iter().filter(|generation| !before.contains(generation)).collect();
    let sealed: Vec<&str> =
        new.iter().flat_map(|generation| &generation.instances).map(|one| one.sop_instance_uid.as_str()).collect();
    assert_eq!(sealed, [late.sop_instance_uid.as_str()], "nothing is sealed twice");
    assert_eq!((before.len(), after.len(), new[0].number), (3, 4, 2));
    let second = rig.door.last();
    assert_eq!((rig.door.commits(), second.exam), (2, first.exam));
    let shown = |publication: &link::Publication| publication.series.iter().map(|series| series.instances).sum::<u32>();
    assert_eq!(shown(&second), shown(&first) + 1);
    assert_eq!((grants(&rig).len(), rig.outlet.count()), (1, 1), "the sheet in the patient's hands is the sheet");
    assert!(rig.door.look(|state| state.revoked.is_empty() && state.suspended.is_empty()));
    let report = archive::verify::everything(&rig.archive, |_| {}).await.unwrap();
    assert_eq!(report.problems, []);
}

#[tokio::test]
async fn an_exam_sent_again_whole_changes_nothing() {
    let rig = Rig::new().await;
    let exam = senders::exam(Kind::HeadCt);
    rig.reported(&exam).await;
    rig.quiet().await;
    let (before, id) = (rig.detail().await, rig.exam_id().await);
    let generations = rig.archive.catalogue.generations(GROUP, id).await.unwrap();
    for instance in &exam.instances {
        // An `Accepted` is what the modality hears as Success.
        rig.land(instance).await;
    }
    rig.reported(&exam).await;
    rig.quiet().await;
    assert_eq!(rig.archive.catalogue.generations(GROUP, id).await.unwrap(), generations);
    assert_eq!((rig.door.commits(), rig.outlet.count(), grants(&rig).len()), (1, 1, 1));
    let after = rig.detail().await;
    assert_eq!(
        (after.instances, &after.publication, &after.sheets),
        (before.instances, &before.publication, &before.sheets)
    );
    assert_eq!(rig.archive.catalogue.doubts(GROUP, 9).await.unwrap(), []);
}

#[tokio::test]
async fn a_corrected_report_takes_the_place_of_the_first_which_stays_traceable_and_the_sheet_opens() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.reported(&exam).await;
    rig.quiet().await;
    let (first, sheet) = (rig.door.last().report.unwrap(), grants(&rig)[0].sheet);
    rig.message(senders::report(&exam, 200, Corrected, |_| {})).await;
    rig.quiet().await;
    let detail = rig.detail().await;
    let statuses: Vec<ReportStatus> = detail.report_history.iter().map(|version| version.status).collect();
    assert_eq!(statuses, [ReportStatus::Final, ReportStatus::Corrected]);
    assert_eq!(detail.report_history[0].id.0, first.report);
    let kept: BTreeSet<_> =
        rig.archive.catalogue.documents(GROUP, detail.id).await.unwrap().into_iter().map(|d| d.report).collect();
    assert_eq!(kept.len(), 2, "both texts are sealed");
    assert_ne!(rig.door.last().report.unwrap().report, first.report, "the web shows the corrected one alone");
    assert!(rig.door.look(|state| !state.revoked.contains(&sheet) && state.suspended.is_empty()));
    assert_eq!(detail.sheets[0].state, SheetState::Issued);
}

#[tokio::test]
async fn a_deleted_report_goes_from_the_web_and_the_sheet_still_opens_the_images() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.reported(&exam).await;
    rig.quiet().await;
    rig.message(senders::report(&exam, 200, Deleted, |_| {})).await;
    rig.run_due().await;
    rig.quiet().await;
    assert!(rig.door.last().report.is_none());
    assert!(rig.door.is_visible(rig.exam_id().await.0));
    let detail = rig.detail().await;
    assert_eq!(detail.sheets.iter().map(|sheet| sheet.state).collect::<Vec<_>>(), [SheetState::Issued]);
    assert_eq!(detail.report_history.len(), 2, "that there was one stays known");
    assert!(rig.door.look(|state| state.revoked.is_empty() && state.suspended.is_empty()));
}

#[tokio::test]
async fn a_sheet_that_a_person_cancelled_does_not_come_back_by_itself() {
    let rig = Rig::new().await;
    let mut exam = senders::exam(Kind::ScreeningMammogram);
    let late = exam.instances.pop().unwrap();
    rig.reported(&exam).await;
    rig.quiet().await;
    let desk = archive::desk::Desk::new(rig.archive.clone());
    let sheet = rig.detail().await.sheets[0].id;
    desk.revoke(&crate::desk::who(archive::desk::Role::Desk), rig.exam_id().await, sheet).await.unwrap();
    rig.land(&late).await;
    rig.quiet().await;
    assert_eq!(rig.door.commits(), 2);
    assert_eq!((rig.outlet.count(), grants(&rig).len()), (1, 1), "published again, and no new code");
    rig.message(senders::report(&exam, 200, Corrected, |_| {})).await;
    rig.quiet().await;
    assert_eq!(rig.outlet.count(), 2, "a corrected report is another paper");
}
