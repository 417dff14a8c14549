use axum::body::Body;
use axum::http::{Request, StatusCode};
use dicomweb::Grant;
use uuid::Uuid;

use crate::rig::{GRANT, ask, get, to};

const PATHS: [&str; 7] = [
    "/series.json",
    "/series/1/metadata",
    "/series/1/instances/1/frames/1",
    "/series/1/thumbnail",
    "/series/1/screen",
    "/",
    "/series/1/instances/1/frames/one",
];

#[tokio::test]
async fn without_a_grant_every_path_answers_the_same_404() {
    let unknown = get("/nowhere").await;
    for path in PATHS {
        let answer = ask(None, to(path)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.body, unknown.body, "{path}");
        assert_eq!(answer.headers, unknown.headers, "{path}");
    }
}

#[tokio::test]
async fn without_a_grant_other_methods_teach_nothing_either() {
    for method in ["POST", "DELETE", "OPTIONS", "HEAD"] {
        let request = Request::builder().method(method).uri("/series.json").body(Body::empty()).unwrap();
        assert_eq!(ask(None, request).await.status, StatusCode::NOT_FOUND, "{method}");
    }
}

#[tokio::test]
async fn a_grant_for_another_publication_is_judged_by_the_port() {
    let other = Grant { publication: Uuid::from_u128(8), ..GRANT };
    assert_eq!(ask(Some(other), to("/series.json")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_answer_forbids_caching_and_sniffing() {
    for path in PATHS {
        let answer = get(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}

#[tokio::test]
async fn what_the_operator_reads_does_not_reach_the_client() {
    let answer = get("/series/2/metadata").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("retry-after"), "5");
    let text = String::from_utf8(answer.body).unwrap();
    assert!(!text.contains("secret"), "{text}");
}
