//! What the desk may do.

use crate::rig::{GROUP, Rig};
use crate::senders::chest;
use archive::desk::{Desk, DeskQuery, Role, Who};
use trace::Kind;

pub fn who(role: Role) -> Who {
    Who { login: "accueil".into(), name: "Accueil".into(), role, site: String::new() }
}

#[tokio::test]
async fn an_administrator_prints_revokes_holds_and_settles_nothing() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let (desk, exam) = (Desk::new(rig.archive.clone()), rig.exam_id().await);
    let sheet = rig.detail().await.sheets[0].id;
    let sent = crate::sheets::grants(&rig).len();
    for role in [Role::Administrator, Role::DataProtection] {
        assert!(desk.sheet(&who(role), exam, true).await.is_err());
        assert!(desk.revoke(&who(role), exam, sheet).await.is_err());
        assert!(desk.hold(&who(role), exam, Some("x".into())).await.is_err());
    }
    assert!(desk.hold(&who(Role::Desk), exam, Some("x".into())).await.is_err(), "a hold is the radiologist's");
    assert_eq!(crate::sheets::grants(&rig).len(), sent);
    assert!(rig.detail().await.hold.is_none());
    assert!(rig.door.look(|state| state.revoked.is_empty()));
}

#[tokio::test]
async fn a_radiologists_hold_is_traced_and_takes_the_exam_off_the_web() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let (desk, exam) = (Desk::new(rig.archive.clone()), rig.exam_id().await);
    desk.hold(&who(Role::Radiologist), exam, Some("à revoir".into())).await.unwrap();
    rig.run_due().await;
    assert!(!rig.door.is_visible(exam.0));
    let events = rig.archive.trace.events_of_exam(exam.0, 50).await.unwrap();
    assert!(events.iter().any(|event| event.kind == Kind::Change && event.detail["what"] == "hold"));
    assert!(!format!("{events:?}").contains("revoir"), "the reason may name somebody");
}

#[tokio::test]
async fn an_exam_opened_or_listed_leaves_its_leaf_first() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let (desk, exam) = (Desk::new(rig.archive.clone()), rig.exam_id().await);
    let before = rig.archive.trace.size().await.unwrap();
    let query = DeskQuery { text: "lefevrefictif".into(), ..DeskQuery::default() };
    assert_eq!(desk.exams(&who(Role::Desk), query).await.unwrap().lines.len(), 1);
    let opened = desk.exam(&who(Role::Desk), exam).await.unwrap();
    assert_eq!(rig.archive.trace.size().await.unwrap(), before + 2);
    assert_eq!(opened.consultations[0].kind, Kind::Open);
    assert_eq!(opened.consultations[0].actor.name.as_deref(), Some("accueil"));
}

#[tokio::test]
async fn a_revoked_sheet_is_dead_on_both_sides() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let (desk, exam) = (Desk::new(rig.archive.clone()), rig.exam_id().await);
    let sheet = rig.detail().await.sheets[0].id;
    desk.revoke(&who(Role::Desk), exam, sheet).await.unwrap();
    assert_eq!(rig.door.look(|state| state.revoked.clone()), [sheet.0]);
    let kept = rig.archive.catalogue.sheet_by_id(GROUP, sheet).await.unwrap().unwrap();
    assert_eq!(kept.state, archive::desk::SheetState::Revoked);
    let other = archive::desk::ExamId(uuid::Uuid::nil());
    assert!(desk.revoke(&who(Role::Desk), other, sheet).await.is_err());
}
