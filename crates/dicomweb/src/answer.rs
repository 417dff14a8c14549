//! How bytes are dressed for the wire.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::{BufMut, Bytes, BytesMut};

use crate::accept::Form;
use crate::port::Frame;

/// The boundary of a one-part answer. The parts carry their length, and a reader that searches
/// instead finds it with odds of 62⁻³² of meeting it earlier in pixels.
const BOUNDARY: &str = "zQ7vNf2sKc9TbXw4LhRj8GpYd3MaUe6Z";

/// Headers of every answer: copies stay in no cache and are what we say they are.
pub(crate) async fn dress(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Bytes with a fixed type.
pub(crate) fn plain(media: &'static str, bytes: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(media))], Body::from(bytes)).into_response()
}

/// A stored gzip body, passed through as it is (RFC 9110 §8.4).
pub(crate) fn gzipped(media: &'static str, bytes: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CONTENT_ENCODING, HeaderValue::from_static("gzip")),
    ];
    (headers, Body::from(bytes)).into_response()
}

/// A frame in the form asked for.
pub(crate) fn frame(frame: Frame, form: Form) -> Response {
    let part = format!("application/octet-stream; transfer-syntax={}", uid_or_default(&frame.transfer_syntax));
    match form {
        Form::Single => with_type(part, frame.bytes),
        Form::Related => {
            let whole = format!("multipart/related; type=\"application/octet-stream\"; boundary={BOUNDARY}");
            with_type(whole, one_part(&part, &frame.bytes))
        }
    }
}

/// The single part between its boundaries (RFC 2046 §5.1.1, PS3.18 §8.6.1.2).
fn one_part(part: &str, bytes: &Bytes) -> Bytes {
    let head = format!("--{BOUNDARY}\r\nContent-Type: {part}\r\nContent-Length: {}\r\n\r\n", bytes.len());
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    let mut whole = BytesMut::with_capacity(head.len() + bytes.len() + tail.len());
    whole.put_slice(head.as_bytes());
    whole.put_slice(bytes);
    whole.put_slice(tail.as_bytes());
    whole.freeze()
}

fn with_type(media: String, bytes: Bytes) -> Response {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&media) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    (headers, Body::from(bytes)).into_response()
}

/// A UID came with the image from outside: only its own alphabet (PS3.5 §9.1) reaches a header.
fn uid_or_default(uid: &str) -> &str {
    let sound = !uid.is_empty() && uid.len() <= 64 && uid.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    // The default transfer syntax of frames (PS3.18 §8.7.3.5.2).
    if sound { uid } else { "1.2.840.10008.1.2.1" }
}
