//! What a patient may read of the reports, and which sheets they give.

use crate::rig::Rig;
use crate::senders::{self, chest};
use ::exam::rights::{Role, Says, Towards};
use hl7::event::ReportStatus::{Corrected, Deleted, Final, Preliminary};
use link::BlobName;

fn shows_report(rig: &Rig) -> bool {
    let publication = rig.door.last();
    let blobs = publication
        .blobs
        .iter()
        .any(|blob| matches!(blob.name, BlobName::Report | BlobName::ReportPage(_) | BlobName::ReportText));
    assert_eq!(blobs, publication.report.is_some());
    blobs
}

#[tokio::test]
async fn a_preliminary_report_is_neither_published_nor_printed() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.examined(&exam).await;
    rig.message(senders::report(&exam, 60, Preliminary, |_| {})).await;
    rig.quiet().await;
    assert_eq!(rig.door.commits(), 1, "the images are");
    assert!(!shows_report(&rig));
    assert_eq!(rig.outlet.count(), 0);
    rig.message(senders::report(&exam, 90, Final, |_| {})).await;
    rig.quiet().await;
    assert!(shows_report(&rig));
    assert_eq!((rig.door.commits(), rig.outlet.count()), (2, 1));
}

#[tokio::test]
async fn a_report_hidden_from_the_patient_is_published_for_others_with_its_mask_told_and_not_printed() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.examined(&exam).await;
    rig.message(senders::report(&exam, 90, Final, |report| report.masks.patient = true)).await;
    rig.quiet().await;
    assert_eq!(rig.door.commits(), 1);
    assert!(shows_report(&rig), "who ordered it reads it");
    let masks = crate::statements::told(&rig);
    assert!(
        matches!(masks.as_slice(), [one] if one.to == Towards::Role { role: Role::Patient } && one.says == Says::Deny)
    );
    assert_eq!(rig.outlet.count(), 0);
    // A sheet asked for at the desk opens the images and carries nothing of the report.
    let desk = archive::desk::Desk::new(rig.archive.clone());
    let who = crate::desk::who(archive::desk::Role::Desk);
    let printed = desk.sheet(&who, rig.exam_id().await, false).await.unwrap();
    let text = crate::played::text_of(&printed.pdf);
    assert!(!text.contains("Conclusion"), "{text}");
    assert!(
        crate::played::text_of(&exam.report_pdf().unwrap()).contains("Conclusion"),
        "or the line above says nothing"
    );
}

#[tokio::test]
async fn a_corrected_report_is_published_as_one_and_gets_a_new_sheet() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.reported(&exam).await;
    rig.quiet().await;
    let first = rig.door.last().report.unwrap();
    rig.message(senders::report(&exam, 200, Corrected, |_| {})).await;
    rig.quiet().await;
    let second = rig.door.last().report.unwrap();
    assert_eq!((first.corrected, second.corrected), (false, true));
    assert_ne!(first.report, second.report);
    assert_eq!((rig.door.commits(), rig.outlet.count()), (2, 2));
    let codes = rig.door.look(|state| state.grants.iter().map(|grant| grant.code.clone()).collect::<Vec<_>>());
    assert_ne!(codes[0], codes[1], "a new code for a new sheet");
}

#[tokio::test]
async fn a_report_taken_back_disappears() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.reported(&exam).await;
    rig.quiet().await;
    assert!(shows_report(&rig));
    rig.message(senders::report(&exam, 200, Deleted, |_| {})).await;
    rig.quiet().await;
    assert_eq!(rig.door.commits(), 2);
    assert!(!shows_report(&rig));
    assert_eq!(rig.outlet.count(), 1, "no sheet for what is no more");
}

#[tokio::test]
async fn a_report_said_before_its_correction_and_arriving_after_it_changes_nothing() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.examined(&exam).await;
    rig.message(senders::report(&exam, 200, Corrected, |_| {})).await;
    rig.quiet().await;
    let first = rig.door.last().report.unwrap();
    rig.message(senders::report(&exam, 90, Final, |_| {})).await;
    rig.quiet().await;
    assert_eq!(rig.door.last().report.unwrap().report, first.report);
    assert_eq!(rig.outlet.count(), 1);
}
