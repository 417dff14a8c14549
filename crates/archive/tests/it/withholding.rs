//! What is kept off the web, or taken back from it.

use crate::rig::{GROUP, Rig, fact};
use crate::senders::{self, adt, chest, find, patch, person};
use ambient::Clock;
use hl7::event::ReportStatus;
use phantom::{Kind, PhantomExam};
use record::{FactBody, Hold, Identity};
use time::Duration;

async fn nothing_goes_out(rig: &Rig) {
    rig.quiet().await;
    rig.publish_again().await;
    rig.door.look(|state| {
        assert_eq!((state.begun.len(), state.committed.len()), (0, 0), "nothing goes over the link");
        assert_eq!(state.grants.len(), 0, "and no code");
    });
    assert_eq!(rig.outlet.count(), 0);
}

async fn hold(rig: &Rig) {
    let hold = Hold { by: "dr".into(), reason: "à revoir".into(), at: rig.clock.now() };
    rig.archive.catalogue.hold(GROUP, rig.exam_id().await, hold).await.unwrap();
}

#[tokio::test]
async fn an_exam_whose_patient_no_message_told_of_waits() {
    let rig = Rig::new().await;
    rig.land_all(&chest()).await;
    nothing_goes_out(&rig).await;
    assert_eq!(rig.detail().await.unsealed, 0, "it is kept all the same");
    let exam = chest();
    rig.message(adt(&exam, &person(&exam), 0)).await;
    rig.quiet().await;
    assert_eq!(rig.door.commits(), 1, "and goes as soon as it is certain");
}

async fn numbered(exam: &mut PhantomExam, number: &str) {
    let known = exam.patient.local_id.clone();
    patch(&mut exam.instances[0].dataset, &known, number);
    exam.patient.local_id = number.into();
}

async fn quality_control(exam: &mut PhantomExam) {
    let dataset = &mut exam.instances[0].dataset;
    // Quality Control Subject (0010,0200) = YES, before Patient Comments (0010,4000).
    let at = find(dataset, b"\x10\x00\x00\x40LT").unwrap();
    dataset.splice(at..at, *b"\x10\x00\x00\x02CS\x04\x00YES ");
}

#[tokio::test]
async fn a_person_whose_name_sounds_like_a_phantom_is_published() {
    let rig = Rig::new().await;
    let mut exam = chest();
    patch(&mut exam.instances[0].dataset, "LEFEVREFICTIF^Marcel", "PHANTOMEFICTI^Marcel");
    exam.patient.birth_name = "PHANTOMEFICTI".into();
    rig.reported(&exam).await;
    rig.quiet().await;
    assert!(!rig.detail().await.phantom);
    assert_eq!(rig.door.commits(), 1);
}

#[tokio::test]
async fn a_phantom_by_its_patient_number_is_never_published() {
    let rig = Rig::new().await;
    let mut exam = chest();
    numbered(&mut exam, "PHANTOM01").await;
    rig.reported(&exam).await;
    nothing_goes_out(&rig).await;
    assert!(rig.detail().await.phantom);
}

#[tokio::test]
async fn a_phantom_by_its_own_attributes_is_never_published() {
    let rig = Rig::new().await;
    let mut exam = chest();
    quality_control(&mut exam).await;
    rig.reported(&exam).await;
    nothing_goes_out(&rig).await;
    assert!(rig.detail().await.phantom);
    let report = archive::verify::everything(&rig.archive, |_| {}).await.unwrap();
    assert_eq!(report.problems, [], "and reads back as the same");
}

#[tokio::test]
async fn an_exam_held_by_a_person_stays_off_the_web() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    hold(&rig).await;
    nothing_goes_out(&rig).await;
}

#[tokio::test]
async fn an_order_that_a_minor_keeps_confidential_keeps_the_exam_off_the_web() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.message(adt(&exam, &person(&exam), 0)).await;
    let mut order = fact(&senders::order(&exam, &person(&exam)), &rig.clock);
    let [FactBody::Order(said)] = order.facts.as_mut_slice() else { panic!("an order") };
    said.confidential = true;
    rig.archive.catalogue.apply(order).await.unwrap();
    rig.land_all(&exam).await;
    rig.message(senders::report(&exam, 90, ReportStatus::Final, |_| {})).await;
    nothing_goes_out(&rig).await;
    assert!(rig.detail().await.order.unwrap().confidential);
}

#[tokio::test]
async fn without_a_birth_date_there_is_no_door_to_open() {
    let rig = Rig::new().await;
    let exam = chest();
    let mut patient = person(&exam);
    patient.traits.birth = None;
    rig.message(adt(&exam, &patient, 0)).await;
    rig.land_all(&exam).await;
    nothing_goes_out(&rig).await;
    let detail = rig.detail().await;
    assert!(matches!(detail.identity, Identity::Certain(_)), "{:?}", detail.identity);
    assert_eq!(detail.patient.unwrap().traits.birth_date, None);
}

#[tokio::test]
async fn an_exam_whose_time_on_the_web_is_over_is_not_published() {
    let rig = Rig::new().await;
    let exam = senders::exam(Kind::PriorHeadCt);
    rig.reported(&exam).await;
    nothing_goes_out(&rig).await;
}

#[tokio::test]
async fn an_exam_whose_time_is_over_is_off_the_web_without_a_withdrawal_that_would_take_its_words() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let published = rig.door.last();
    rig.clock.jump_to(published.times.online_until - Duration::SECOND);
    rig.publish_again().await;
    assert!(rig.detail().await.publication.unwrap().withdrawn_at.is_none(), "until the last second");
    rig.clock.jump_to(published.times.online_until);
    rig.publish_again().await;
    assert_eq!((rig.door.commits(), rig.door.look(|state| state.withdrawn.len())), (1, 0));
    assert!(rig.detail().await.publication.unwrap().withdrawn_at.is_some());
}

#[tokio::test]
async fn a_hold_withdraws_and_its_end_publishes_again() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let exam = rig.exam_id().await;
    hold(&rig).await;
    rig.run_due().await;
    assert!(!rig.door.is_visible(exam.0), "the hold acts at once");
    rig.publish_again().await;
    assert_eq!(rig.door.look(|state| state.withdrawn.clone()), [exam.0], "once is enough");
    rig.archive.catalogue.release(GROUP, exam, "dr", rig.clock.now()).await.unwrap();
    rig.run_due().await;
    assert!(rig.door.is_visible(exam.0));
    assert_eq!((rig.door.commits(), rig.outlet.count()), (2, 1), "the sheet in the patient's hands stays good");
}

#[tokio::test]
async fn a_hold_does_not_wait_for_images_that_go_on_arriving() {
    let rig = Rig::new().await;
    let mut exam = senders::exam(Kind::ScreeningMammogram);
    let late = exam.instances.pop().unwrap();
    rig.reported(&exam).await;
    rig.quiet().await;
    let id = rig.exam_id().await;
    assert!(rig.door.is_visible(id.0));
    rig.land(&late).await;
    hold(&rig).await;
    rig.run_due().await;
    assert!(!rig.door.is_visible(id.0));
}

#[tokio::test]
async fn an_exam_whose_identity_becomes_doubtful_is_withdrawn() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.reported(&exam).await;
    rig.quiet().await;
    let id = rig.exam_id().await;
    assert!(rig.door.is_visible(id.0));
    let mut corrected = person(&exam);
    corrected.traits.birth = hl7::types::PartialDate::parse("19801112");
    corrected.traits.sex = Some(hl7::types::Sex::F);
    rig.message(adt(&exam, &corrected, 600)).await;
    rig.run_due().await;
    let detail = rig.detail().await;
    assert!(matches!(detail.identity, Identity::Waiting(_)), "{:?}", detail.identity);
    assert!(!rig.door.is_visible(id.0));
    rig.message(adt(&exam, &person(&exam), 700)).await;
    rig.quiet().await;
    assert!(rig.door.is_visible(id.0), "and comes back when the doubt is gone");
}

#[tokio::test]
async fn a_hold_put_while_the_exam_is_being_sent_comes_before_its_publication() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.clock.advance(std::time::Duration::from_secs(11 * 60));
    let shut = rig.door.gate.write().await;
    let archive = rig.archive.clone();
    let running = tokio::spawn(async move { archive::runner::once(&archive).await.unwrap() });
    while rig.door.look(|state| state.begun.is_empty()) {
        tokio::task::yield_now().await;
    }
    hold(&rig).await;
    drop(shut);
    running.await.unwrap();
    assert_eq!(rig.door.commits(), 0, "it was never visible");
    rig.quiet().await;
    assert_eq!((rig.door.commits(), rig.outlet.count()), (0, 0));
}
