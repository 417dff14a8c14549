//! The viewer behind the patient's visit, over the real routes of its data.

use crate::rig::Rig;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use link::{DiffusionDoor, ToDiffusion};
use portal::patient::{Viewer, WebCopies};
use std::sync::Arc;

pub async fn rig() -> Rig {
    Rig::with(
        |pages| {
            let data = dicomweb::routes(Arc::new(WebCopies::new(pages.diffusion.clone())));
            let viewer = Router::new().route("/", get(async || Html("<div id=viewer>"))).nest("/data", data);
            let files = |name, _| format!("program {name}").into_response();
            pages.images = Some(Viewer { page: viewer, files });
        },
        |_| {},
    )
    .await
}

#[tokio::test]
async fn an_open_visit_reaches_the_viewer_and_its_frames_and_a_stranger_does_not() {
    let rig = rig().await;
    let browser = rig.visitor().await;
    assert!(browser.get("/examen").await.text().contains("href=\"/images/\""));
    let page = browser.get("/images/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-security-policy").contains("wasm-unsafe-eval"));
    assert_eq!(page.header("cache-control"), "no-store");
    let list = browser.get("/images/data/series.json").await;
    assert!(list.text().contains("\"modality\":\"CT\""), "{}", list.text());
    assert_eq!(browser.get("/images/data/series/1/thumbnail").await.text(), "jpeg");
    assert_eq!(browser.get("/images/data/series/1/screen").await.status, 200);
    let frame = browser.get("/images/data/series/1/instances/1/frames/1").await;
    assert_eq!(frame.status, StatusCode::OK);
    assert!(frame.body.windows(100).any(|window| window == [7; 100]));
    assert_eq!(browser.get("/images/data/series/1/instances/2/frames/1").await.status, StatusCode::NOT_FOUND);
    for address in ["/images/", "/images/data/series.json", "/images/data/series/1/instances/1/frames/1"] {
        assert_eq!(rig.browser().get(address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test]
async fn c08_a_frame_is_refused_at_the_first_request_after_revocation_and_after_the_end() {
    let frame = "/images/data/series/1/instances/1/frames/1";
    let rig = rig().await;
    let browser = rig.visitor().await;
    assert_eq!(browser.get(frame).await.status, StatusCode::OK);
    rig.server.apply(ToDiffusion::Revoke { sheet: uuid::Uuid::from_u128(0x5EE7) }).await.unwrap();
    assert_eq!(browser.get(frame).await.status, StatusCode::NOT_FOUND);
    let rig = self::rig().await;
    rig.clock.jump_to(crate::rig::ONLINE_UNTIL - time::Duration::SECOND);
    let browser = rig.visitor().await;
    assert_eq!(browser.get(frame).await.status, StatusCode::OK);
    rig.clock.jump_to(crate::rig::ONLINE_UNTIL);
    assert_eq!(browser.get(frame).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_thousand_frames_are_one_line_of_the_trace() {
    let rig = rig().await;
    let browser = rig.visitor().await;
    for _ in 0..50 {
        browser.get("/images/data/series/1/instances/1/frames/1").await;
    }
    let list = browser.get("/examen/consultations").await.text();
    assert_eq!(list.matches("Les images ont été vues").count(), 1);
}
