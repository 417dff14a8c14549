//! A code reserved when the exam is ordered: once, and only while the order stands.

use crate::rig::{GROUP, Rig, catalogue};
use crate::senders::{self, chest, find, order_said, person};
use crate::sheets::grants;
use exam::AccessCode;
use hl7::event::OrderControl;
use hl7::types::PartialDate;
use record::{ExamQuery, SheetState};
use std::sync::Arc;
use testkit::SeededRandom;

/// The order alone, and what the information system got for it.
async fn ordered(rig: &Rig) -> Vec<(String, String)> {
    rig.message(senders::order(&chest(), &person(&chest()))).await;
    rig.run_due().await;
    codes(rig)
}

fn codes(rig: &Rig) -> Vec<(String, String)> {
    rig.outlet.codes.lock().unwrap().clone()
}

fn said(minute: i64, control: OrderControl) -> Vec<u8> {
    order_said(&chest(), &person(&chest()), minute, |order| order.control = control)
}

#[tokio::test]
async fn an_order_gets_its_code_at_once_and_the_exam_has_its_number_later() {
    let rig = Rig::reserving().await;
    let codes = ordered(&rig).await;
    assert_eq!(codes.len(), 1);
    let [grant] = grants(&rig).try_into().unwrap();
    assert_eq!(codes[0].0.replace([' ', '\u{a0}'], ""), grant.number);
    assert_eq!(codes[0].1, AccessCode::parse(&grant.code).unwrap().grouped());
    let list = rig.archive.catalogue.exams(GROUP, ExamQuery { limit: 9, ..ExamQuery::default() }).await.unwrap();
    assert!(list.lines.is_empty(), "no list shows an exam without images");
    rig.reported(&chest()).await;
    rig.quiet().await;
    let detail = rig.detail().await;
    assert_eq!((detail.id.0, &detail.number), (grant.exam, &grant.number));
    assert_eq!(rig.door.last().exam, grant.exam);
    assert_eq!(detail.sheets.len(), 1, "no stamped copy beside a template that prints the code");
    assert_eq!((detail.sheets[0].state, detail.sheets[0].how.as_str()), (SheetState::Issued, "order"));
    assert_eq!((codes.len(), rig.outlet.count()), (1, 0));
}

#[tokio::test]
async fn an_order_with_an_accession_number_alone_becomes_the_exam_of_its_images() {
    let rig = Rig::reserving().await;
    rig.message(order_said(&chest(), &person(&chest()), 1, |order| order.study_uid = None)).await;
    rig.run_due().await;
    rig.land_all(&chest()).await;
    rig.quiet().await;
    assert_eq!(rig.detail().await.id.0, grants(&rig)[0].exam);
}

#[tokio::test]
async fn images_before_the_order_keep_their_number() {
    let rig = Rig::reserving().await;
    rig.land_all(&chest()).await;
    let id = rig.exam_id().await;
    assert_eq!(ordered(&rig).await.len(), 1);
    assert_eq!(grants(&rig)[0].exam, id.0);
}

#[tokio::test]
async fn changes_and_repeats_of_an_order_give_no_second_code() {
    let rig = Rig::reserving().await;
    ordered(&rig).await;
    rig.message(said(2, OrderControl::Change)).await;
    rig.message(senders::adt(&chest(), &person(&chest()), 3)).await;
    rig.run_due().await;
    rig.after(3600).await;
    assert_eq!((codes(&rig).len(), grants(&rig).len()), (1, 1));
}

#[tokio::test]
async fn a_cancelled_order_loses_its_code() {
    let rig = Rig::reserving().await;
    ordered(&rig).await;
    rig.message(said(5, OrderControl::Cancel)).await;
    rig.run_due().await;
    assert_eq!(rig.door.look(|state| state.revoked.clone()), [grants(&rig)[0].sheet]);
    rig.message(said(9, OrderControl::New)).await;
    rig.run_due().await;
    let codes = codes(&rig);
    assert_eq!(codes.len(), 2, "ordered again");
    assert_eq!(codes[0].0, codes[1].0, "the number stays");
    assert_ne!(codes[0].1, codes[1].1, "the code does not");
}

#[tokio::test]
async fn a_code_that_did_not_leave_dies_and_another_is_tried() {
    let rig = Rig::reserving().await;
    rig.outlet.close(true);
    assert!(ordered(&rig).await.is_empty());
    let first = grants(&rig);
    assert_eq!(rig.door.look(|state| state.revoked.clone()), [first[0].sheet]);
    rig.outlet.close(false);
    rig.after(24 * 3600).await;
    let (codes, all) = (codes(&rig), grants(&rig));
    assert_eq!(codes.len(), 1);
    assert_eq!(codes[0].1, AccessCode::parse(&all.last().unwrap().code).unwrap().grouped());
    assert_ne!(all[0].code, all.last().unwrap().code);
}

#[tokio::test]
async fn an_order_waits_for_the_birth_date() {
    let rig = Rig::reserving().await;
    let mut unknown = person(&chest());
    unknown.traits.birth = None;
    rig.message(order_said(&chest(), &unknown, 1, |_| {})).await;
    rig.run_due().await;
    assert!(grants(&rig).is_empty());
    rig.message(senders::adt(&chest(), &person(&chest()), 2)).await;
    rig.run_due().await;
    assert_eq!(codes(&rig).len(), 1);
}

#[tokio::test]
async fn an_order_that_contradicts_its_patient_gets_nothing() {
    let rig = Rig::reserving().await;
    rig.message(senders::adt(&chest(), &person(&chest()), 0)).await;
    let mut other = person(&chest());
    other.traits.birth_name = Some("TOUTAUTRE".into());
    other.traits.used_name = None;
    other.traits.first_name = Some("PERSONNE".into());
    other.traits.first_names = Some("PERSONNE".into());
    other.traits.birth = Some(PartialDate { year: 1911, month: Some(1), day: Some(1) });
    rig.message(order_said(&chest(), &other, 1, |_| {})).await;
    rig.run_due().await;
    assert!(grants(&rig).is_empty());
}

#[tokio::test]
async fn a_code_replaced_at_the_desk_is_not_given_again_with_the_order() {
    let rig = Rig::reserving().await;
    ordered(&rig).await;
    rig.land_all(&chest()).await;
    rig.quiet().await;
    let desk = archive::desk::Desk::new(rig.archive.clone());
    desk.sheet(&crate::desk::who(archive::desk::Role::Desk), rig.exam_id().await, true).await.unwrap();
    rig.message(said(7, OrderControl::Change)).await;
    rig.run_due().await;
    assert_eq!(codes(&rig).len(), 1);
}

#[tokio::test]
async fn nothing_is_reserved_unless_asked_for() {
    let rig = Rig::new().await;
    rig.outlet.takes_codes.store(true, std::sync::atomic::Ordering::SeqCst);
    assert!(ordered(&rig).await.is_empty());
    assert!(grants(&rig).is_empty());
}

#[tokio::test]
async fn no_file_holds_a_reserved_code_and_a_rebuilt_record_keeps_the_number() {
    let rig = Rig::reserving().await;
    ordered(&rig).await;
    rig.after(60).await;
    let [grant] = grants(&rig).try_into().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let random = Arc::new(SeededRandom::new(99));
    let again = catalogue(&folder.path().join("r.sqlite"), &rig.clock, random).await;
    let now = ambient::Clock::now(rig.clock.as_ref());
    archive::rebuild::run(again.as_ref(), &rig.archive.vault, GROUP, now).await.unwrap();
    let detail = record::Catalogue::exam(again.as_ref(), GROUP, record::ExamId(grant.exam)).await.unwrap();
    assert_eq!((&detail.number, detail.sheets[0].state), (&grant.number, SheetState::Issued));
    rig.archive.landing.close().await;
    rig.archive.trace.close().await.unwrap();
    let code = AccessCode::parse(&grant.code).unwrap();
    let mut number_found = false;
    for path in rig.files() {
        let bytes = std::fs::read(&path).unwrap();
        number_found |= find(&bytes, grant.number.as_bytes()).is_some();
        for secret in [grant.code.as_bytes(), grant.qr_token.as_bytes(), code.grouped().as_bytes()] {
            assert_eq!(find(&bytes, secret), None, "in {}", path.display());
        }
    }
    assert!(number_found, "or the search itself is worth nothing");
}
