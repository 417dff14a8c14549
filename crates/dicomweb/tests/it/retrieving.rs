//! WADO-RS and WADO-URI over an archive in memory.

use crate::kept::{Archive, BASE, SERIES, STUDY, file};
use crate::rig::Answer;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use dicomweb::services::{Act, Multipart};

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const J2K: &str = "1.2.840.10008.1.2.4.90";

fn archive() -> Archive {
    Archive::with(&[file("1.2.3.4.1", EXPLICIT, 0), file("1.2.3.4.2", J2K, 100)])
}

async fn get(archive: &Archive, path: &str, accept: &str) -> Answer {
    archive.ask(Request::get(path).header("accept", accept).body(Body::empty()).unwrap()).await
}

fn instance(number: u32) -> String {
    format!("/studies/{STUDY}/series/{SERIES}/instances/1.2.3.4.{number}")
}

/// The bodies of the parts, read by a reader of its own.
fn parts(answer: &Answer) -> Vec<Vec<u8>> {
    use dicomweb::services::Event;
    let boundary = answer.header("content-type").split("boundary=").nth(1).unwrap().to_owned();
    let mut reader = Multipart::new(&boundary).unwrap();
    reader.feed(&answer.body);
    let mut parts: Vec<Vec<u8>> = Vec::new();
    while let Some(event) = reader.event().unwrap() {
        match event {
            Event::Part(_) => parts.push(Vec::new()),
            Event::Data(bytes) => parts.last_mut().unwrap().extend_from_slice(&bytes),
            Event::PartEnd | Event::End => {}
        }
    }
    assert!(reader.is_ended(), "the last boundary is missing");
    parts
}

#[tokio::test]
async fn a_study_is_its_files_byte_for_byte_and_the_act_is_a_download() {
    let archive = archive();
    let accept = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";
    let answer = get(&archive, &format!("/studies/{STUDY}"), accept).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header("content-type").starts_with("multipart/related; type=\"application/dicom\"; boundary="));
    assert_eq!(parts(&answer), [file("1.2.3.4.1", EXPLICIT, 0), file("1.2.3.4.2", J2K, 100)]);
    let opened = archive.opened.lock().unwrap();
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].1, Act::Download);
}

#[tokio::test]
async fn one_instance_may_be_a_bare_file_and_two_may_not() {
    let answer = get(&archive(), &instance(1), "application/dicom").await;
    assert_eq!((answer.status, answer.body), (StatusCode::OK, file("1.2.3.4.1", EXPLICIT, 0)));
    let answer = get(&archive(), &format!("/studies/{STUDY}"), "application/dicom").await;
    assert_eq!(answer.status, StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn a_transfer_syntax_that_is_not_that_of_all_is_not_acceptable() {
    let accept = format!("multipart/related; type=\"application/dicom\"; transfer-syntax={J2K}");
    assert_eq!(get(&archive(), &instance(2), &accept).await.status, StatusCode::OK);
    assert_eq!(get(&archive(), &instance(1), &accept).await.status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(get(&archive(), &instance(1), "text/html, image/webp").await.status, StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn an_answer_that_breaks_off_never_looks_whole() {
    let archive = Archive::default();
    archive.put(&file("1.2.3.4.9", EXPLICIT, 0), true);
    let response =
        archive.open(Some(crate::kept::access(false)), Request::get(instance(9)).body(Body::empty()).unwrap());
    let (_, body) = response.await.into_parts();
    assert!(http_body_util::BodyExt::collect(body).await.is_err());
}

#[tokio::test]
async fn nobody_without_an_access_and_nothing_for_a_path_that_is_wrong() {
    let archive = archive();
    let request = || Request::get(instance(1)).body(Body::empty()).unwrap();
    assert_eq!(archive.ask_as(None, request()).await.status, StatusCode::UNAUTHORIZED);
    assert!(archive.opened.lock().unwrap().is_empty());
    for (path, status) in [
        ("/studies/1.2.9".to_owned(), 404),
        (format!("/studies/1.2.9/series/{SERIES}/instances/1.2.3.4.1"), 404),
        ("/studies/..%2F..%2Fetc%2Fpasswd".to_owned(), 400),
        ("/studies/1.2.abc".to_owned(), 400),
        ("/studies/%00".to_owned(), 400),
        (format!("/studies/{}", "1".repeat(200)), 400),
        ("/nosuchresource".to_owned(), 404),
    ] {
        assert_eq!(get(&archive, &path, "*/*").await.status.as_u16(), status, "{path}");
    }
    let put = Request::put("/studies").body(Body::empty()).unwrap();
    assert_eq!(archive.ask(put).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn metadata_names_bulk_values_by_urls_that_work() {
    let archive = archive();
    let answer = get(&archive, &format!("/studies/{STUDY}/metadata"), "application/dicom+json").await;
    let sets: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(sets.as_array().unwrap().len(), 2);
    assert_eq!(sets[0]["00100010"]["Value"][0]["Alphabetic"], "ESSAI^MARIE");
    let url = sets[0]["7FE00010"]["BulkDataURI"].as_str().unwrap();
    let path = url.strip_prefix(BASE).unwrap().to_owned();
    let bytes = get(&archive, &path, "application/octet-stream").await;
    assert_eq!(bytes.body, (0..12).collect::<Vec<u8>>());
    let ranged = Request::get(&path).header("range", "bytes=10-11").body(Body::empty()).unwrap();
    let ranged = archive.ask(ranged).await;
    assert_eq!((ranged.status, ranged.header("content-range")), (StatusCode::PARTIAL_CONTENT, "bytes 10-11/12"));
    assert_eq!(ranged.body, [10, 11]);
    let related = get(&archive, &path, "multipart/related; type=\"application/octet-stream\"").await;
    assert_eq!(parts(&related), [(0..12).collect::<Vec<u8>>()]);
    let elsewhere = path.replace("bulkdata/7FE00010-", "bulkdata/7FE00010-1");
    assert_eq!(get(&archive, &elsewhere, "*/*").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_bulk_data_of_compressed_pixels_are_their_frames() {
    let archive = archive();
    let answer = get(&archive, &format!("{}/metadata", instance(2)), "*/*").await;
    let sets: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let path = sets[0]["7FE00010"]["BulkDataURI"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
    let answer = get(&archive, &path, "multipart/related; type=\"image/jp2\"").await;
    let frames: Vec<Vec<u8>> = (0..3).map(|frame| (100 + frame * 4..104 + frame * 4).collect()).collect();
    assert_eq!(parts(&answer), frames);
}

#[tokio::test]
async fn frames_come_in_the_order_asked_kept_or_decoded() {
    let archive = archive();
    let octets = "multipart/related; type=\"application/octet-stream\"";
    let answer = get(&archive, &format!("{}/frames/3%2C1", instance(1)), octets).await;
    assert_eq!(parts(&answer), [vec![8, 9, 10, 11], vec![0, 1, 2, 3]]);
    let answer = get(&archive, &format!("{}/frames/2", instance(2)), octets).await;
    assert_eq!(parts(&answer), [b"decoded 1"]);
    let answer = get(&archive, &format!("{}/frames/2", instance(2)), &format!("{octets}; transfer-syntax=*")).await;
    assert_eq!(parts(&answer), [[104, 105, 106, 107]]);
    let answer = get(&archive, &format!("{}/frames/2", instance(2)), "image/jp2").await;
    assert_eq!(
        (answer.body.as_slice(), answer.header("content-type")),
        (&[104, 105, 106, 107][..], &*format!("image/jp2; transfer-syntax={J2K}"))
    );
    for (frames, status) in [("0", 400), ("4", 404), ("-1", 400), ("abc", 400), ("1,99", 404)] {
        let answer = get(&archive, &format!("{}/frames/{frames}", instance(1)), octets).await;
        assert_eq!(answer.status.as_u16(), status, "{frames}");
    }
}

#[tokio::test]
async fn pictures_are_asked_for_as_the_query_says_and_a_bad_one_is_a_bad_request() {
    let archive = archive();
    let answer =
        get(&archive, &format!("{}/frames/2/rendered?window=40,400,sigmoid&quality=7", instance(1)), "*/*").await;
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.starts_with("1 ") && text.contains("Jpeg(7)") && text.contains("Sigmoid"), "{text}");
    let answer = get(&archive, &format!("{}/rendered", instance(1)), "image/png").await;
    assert_eq!(answer.header("content-type"), "image/png");
    for bad in ["window=1,0,linear", "quality=0", "quality=x", "viewport=1"] {
        let answer = get(&archive, &format!("{}/rendered?{bad}", instance(1)), "image/jpeg").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let answer = get(&archive, &format!("{}/rendered", instance(1)), "application/dicom+json").await;
    assert_eq!(answer.status, StatusCode::NOT_ACCEPTABLE);
    let answer = get(&archive, &format!("/studies/{STUDY}/thumbnail"), "*/*").await;
    assert!(String::from_utf8(answer.body).unwrap().contains("fit: Some((128, 128))"));
}

#[tokio::test]
async fn one_object_is_found_by_the_older_names_too() {
    let archive = archive();
    let names = format!("studyUID={STUDY}&seriesUID={SERIES}");
    let whole = format!("/wado?requestType=WADO&{names}&objectUID=1.2.3.4.1&contentType=application%2Fdicom");
    assert_eq!(get(&archive, &whole, "*/*").await.body, file("1.2.3.4.1", EXPLICIT, 0));
    let drawn =
        format!("/wado?requestType=WADO&{names}&objectUID=1.2.3.4.1&windowCenter=1&windowWidth=9&frameNumber=3");
    let answer = get(&archive, &drawn, "*/*").await;
    assert_eq!(answer.header("content-type"), "image/jpeg");
    assert!(answer.body.starts_with(b"2 "));
    assert_eq!(get(&archive, &format!("/wado?requestType=WADO&{names}"), "*/*").await.status, StatusCode::BAD_REQUEST);
    let other = format!("/wado?requestType=WADO&{names}&objectUID=1.9");
    assert_eq!(get(&archive, &other, "*/*").await.status, StatusCode::NOT_FOUND);
}
