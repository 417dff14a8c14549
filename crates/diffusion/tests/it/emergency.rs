//! The emergency opening: one hour, for a reason, told to the patient and to the group; never to who is kept from it.

use crate::factor::contact;
use crate::post::Post;
use crate::professional::{ALICE, BRUNO, exam, listed, login, not_there};
use crate::provider;
use crate::rig::{BORN, PERSON, Rig, START, Sheet};
use crate::rights::{said, the, to, told};
use diffusion::{Act, ConsultedBy, EmergencyAnswer, EmergencyWish, FactorRule, ProDenied, ProToken};
use exam::rights::*;
use link::{DiffusionDoor, Stub, ToArchive, ToDiffusion};
use time::Duration;

const REASON: &str = "Patiente inconsciente aux urgences";

fn wish() -> EmergencyWish {
    EmergencyWish { name: "marie canari LEFEVRE".into(), born: BORN, reason: REASON.into() }
}

async fn on(post: &Post) -> Rig {
    let asks = post.asks(FactorRule::Off);
    Rig::with(|settings| {
        asks(settings);
        settings.openid = Some(provider::settings());
        settings.emergency = true;
    })
    .await
}

async fn open(rig: &Rig, token: &ProToken) -> EmergencyAnswer {
    rig.server.open_emergency(token, &wish()).await.unwrap()
}

#[tokio::test]
async fn an_emergency_opens_the_record_for_one_hour_and_the_patient_and_the_group_are_told_at_once() {
    let post = Post::default();
    let rig = on(&post).await;
    let (one, two, sheet) = (exam(1, 1, &[ALICE]), exam(2, 1, &[]), Sheet::new(1));
    rig.publish(&one).await;
    rig.publish(&two).await;
    rig.grant_code(&one, &sheet).await;
    let contacts = vec![contact("anne@exemple.fr", START - Duration::DAY)];
    rig.server.apply(ToDiffusion::Stub(Stub { contacts, ..one.stub() })).await.unwrap();
    let bruno = login(&rig, BRUNO).await;
    let until = rig.server.now() + Duration::HOUR;
    assert_eq!(open(&rig, &bruno).await, EmergencyAnswer::Opened(until));
    rig.server.settle().await;
    assert_eq!(post.sent(), [("anne@exemple.fr".to_owned(), "emergency".to_owned())]);
    rig.server.tell_patients().await.unwrap();
    assert_eq!(post.sent().len(), 1, "told once");
    let messages = rig.server.poll(0, 10).await.unwrap();
    let opened = messages.iter().find_map(|message| match &message.message {
        ToArchive::EmergencyOpened { emergency } => Some(emergency),
        _ => None,
    });
    let opened = opened.expect("somebody of the group has it to review");
    assert_eq!((opened.person, opened.rpps.as_str(), opened.reason.as_str()), (PERSON, BRUNO, REASON));

    assert_eq!(listed(&rig, &bruno, "").await.len(), 2);
    let grant = rig.server.pro_grant(&bruno, two.publication.exam).await.unwrap();
    rig.server.serve(&grant, Act::ViewImages).await.unwrap();
    let patient = rig.session(&one, &sheet).await;
    let notices = rig.server.emergencies_of(&patient).await.unwrap();
    assert_eq!((notices.len(), notices[0].name.as_str()), (1, "Alice EXEMPLE"), "the name that the provider says");
    let looked = rig.server.who_looked(&patient).await.unwrap();
    let named = |by: &ConsultedBy| matches!(by, ConsultedBy::Named(_));
    assert!(looked.iter().any(|line| line.act == Act::Emergency && named(&line.by)), "{looked:?}");

    rig.clock.jump_to(until);
    let bruno = login(&rig, BRUNO).await;
    assert!(listed(&rig, &bruno, "").await.is_empty());
    assert!(not_there(rig.server.pro_grant(&bruno, two.publication.exam).await));
}

#[tokio::test]
async fn it_is_off_unless_the_group_has_switched_it_on() {
    let rig = crate::professional::rig().await;
    rig.publish(&exam(1, 1, &[])).await;
    let bruno = login(&rig, BRUNO).await;
    assert!(!rig.server.emergencies_allowed());
    assert!(matches!(rig.server.open_emergency(&bruno, &wish()).await, Err(ProDenied::NotThere)));
    assert!(listed(&rig, &bruno, "").await.is_empty());
}

#[tokio::test]
async fn switched_off_again_it_opens_nothing_any_more() {
    let rig = on(&Post::default()).await;
    rig.publish(&exam(1, 1, &[])).await;
    let bruno = login(&rig, BRUNO).await;
    assert!(matches!(open(&rig, &bruno).await, EmergencyAnswer::Opened(_)));
    let rig = rig.crash(|settings| settings.openid = Some(provider::settings())).await;
    assert!(listed(&rig, &bruno, "").await.is_empty());
}

#[tokio::test]
async fn who_is_kept_from_the_record_is_answered_as_for_a_person_who_is_not_here() {
    let rig = on(&Post::default()).await;
    let (one, two) = (exam(1, 1, &[]), exam(2, 1, &[]));
    rig.publish(&one).await;
    rig.publish(&two).await;
    let bruno = login(&rig, BRUNO).await;
    let unknown = EmergencyWish { name: "Personne Inconnue".into(), ..wish() };
    assert_eq!(rig.server.open_emergency(&bruno, &unknown).await.unwrap(), EmergencyAnswer::Nobody);
    let part = EmergencyWish { name: "Lefèvre".into(), ..wish() };
    assert_eq!(rig.server.open_emergency(&bruno, &part).await.unwrap(), EmergencyAnswer::Nobody, "a whole name");
    let leaves = rig.trace.size().await.unwrap();
    told(&rig, said(1, Items::All, to(BRUNO), Says::Deny)).await;
    assert_eq!(open(&rig, &bruno).await, EmergencyAnswer::Nobody);
    assert_eq!(rig.trace.size().await.unwrap(), leaves + 1, "refusals are traced");
    assert!(listed(&rig, &bruno, "").await.is_empty());
    assert!(rig.server.poll(0, 10).await.unwrap().is_empty(), "nothing was opened");

    // Kept from one exam only: the others open, that one does not.
    told(&rig, said(2, Items::All, to(BRUNO), Says::End)).await;
    told(&rig, said(3, the(&one), to(BRUNO), Says::Deny)).await;
    assert!(matches!(open(&rig, &bruno).await, EmergencyAnswer::Opened(_)));
    assert_eq!(listed(&rig, &bruno, "").await, [two.publication.exam]);
    told(&rig, said(4, Items::All, to(BRUNO), Says::Deny)).await;
    assert!(listed(&rig, &bruno, "").await.is_empty(), "a deny made meanwhile ends it at the next request");
}

#[tokio::test]
async fn an_emergency_needs_a_reason_and_names_are_not_guessed() {
    let rig = on(&Post::default()).await;
    rig.publish(&exam(1, 1, &[])).await;
    let bruno = login(&rig, BRUNO).await;
    let silent = EmergencyWish { reason: " . . . . . . . . . . . ".into(), ..wish() };
    assert_eq!(rig.server.open_emergency(&bruno, &silent).await.unwrap(), EmergencyAnswer::NoReason);
    for n in 0..5 {
        let guess = EmergencyWish { name: format!("Personne {n}"), ..wish() };
        assert_eq!(rig.server.open_emergency(&bruno, &guess).await.unwrap(), EmergencyAnswer::Nobody);
    }
    assert_eq!(open(&rig, &bruno).await, EmergencyAnswer::TooMany, "whether or not the name is right");
    rig.wait(Duration::HOUR);
    let bruno = login(&rig, BRUNO).await;
    assert!(matches!(open(&rig, &bruno).await, EmergencyAnswer::Opened(_)));
}

#[tokio::test]
async fn two_people_of_one_name_and_birth_date_are_nobody() {
    let rig = on(&Post::default()).await;
    let (one, mut two) = (exam(1, 1, &[]), exam(2, 1, &[]));
    two.publication.person = Some(uuid::Uuid::from_u128(0x7714));
    rig.publish(&one).await;
    rig.publish(&two).await;
    let bruno = login(&rig, BRUNO).await;
    assert_eq!(open(&rig, &bruno).await, EmergencyAnswer::Nobody);
}

#[tokio::test]
async fn nothing_opens_when_the_trace_cannot_be_written() {
    let rig = on(&Post::default()).await;
    rig.publish(&exam(1, 1, &[])).await;
    let bruno = login(&rig, BRUNO).await;
    rig.trace.close().await.unwrap();
    assert!(rig.server.open_emergency(&bruno, &wish()).await.is_err());
    assert!(rig.server.poll(0, 10).await.unwrap().is_empty());
}
