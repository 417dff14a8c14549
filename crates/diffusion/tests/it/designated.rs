//! Who reads a whole record, or a patient's exams of the group: a physician whom the patient designates, a partner's
//! professional with a declared care relation.

use crate::professional::{ALICE, BRUNO, exam, listed, login, not_there, rig, rpps};
use crate::provider;
use crate::rig::{ONLINE_UNTIL, PERSON, Rig};
use crate::rights::{said, the, to, told};
use diffusion::{Act, Basis, ListQuery, ProLook, ProState};
use exam::ids::Finess;
use exam::rights::*;
use link::{CareRelation, DiffusionDoor, ToDiffusion};
use time::Duration;
use uuid::Uuid;

/// Where their login says that they work.
const HERE: &str = "920008059";
const ELSEWHERE: &str = "300017985";

#[tokio::test]
async fn a_designated_physician_has_the_whole_record_in_their_space_by_name_and_the_exams_to_come() {
    let rig = rig().await;
    let (one, two) = (exam(1, 1, &[ALICE]), exam(2, 1, &[]));
    rig.publish(&one).await;
    rig.publish(&two).await;
    let bruno = login(&rig, BRUNO).await;
    assert!(listed(&rig, &bruno, "").await.is_empty());
    told(&rig, said(1, Items::All, to(BRUNO), Says::Designate)).await;
    let mut seen = listed(&rig, &bruno, "lefevre 9/4/1957").await;
    seen.sort();
    assert_eq!(seen, [one.publication.exam, two.publication.exam], "without another login");
    let (session, look) = rig.server.pro_look(&bruno, two.publication.exam).await.unwrap();
    let ProLook::Online(grant) = look else { panic!("on line") };
    let served = rig.server.serve(&grant, Act::DownloadReport).await.unwrap();
    assert!(rig.server.report_pdf(served).await.is_ok());
    assert_eq!(rig.server.pro_others(&session, two.publication.exam).await.unwrap().len(), 1, "the prior beside it");
    let events = rig.trace.events_of_exam(two.publication.exam, 10).await.unwrap();
    assert_eq!(events[0].actor.role, trace::Role::Professional);
    assert_eq!(events[0].detail.get("as").map(String::as_str), Some(Basis::Designated.word()));
    let three = exam(3, 1, &[ALICE]);
    rig.publish(&three).await;
    assert!(listed(&rig, &bruno, "").await.contains(&three.publication.exam));
}

#[tokio::test]
async fn a_designated_physician_brings_back_what_is_expired() {
    let rig = rig().await;
    let one = exam(1, 1, &[]);
    rig.publish(&one).await;
    told(&rig, said(1, Items::All, to(BRUNO), Says::Designate)).await;
    rig.clock.jump_to(ONLINE_UNTIL);
    rig.sweep(ONLINE_UNTIL).await.unwrap();
    let bruno = login(&rig, BRUNO).await;
    let (_, list) = rig.server.pro_list(&bruno, &ListQuery::default()).await.unwrap().unwrap();
    assert_eq!((list.lines[0].state, list.lines[0].patient.as_str()), (ProState::Recallable, "LEFÈVRE Marie-Canari"));
    assert!(rig.server.pro_ask_recall(&bruno, one.publication.exam).await.unwrap().open);
    let alice = login(&rig, ALICE).await;
    assert!(not_there(rig.server.pro_ask_recall(&alice, one.publication.exam).await));
}

#[tokio::test]
async fn a_designation_ends_at_the_next_request_and_yields_to_a_deny_that_names_them_and_is_lent_to_nobody() {
    let rig = rig().await;
    let (one, two) = (exam(1, 1, &[]), exam(2, 1, &[]));
    rig.publish(&one).await;
    rig.publish(&two).await;
    let ids = [one.publication.exam, two.publication.exam];
    let until = rig.server.now() + Duration::minutes(10);
    told(&rig, Statement { until: Some(until), ..said(1, Items::All, to(BRUNO), Says::Designate) }).await;
    told(&rig, said(2, Items::All, Towards::Everyone, Says::Deny)).await;
    let bruno = login(&rig, BRUNO).await;
    assert_eq!(listed(&rig, &bruno, "").await.len(), 2, "a deny for all is not for whom the patient chose");
    told(&rig, said(3, the(&one), to(BRUNO), Says::Deny)).await;
    assert_eq!(listed(&rig, &bruno, "").await, [ids[1]]);
    assert!(not_there(rig.server.pro_grant(&bruno, ids[0]).await));

    let now = rig.server.now();
    assert!(rig.server.declare_standin(&bruno, &rpps(ALICE), now, now + Duration::DAY).await.unwrap());
    let alice = login(&rig, ALICE).await;
    assert!(listed(&rig, &alice, "").await.is_empty(), "the patient chose one person");

    rig.server.pro_grant(&bruno, ids[1]).await.unwrap();
    rig.clock.jump_to(until);
    assert!(listed(&rig, &bruno, "").await.is_empty());
    assert!(not_there(rig.server.pro_grant(&bruno, ids[1]).await));
    assert!(not_there(rig.server.pro_grant(&bruno, Uuid::from_u128(0xDEAD)).await), "the same answer");
}

#[tokio::test]
async fn what_is_kept_from_somebody_by_name_is_kept_from_whoever_stands_in_for_them() {
    let rig = rig().await;
    let (one, two) = (exam(1, 1, &[ALICE]), exam(2, 1, &[ALICE]));
    rig.publish(&one).await;
    rig.publish(&two).await;
    let (alice, now) = (login(&rig, ALICE).await, rig.server.now());
    assert!(rig.server.declare_standin(&alice, &rpps(BRUNO), now, now + Duration::DAY).await.unwrap());
    let bruno = login(&rig, BRUNO).await;
    assert_eq!(listed(&rig, &bruno, "").await.len(), 2);
    rig.server.pro_grant(&bruno, one.publication.exam).await.unwrap();
    told(&rig, said(1, the(&one), to(ALICE), Says::Deny)).await;
    assert_eq!(listed(&rig, &bruno, "").await, [two.publication.exam], "nothing is said of Bruno, and it is not lent");
    assert!(not_there(rig.server.pro_grant(&bruno, one.publication.exam).await));
}

#[tokio::test]
async fn an_end_that_the_archive_side_tells_ends_a_designation_at_the_next_request() {
    let rig = rig().await;
    let one = exam(1, 1, &[]);
    rig.publish(&one).await;
    told(&rig, said(1, Items::All, to(BRUNO), Says::Designate)).await;
    let bruno = login(&rig, BRUNO).await;
    rig.server.pro_grant(&bruno, one.publication.exam).await.unwrap();
    told(&rig, said(2, Items::All, to(BRUNO), Says::End)).await;
    assert!(not_there(rig.server.pro_grant(&bruno, one.publication.exam).await));
}

/// A login that names the structure.
async fn login_there(rig: &Rig) -> diffusion::ProToken {
    let mut says = provider::Says::who(BRUNO);
    says.claims["SubjectRefPro"] = serde_json::json!({
        "exercices": [{ "activities": [{ "numeroFinessSite": HERE }] }]
    });
    rig.provider.says(says);
    let start = rig.server.begin_openid().await.unwrap().unwrap();
    let state = rig.provider.visit(&start.url);
    rig.server.finish_openid(&start.secret, &state, "code").await.unwrap().unwrap()
}

/// Bruno cares for the person, from now for thirty days.
fn cares(rig: &Rig, finess: &str) -> CareRelation {
    CareRelation {
        relation: Uuid::from_u128(0xCA4E),
        person: PERSON,
        rpps: BRUNO.into(),
        finess: finess.into(),
        from: rig.server.now(),
        until: rig.server.now() + Duration::days(30),
    }
}

async fn declare(rig: &Rig, relation: CareRelation) {
    rig.server.apply(ToDiffusion::CareRelation { relation }).await.unwrap();
}

#[tokio::test]
async fn a_partners_professional_with_a_declared_care_relation_reads_the_patients_exams_traced_until_it_ends() {
    let rig = rig().await;
    let (one, mut other) = (exam(1, 1, &[ALICE]), exam(2, 1, &[]));
    other.publication.person = Some(Uuid::from_u128(0x0714E4));
    rig.publish(&one).await;
    rig.publish(&other).await;
    let bruno = login_there(&rig).await;
    let relation = cares(&rig, HERE);
    declare(&rig, CareRelation { from: relation.from + Duration::HOUR, ..relation.clone() }).await;
    assert!(listed(&rig, &bruno, "").await.is_empty(), "not begun");
    declare(&rig, relation.clone()).await;
    assert_eq!(listed(&rig, &bruno, "").await, [one.publication.exam]);
    let grant = rig.server.pro_grant(&bruno, one.publication.exam).await.unwrap();
    rig.server.serve(&grant, Act::ViewImages).await.unwrap();
    let events = rig.trace.events_of_exam(one.publication.exam, 10).await.unwrap();
    assert_eq!(events[0].detail.get("as").map(String::as_str), Some("care"));
    assert!(not_there(rig.server.pro_grant(&bruno, other.publication.exam).await), "somebody else's exam");
    declare(&rig, CareRelation { until: rig.server.now(), ..relation }).await;
    assert!(not_there(rig.server.pro_grant(&bruno, one.publication.exam).await), "at the next request");
    assert!(listed(&rig, &bruno, "").await.is_empty());
}

#[tokio::test]
async fn a_care_relation_counts_where_it_was_declared_and_yields_to_the_patients_objection() {
    let rig = rig().await;
    let one = exam(1, 1, &[ALICE]);
    rig.publish(&one).await;
    let bruno = login_there(&rig).await;
    declare(&rig, cares(&rig, ELSEWHERE)).await;
    assert!(listed(&rig, &bruno, "").await.is_empty(), "their login says that they work at another structure");
    declare(&rig, cares(&rig, HERE)).await;
    assert_eq!(listed(&rig, &bruno, "").await.len(), 1);
    let structure = Towards::One { who: Named::Structure { finess: Finess::parse(HERE).unwrap() } };
    for (sequence, towards) in [(1, Towards::Everyone), (3, structure), (5, to(BRUNO))] {
        told(&rig, said(sequence, Items::All, towards.clone(), Says::Deny)).await;
        assert!(listed(&rig, &bruno, "").await.is_empty(), "{towards:?}");
        assert!(not_there(rig.server.pro_grant(&bruno, one.publication.exam).await), "{towards:?}");
        told(&rig, said(sequence + 1, Items::All, towards, Says::End)).await;
    }
    assert_eq!(listed(&rig, &bruno, "").await.len(), 1);
}
