//! Bulk values (PS3.18 §10.4.1.1.5), by the name that metadata gave them.

use super::frames;
use super::parts::{Related, range, ranged, streamed, typed, with_range};
use super::port::{Act, Image};
use super::refusal::Refusal;
use super::{Asked, Services};
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::Response;
use bytes::Bytes;
use dicom::scan::{DataSet, Element, PixelLayout, Scanned, Span};
use dicom::{Tag, tag};
use std::sync::Arc;

const BYTES: &str = "application/octet-stream";
/// Nested deeper, a value has no name.
const MAX_DEPTH: usize = 64;

/// What is found under a name.
struct Found {
    span: Span,
    is_pixel_data: bool,
    /// Width of its numbers when they are big endian.
    swapped: Option<usize>,
}

pub(super) async fn retrieve(State(services): State<Services>, asked: Asked) -> Result<Response, Refusal> {
    let name = asked.value.as_deref().and_then(|name| name.split_once('-'));
    let (tag, offset) = name.and_then(|(tag, at)| Some((parse(tag)?, at.parse().ok()?))).ok_or(Refusal::NotFound)?;
    let image = asked.instance(&services, Act::View).await?;
    let scanned = image.scan().await?;
    let found = find(scanned.dataset(), tag, offset, 0).ok_or(Refusal::NotFound)?;
    if found.is_pixel_data && is_encapsulated(&scanned) {
        return frames::all_stored(&asked, image, &scanned).await;
    }
    let single = asked.accepted.iter().find_map(|range| {
        // `*/*` is a browser or a plain download: bare bytes.
        if range.takes(BYTES) { Some(true) } else { range.takes_parts_of(BYTES).then_some(false) }
    });
    let is_whole_file = found.swapped.is_none() && !scanned.is_deflated();
    match single.ok_or(Refusal::NotAcceptable("bulk data is application/octet-stream"))? {
        true if is_whole_file => ranged(image, &[found.span], BYTES, &asked.headers),
        true => {
            let value = value(image.as_ref(), &scanned, &found).await?;
            let length = value.len() as u64;
            let wanted = range(&asked.headers, length)?;
            let cut = wanted.map_or(value.clone(), |span| slice(&value, span));
            Ok(with_range(typed(BYTES, Body::from(cut)), wanted, length))
        }
        false => related(&asked, image, &scanned, &found, is_whole_file).await,
    }
}

async fn related(
    asked: &Asked,
    image: Arc<dyn Image>,
    scanned: &Scanned,
    found: &Found,
    is_whole_file: bool,
) -> Result<Response, Refusal> {
    if asked.headers.contains_key(header::RANGE) {
        // A range of a body in parts would be a range of its boundaries.
        tracing::debug!("a range of a multipart answer is not given");
    }
    let related = Related::new(&asked.access);
    let media = related.media(BYTES);
    let pieces = if is_whole_file {
        image.stream(Some(found.span)).await?
    } else {
        let (sender, pieces) = tokio::sync::mpsc::channel(1);
        let _ = sender.send(Ok(value(image.as_ref(), scanned, found).await?)).await;
        pieces
    };
    let body = streamed(|out| async move {
        out.bytes(related.head(BYTES, None)).await?;
        out.pieces(pieces).await?;
        out.bytes(related.tail()).await
    });
    Ok(typed(&media, body))
}

/// The value in little endian (PS3.18 §8.7.3.5.3).
async fn value(image: &dyn Image, scanned: &Scanned, found: &Found) -> Result<Bytes, Refusal> {
    let bytes = image.read(scanned, &[found.span]).await?;
    Ok(match found.swapped {
        Some(width) => bytes.chunks(width).flat_map(|number| number.iter().rev().copied()).collect::<Vec<u8>>().into(),
        None => bytes,
    })
}

fn slice(value: &Bytes, span: Span) -> Bytes {
    let bound = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(value.len());
    value.slice(bound(span.offset)..bound(span.offset.saturating_add(span.len)))
}

fn is_encapsulated(scanned: &Scanned) -> bool {
    matches!(scanned.pixel_data().map(|pixels| &pixels.layout), Some(PixelLayout::Encapsulated { .. }))
}

/// `7FE00010`.
fn parse(tag: &str) -> Option<Tag> {
    let number = u32::from_str_radix(tag, 16).ok().filter(|_| tag.len() == 8)?;
    Some(Tag((number >> 16) as u16, (number & 0xFFFF) as u16))
}

/// The element that begins there. Nesting is bounded by the scan and here.
fn find(dataset: DataSet<'_>, tag: Tag, offset: u64, depth: usize) -> Option<Found> {
    if depth > MAX_DEPTH {
        return None;
    }
    for element in dataset.elements() {
        if element.tag() == tag && element.span().offset == offset {
            return Some(found(element, depth));
        }
        if let Some(nested) = element.items().find_map(|item| find(item, tag, offset, depth + 1)) {
            return Some(nested);
        }
    }
    None
}

fn found(element: Element<'_>, depth: usize) -> Found {
    let is_pixel_data = depth == 0 && element.tag() == tag::PIXEL_DATA;
    let swapped = element.vr().number_width().filter(|_| element.is_big_endian());
    Found { span: element.span(), is_pixel_data, swapped }
}
