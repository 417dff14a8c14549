//! Wrong: what becomes of web copy and codes when it turns out whose an exam really is.

use crate::desk::who;
use crate::door::Call;
use crate::rig::{GROUP, Rig};
use crate::senders::{self, adt, chest, person};
use crate::sheets::grants;
use archive::desk::{Decision, Desk, DoubtKind, Role};
use hl7::types::{Number, PartialDate, Patient};
use phantom::PhantomExam;
use phantom::people::PATIENT_ISSUER;
use record::{Identity, SheetState};
use trace::Kind;

/// Somebody else of the same practice.
fn another(exam: &PhantomExam) -> Patient {
    let mut other = person(exam);
    other.ids = vec![Number { kind: Some("PI".into()), ..Number::local("AUTRE77", PATIENT_ISSUER) }];
    other.traits.birth_name = Some("MARTINFICTIF".into());
    other.traits.used_name = None;
    other.traits.first_names = Some("Lucien".into());
    other.traits.first_name = Some("Lucien".into());
    other.traits.birth = PartialDate::parse("19610102");
    other
}

/// The doubt about whose the only exam is, settled at the desk onto whoever has this number.
async fn settle_onto(rig: &Rig, number: &str) {
    let doubt = rig.archive.catalogue.doubts(GROUP, 9).await.unwrap().remove(0);
    let DoubtKind::Identity { candidates, .. } = doubt.kind else { panic!("whose it is") };
    let right = candidates.iter().find(|one| one.identifiers.iter().any(|id| id.value == number)).expect("is offered");
    let desk = Desk::new(rig.archive.clone());
    desk.settle(&who(Role::Desk), doubt.id, Decision::Patient { patient: right.patient }).await.unwrap();
}

/// The order turns out to be another patient's.
async fn order_names_another(rig: &Rig, exam: &PhantomExam) {
    rig.message(adt(exam, &another(exam), 300)).await;
    rig.message(senders::order_at(exam, &another(exam), 305)).await;
    rig.run_due().await;
}

async fn states(rig: &Rig) -> Vec<(SheetState, Option<String>)> {
    rig.detail().await.sheets.into_iter().map(|sheet| (sheet.state, sheet.reason)).collect()
}

fn because_of_identity() -> (SheetState, Option<String>) {
    (SheetState::Revoked, Some("identity-changed".into()))
}

#[tokio::test]
async fn an_exam_settled_onto_another_patient_loses_copy_and_codes_and_is_published_anew() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.reported(&exam).await;
    rig.quiet().await;
    let (id, first) = (rig.exam_id().await, rig.detail().await.patient.unwrap());
    order_names_another(&rig, &exam).await;
    assert!(matches!(rig.detail().await.identity, Identity::Waiting(_)));
    assert!(!rig.door.is_visible(id.0), "in doubt nothing is shown");
    assert!(rig.door.look(|state| state.suspended.is_empty()), "and nothing is decided");
    settle_onto(&rig, "AUTRE77").await;
    rig.quiet().await;
    assert_eq!(rig.door.look(|state| state.suspended.clone()), [id.0]);
    let anew = rig.door.last();
    assert_eq!((anew.patient_name.as_str(), anew.birth_date.year), ("Lucien MARTINFICTIF", 1961));
    assert!(rig.door.is_visible(id.0));
    // The report names the other patient: it does not follow by itself, and no sheet goes out before a person prints one.
    assert!(anew.report.is_none());
    assert_eq!(states(&rig).await, [because_of_identity()]);
    Desk::new(rig.archive.clone()).sheet(&who(Role::Desk), id, false).await.unwrap();
    assert_eq!(states(&rig).await, [because_of_identity(), (SheetState::Issued, None)]);
    let [before, after] = grants(&rig).try_into().unwrap();
    assert!(before.code != after.code && before.qr_token != after.qr_token && after.birth_date.year == 1961);
    // Both the exam and the person it was made for keep the trace of it.
    let events = rig.archive.trace.events_of_exam(id.0, 100).await.unwrap();
    let suspended = events.iter().find(|event| event.detail.get("what").is_some_and(|what| what == "codes-suspended"));
    let suspended = suspended.expect("a leaf says so");
    assert_eq!((suspended.kind, suspended.detail["reason"].as_str()), (Kind::Change, "identity-changed"));
    assert_eq!(suspended.patient, Some(rig.archive.trace.pseudonym(&first.id.to_string()).unwrap()));
    assert!(events.iter().any(|event| event.kind == Kind::Print), "what was printed before is still there");
}

#[tokio::test]
async fn a_suspension_cut_short_is_finished_later_and_nothing_is_published_before() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.reported(&exam).await;
    rig.quiet().await;
    order_names_another(&rig, &exam).await;
    settle_onto(&rig, "AUTRE77").await;
    rig.door.fail(Call::Withdraw);
    rig.run_due().await;
    assert_eq!(rig.door.commits(), 1, "the codes of the other patient still live: nothing goes out");
    let desk = Desk::new(rig.archive.clone());
    let id = rig.exam_id().await;
    assert!(desk.sheet(&who(Role::Desk), id, false).await.is_err(), "nor a sheet");
    rig.door.fail(None);
    rig.quiet().await;
    assert_eq!(rig.door.look(|state| state.suspended.clone()), [id.0]);
    assert_eq!(rig.door.last().patient_name, "Lucien MARTINFICTIF");
}

#[tokio::test]
async fn a_sheet_printed_before_any_publication_dies_with_the_identity_too() {
    let rig = Rig::without_outlet().await;
    let exam = chest();
    rig.examined(&exam).await;
    let desk = Desk::new(rig.archive.clone());
    let id = rig.exam_id().await;
    desk.sheet(&who(Role::Desk), id, false).await.unwrap();
    order_names_another(&rig, &exam).await;
    settle_onto(&rig, "AUTRE77").await;
    desk.sheet(&who(Role::Desk), id, false).await.unwrap();
    assert_eq!(states(&rig).await, [because_of_identity(), (SheetState::Issued, None)]);
    assert_eq!(rig.door.look(|state| state.suspended.clone()), [id.0]);
}

#[tokio::test]
async fn a_spelling_put_right_kills_no_code() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.reported(&exam).await;
    rig.quiet().await;
    let mut corrected = person(&exam);
    corrected.traits.first_names = Some("Marcél".into());
    corrected.traits.first_name = Some("Marcél".into());
    corrected.traits.used_name = Some("LEFEVREFICTIF DURAND".into());
    rig.message(adt(&exam, &corrected, 300)).await;
    rig.quiet().await;
    assert_eq!(rig.door.last().patient_name, "Marcél LEFEVREFICTIF DURAND");
    assert_eq!(states(&rig).await, [(SheetState::Issued, None)]);
    assert_eq!((rig.outlet.count(), rig.door.look(|state| state.suspended.len())), (1, 0));
}

#[tokio::test]
async fn a_birth_date_put_right_changes_what_the_door_asks_and_moves_no_image() {
    let rig = Rig::new().await;
    let mut exam = chest();
    let (wrong, right) = (exam.patient.born, exam.patient.born.replace_day(12).unwrap());
    assert_ne!(wrong, right);
    rig.reported(&exam).await;
    rig.quiet().await;
    let told = rig.door.stubs().len();
    exam.patient.born = right;
    rig.message(adt(&exam, &person(&exam), 300)).await;
    rig.run_due().await;
    // The images still say the other date: whose they are is in doubt until a person says so.
    let number = exam.patient.local_id.clone();
    settle_onto(&rig, &number).await;
    rig.quiet().await;
    let stub = rig.door.stubs().pop().unwrap();
    assert!(rig.door.stubs().len() > told);
    assert_eq!(stub.birth_date.day, Some(12));
    assert_eq!(states(&rig).await, [(SheetState::Issued, None)], "the sheet lives");
    assert!(rig.door.is_visible(stub.exam));
}

#[tokio::test]
async fn two_numbers_of_one_person_merged_kill_no_code() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.reported(&exam).await;
    rig.quiet().await;
    let before = rig.detail().await.patient.unwrap().id;
    let mut survivor = person(&exam);
    survivor.ids[0].value = "UNIQUE9".into();
    rig.message(adt(&exam, &survivor, 300)).await;
    rig.message(senders::merge(&exam, &survivor, &exam.patient.local_id)).await;
    rig.quiet().await;
    assert_ne!(rig.detail().await.patient.unwrap().id, before);
    assert_eq!(states(&rig).await, [(SheetState::Issued, None)]);
    assert!(rig.door.look(|state| state.suspended.is_empty()));
    assert!(rig.door.is_visible(rig.exam_id().await.0));
}

#[tokio::test]
async fn a_number_that_a_merge_gives_to_somebody_else_kills_the_codes() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.reported(&exam).await;
    rig.quiet().await;
    let id = rig.exam_id().await;
    rig.message(adt(&exam, &another(&exam), 300)).await;
    rig.message(senders::merge(&exam, &another(&exam), &exam.patient.local_id)).await;
    rig.run_due().await;
    assert!(!rig.door.is_visible(id.0), "the images say another name and birth date: a person must look");
    settle_onto(&rig, "AUTRE77").await;
    rig.quiet().await;
    assert_eq!(rig.door.look(|state| state.suspended.clone()), [id.0]);
    assert_eq!(rig.door.last().patient_name, "Lucien MARTINFICTIF");
    assert_eq!(states(&rig).await, [because_of_identity(), (SheetState::Issued, None)]);
}
