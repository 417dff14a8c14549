//! Bodies made on the way: pieces from a channel, several parts, ranges of bytes.

use super::port::{Access, Fault, Image, Pieces};
use super::refusal::Refusal;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use dicom::scan::Span;
use http_body::{Body as HttpBody, Frame};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc;

/// Pieces that wait for a slow client.
const WAITING: usize = 4;

/// A body whose pieces come from a task. An error breaks the connection off: no length was promised, and what a client
/// has by then must not look whole.
struct Streamed(Pieces);

impl HttpBody for Streamed {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let piece = ready!(self.0.poll_recv(cx));
        if let Some(Err(fault)) = &piece {
            tracing::warn!(%fault, "an answer is broken off");
        }
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }
}

/// Where a task puts its pieces.
#[derive(Clone)]
pub(crate) struct Out(mpsc::Sender<Result<Bytes, Fault>>);

impl Out {
    /// Sends a piece; `None` when nobody reads any more.
    pub async fn bytes(&self, bytes: impl Into<Bytes>) -> Option<()> {
        self.0.send(Ok(bytes.into())).await.ok()
    }

    /// Sends pieces on; `None` when nobody reads any more or they broke off.
    pub async fn pieces(&self, mut pieces: Pieces) -> Option<()> {
        while let Some(piece) = pieces.recv().await {
            let failed = piece.is_err();
            self.0.send(piece).await.ok()?;
            if failed {
                return None;
            }
        }
        Some(())
    }

    /// Breaks the answer off.
    pub async fn fail(&self, fault: Fault) -> Option<()> {
        self.0.send(Err(fault)).await.ok()?;
        None
    }
}

/// A body filled by a task, which ends when nobody reads.
pub(crate) fn streamed<F: Future<Output = Option<()>> + Send + 'static>(fill: impl FnOnce(Out) -> F) -> Body {
    let (sender, pieces) = mpsc::channel(WAITING);
    tokio::spawn(fill(Out(sender)));
    Body::new(Streamed(pieces))
}

/// An answer of this type.
pub(crate) fn typed(media: &str, body: Body) -> Response {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(media) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    (headers, body).into_response()
}

/// `multipart/related` under way (RFC 2387, PS3.18 §8.6.1.2).
#[derive(Clone)]
pub(crate) struct Related {
    boundary: String,
}

impl Related {
    pub fn new(access: &Access) -> Self {
        Self { boundary: access.nonce.iter().map(|byte| format!("{byte:02x}")).collect() }
    }

    /// The whole answer's type.
    pub fn media(&self, inner: &str) -> String {
        format!("multipart/related; type=\"{inner}\"; boundary={}", self.boundary)
    }

    /// What precedes a part.
    pub fn head(&self, part: &str, location: Option<&str>) -> String {
        let location = location.map(|url| format!("Content-Location: {url}\r\n")).unwrap_or_default();
        format!("\r\n--{}\r\nContent-Type: {part}\r\n{location}\r\n", self.boundary)
    }

    /// What follows the last part.
    pub fn tail(&self) -> String {
        format!("\r\n--{}--\r\n", self.boundary)
    }
}

/// UIDs that came with an image: only their own alphabet (PS3.5 §9.1) reaches a header.
pub(crate) fn header_uid(uid: &str) -> &str {
    if dicom::uid::check(uid).is_ok() { uid } else { dicom::tables::EXPLICIT_VR_LITTLE_ENDIAN }
}

/// The one range of bytes that is asked for (RFC 9110 §14.2); several, or other units, are answered with all of it.
pub(crate) fn range(headers: &HeaderMap, length: u64) -> Result<Option<Span>, Refusal> {
    let Some(text) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else { return Ok(None) };
    let Some(text) = text.trim().strip_prefix("bytes=").filter(|text| !text.contains(',')) else { return Ok(None) };
    let Some((first, last)) = text.split_once('-') else { return Ok(None) };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (start, end) = match (number(first), number(last)) {
        (Some(start), Some(end)) if start <= end => (start, end.saturating_add(1).min(length)),
        (Some(start), None) if last.trim().is_empty() => (start, length),
        (None, Some(count)) if first.trim().is_empty() => (length.saturating_sub(count), length),
        _ => return Ok(None),
    };
    if start >= end {
        return Err(Refusal::Range(length));
    }
    Ok(Some(Span { offset: start, len: end - start }))
}

/// Pieces of an instance as one file that can be asked for in ranges.
pub(crate) fn ranged(
    image: Arc<dyn Image>,
    pieces: &[Span],
    media: &str,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let length = pieces.iter().map(|piece| piece.len).sum();
    let wanted = range(headers, length)?;
    let cut = clip(pieces, wanted.unwrap_or(Span { offset: 0, len: length }));
    let body = streamed(|out| async move {
        for piece in cut {
            match image.stream(Some(piece)).await {
                Ok(pieces) => out.pieces(pieces).await?,
                Err(fault) => out.fail(fault).await?,
            }
        }
        Some(())
    });
    Ok(with_range(typed(media, body), wanted, length))
}

/// The headers of a whole file or of a range of it.
pub(crate) fn with_range(mut response: Response, wanted: Option<Span>, length: u64) -> Response {
    let sent = wanted.map_or(length, |span| span.len);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(sent));
    response.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(span) = wanted {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let text = format!("bytes {}-{}/{length}", span.offset, span.offset + span.len - 1);
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(header::CONTENT_RANGE, value);
        }
    }
    response
}

/// The part of a concatenation that `wanted` names.
fn clip(pieces: &[Span], wanted: Span) -> Vec<Span> {
    let (mut cut, mut before) = (Vec::new(), 0u64);
    let end = wanted.offset + wanted.len;
    for piece in pieces {
        let (from, to) = (wanted.offset.max(before), end.min(before + piece.len));
        if from < to {
            cut.push(Span { offset: piece.offset + (from - before), len: to - from });
        }
        before += piece.len;
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &'static str) -> Result<Option<Span>, Refusal> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static(text));
        range(&headers, 100)
    }

    #[test]
    fn a_range_is_inside_or_refused_and_nonsense_is_the_whole() {
        assert_eq!(asked("bytes=10-19"), Ok(Some(Span { offset: 10, len: 10 })));
        assert_eq!(asked("bytes=90-"), Ok(Some(Span { offset: 90, len: 10 })));
        assert_eq!(asked("bytes=-5"), Ok(Some(Span { offset: 95, len: 5 })));
        assert_eq!(asked("bytes=50-4000"), Ok(Some(Span { offset: 50, len: 50 })));
        assert_eq!(asked("bytes=100-"), Err(Refusal::Range(100)));
        assert_eq!(asked("bytes=-0"), Err(Refusal::Range(100)));
        for whole in ["bytes=1-2,4-5", "lines=1-2", "bytes=", "bytes=9-1", "bytes=a-b"] {
            assert_eq!(asked(whole), Ok(None), "{whole}");
        }
    }

    #[test]
    fn a_range_over_several_pieces_is_cut_in_each() {
        let pieces = [Span { offset: 1000, len: 10 }, Span { offset: 2000, len: 10 }, Span { offset: 3000, len: 10 }];
        let cut = clip(&pieces, Span { offset: 5, len: 17 });
        let expected = [Span { offset: 1005, len: 5 }, Span { offset: 2000, len: 10 }, Span { offset: 3000, len: 2 }];
        assert_eq!(cut, expected);
    }
}
