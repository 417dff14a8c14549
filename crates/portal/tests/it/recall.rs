//! An expired exam is asked back, followed, and opens by itself; and access ends on every address at the same instant.

use crate::rig::{Answer, Browser, ONLINE_UNTIL, Rig};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use diffusion::Publication;
use http_body_util::BodyExt;
use link::{DiffusionDoor, RecallStage, ToArchive, ToDiffusion};
use std::sync::Arc;
use time::Duration;
use uuid::Uuid;

const PAGE: &str = "/examen/rapatriement";
const FOLLOW: &str = "/examen/rapatriement/suite";

async fn expired(change: impl FnOnce(&mut Publication)) -> (Rig, Browser) {
    let rig = Rig::with(|_| {}, change).await;
    rig.clock.jump_to(ONLINE_UNTIL);
    let browser = rig.visitor().await;
    (rig, browser)
}

async fn asked(rig: &Rig) -> Option<Uuid> {
    let messages = rig.server.poll(0, 100).await.unwrap();
    messages.into_iter().find_map(|message| match message.message {
        ToArchive::RecallAsked { recall, .. } => Some(recall),
        _ => None,
    })
}

async fn tell(rig: &Rig, recall: Uuid, stage: RecallStage) {
    let at = rig.server.now();
    rig.server.apply(ToDiffusion::Recall { recall, exam: rig.exam.exam, stage, at }).await.unwrap();
}

fn leads_to(answer: &Answer, address: &str) {
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, address));
}

#[tokio::test]
async fn access_ends_at_the_instant_on_every_address_of_an_open_visit() {
    let viewer = |pages: &mut portal::patient::PatientPages| {
        let copies = Arc::new(portal::patient::WebCopies::new(pages.diffusion.clone()));
        let page = axum::Router::new().nest("/data", dicomweb::routes(copies));
        let files = |_, _| axum::response::IntoResponse::into_response(axum::http::StatusCode::NOT_FOUND);
        pages.images = Some(portal::patient::Viewer { page, files });
    };
    let rig = Rig::with(viewer, |_| {}).await;
    rig.clock.jump_to(ONLINE_UNTIL - Duration::SECOND);
    let browser = rig.visitor().await;
    let addresses = [
        "/images/data/series.json",
        "/images/data/series/1/metadata",
        "/images/data/series/1/instances/1/frames/1",
        "/images/data/series/1/thumbnail",
        "/images/data/series/1/screen",
        "/examen/rapport",
        "/examen/rapport/page/1",
        "/examen/rapport.pdf",
        "/examen/telechargements",
        "/examen/dicom.zip",
        "/examen/images.zip",
    ];
    let mut served = Vec::new();
    for address in addresses {
        let answer = browser.get(address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        assert_eq!(answer.header("cache-control"), "no-store", "{address}");
        served.push(answer.header("etag").to_owned());
    }
    rig.clock.jump_to(ONLINE_UNTIL);
    for (address, etag) in addresses.into_iter().zip(&served) {
        let cached = Request::get(address).header(header::IF_NONE_MATCH, if etag.is_empty() { "*" } else { etag });
        let cached = cached.header(header::IF_MODIFIED_SINCE, "Fri, 01 Jan 2100 00:00:00 GMT");
        for answer in [browser.get(address).await, browser.send(cached, Body::empty()).await] {
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{address}");
            assert!(!answer.text().contains("PNG") && !answer.text().contains("%PDF"), "{address}");
        }
    }
    assert!(browser.get("/examen").await.text().contains("Les images ne sont plus en ligne"));
}

#[tokio::test]
async fn an_expired_exam_offers_to_bring_it_back_only_when_the_archive_keeps_it() {
    let (_rig, browser) = expired(|_| {}).await;
    let page = browser.get("/examen").await.text();
    assert!(page.contains("Rapatrier") && page.contains("au moins jusqu'au 25 novembre 2031"), "{page}");
    let erased = |exam: &mut Publication| {
        exam.times.archived_until = None;
        exam.times.recallable = Some(false);
        exam.times.archive_reason = "archive-not-chosen".into();
    };
    let (rig, browser) = expired(erased).await;
    let page = browser.get("/examen").await.text();
    assert!(!page.contains("Rapatrier") && page.contains("Elles ont été effacées"), "{page}");
    leads_to(&browser.post("/examen/rapatrier", "").await, "/examen");
    assert_eq!(asked(&rig).await, None);
}

#[tokio::test]
async fn the_button_asks_once_and_only_from_our_own_pages_in_an_open_visit() {
    let (rig, browser) = expired(|_| {}).await;
    let elsewhere = Request::post("/examen/rapatrier").header("sec-fetch-site", "cross-site");
    assert_eq!(browser.post_with(elsewhere, "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(rig.browser().post("/examen/rapatrier", "").await.status, StatusCode::NOT_FOUND);
    leads_to(&browser.get("/examen/rapatrier").await, "/examen");
    assert_eq!(asked(&rig).await, None);
    leads_to(&browser.post("/examen/rapatrier", "").await, PAGE);
    leads_to(&browser.post("/examen/rapatrier", "").await, PAGE);
    let recalls = rig.server.poll(0, 100).await.unwrap();
    let recalls = recalls.iter().filter(|message| matches!(message.message, ToArchive::RecallAsked { .. }));
    assert_eq!(recalls.count(), 1);
    leads_to(&browser.get("/examen").await, PAGE);
}

#[tokio::test]
async fn without_javascript_each_load_says_how_far_it_is_and_the_last_one_opens_the_exam() {
    let (rig, browser) = expired(|_| {}).await;
    browser.post("/examen/rapatrier", "").await;
    let recall = asked(&rig).await.unwrap();
    let done = |page: &str| page.matches("<li class=\"done\"").count();
    let page = browser.get(PAGE).await.text();
    assert_eq!(done(&page), 1, "{page}");
    for said in
        ["Demandé", "Retrouvé", "Vérifié", "Prêt", "moins d'une minute, au plus dix", "revenir avec la même feuille"]
    {
        assert!(page.contains(said), "{said}");
    }
    let ready_by = rig.server.now() + Duration::seconds(33);
    tell(&rig, recall, RecallStage::Found { ready_by }).await;
    let page = browser.get(PAGE).await.text();
    assert!(done(&page) == 2 && page.contains("Encore environ 40 secondes"), "{page}");
    tell(&rig, recall, RecallStage::Verified).await;
    assert_eq!(done(&browser.get(PAGE).await.text()), 3);
    publish_again(&rig).await;
    leads_to(&browser.get(PAGE).await, "/examen");
    let page = browser.get("/examen").await.text();
    assert!(page.contains("de nouveau en ligne jusqu'au 25 décembre 2028"), "{page}");
    let page = browser.get("/examen?lang=en").await.text();
    assert!(page.contains("online again until 25 December 2028"), "{page}");
}

async fn publish_again(rig: &Rig) {
    let mut exam = rig.exam.clone();
    exam.publication = Uuid::from_u128(0xAC);
    exam.times.online_until = ONLINE_UNTIL + Duration::days(30);
    exam.times.online_reason = "online-after-recall-30-days".into();
    exam.series.clear();
    exam.report = None;
    exam.blobs.clear();
    rig.server.begin(exam.exam, exam.publication).await.unwrap();
    rig.server.commit(exam).await.unwrap();
}

#[tokio::test]
async fn what_is_late_or_fails_says_so_with_the_telephone() {
    let (rig, browser) = expired(|_| {}).await;
    browser.post("/examen/rapatrier", "").await;
    let recall = asked(&rig).await.unwrap();
    let late = |page: &str| page.contains("C'est plus long que prévu") && !page.contains("id=\"retard\" hidden");
    assert!(!late(&browser.get(PAGE).await.text()));
    rig.clock.advance(std::time::Duration::from_secs(8 * 60 + 1));
    assert!(late(&browser.get(PAGE).await.text()));
    let held = RecallStage::Failed { reason: "recall-held".into(), trying_again: false };
    tell(&rig, recall, held).await;
    leads_to(&browser.get(PAGE).await, "/examen");
    let page = browser.get("/examen").await.text();
    assert!(page.contains("ne peut pas être remis en ligne pour le moment") && page.contains("Rapatrier"), "{page}");
}

/// The first events of a page that follows, until `until` comes.
async fn events(answer: &mut Body, until: &str) -> String {
    let mut text = String::new();
    while !text.contains(until) {
        let frame = answer.frame().await.expect("it ended before").unwrap();
        text += std::str::from_utf8(&frame.into_data().unwrap()).unwrap();
    }
    text
}

#[tokio::test]
async fn a_page_that_follows_is_told_each_stage_and_the_end_and_is_never_cached() {
    let (rig, browser) = expired(|_| {}).await;
    assert_eq!(browser.get(FOLLOW).await.status, StatusCode::NO_CONTENT, "nothing to follow: do not ask again");
    browser.post("/examen/rapatrier", "").await;
    let (status, headers, mut body) = browser.open(FOLLOW).await;
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (StatusCode::OK, "text/event-stream"));
    assert_eq!(headers["cache-control"], "no-store");
    assert!(events(&mut body, "demande").await.contains("event: etat"));
    let recall = asked(&rig).await.unwrap();
    tell(&rig, recall, RecallStage::Verified).await;
    assert!(events(&mut body, "verifie").await.contains("\"retard\":false"));
    publish_again(&rig).await;
    let rest = events(&mut body, "event: fin").await;
    assert!(rest.contains("pret") && body.frame().await.is_none(), "{rest}");
}

#[tokio::test]
async fn a_page_that_follows_ends_when_the_sheet_is_revoked() {
    let (rig, browser) = expired(|_| {}).await;
    browser.post("/examen/rapatrier", "").await;
    let (_, _, mut body) = browser.open(FOLLOW).await;
    events(&mut body, "demande").await;
    rig.server.apply(ToDiffusion::Revoke { sheet: Uuid::from_u128(0x5EE7) }).await.unwrap();
    events(&mut body, "event: fin").await;
    assert!(body.frame().await.is_none());
    assert_eq!(browser.get(FOLLOW).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn of_one_visit_three_pages_follow_and_a_closed_one_gives_its_place() {
    let (_rig, browser) = expired(|_| {}).await;
    browser.post("/examen/rapatrier", "").await;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(browser.open(FOLLOW).await);
    }
    assert_eq!(browser.get(FOLLOW).await.status, StatusCode::TOO_MANY_REQUESTS);
    open.pop();
    assert_eq!(browser.open(FOLLOW).await.0, StatusCode::OK);
}
