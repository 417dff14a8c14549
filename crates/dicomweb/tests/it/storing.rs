//! STOW-RS over an archive in memory, and the reader of its bodies.

use crate::kept::{Archive, BASE, STUDY, access, file};
use crate::rig::Answer;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use dicomweb::services::{Event, Multipart};
use proptest::prelude::*;
use serde_json::Value;

const EXPLICIT: &str = "1.2.840.10008.1.2.1";

fn related(parts: &[&[u8]], closed: bool) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        body.extend_from_slice(b"--x--y\r\nContent-Type: application/dicom\r\nX-More: yes\r\n\r\n");
        body.extend_from_slice(part);
        body.extend_from_slice(b"\r\n");
    }
    if closed {
        body.extend_from_slice(b"--x--y--\r\nepilogue");
    }
    body
}

async fn post(archive: &Archive, path: &str, body: Vec<u8>) -> Answer {
    let media = "multipart/related; type=\"application/dicom\"; boundary=\"x--y\"";
    archive.ask(Request::post(path).header("content-type", media).body(Body::from(body)).unwrap()).await
}

fn reasons(answer: &Answer) -> Vec<u64> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let failed = body["00081198"]["Value"].as_array().cloned().unwrap_or_default();
    failed.iter().map(|item| item["00081197"]["Value"][0].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn what_is_kept_is_named_with_urls_under_the_public_one() {
    let archive = Archive::default();
    let (one, two) = (file("1.2.3.4.1", EXPLICIT, 0), file("1.2.3.4.2", EXPLICIT, 9));
    let answer = post(&archive, "/studies", related(&[&one, &two], true)).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/dicom+json"));
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let items = body["00081199"]["Value"].as_array().unwrap();
    let url = format!("{BASE}/studies/{STUDY}/series/1.2.3.4/instances/1.2.3.4.2");
    assert_eq!(items[1]["00081190"]["Value"][0], url);
    assert_eq!(body["00081190"]["Value"][0], format!("{BASE}/studies/{STUDY}"));
    let kept: Vec<Vec<u8>> = archive.files.lock().unwrap().iter().map(|file| file.bytes.to_vec()).collect();
    assert_eq!(kept, [one, two]);
}

#[tokio::test]
async fn one_that_cannot_be_kept_does_not_lose_the_others() {
    let archive = Archive::default();
    let good = file("1.2.3.4.1", EXPLICIT, 0);
    let answer = post(&archive, "/studies", related(&[b"no DICOM at all", &good], true)).await;
    assert_eq!((answer.status, reasons(&answer)), (StatusCode::ACCEPTED, vec![0xC000]));
    let answer = post(&archive, "/studies/9.9", related(&[&good], true)).await;
    assert_eq!((answer.status, reasons(&answer)), (StatusCode::CONFLICT, vec![0xA900]));
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["00081198"]["Value"][0]["00081155"]["Value"][0], "1.2.3.4.1");
}

#[tokio::test]
async fn a_body_without_its_last_boundary_keeps_nothing_of_its_last_part() {
    let archive = Archive::default();
    let (one, two) = (file("1.2.3.4.1", EXPLICIT, 0), file("1.2.3.4.2", EXPLICIT, 9));
    let answer = post(&archive, "/studies", related(&[&one, &two], false)).await;
    assert_eq!((answer.status, reasons(&answer)), (StatusCode::ACCEPTED, vec![0xC000]));
    assert_eq!(archive.files.lock().unwrap().len(), 1);
    assert_eq!(*archive.dropped.lock().unwrap(), 1);
}

#[tokio::test]
async fn what_is_not_asked_for_rightly_is_refused_before_anything_is_read() {
    let archive = Archive::default();
    for (media, status) in [
        ("text/plain", 415),
        ("multipart/related; type=\"text/plain\"; boundary=x", 415),
        ("multipart/related; type=\"application/dicom\"", 400),
        ("multipart/related; type=\"application/dicom\"; boundary=\"a\u{e9}\"", 415),
        ("multipart/related; type=\"application/dicom\"; boundary=x", 400),
    ] {
        let request = Request::post("/studies").header("content-type", media).body(Body::empty()).unwrap();
        assert_eq!(archive.ask(request).await.status.as_u16(), status, "{media}");
    }
    let request = || Request::post("/studies").header("content-type", "application/dicom").body(Body::empty()).unwrap();
    assert_eq!(archive.ask_as(Some(access(false)), request()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(archive.ask_as(None, request()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_bare_file_is_kept_too() {
    let archive = Archive::default();
    let body = Body::from(file("1.2.3.4.1", EXPLICIT, 0));
    let request = Request::post("/studies").header("content-type", "application/dicom").body(body).unwrap();
    assert_eq!(archive.ask(request).await.status, StatusCode::OK);
}

/// Parts as read when the body comes in pieces of these lengths.
fn read(boundary: &str, body: &[u8], cuts: &[usize]) -> (Vec<Vec<u8>>, bool) {
    let mut reader = Multipart::new(boundary).unwrap();
    let mut parts: Vec<Vec<u8>> = Vec::new();
    let (mut rest, mut cuts) = (body, cuts.iter().cycle());
    while !rest.is_empty() {
        let (piece, after) = rest.split_at((*cuts.next().unwrap()).clamp(1, rest.len()));
        rest = after;
        reader.feed(piece);
        while let Some(event) = reader.event().unwrap() {
            match event {
                Event::Part(_) => parts.push(Vec::new()),
                Event::Data(bytes) => parts.last_mut().unwrap().extend_from_slice(&bytes),
                Event::PartEnd | Event::End => {}
            }
        }
    }
    (parts, reader.is_ended())
}

/// Bytes among which pieces of boundaries are frequent.
fn tricky() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\r\n--b".to_vec()),
        Just(b"\r\n--b-".to_vec()),
        Just(b"--b--".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"-".to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn parts_are_read_the_same_however_the_body_is_cut(
        parts in prop::collection::vec(tricky(), 0..4),
        cuts in prop::collection::vec(1usize..9, 1..6),
        preamble in prop::bool::ANY,
    ) {
        // A part that holds its own boundary is another body: no writer makes it.
        let boundary = "bQ";
        let mut body = if preamble { b"to be ignored\r\n".to_vec() } else { Vec::new() };
        for part in &parts {
            body.extend_from_slice(b"--bQ \r\nA: b\r\n\r\n");
            body.extend_from_slice(part);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--bQ--trailing \r\n--bQ\r\n\r\nnot read");
        let is_clean = parts.iter().all(|part| !part.windows(5).any(|bytes| bytes == b"--bQ\r"));
        prop_assume!(is_clean);
        prop_assert_eq!(read(boundary, &body, &cuts), (parts, true));
    }

    #[test]
    fn no_body_makes_the_reader_panic(body in tricky(), cuts in prop::collection::vec(1usize..9, 1..6)) {
        let mut reader = Multipart::new("b").unwrap();
        let mut rest = body.as_slice();
        let mut cuts = cuts.iter().cycle();
        'all: while !rest.is_empty() {
            let (piece, after) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
            rest = after;
            reader.feed(piece);
            loop {
                match reader.event() {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(_) => break 'all,
                }
            }
        }
    }
}

/// A data set in JSON whose pixels lie in a part of their own.
fn described(pixels_at: &str) -> Vec<u8> {
    let set = serde_json::json!([{
        "00080016": { "vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.7"] },
        "00080018": { "vr": "UI", "Value": ["1.2.3.4.7"] },
        "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "ESSAI^ZOÉ" }] },
        "0020000D": { "vr": "UI", "Value": [STUDY] },
        "0020000E": { "vr": "UI", "Value": ["1.2.3.4"] },
        "00280010": { "vr": "US", "Value": [2] },
        "00280030": { "vr": "DS", "Value": [0.5, 0.25] },
        "00081140": { "vr": "SQ", "Value": [{ "00081155": { "vr": "UI", "Value": ["1.9"] } }, null] },
        "7FE00010": { "vr": "OW", "BulkDataURI": "cid:pixels" },
    }]);
    let mut body = b"--b\r\nContent-Type: application/dicom+json\r\n\r\n".to_vec();
    body.extend_from_slice(set.to_string().as_bytes());
    body.extend_from_slice(
        format!("\r\n--b\r\nContent-Type: application/octet-stream\r\n{pixels_at}\r\n\r\n").as_bytes(),
    );
    body.extend_from_slice(&[1, 2, 3, 4]);
    body.extend_from_slice(b"\r\n--b--");
    body
}

#[tokio::test]
async fn a_data_set_in_json_with_its_pixels_apart_becomes_a_file() {
    let media = "multipart/related; type=\"application/dicom+json\"; boundary=b";
    let post = async |archive: &Archive, at: &str| {
        let request = Request::post("/studies").header("content-type", media).body(Body::from(described(at))).unwrap();
        archive.ask(request).await
    };
    for at in ["Content-Location: cid:pixels", "Content-ID: <pixels>"] {
        let archive = Archive::default();
        assert_eq!(post(&archive, at).await.status, StatusCode::OK, "{at}");
        let file = archive.files.lock().unwrap()[0].clone();
        let scanned = dicom::scan::scan_part10(&file.bytes, &dicom::scan::Limits::default()).unwrap();
        assert!(file.bytes.ends_with(&[1, 2, 3, 4]));
        assert_eq!(dicom::header::InstanceHeader::from_scan(&scanned).unwrap().patient_name.alphabetic, "ESSAI^ZOÉ");
        let json: Value = serde_json::from_str(&dicom::json::metadata(&scanned)).unwrap();
        assert_eq!(json["00280030"]["Value"], serde_json::json!([0.5, 0.25]));
        assert_eq!(json["00081140"]["Value"].as_array().unwrap().len(), 2);
    }
    let archive = Archive::default();
    let answer = post(&archive, "Content-Location: elsewhere").await;
    assert_eq!((answer.status, reasons(&answer)), (StatusCode::CONFLICT, vec![0xC000]));
}
