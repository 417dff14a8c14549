use axum::http::StatusCode;

use crate::rig::get;

#[tokio::test]
async fn the_list_of_series_carries_its_version_and_what_a_list_shows() {
    let answer = get("/series.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let expected = serde_json::json!({
        "version": 1,
        "series": [{ "series": 1, "modality": "MG", "description": "R CC", "instances": 2, "frames": 6, "viewable": true }],
    });
    assert_eq!(json, expected);
}

#[tokio::test]
async fn stored_gzip_metadata_passes_through_untouched() {
    let answer = get("/series/1/metadata").await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert_eq!(answer.header("content-type"), "application/dicom+json");
    assert_eq!(answer.body, b"\x1f\x8b stored gzip");
}

#[tokio::test]
async fn a_thumbnail_is_a_jpeg() {
    let answer = get("/series/1/thumbnail").await;
    assert_eq!(answer.header("content-type"), "image/jpeg");
    assert_eq!(answer.body, b"\xff\xd8\xff");
    assert_eq!(get("/series/3/thumbnail").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_picture_for_the_screen_is_a_jpeg_and_an_older_copy_has_none() {
    let answer = get("/series/1/screen").await;
    assert_eq!(answer.header("content-type"), "image/jpeg");
    assert_eq!(answer.body, b"\xff\xd8\xff screen");
    assert_eq!(get("/series/3/screen").await.status, StatusCode::NOT_FOUND);
}
