//! The one-time code and the sharing, as a browser without JavaScript sees them.

use crate::rig::{Browser, Rig, START};
use async_trait::async_trait;
use axum::http::StatusCode;
use diffusion::{Channel, FactorRule, Language, Letter, Message, Messenger, SecondFactor, Undelivered};
use link::{Contact, DiffusionDoor, Publication, Stub, ToDiffusion};
use std::sync::{Arc, Mutex};
use time::Duration;
use time::macros::datetime;

/// Address, subject and text of what was sent.
pub type Sent = Arc<Mutex<Vec<(String, String, String)>>>;

struct Post(Sent);

#[async_trait]
impl Messenger for Post {
    fn reaches(&self, channel: Channel) -> bool {
        channel == Channel::Email
    }

    async fn send(&self, message: Message) -> Result<(), Undelivered> {
        let (subject, text) =
            portal::letters::words_of(&message.letter, message.language, &Arc::new(crate::rig::site()));
        self.0.lock().unwrap().push((message.to, subject, text));
        Ok(())
    }
}

async fn rig(rule: FactorRule, addresses: &[&str]) -> (Rig, Sent) {
    rig_of(rule, addresses, |_| {}).await
}

pub async fn rig_of(rule: FactorRule, addresses: &[&str], change: impl FnOnce(&mut Publication)) -> (Rig, Sent) {
    let sent = Sent::default();
    let post = SecondFactor { rule, messenger: Arc::new(Post(sent.clone())) };
    let rig = Rig::start(|_| {}, change, |settings| settings.second_factor = post).await;
    let contact = |address: &&str| Contact {
        channel: link::Channel::Email,
        address: (*address).to_owned(),
        recorded_at: START - Duration::DAY,
        usable_from: START - Duration::DAY,
        until: None,
        representative: false,
    };
    let exam = &rig.exam;
    let stub = Stub {
        exam: exam.exam,
        number: exam.number.clone(),
        birth_date: exam.birth_date,
        title: exam.title.clone(),
        site: exam.site.clone(),
        class: exam.class.clone(),
        times: exam.times.clone(),
        codes_until: datetime!(2031-11-26 23:00 UTC),
        person: exam.person,
        professionals: exam.professionals.clone(),
        contacts: addresses.iter().map(contact).collect(),
    };
    rig.server.apply(ToDiffusion::Stub(stub)).await.unwrap();
    (rig, sent)
}

/// The digits on the first line of the last message.
pub fn code(sent: &Sent) -> String {
    let sent = sent.lock().unwrap();
    let line = sent.last().unwrap().2.lines().next().unwrap().to_owned();
    line.chars().filter(char::is_ascii_digit).collect()
}

pub async fn enter(rig: &Rig, browser: &Browser) -> String {
    let answer = browser.post("/ouvrir", &rig.form(&rig.exam.number, &rig.code)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    answer.header("location").to_owned()
}

#[tokio::test]
async fn after_the_three_a_code_is_sent_and_every_address_leads_to_its_page_until_it_is_typed() {
    let (rig, sent) = rig(FactorRule::Required, &["canari.anne@domaine.exemple.fr"]).await;
    let browser = rig.browser();
    assert_eq!(enter(&rig, &browser).await, "/verification");
    let page = browser.get("/verification").await;
    assert!(page.text().contains("c•••@d•••.fr") && !page.text().contains("canari"), "{}", page.text());
    for address in ["/examen", "/examen/rapport", "/examen/dicom.zip", "/examen/consultations", "/examen/partages"] {
        let answer = browser.get(address).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/verification"), "{address}");
    }
    let typed = code(&sent);
    let (to, subject, text) = sent.lock().unwrap()[0].clone();
    assert_eq!(to, "canari.anne@domaine.exemple.fr");
    assert!(!subject.chars().any(|c| c.is_ascii_digit()), "{subject}");
    for personal in ["Canari", "Scanner", "LEF", &rig.exam.number] {
        assert!(!text.contains(personal) && !subject.contains(personal), "{personal}: {text}");
    }
    let wrong = browser.post("/verification", "code=000000").await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert!(wrong.text().contains("n'est pas le bon"));
    let right = browser.post("/verification", &format!("code={}+{}", &typed[..3], &typed[3..])).await;
    assert_eq!(right.header("location"), "/examen", "{}", right.text());
    assert_eq!(browser.get("/examen").await.status, StatusCode::OK);
    assert_eq!(browser.get("/verification").await.header("location"), "/examen");
}

#[tokio::test]
async fn without_a_contact_the_page_says_whom_to_call_and_opens_nothing() {
    let (rig, sent) = rig(FactorRule::Required, &[]).await;
    let browser = rig.browser();
    assert_eq!(enter(&rig, &browser).await, "/verification");
    let page = browser.get("/verification").await.text();
    assert!(page.contains("02 00 00 00 00") && page.contains("pièce d'identité") && !page.contains("name=\"code\""));
    assert!(sent.lock().unwrap().is_empty());
    assert_eq!(browser.get("/examen").await.header("location"), "/verification");
}

#[tokio::test]
async fn a_share_is_made_followed_and_ended_and_a_forwarded_link_opens_nothing() {
    let (rig, sent) = rig(FactorRule::Required, &["anne@exemple.fr"]).await;
    let patient = rig.browser();
    enter(&rig, &patient).await;
    patient.post("/verification", &format!("code={}", code(&sent))).await;
    assert!(patient.get("/examen").await.text().contains("/examen/partages"));
    let made = patient.post("/examen/partages", "adresse=paul%40exemple.fr&jours=7").await;
    assert!(made.text().contains("L'invitation est envoyée"), "{}", made.text());
    let text = sent.lock().unwrap().last().unwrap().2.clone();
    let link = text.lines().find(|line| line.contains("/partage#")).unwrap().trim().replace('#', "%23");
    let (paul, forwarded) = (rig.browser(), rig.browser());
    for browser in [&paul, &forwarded] {
        assert!(browser.get("/partage").await.text().contains("name=\"lien\""));
        let followed = browser.post("/partage", &format!("lien={link}")).await;
        assert_eq!(followed.header("location"), "/verification");
    }
    assert_eq!(forwarded.get("/examen").await.header("location"), "/verification");
    // Both codes went to the address invited; whoever has the link alone has none.
    let last_two: Vec<String> = sent.lock().unwrap().iter().rev().take(2).map(|(to, ..)| to.clone()).collect();
    assert_eq!(last_two, ["paul@exemple.fr", "paul@exemple.fr"]);
    assert_eq!(paul.get("/examen").await.status, StatusCode::SEE_OTHER);
    assert_eq!(forwarded.post("/verification", &format!("code={}", code(&sent))).await.header("location"), "/examen");
    let page = forwarded.get("/examen").await.text();
    assert!(!page.contains("/examen/partages") && !page.contains("/examen/telechargements"), "{page}");
    assert_eq!(forwarded.get("/examen/dicom.zip").await.status, StatusCode::NOT_FOUND);
    assert_eq!(forwarded.get("/examen/consultations").await.status, StatusCode::NOT_FOUND);
    let list = patient.get("/examen/partages").await.text();
    let share = list.split("name=\"partage\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    patient.post("/examen/partages/fin", &format!("partage={share}")).await;
    assert_eq!(forwarded.get("/examen").await.status, StatusCode::NOT_FOUND);
    assert_eq!(paul.post("/partage", &format!("lien={link}")).await.status, StatusCode::FORBIDDEN);
    let looked = patient.get("/examen/consultations").await.text();
    assert!(looked.contains("par une personne invitée"), "{looked}");
}

#[tokio::test]
async fn by_derogation_a_patient_without_contact_enters_and_cannot_share() {
    let (rig, _) = rig(FactorRule::Derogation, &[]).await;
    let browser = rig.browser();
    assert_eq!(enter(&rig, &browser).await, "/examen");
    assert!(browser.get("/examen/partages").await.text().contains("pièce d'identité"));
    let refused = browser.post("/examen/partages", "adresse=paul%40exemple.fr&jours=7").await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[test]
fn messages_say_no_code_in_their_subject_in_either_language() {
    for language in [Language::French, Language::English] {
        let letter = Letter::OneTimeCode { code: "012345".into() };
        let (subject, text) = portal::letters::words_of(&letter, language, &Arc::new(crate::rig::site()));
        assert!(text.contains("012 345") && !subject.contains("012"), "{subject}: {text}");
    }
}
