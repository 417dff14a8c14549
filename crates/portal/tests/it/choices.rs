//! My choices, as a browser without JavaScript sees them: what is hidden is not there at the professional's next request.

use crate::factor::{Sent, code, enter, rig_of};
use crate::rig::{Browser, Rig};
use axum::http::StatusCode;
use diffusion::{FactorRule, Viewer};
use exam::ids::Rpps;
use link::{DiffusionDoor, Professional, Publication, Relation, ToArchive, ToDiffusion};
use std::collections::BTreeSet;
use uuid::Uuid;

const ANNE: &str = "10000023084";
const BRUNO: &str = "99700366240";
const PAGE: &str = "/examen/choix";

fn named(exam: &mut Publication) {
    exam.person = Some(Uuid::from_u128(0x9E));
    exam.professionals = vec![
        Professional { rpps: ANNE.into(), relation: Relation::Ordered, name: "Anne CANARI".into() },
        Professional { rpps: BRUNO.into(), relation: Relation::CopiedOn, name: "Bruno EXEMPLE".into() },
    ];
}

/// A patient who typed the code sent to them.
async fn strong() -> (Rig, Browser, Sent) {
    let (rig, sent) = rig_of(FactorRule::Required, &["anne@exemple.fr"], named).await;
    let patient = rig.browser();
    enter(&rig, &patient).await;
    patient.post("/verification", &format!("code={}", code(&sent))).await;
    (rig, patient, sent)
}

async fn sees(rig: &Rig, rpps: &str) -> bool {
    let viewer = Viewer::professional(Rpps::parse(rpps).unwrap(), BTreeSet::new());
    rig.server.may_view(&viewer, rig.exam.exam).await.is_ok()
}

/// The archive side hears what was stated, and says that it has it.
async fn settled(rig: &Rig) {
    for message in rig.server.poll(0, 100).await.unwrap() {
        if let ToArchive::StatementMade { statement } = message.message {
            rig.server.apply(ToDiffusion::Statement { statement }).await.unwrap();
        }
    }
}

fn hide(rig: &Rig, more: &str) -> String {
    format!("acte=cacher&quoi=examen&examen={}&{more}", rig.exam.exam)
}

#[tokio::test]
async fn a_hidden_exam_is_gone_at_once_said_in_a_sentence_and_back_when_the_choice_is_ended() {
    let (rig, patient, _) = strong().await;
    assert!(patient.get("/examen").await.text().contains(PAGE));
    let page = patient.get(PAGE).await.text();
    assert!(
        page.contains("Bruno EXEMPLE, qui reçoit une copie") && page.contains("Vous n'avez fait aucun choix"),
        "{page}"
    );
    let asked = patient.post(PAGE, &hide(&rig, &format!("qui={BRUNO}"))).await.text();
    assert!(asked.contains("Après ce choix, ces personnes ne verront plus"), "{asked}");
    assert!(asked.contains("Bruno EXEMPLE (RPPS 99700366240)") && sees(&rig, BRUNO).await, "nothing is saved yet");
    let saved = patient.post(PAGE, &hide(&rig, &format!("qui={BRUNO}&confirme=oui"))).await.text();
    let sentence = "Caché à Bruno EXEMPLE (RPPS 99700366240) : l'examen « Scanner cérébral » du 25 novembre 2026.";
    assert!(saved.contains("C'est enregistré") && saved.contains(sentence), "{saved}");
    assert!(!sees(&rig, BRUNO).await && sees(&rig, ANNE).await);
    let number = saved.split("name=\"numero\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let ended = patient.post("/examen/choix/fin", &format!("origine=diffusion&numero={number}")).await;
    assert_eq!(ended.status, StatusCode::OK);
    assert!(ended.text().contains("elle prend effet dans quelques instants") && !sees(&rig, BRUNO).await);
    settled(&rig).await;
    assert!(sees(&rig, BRUNO).await && patient.get(PAGE).await.text().contains("Vous n'avez fait aucun choix"));
}

#[tokio::test]
async fn hidden_from_all_it_stays_with_who_ordered_it_unless_ticked_apart_after_a_warning() {
    let (rig, patient, _) = strong().await;
    patient.post(PAGE, &hide(&rig, "qui=tous&confirme=oui")).await;
    assert!(sees(&rig, ANNE).await && !sees(&rig, BRUNO).await);
    let warned = patient.post(PAGE, &hide(&rig, "qui=tous&prescripteur=oui")).await.text();
    assert!(warned.contains("qui a demandé cet examen, ne verra plus ses résultats ici. Prévenez-le."), "{warned}");
    patient.post(PAGE, &hide(&rig, "qui=tous&prescripteur=oui&confirme=oui")).await;
    assert!(!sees(&rig, ANNE).await);
    let refused = patient.post("/examen/partages", "adresse=paul%40exemple.fr&jours=7").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("la personne ne verrait rien"));
}

#[tokio::test]
async fn a_designated_physician_sees_it_and_an_objection_is_said_and_hides_nothing() {
    let (rig, patient, _) = strong().await;
    let other = "10000000009";
    let other = if Rpps::parse(other).is_ok() { other } else { BRUNO };
    patient.post(PAGE, &hide(&rig, "qui=tous&confirme=oui")).await;
    let made = patient.post(PAGE, &format!("acte=designer&rpps={other}&confirme=oui")).await.text();
    assert!(made.contains("Médecin désigné"), "{made}");
    assert!(sees(&rig, other).await, "designation outranks what is hidden from all");
    let objected = patient.post(PAGE, "acte=opposer&confirme=oui").await.text();
    assert!(objected.contains("Plus de transmission à tous") && !objected.contains("value=\"opposer\""), "{objected}");
    assert!(sees(&rig, ANNE).await && sees(&rig, other).await);
}

#[tokio::test]
async fn what_a_form_lacks_changes_nothing_and_others_exams_are_not_there() {
    let (rig, patient, _) = strong().await;
    for (form, says) in [
        (hide(&rig, "qui=rpps&rpps=123&confirme=oui"), "pas un numéro RPPS"),
        (hide(&rig, "confirme=oui"), "Choisissez"),
        ("acte=cacher&quoi=periode&du=2026-12-01&au=2026-11-01&qui=tous&confirme=oui".into(), "les deux dates"),
        ("acte=autre".into(), "Choisissez"),
        (String::new(), "Choisissez"),
    ] {
        let answer = patient.post(PAGE, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(answer.text().contains(says), "{form}: {}", answer.text());
    }
    let other = format!("acte=cacher&quoi=examen&examen={}&qui=tous&confirme=oui", Uuid::from_u128(0xE2));
    assert_eq!(patient.post(PAGE, &other).await.status, StatusCode::NOT_FOUND);
    assert_eq!(patient.post("/examen/choix/fin", "origine=archive&numero=7").await.status, StatusCode::NOT_FOUND);
    assert!(sees(&rig, ANNE).await && sees(&rig, BRUNO).await);
}

#[tokio::test]
async fn who_is_not_strongly_identified_reads_how_to_become_so_and_changes_nothing() {
    let rig = Rig::with(|_| {}, named).await;
    let patient = rig.visitor().await;
    let page = patient.get(PAGE).await;
    assert!(page.status == StatusCode::OK && page.text().contains("Passez à l'accueil avec une pièce d'identité"));
    let tried = patient.post(PAGE, &hide(&rig, "qui=tous&confirme=oui")).await;
    assert!(tried.text().contains("Passez à l'accueil"));
    assert_eq!(patient.post("/examen/choix/fin", "origine=archive&numero=1").await.status, StatusCode::OK);
    assert!(sees(&rig, ANNE).await && sees(&rig, BRUNO).await);
}
