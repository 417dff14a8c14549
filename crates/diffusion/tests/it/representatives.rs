//! Those who stand for a person: parents until the eighteenth birthday, guardians while their mandate lasts.

use crate::factor::{asked, contact, send};
use crate::post::Post;
use crate::rig::{Exam, Rig, START, Sheet};
use crate::rights::{said, told};
use diffusion::{Denied, FactorRule, Opened, Proof, SessionToken};
use exam::rights::*;
use link::{BirthDate, Contact, DiffusionDoor, Stub, ToDiffusion};
use time::{Duration, OffsetDateTime};

const GUARDIAN: &str = "tutrice@exemple.fr";

fn guardians(until: OffsetDateTime) -> Contact {
    Contact { until: Some(until), representative: true, ..contact(GUARDIAN, START - Duration::DAY) }
}

async fn proved(rig: &Rig, post: &Post, exam: &Exam, sheet: &Sheet) -> SessionToken {
    let session = rig.session(exam, sheet).await;
    send(rig, &session).await;
    assert_eq!(rig.server.prove(&session, &post.last()).await.unwrap(), Proof::Passed);
    session
}

#[tokio::test]
async fn a_guardians_session_ends_with_the_mandate_at_the_next_request_and_no_code_is_sent_there_any_more() {
    let post = Post::default();
    let until = START + Duration::minutes(20);
    let (rig, exam, sheet) = asked(&post, FactorRule::Derogation, vec![guardians(until)]).await;
    let session = proved(&rig, &post, &exam, &sheet).await;
    assert!(rig.server.grant(&session).await.unwrap().strong());
    rig.clock.jump_to(until);
    assert!(matches!(rig.server.grant(&session).await, Err(Denied::NoSession)));
    let later = rig.session(&exam, &sheet).await;
    assert!(!rig.server.grant(&later).await.unwrap().strong(), "the sheet is the patient's own again");
    assert_eq!(post.sent().len(), 1);
}

#[tokio::test]
async fn a_mandate_that_the_archive_side_ends_is_over_at_the_next_request() {
    let post = Post::default();
    let contacts = vec![guardians(START + Duration::days(365))];
    let (rig, exam, sheet) = asked(&post, FactorRule::Required, contacts).await;
    let session = proved(&rig, &post, &exam, &sheet).await;
    rig.server.grant(&session).await.unwrap();
    rig.server.apply(ToDiffusion::Stub(exam.stub())).await.unwrap();
    assert!(matches!(rig.server.grant(&session).await, Err(Denied::NoSession)));
}

#[tokio::test]
async fn what_is_kept_from_representatives_is_kept_from_a_guardian_and_not_from_the_patient() {
    let post = Post::default();
    let contacts = vec![guardians(START + Duration::days(365)), contact("zoe@exemple.fr", START - Duration::hours(1))];
    let (rig, exam, sheet) = asked(&post, FactorRule::Required, contacts).await;
    let guardian = proved(&rig, &post, &exam, &sheet).await;
    assert_eq!(post.sent()[0].0, GUARDIAN);
    rig.wait(Duration::minutes(2));
    let patient = rig.session(&exam, &sheet).await;
    let view = rig.server.factor(&patient).await.unwrap().unwrap();
    let own = view.contacts.iter().find(|contact| contact.masked.starts_with('z')).unwrap();
    rig.server.send_code(&patient, Some(&own.id), diffusion::Language::French).await.unwrap();
    assert_eq!(rig.server.prove(&patient, &post.last()).await.unwrap(), Proof::Passed);
    told(&rig, said(1, Items::All, Towards::Role { role: Role::Representative }, Says::Deny)).await;
    assert!(matches!(rig.server.grant(&guardian).await, Err(Denied::NoSession)));
    rig.server.grant(&patient).await.unwrap();
}

#[tokio::test]
async fn a_childs_sheet_is_a_parents_what_is_kept_from_parents_does_not_open_and_all_of_it_ends_at_eighteen() {
    let rig = Rig::new().await;
    let (mut exam, sheet) = (Exam::new(1), Sheet::new(1));
    let born = BirthDate { year: 2009, month: Some(11), day: Some(27) };
    exam.publication.birth_date = born;
    rig.publish(&exam).await;
    let grant = link::CodeGrant { birth_date: born, ..sheet.grant_for(&exam) };
    rig.server.apply(ToDiffusion::Grant(grant)).await.unwrap();
    rig.server.apply(ToDiffusion::Stub(Stub { birth_date: born, ..exam.stub() })).await.unwrap();
    let open = async || match rig.open(&exam, &sheet.code, born, crate::rig::CLIENT).await {
        Opened::Session(session) => Some(session),
        Opened::Refused => None,
    };
    let parent = open().await.unwrap();
    rig.server.grant(&parent).await.unwrap();
    told(&rig, said(1, Items::All, Towards::Role { role: Role::Representative }, Says::Deny)).await;
    assert!(matches!(rig.server.grant(&parent).await, Err(Denied::NoSession)));
    told(&rig, said(2, Items::All, Towards::Role { role: Role::Representative }, Says::End)).await;
    rig.server.grant(&parent).await.unwrap();
    let eighteen = time::macros::datetime!(2027-11-26 23:00 UTC);
    rig.clock.jump_to(eighteen - Duration::SECOND);
    let parent = open().await.unwrap();
    rig.server.grant(&parent).await.unwrap();
    rig.clock.jump_to(eighteen);
    assert!(matches!(rig.server.grant(&parent).await, Err(Denied::NoSession)));
    assert!(open().await.is_none(), "a new sheet is the patient's own");
}
