//! What the sender of a report masks, and what is hidden: no route of the table gives a byte of it, to anybody it is kept
//! from. The requests are made from the table: a new route is tried without a word here.

use crate::factor::{Sent, code, enter, rig_of};
use crate::matrix::professional;
use crate::rig::{Browser, Rig, START};
use axum::http::Method;
use diffusion::FactorRule;
use exam::rights::*;
use link::{DiffusionDoor, Professional, Publication, Relation, ToDiffusion};
use portal::routes::Who;
use uuid::Uuid;

const BRUNO: &str = "99700366240";
const PERSON: Uuid = Uuid::from_u128(0x9E);
/// What stands in the report alone: its words, its PDF, its pages.
const OF_THE_REPORT: [&str; 5] =
    ["examen normal", "%PDF-1.7 report", "PNG page", "\"/examen/rapport\"", "/rapport.pdf\""];

fn named(exam: &mut Publication) {
    exam.person = Some(PERSON);
    let bruno = Professional { rpps: BRUNO.into(), relation: Relation::Ordered, name: String::new() };
    exam.professionals = vec![bruno];
    let earlier = Uuid::from_u128(0xEF);
    exam.report.as_mut().unwrap().versions = vec![earlier, Uuid::from_u128(0xF0)];
}

fn masked(role: Role, about: Items, says: Says, sequence: u64) -> ToDiffusion {
    let statement = Statement {
        id: StatementId { origin: Origin::Message, sequence },
        person: PERSON,
        by: By::Message,
        about,
        to: Towards::Role { role },
        says,
        orderer_too: false,
        purpose: Purpose::Any,
        from: START,
        until: None,
        made_at: START,
    };
    ToDiffusion::Statement { statement }
}

/// The flag of the earlier version: a corrected report is the same report.
fn flag(role: Role) -> ToDiffusion {
    masked(role, Items::Report { report: Uuid::from_u128(0xEF) }, Says::Deny, 4)
}

/// Everything this browser gets of the report, by path.
async fn shown(rig: &Rig, browser: &Browser, exam: Uuid) -> Vec<String> {
    let mut found = Vec::new();
    for row in rig.rows.iter().filter(|row| row.method == Method::GET && row.who != Who::Anyone) {
        let path = row.path.replace("{exam}", &exam.to_string()).replace("{page}", "1").replace("{*rest}", "");
        let answer = browser.get(&path).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let leaks: Vec<&str> = OF_THE_REPORT.into_iter().filter(|word| text.contains(word)).collect();
        if !leaks.is_empty() {
            found.push(format!("{path}: {leaks:?}"));
        }
    }
    found
}

async fn rig() -> (Rig, Sent) {
    rig_of(FactorRule::Derogation, &["anne@exemple.fr"], named).await
}

async fn patient(rig: &Rig, sent: &Sent) -> Browser {
    let browser = rig.browser();
    enter(rig, &browser).await;
    browser.post("/verification", &format!("code={}", code(sent))).await;
    browser
}

/// Whom the patient invited, with downloads.
async fn invited(rig: &Rig, patient: &Browser, sent: &Sent) -> Browser {
    patient.post("/examen/partages", "adresse=paul%40exemple.fr&jours=7&fichiers=oui").await;
    let text = sent.lock().unwrap().last().unwrap().2.clone();
    let link = text.lines().find(|line| line.contains("/partage#")).unwrap().trim().replace('#', "%23");
    let guest = rig.browser();
    guest.post("/partage", &format!("lien={link}")).await;
    guest.get("/verification").await;
    guest.post("/verification/envoyer", "").await;
    guest.post("/verification", &format!("code={}", code(sent))).await;
    guest
}

async fn doctor(rig: &Rig) -> Browser {
    let browser = rig.browser();
    browser.keep("__Host-professionnel", professional(rig).await.secret());
    browser
}

#[tokio::test]
async fn a_report_masked_from_professionals_is_nowhere_for_them_and_everywhere_for_the_patient() {
    let (rig, sent) = rig().await;
    let (patient, doctor) = (patient(&rig, &sent).await, doctor(&rig).await);
    let exam = rig.exam.exam;
    assert!(shown(&rig, &doctor, exam).await.len() >= 4, "the table is read");
    let list = doctor.get("/professionnel/examens").await.text();
    rig.server.apply(flag(Role::Professional)).await.unwrap();
    assert_eq!(shown(&rig, &doctor, exam).await, Vec::<String>::new());
    assert_ne!(doctor.get("/professionnel/examens").await.text(), list, "not even that a report has come");
    assert!(doctor.get(&format!("/professionnel/examen/{exam}")).await.status.is_success(), "the exam is still theirs");
    assert!(shown(&rig, &patient, exam).await.len() >= 5);
}

#[tokio::test]
async fn a_report_masked_from_the_patient_is_nowhere_for_them_nor_for_whom_they_invite() {
    let (rig, sent) = rig().await;
    let patient = patient(&rig, &sent).await;
    let (guest, doctor) = (invited(&rig, &patient, &sent).await, doctor(&rig).await);
    let exam = rig.exam.exam;
    assert!(shown(&rig, &patient, exam).await.len() >= 5 && shown(&rig, &guest, exam).await.len() >= 4);
    rig.server.apply(flag(Role::Patient)).await.unwrap();
    for browser in [&patient, &guest] {
        assert_eq!(shown(&rig, browser, exam).await, Vec::<String>::new());
        assert!(browser.get("/examen").await.status.is_success());
    }
    assert!(shown(&rig, &doctor, exam).await.len() >= 4, "who ordered it reads it");
    let looked = patient.get("/examen/consultations").await.text();
    assert!(looked.contains("Bruno") && !looked.contains("compte rendu"), "{looked}");
}

#[tokio::test]
async fn what_is_masked_from_parents_is_absent_for_whoever_holds_a_childs_sheet() {
    let child = |exam: &mut Publication| {
        named(exam);
        exam.birth_date.year = 2015;
    };
    let (rig, _) = rig_of(FactorRule::Off, &[], child).await;
    let parent = rig.browser();
    let form = rig.form(&rig.exam.number, &rig.code).replace("1957", "2015");
    parent.post("/ouvrir", &form).await;
    assert!(shown(&rig, &parent, rig.exam.exam).await.len() >= 5);
    let the_report = Items::Report { report: Uuid::from_u128(0xF0) };
    rig.server.apply(masked(Role::Representative, the_report, Says::Deny, 8)).await.unwrap();
    assert_eq!(shown(&rig, &parent, rig.exam.exam).await, Vec::<String>::new());
    assert!(parent.get("/examen").await.status.is_success());
    let the_exam = Items::Exam { exam: rig.exam.exam };
    rig.server.apply(masked(Role::Representative, the_exam, Says::Deny, 12)).await.unwrap();
    let (hidden, stranger) = (parent.get("/examen").await, rig.browser().get("/examen").await);
    assert_eq!((hidden.status, hidden.text()), (stranger.status, stranger.text()));
}

#[tokio::test]
async fn what_a_hide_removes_for_an_invited_person_is_gone_from_their_next_request() {
    let (rig, sent) = rig().await;
    let patient = patient(&rig, &sent).await;
    let guest = invited(&rig, &patient, &sent).await;
    assert!(guest.get("/examen").await.status.is_success());
    let hide = |quoi: &str| format!("acte=cacher&quoi={quoi}&examen={}&qui=tous&confirme=oui", rig.exam.exam);
    patient.post("/examen/choix", &hide("compte-rendu")).await;
    assert_eq!(shown(&rig, &guest, rig.exam.exam).await, Vec::<String>::new());
    assert!(guest.get("/examen").await.status.is_success() && guest.get("/examen/dicom.zip").await.status.is_success());
    patient.post("/examen/choix", &hide("examen")).await;
    let stranger = rig.browser();
    for path in ["/examen", "/examen/dicom.zip", "/examen/images.zip", "/examen/rapport", "/nowhere"] {
        let (hidden, unknown) = (guest.get(path).await, stranger.get(path).await);
        assert_eq!((hidden.status, hidden.text()), (unknown.status, unknown.text()), "{path}");
    }
    assert!(patient.get("/examen").await.status.is_success(), "the patient sees what they hid from others");
}
