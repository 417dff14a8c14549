use axum::body::Body;
use axum::http::{Request, StatusCode};
use proptest::prelude::*;

use crate::rig::{GRANT, Shelf, ask, ask_of, get, to};

const FRAME: &str = "/series/1/instances/2/frames/3";

async fn accepting(accept: &str) -> crate::rig::Answer {
    let request = Request::get(FRAME).header("accept", accept).body(Body::empty()).unwrap();
    ask(Some(GRANT), request).await
}

#[tokio::test]
async fn a_frame_is_served_alone_with_its_transfer_syntax() {
    let answer = get(FRAME).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.90");
    assert_eq!(answer.body, b"frame 2.3");
}

#[tokio::test]
async fn a_frame_is_wrapped_in_one_part_when_multipart_is_asked() {
    let answer = accepting("multipart/related; type=application/octet-stream; transfer-syntax=*").await;
    let kind = answer.header("content-type").to_string();
    let boundary = kind.split("boundary=").nth(1).unwrap();
    let expected = format!(
        "--{boundary}\r\nContent-Type: application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.90\r\nContent-Length: 9\r\n\r\nframe 2.3\r\n--{boundary}--\r\n"
    );
    assert_eq!(String::from_utf8(answer.body).unwrap(), expected);
}

#[tokio::test]
async fn the_better_accepted_form_wins_then_the_first() {
    let single = "application/octet-stream";
    let both = "multipart/related; type=\"application/octet-stream\";q=0.5, application/octet-stream;q=0.9";
    assert!(accepting(both).await.header("content-type").starts_with(single));
    let first = "multipart/related; type=\"image/jp2\", */*";
    assert!(accepting(first).await.header("content-type").starts_with("multipart/related"));
    assert!(accepting("*/*").await.header("content-type").starts_with(single));
}

#[tokio::test]
async fn a_client_that_accepts_no_pixels_is_told_so() {
    for accept in ["text/html", "multipart/related; type=text/xml", "application/octet-stream;q=0"] {
        assert_eq!(accepting(accept).await.status, StatusCode::NOT_ACCEPTABLE, "{accept}");
    }
}

#[tokio::test]
async fn numbers_out_of_bounds_or_oddly_written_do_not_exist() {
    for wrong in [
        "0",
        "01",
        "-1",
        "+1",
        "%201",
        "1.0",
        "10000000",
        "4294967297",
        "99999999999999999999",
        "%31%00",
        "x",
        "1/../1",
    ] {
        let answer = get(&format!("/series/1/instances/1/frames/{wrong}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    assert_eq!(get("/series/1/instances/3/frames/1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_transfer_syntax_that_is_not_a_uid_stays_out_of_the_headers() {
    for syntax in ["1.2\r\nSet-Cookie: a=b", "", "1.2; boundary=x", "é"] {
        let answer = ask_of(Shelf { syntax }, Some(GRANT), to(FRAME)).await;
        assert_eq!(answer.header("content-type"), "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1");
    }
}

proptest! {
    #[test]
    fn any_accept_header_and_any_path_get_an_answer(accept in "[ -~]{0,200}", last in "[!-~&&[^/?#%]]{1,12}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let request = Request::get(format!("/series/1/instances/1/frames/{}", urlsafe(&last)))
            .header("accept", accept)
            .body(Body::empty())
            .unwrap();
        let answer = runtime.block_on(ask(Some(GRANT), request));
        prop_assert!([200, 404, 406].contains(&answer.status.as_u16()));
    }
}

fn urlsafe(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}
