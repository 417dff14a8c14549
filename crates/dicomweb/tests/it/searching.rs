//! QIDO-RS over an archive in memory that answers one study.

use crate::kept::{Archive, BASE, SERIES, STUDY};
use crate::rig::Answer;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use dicom::Tag;
use dicom::attributes::Level;
use dicom::matching::Wanted;
use serde_json::Value;

async fn get(archive: &Archive, path: &str) -> Answer {
    archive.ask(Request::get(path).body(Body::empty()).unwrap()).await
}

async fn found(path: &str) -> Value {
    let answer = get(&Archive::default(), path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn a_study_has_its_usual_attributes_even_empty_and_its_url() {
    let answer = &found("/studies?PatientID=P*").await[0];
    assert_eq!(answer["00081190"]["Value"][0], format!("{BASE}/studies/{STUDY}"));
    assert_eq!(answer["00100020"]["Value"][0], "P1");
    assert_eq!(answer["00080090"], serde_json::json!({ "vr": "PN" }));
    assert!(answer.get("00081030").is_none());
}

#[tokio::test]
async fn further_attributes_come_by_name_by_number_by_all_and_by_being_asked_for() {
    for asked in ["includefield=StudyDescription", "includefield=00080080,00081030", "includefield=all", "00081030=TH*"]
    {
        let answer = &found(&format!("/studies?{asked}")).await[0];
        assert_eq!(answer["00081030"]["Value"][0], "THORAX", "{asked}");
    }
    assert_eq!(get(&Archive::default(), "/studies?includefield=NoSuchThing").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_path_says_what_is_looked_for_whatever_the_query_says() {
    let archive = Archive::default();
    let path =
        format!("/studies/{STUDY}/series/{SERIES}/instances?StudyInstanceUID=9.9&limit=5&offset=7&fuzzymatching=true");
    let answer = get(&archive, &path).await;
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body[0]["00081190"]["Value"][0], format!("{BASE}/studies/{STUDY}/series/{SERIES}/instances/1.2.3.4.1"));
    let (query, page) = archive.queries.lock().unwrap()[0].clone();
    assert_eq!((query.level, query.fuzzy, page.limit, page.skip), (Level::Instance, true, 5, 7));
    let study = query.key(Tag(0x0020, 0x000D)).unwrap();
    assert_eq!(study.wanted, Wanted::Texts(vec![STUDY.into()]));
}

#[tokio::test]
async fn uids_are_listed_with_commas_and_backslashes() {
    for list in [format!("{STUDY},1.9"), format!("1.9%5C{STUDY}")] {
        assert_eq!(get(&Archive::default(), &format!("/studies?StudyInstanceUID={list}")).await.status, StatusCode::OK);
    }
    let none = get(&Archive::default(), "/studies?StudyInstanceUID=1.9").await;
    assert_eq!((none.status, none.body.len()), (StatusCode::NO_CONTENT, 0));
}

#[tokio::test]
async fn whoever_gets_less_than_there_is_is_warned() {
    let answer = get(&Archive::default(), "/studies?limit=1").await;
    assert!(answer.header("warning").starts_with("299 "), "{}", answer.header("warning"));
    assert_eq!(get(&Archive::default(), "/studies").await.header("warning"), "");
    let answer = get(&Archive::default(), "/studies?Rows=512").await;
    assert!(answer.header("warning").starts_with("299 "), "a key of another level is not matched");
}

#[tokio::test]
async fn a_query_that_cannot_be_meant_is_a_bad_request() {
    for bad in [
        "limit=-1",
        "limit=abc",
        "offset=-5",
        "fuzzymatching=perhaps",
        "NoSuchAttribute=1",
        "StudyDate=2024-13-99",
        "%00=1",
    ] {
        let answer = get(&Archive::default(), &format!("/studies?{bad}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let png = Request::get("/studies").header("accept", "image/png").body(Body::empty()).unwrap();
    assert_eq!(Archive::default().ask(png).await.status, StatusCode::NOT_ACCEPTABLE);
}
