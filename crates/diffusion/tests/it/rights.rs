//! Who may see what on this side: one judge, asked at every request.

use crate::rig::{Exam, PERSON, Rig, START, Sheet};
use diffusion::{Denied, Viewer};
use exam::ids::Rpps;
use exam::rights::*;
use link::{DiffusionDoor, Professional, Relation, ToArchive, ToDiffusion};
use std::collections::BTreeSet;
use time::Duration;
use trace::{Actor, Role as TraceRole};
use uuid::Uuid;

const ORDERED: &str = "10000023084";
const COPIED: &str = "99700366240";

/// An exam that names both.
fn named(n: u64) -> Exam {
    let mut exam = Exam::new(n);
    let one = |rpps: &str, relation| Professional { rpps: rpps.into(), relation, name: String::new() };
    exam.publication.professionals = vec![one(ORDERED, Relation::Ordered), one(COPIED, Relation::CopiedOn)];
    exam
}

fn rpps(text: &str) -> Rpps {
    Rpps::parse(text).unwrap()
}

fn doctor(text: &str) -> Viewer {
    Viewer::professional(rpps(text), BTreeSet::new())
}

pub fn to(text: &str) -> Towards {
    Towards::One { who: Named::Professional { rpps: rpps(text) } }
}

pub fn said(sequence: u64, about: Items, to: Towards, says: Says) -> Statement {
    let at = START - Duration::days(1) + Duration::minutes(i64::try_from(sequence).unwrap());
    Statement {
        id: StatementId { origin: Origin::Archive, sequence },
        person: PERSON,
        by: By::Person,
        about,
        to,
        says,
        orderer_too: false,
        purpose: Purpose::Any,
        from: at,
        until: None,
        made_at: at,
    }
}

pub fn the(exam: &Exam) -> Items {
    Items::Exam { exam: exam.publication.exam }
}

pub async fn told(rig: &Rig, statement: Statement) {
    rig.server.apply(ToDiffusion::Statement { statement }).await.unwrap();
}

async fn seen(rig: &Rig, viewer: &Viewer) -> Vec<Uuid> {
    rig.server.visible_to(viewer).await.unwrap().into_iter().map(|one| one.exam).collect()
}

fn patient() -> Actor {
    Actor { role: TraceRole::Patient, label: "patient".into(), name: None }
}

#[tokio::test]
async fn a_hidden_exam_is_absent_from_lists_and_answered_like_one_that_never_was() {
    let rig = Rig::new().await;
    let (one, two) = (named(1), named(2));
    rig.publish(&one).await;
    rig.publish(&two).await;
    let ids = [one.publication.exam, two.publication.exam];
    assert_eq!((seen(&rig, &doctor(ORDERED)).await, seen(&rig, &doctor(COPIED)).await), (ids.to_vec(), ids.to_vec()));
    told(&rig, said(1, the(&one), to(COPIED), Says::Deny)).await;
    assert_eq!((seen(&rig, &doctor(ORDERED)).await, seen(&rig, &doctor(COPIED)).await), (ids.to_vec(), vec![ids[1]]));
    for exam in [ids[0], Uuid::from_u128(0xDEAD)] {
        let refused = rig.server.may_view(&doctor(COPIED), exam).await.unwrap_err();
        assert!(matches!(&refused, Denied::Absent), "{refused}");
    }
    told(&rig, said(2, the(&one), to(COPIED), Says::End)).await;
    assert_eq!(seen(&rig, &doctor(COPIED)).await, ids, "the archive side has the end: so have both");
}

#[tokio::test]
async fn hidden_from_all_leaves_who_ordered_it_and_the_patient_and_a_designated_physician_sees_the_whole_record() {
    let rig = Rig::new().await;
    let exam = named(1);
    rig.publish(&exam).await;
    told(&rig, said(1, the(&exam), Towards::Everyone, Says::Deny)).await;
    let id = vec![exam.publication.exam];
    assert_eq!(seen(&rig, &doctor(ORDERED)).await, id);
    assert!(seen(&rig, &doctor(COPIED)).await.is_empty());
    assert_eq!(seen(&rig, &Viewer::patient(PERSON)).await, id);
    assert!(seen(&rig, &Viewer::patient(Uuid::from_u128(5))).await.is_empty(), "somebody else's record");
    told(&rig, said(2, Items::All, to(COPIED), Says::Designate)).await;
    assert_eq!(seen(&rig, &doctor(COPIED)).await, id);
    rig.publish(&Exam::new(2)).await;
    assert_eq!(seen(&rig, &doctor(COPIED)).await.len(), 2, "an exam that does not name them, too");
}

#[tokio::test]
async fn a_deny_made_here_acts_at_once_and_its_end_only_once_the_archive_side_has_it() {
    let rig = Rig::new().await;
    let exam = named(1);
    rig.publish(&exam).await;
    let deny = said(1, the(&exam), to(COPIED), Says::Deny);
    let denied = rig.server.state(deny.clone(), patient()).await.unwrap();
    assert_eq!(denied.origin, Origin::Diffusion);
    assert!(seen(&rig, &doctor(COPIED)).await.is_empty());
    let ended = Statement { says: Says::End, made_at: START, ..deny };
    let end = rig.server.state(ended, patient()).await.unwrap();
    assert!(end > denied && seen(&rig, &doctor(COPIED)).await.is_empty(), "not in force before both sides have it");
    let messages = rig.server.poll(0, 10).await.unwrap();
    for message in messages {
        let ToArchive::StatementMade { statement } = message.message else { panic!("{message:?}") };
        told(&rig, statement).await;
    }
    assert_eq!(seen(&rig, &doctor(COPIED)).await.len(), 1);
    let never = said(1, Items::All, Towards::Everyone, Says::Designate);
    assert!(rig.server.state(never, patient()).await.is_err());
}

#[tokio::test]
async fn a_session_opened_by_code_goes_through_the_same_judge() {
    let rig = Rig::new().await;
    let (exam, sheet) = (named(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    let session = rig.session(&exam, &sheet).await;
    rig.server.grant(&session).await.unwrap();
    told(&rig, said(1, the(&exam), Towards::Role { role: Role::Patient }, Says::Deny)).await;
    assert!(matches!(rig.server.grant(&session).await, Err(Denied::NoSession)));
    assert!(matches!(rig.server.recall_of(&session).await, Err(Denied::NoSession)));
}

#[tokio::test]
async fn who_was_named_keeps_seeing_that_an_expired_exam_can_come_back_and_a_forgotten_one_is_gone() {
    let rig = Rig::new().await;
    let exam = named(1);
    rig.publish(&exam).await;
    rig.clock.jump_to(crate::rig::ONLINE_UNTIL + Duration::DAY);
    rig.sweep(rig.server.now()).await.unwrap();
    assert_eq!(seen(&rig, &doctor(ORDERED)).await.len(), 1);
    rig.server.apply(ToDiffusion::Forget { exam: exam.publication.exam }).await.unwrap();
    assert!(seen(&rig, &doctor(ORDERED)).await.is_empty());
}
