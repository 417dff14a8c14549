//! Sheets and their codes: once on paper, once over the link, and nowhere else.

use crate::desk::who;
use crate::door::Call;
use crate::played::FakeOutlet;
use crate::rig::Rig;
use crate::senders::{chest, find};
use archive::desk::{Desk, Role};
use archive::outlet::SheetOutlet;
use exam::AccessCode;
use link::CodeGrant;
use record::{Sheet, SheetState};
use std::sync::Arc;
use trace::Kind;

pub fn grants(rig: &Rig) -> Vec<CodeGrant> {
    rig.door.look(|state| state.grants.clone())
}

async fn states(rig: &Rig) -> Vec<SheetState> {
    rig.detail().await.sheets.iter().map(|sheet| sheet.state).collect()
}

#[tokio::test]
async fn the_code_printed_is_the_code_granted() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.reported(&exam).await;
    rig.quiet().await;
    let [grant] = grants(&rig).try_into().unwrap();
    let code = AccessCode::parse(&grant.code).expect("a code people can type");
    assert_eq!((grant.exam, grant.number), (rig.exam_id().await.0, rig.detail().await.number));
    assert_eq!(
        (grant.birth_date.year, grant.birth_date.day),
        (exam.patient.born.year(), Some(exam.patient.born.day()))
    );
    let (sheet, text) = rig.outlet.last();
    assert_eq!(sheet, grant.sheet);
    assert!(text.contains(&code.grouped()), "{text}");
    assert_eq!(states(&rig).await, [SheetState::Issued]);
    assert!(grant.until >= rig.door.last().times.online_until);
}

#[tokio::test]
async fn no_file_of_the_archive_side_holds_a_code_or_a_token() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let desk = Desk::new(rig.archive.clone());
    desk.sheet(&who(Role::Desk), rig.exam_id().await, false).await.unwrap();
    rig.after(60).await;
    let grants = grants(&rig);
    assert_eq!(grants.len(), 2);
    rig.archive.landing.close().await;
    rig.archive.trace.close().await.unwrap();
    let (mut bytes_read, mut number_found) = (0, false);
    for path in rig.files() {
        let bytes = std::fs::read(&path).unwrap();
        bytes_read += bytes.len();
        number_found |= find(&bytes, grants[0].number.as_bytes()).is_some();
        for grant in &grants {
            let code = AccessCode::parse(&grant.code).unwrap();
            let raw_token = hex::decode(&grant.qr_token).unwrap();
            let secrets = [grant.code.as_bytes(), grant.qr_token.as_bytes(), raw_token.as_slice()];
            for secret in secrets.into_iter().chain([code.grouped().as_bytes()]) {
                assert_eq!(find(&bytes, secret), None, "in {}", path.display());
            }
        }
    }
    assert!(bytes_read > 100_000 && number_found, "or the search itself is worth nothing");
}

#[tokio::test]
async fn a_sheet_that_does_not_leave_loses_its_code_and_is_made_again_with_another() {
    let rig = Rig::new().await;
    rig.outlet.close(true);
    rig.reported(&chest()).await;
    rig.quiet().await;
    let first = grants(&rig);
    assert!(!first.is_empty());
    assert_eq!(rig.door.look(|state| state.revoked.clone()), first.iter().map(|g| g.sheet).collect::<Vec<_>>());
    assert!(states(&rig).await.iter().all(|state| *state == SheetState::Revoked));
    rig.outlet.close(false);
    rig.after(3600).await;
    let all = grants(&rig);
    assert_eq!((all.len(), rig.outlet.count()), (first.len() + 1, 1));
    let last = all.last().unwrap();
    assert_eq!(rig.outlet.last().0, last.sheet);
    assert!(first.iter().all(|one| one.code != last.code && one.qr_token != last.qr_token));
    assert_eq!(rig.door.commits(), 1, "the exam itself was published once");
}

#[tokio::test]
async fn a_code_that_cannot_be_taken_back_yet_is_taken_back_later() {
    let rig = Rig::new().await;
    rig.outlet.close(true);
    rig.door.fail(Call::Revoke);
    rig.reported(&chest()).await;
    rig.quiet().await;
    assert_eq!(states(&rig).await, [SheetState::Reserved], "it is known as one that may live");
    assert_eq!(rig.outlet.count(), 0);
    rig.door.fail(None);
    rig.outlet.close(false);
    rig.after(3600).await;
    let all = grants(&rig);
    assert_eq!(rig.door.look(|state| state.revoked.clone()), [all[0].sheet]);
    let mut now = states(&rig).await;
    now.sort_by_key(|state| *state == SheetState::Issued);
    assert_eq!(now, [SheetState::Revoked, SheetState::Issued]);
}

#[tokio::test]
async fn a_sheet_left_half_issued_by_a_crash_is_revoked_at_the_next_run() {
    let rig = Rig::new().await;
    rig.examined(&chest()).await;
    rig.quiet().await;
    let exam = rig.exam_id().await;
    let id = record::SheetId(uuid::Uuid::from_u128(77));
    let at = ambient::Clock::now(rig.clock.as_ref());
    let half = |id, by: &str| Sheet {
        id,
        exam,
        report: None,
        state: SheetState::Reserved,
        at,
        by: by.into(),
        how: "folder".into(),
        reason: None,
    };
    let desks = record::SheetId(uuid::Uuid::from_u128(78));
    rig.archive.catalogue.sheet(crate::rig::GROUP, half(id, "system")).await.unwrap();
    rig.archive.catalogue.sheet(crate::rig::GROUP, half(desks, "accueil")).await.unwrap();
    rig.publish_again().await;
    assert_eq!(rig.door.look(|state| state.revoked.clone()), [id.0], "one being printed at the desk is left alone");
    let sheet = rig.archive.catalogue.sheet_by_id(crate::rig::GROUP, id).await.unwrap().unwrap();
    assert_eq!(sheet.state, SheetState::Revoked);
}

#[tokio::test]
async fn every_way_out_gets_its_sheet_even_when_one_was_closed_at_first() {
    let mut rig = Rig::new().await;
    let second = Arc::new(FakeOutlet::named("oru"));
    let outlets: Vec<Arc<dyn SheetOutlet>> = vec![Arc::clone(&rig.outlet) as _, Arc::clone(&second) as _];
    rig.archive.outlets = Arc::new(outlets);
    second.close(true);
    rig.reported(&chest()).await;
    rig.quiet().await;
    assert_eq!((rig.outlet.count(), second.count()), (1, 0));
    second.close(false);
    rig.after(3600).await;
    assert_eq!((rig.outlet.count(), second.count()), (1, 1));
}

#[tokio::test]
async fn a_desk_sheet_that_replaces_revokes_the_earlier_ones() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let desk = Desk::new(rig.archive.clone());
    let exam = rig.exam_id().await;
    desk.sheet(&who(Role::Desk), exam, false).await.unwrap();
    assert_eq!(states(&rig).await, [SheetState::Issued, SheetState::Issued], "unless asked, the earlier ones live on");
    desk.sheet(&who(Role::Desk), exam, true).await.unwrap();
    let mut now = states(&rig).await;
    now.sort_by_key(|state| *state == SheetState::Issued);
    assert_eq!(now, [SheetState::Revoked, SheetState::Revoked, SheetState::Issued]);
    let all = grants(&rig);
    let mut dead = rig.door.look(|state| state.revoked.clone());
    dead.sort();
    let mut earlier = [all[0].sheet, all[1].sheet];
    earlier.sort();
    assert_eq!(dead, earlier);
}

#[tokio::test]
async fn every_sheet_leaves_its_leaf_in_the_trace() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let exam = rig.exam_id().await;
    Desk::new(rig.archive.clone()).sheet(&who(Role::Desk), exam, false).await.unwrap();
    let events = rig.archive.trace.events_of_exam(exam.0, 50).await.unwrap();
    let prints = events.iter().rev().filter(|event| event.kind == Kind::Print);
    let traced: Vec<_> = prints.map(|event| (event.detail["sheet"].clone(), event.detail["how"].clone())).collect();
    let granted = grants(&rig);
    let expected = [(granted[0].sheet.to_string(), "folder".into()), (granted[1].sheet.to_string(), "desk".into())];
    assert_eq!(traced, expected);
}

#[tokio::test]
async fn without_the_trace_nothing_is_printed_or_granted() {
    let rig = Rig::without_outlet().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let (desk, exam) = (Desk::new(rig.archive.clone()), rig.exam_id().await);
    desk.sheet(&who(Role::Desk), exam, false).await.unwrap();
    let before = rig.detail().await.sheets;
    rig.archive.trace.close().await.unwrap();
    assert!(desk.sheet(&who(Role::Desk), exam, false).await.is_err());
    assert!(desk.sheet(&who(Role::Desk), exam, true).await.is_err());
    assert!(desk.exam(&who(Role::Desk), exam).await.is_err());
    assert!(desk.exams(&who(Role::Desk), archive::desk::DeskQuery::default()).await.is_err());
    assert_eq!(grants(&rig).len(), 1);
    assert_eq!(rig.detail().await.sheets, before, "and the earlier sheet lives on");
}
