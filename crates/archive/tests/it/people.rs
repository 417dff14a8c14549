//! Who else reads a record, or stands for a person: declared at the desk, told to the other side, reviewed.

use crate::desk::who;
use crate::partner::{self, Played};
use crate::rig::{GROUP, Rig};
use crate::senders::chest;
use ambient::Clock;
use archive::ArchiveError;
use archive::desk::{Desk, EmergencyVerdict, ExamId, RelationKind, Role};
use exam::rights::*;
use link::{CareRelation, Emergency, ToArchive, ToDiffusion};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

const RPPS: &str = "99700366240";

async fn published() -> (Rig, Desk, ExamId) {
    let mut rig = Rig::new().await;
    rig.archive.partners = Arc::new(partner::partners(partner::hospital(), &Arc::new(Played::default())));
    rig.reported(&chest()).await;
    rig.quiet().await;
    let (desk, exam) = (Desk::new(rig.archive.clone()), rig.exam_id().await);
    (rig, desk, exam)
}

fn structure(rig: &Rig) -> String {
    rig.archive.partners.rules.partners[0].structures[0].clone()
}

fn care(finess: &str) -> RelationKind {
    RelationKind::Care { rpps: RPPS.into(), name: "Dr Exemple".into(), finess: finess.into() }
}

fn relations_told(rig: &Rig) -> Vec<CareRelation> {
    let relation = |told: &ToDiffusion| match told {
        ToDiffusion::CareRelation { relation } => Some(relation.clone()),
        _ => None,
    };
    rig.door.look(|state| state.told.iter().filter_map(relation).collect())
}

fn in_a_month(rig: &Rig) -> Option<OffsetDateTime> {
    Some(rig.clock.now() + Duration::days(30))
}

#[tokio::test]
async fn a_care_relation_names_a_partners_structure_is_told_and_told_again_when_it_ends() {
    let (rig, desk, exam) = published().await;
    let until = in_a_month(&rig);
    let elsewhere = desk.declare_relation(&who(Role::Desk), exam, care("920008059"), until).await;
    assert!(matches!(elsewhere, Err(ArchiveError::Refused(_))), "no partner's structure");
    let keeper = desk.declare_relation(&who(Role::Administrator), exam, care(&structure(&rig)), until).await;
    assert!(matches!(keeper, Err(ArchiveError::Refused(_))), "not by that role");
    desk.declare_relation(&who(Role::Desk), exam, care(&structure(&rig)), until).await.unwrap();
    rig.run_due().await;
    let told = relations_told(&rig);
    assert_eq!((told.len(), told[0].rpps.as_str(), Some(told[0].until)), (1, RPPS, until));
    assert_eq!(Some(told[0].person), rig.detail().await.patient.map(|patient| patient.id.0));
    rig.publish_again().await;
    assert_eq!(relations_told(&rig).len(), 1, "nothing new, nothing said");
    desk.end_relation(&who(Role::Desk), exam, told[0].relation, "suivi terminé".into()).await.unwrap();
    rig.run_due().await;
    assert_eq!(relations_told(&rig)[1].until, rig.clock.now());
    let looked = desk.exam(&who(Role::Desk), exam).await.unwrap().consultations;
    let said: Vec<_> = looked.iter().filter_map(|event| event.detail.get("what")).collect();
    assert!(said.iter().any(|what| *what == "relation-care") && said.iter().any(|what| *what == "relation-ended"));
}

#[tokio::test]
async fn a_structure_that_is_no_partners_any_more_gives_nothing_to_read() {
    let (mut rig, desk, exam) = published().await;
    desk.declare_relation(&who(Role::Desk), exam, care(&structure(&rig)), in_a_month(&rig)).await.unwrap();
    rig.run_due().await;
    rig.archive.partners = Arc::default();
    rig.publish_again().await;
    assert_eq!(relations_told(&rig)[1].until, rig.clock.now());
}

#[tokio::test]
async fn a_guardian_is_reached_while_the_mandate_lasts_and_an_heir_never() {
    let (rig, desk, exam) = published().await;
    let until = in_a_month(&rig);
    let (name, basis) = ("Zoé Exemple".to_owned(), "jugement du 3 mars 2026".to_owned());
    let guardian = RelationKind::Guardian { name: name.clone(), email: Some("zoe@exemple.fr".into()), basis };
    desk.declare_relation(&who(Role::Desk), exam, guardian, until).await.unwrap();
    let heir = RelationKind::Heir { name, purpose: "défendre la mémoire du défunt".into() };
    desk.declare_relation(&who(Role::Desk), exam, heir, None).await.unwrap();
    rig.run_due().await;
    let stub = rig.door.stubs().pop().unwrap();
    let [contact] = stub.contacts.as_slice() else { panic!("one: {:?}", stub.contacts) };
    assert_eq!((contact.representative, contact.until, contact.address.as_str()), (true, until, "zoe@exemple.fr"));
    let parent = RelationKind::Parent { name: "Jean Exemple".into(), email: Some("jean@exemple.fr".into()) };
    let grown_up = desk.declare_relation(&who(Role::Desk), exam, parent, None).await;
    assert!(matches!(grown_up, Err(ArchiveError::Refused(_))), "the patient has been of age for long");
    let relations = desk.people(exam).await.unwrap().relations;
    let mandate = relations.iter().find(|one| one.what.key() == "guardian").unwrap().relation;
    desk.end_relation(&who(Role::Desk), exam, mandate, "mainlevée".into()).await.unwrap();
    rig.run_due().await;
    assert!(rig.door.stubs().pop().unwrap().contacts.is_empty());
}

#[tokio::test]
async fn once_somebody_is_designated_the_other_side_knows_of_exams_that_never_were_on_line() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.clock.advance(std::time::Duration::from_secs(3 * 366 * 24 * 3600));
    rig.run_due().await;
    rig.quiet().await;
    assert_eq!((rig.door.commits(), rig.door.stubs().len()), (0, 0), "its time on line was over before it came");
    let at = rig.clock.now();
    let statement = Statement {
        id: StatementId { origin: Origin::Archive, sequence: 1 },
        person: rig.detail().await.patient.unwrap().id.0,
        by: By::Desk { login: "anne".into() },
        about: Items::All,
        to: Towards::One { who: Named::Professional { rpps: RPPS.parse().unwrap() } },
        says: Says::Designate,
        orderer_too: false,
        purpose: Purpose::Any,
        from: at,
        until: None,
        made_at: at,
    };
    rig.archive.catalogue.state(GROUP, statement).await.unwrap();
    rig.run_due().await;
    assert_eq!(rig.door.stubs().len(), 1);
}

#[tokio::test]
async fn an_emergency_of_the_other_side_waits_for_its_review_by_who_may() {
    let (rig, desk, _) = published().await;
    let emergency = Emergency {
        opening: Uuid::from_u128(0xE),
        person: rig.detail().await.patient.unwrap().id.0,
        rpps: RPPS.into(),
        name: "Dr Exemple".into(),
        reason: "Patiente inconsciente aux urgences".into(),
        at: rig.clock.now(),
        until: rig.clock.now() + Duration::HOUR,
    };
    let lost = Emergency { opening: Uuid::from_u128(0xF), person: Uuid::nil(), ..emergency.clone() };
    rig.door.say(ToArchive::EmergencyOpened { emergency: lost });
    rig.door.say(ToArchive::EmergencyOpened { emergency: emergency.clone() });
    rig.run_due().await;
    assert_eq!(desk.emergencies_waiting().await.unwrap(), 1, "one of a person the record lost stops nothing");
    assert!(matches!(desk.emergencies(&who(Role::Desk)).await, Err(ArchiveError::Refused(_))));
    let list = desk.emergencies(&who(Role::DataProtection)).await.unwrap();
    assert_eq!(list.waiting[0].what.name(), "Dr Exemple");
    let review = async |role, words: &str| {
        desk.review_emergency(&who(role), emergency.opening, EmergencyVerdict::Unjustified, words.into()).await
    };
    assert!(review(Role::Desk, "non").await.is_err() && review(Role::DataProtection, " ").await.is_err());
    review(Role::DataProtection, "aucun passage aux urgences").await.unwrap();
    let list = desk.emergencies(&who(Role::Radiologist)).await.unwrap();
    let review = list.reviewed[0].review.as_ref().unwrap();
    assert_eq!((list.waiting.len(), review.verdict, review.by.as_str()), (0, EmergencyVerdict::Unjustified, "accueil"));
}

#[tokio::test]
async fn nobody_acts_as_a_patient_who_has_died() {
    let (rig, desk, exam) = published().await;
    let (name, basis) = ("Zoé Exemple".to_owned(), "jugement du 3 mars 2026".to_owned());
    let guardian = RelationKind::Guardian { name, email: Some("zoe@exemple.fr".into()), basis };
    desk.declare_relation(&who(Role::Desk), exam, guardian, None).await.unwrap();
    rig.run_due().await;
    let before = rig.door.stubs().pop().unwrap();
    assert_eq!(before.contacts.len(), 1);
    let day = rig.clock.now().date();
    died(&rig, day).await;
    let stub = rig.door.stubs().pop().unwrap();
    assert!(stub.contacts.is_empty());
    assert!(stub.codes_until < before.codes_until && stub.codes_until <= rig.clock.now() + Duration::DAY);
}

/// ADT that says when the patient died (PID-29, PID-30).
async fn died(rig: &Rig, on: time::Date) {
    let exam = chest();
    let said = crate::senders::adt(&exam, &crate::senders::person(&exam), 10);
    let text = String::from_utf8(said).unwrap();
    let date = format!("{:04}{:02}{:02}", on.year(), u8::from(on.month()), on.day());
    let with_death = |line: &str| {
        if !line.starts_with("PID") {
            return line.to_owned();
        }
        let mut fields: Vec<String> = line.split('|').map(str::to_owned).collect();
        fields.resize(fields.len().max(31), String::new());
        fields[29] = date.clone();
        fields[30] = "Y".into();
        fields.join("|")
    };
    let message: Vec<String> = text.split('\r').map(with_death).collect();
    rig.message(message.join("\r").into_bytes()).await;
    rig.run_due().await;
}
