//! Frames (PS3.18 §10.4.1.1.6): as they are kept, or decoded.

use super::negotiate::Range;
use super::parts::{Related, header_uid, ranged, streamed, typed};
use super::port::{Act, Fault, Image};
use super::refusal::Refusal;
use super::{Asked, Services};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use dicom::frames::{Frames, frame_spans};
use dicom::scan::{Scanned, Span};
use dicom::tables::{self, EXPLICIT_VR_LITTLE_ENDIAN};
use dicom::{Vr, tag};
use std::sync::Arc;

const BYTES: &str = "application/octet-stream";
/// Encapsulated Uncompressed Explicit VR Little Endian.
const ENCAPSULATED_NATIVE: &str = "1.2.840.10008.1.2.1.98";
/// Frames asked for at once, at most.
const MOST: usize = 10_000;

/// How frames leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Form {
    /// Their bytes as they are kept; else decoded.
    stored: bool,
    /// In parts.
    related: bool,
    /// Media type of one frame.
    media: &'static str,
}

pub(super) async fn retrieve(State(services): State<Services>, asked: Asked) -> Result<Response, Refusal> {
    let wanted = numbers(asked.frames.as_deref().unwrap_or_default())?;
    let image = asked.instance(&services, Act::View).await?;
    let scanned = image.scan().await?;
    let kept = scanned.transfer_syntax();
    let located = frame_spans(&scanned).map_err(|error| Refusal::from(Fault::NotDrawable(error.to_string())))?;
    if let Frames::Video(pieces) = &located {
        let is_asked = asked.accepted.iter().any(|range| range.takes(media_of(kept)));
        let refusal = Refusal::NotAcceptable("a video is given whole");
        return if is_asked { ranged(image, pieces, media_of(kept), &asked.headers) } else { Err(refusal) };
    }
    if matches!(located, Frames::None) {
        return Err(Refusal::NotFound);
    }
    let count = u64::from(image.facts().frames);
    if wanted.iter().any(|number| *number > count) {
        return Err(Refusal::NotFound);
    }
    let form = asked.accepted.iter().find_map(|range| form(range, kept, wanted.len()));
    let form = form.ok_or(Refusal::NotAcceptable("frames are octet-stream, or in the form they are kept in"))?;
    answer(&asked, image, scanned, (form, wanted)).await
}

/// All frames as they are kept: encapsulated pixel data as bulk data.
pub(super) async fn all_stored(
    asked: &Asked,
    image: Arc<dyn Image>,
    scanned: &Arc<Scanned>,
) -> Result<Response, Refusal> {
    let kept = scanned.transfer_syntax();
    if let Ok(Frames::Video(pieces)) = frame_spans(scanned) {
        return ranged(image, &pieces, media_of(kept), &asked.headers);
    }
    let media = media_of(kept);
    let related = asked.accepted.iter().find_map(|range| {
        let parts = range.takes_parts_of(media) || range.takes_parts_of(BYTES);
        if parts { Some(true) } else { (range.takes(media) || range.takes(BYTES)).then_some(false) }
    });
    let related = related.ok_or(Refusal::NotAcceptable("the frames are given as they are kept"))?;
    let count = u64::from(image.facts().frames);
    let wanted = (1..=if related { count } else { count.min(1) }).collect();
    answer(asked, image, scanned.clone(), (Form { stored: true, related, media }, wanted)).await
}

async fn answer(
    asked: &Asked,
    image: Arc<dyn Image>,
    scanned: Arc<Scanned>,
    (form, wanted): (Form, Vec<u64>),
) -> Result<Response, Refusal> {
    // What is native leaves in little endian, whatever it is kept in.
    let is_compressed = is_compressed(scanned.transfer_syntax());
    let syntax = if form.stored && is_compressed { scanned.transfer_syntax() } else { EXPLICIT_VR_LITTLE_ENDIAN };
    let part = format!("{}; transfer-syntax={}", form.media, header_uid(syntax));
    // The first one before the answer's head: what cannot be decoded is an error, not a broken answer.
    let first = wanted.first().copied().ok_or(Refusal::NotFound)?;
    let bytes = one(image.as_ref(), &scanned, first, form).await?;
    if !form.related {
        return Ok(typed(&part, Body::from(bytes)));
    }
    let related = Related::new(&asked.access);
    let media = related.media(form.media);
    let body = streamed(|out| async move {
        let head = related.head(&part, None);
        out.bytes(head.clone()).await?;
        out.bytes(bytes).await?;
        for number in wanted.into_iter().skip(1) {
            match one(image.as_ref(), &scanned, number, form).await {
                Ok(bytes) => {
                    out.bytes(head.clone()).await?;
                    out.bytes(bytes).await?;
                }
                Err(fault) => return out.fail(fault).await,
            }
        }
        out.bytes(related.tail()).await
    });
    Ok(typed(&media, body))
}

/// `3`, `1,3`, `3,1`: numbers from 1, in the order asked.
fn numbers(text: &str) -> Result<Vec<u64>, Refusal> {
    let bad = Refusal::Bad("frames are numbers from 1, parted by commas");
    let number = |text: &str| text.parse().ok().filter(|number| *number > 0 && !text.starts_with('+'));
    let numbers: Option<Vec<u64>> = text.split(',').take(MOST + 1).map(number).collect();
    numbers.filter(|numbers| numbers.len() <= MOST).ok_or(bad)
}

/// What a range comes to for frames kept in `kept`.
fn form(range: &Range, kept: &str, count: usize) -> Option<Form> {
    let own = media_of(kept);
    let is_native = !is_compressed(kept);
    let decoded = Form { stored: is_native, related: true, media: BYTES };
    let stored = Form { stored: true, related: true, media: own };
    let raw = Form { stored: true, related: true, media: BYTES };
    let of = |form: Form, related: bool| (related || count == 1).then_some(Form { related, ..form });
    let is_wide = matches!(range.media.as_str(), "*/*" | "multipart/*")
        || (range.media == "multipart/related" && range.inner.as_deref().is_none_or(|inner| inner == "*/*"));
    if is_wide && range.takes_syntax(kept) {
        return of(if is_native { decoded } else { stored }, true);
    }
    let as_bytes = match range.syntax.as_deref() {
        None | Some(EXPLICIT_VR_LITTLE_ENDIAN) => Some(decoded),
        Some("*") => Some(raw),
        Some(named) if named == kept => Some(raw),
        Some(_) => None,
    };
    for related in [true, false] {
        let takes = |media| if related { range.takes_parts_of(media) } else { range.takes(media) };
        if let Some(form) = as_bytes.filter(|_| takes(BYTES)) {
            return of(form, related);
        }
        if !is_native && takes(own) && range.takes_syntax(kept) {
            return of(stored, related);
        }
    }
    None
}

/// Whether frames of that syntax are something else than samples in a row.
fn is_compressed(syntax: &str) -> bool {
    tables::transfer_syntax(syntax).is_some_and(|known| known.encapsulated && known.uid != ENCAPSULATED_NATIVE)
}

/// Media type of a frame in that transfer syntax (PS3.18 Table 8.7.3-4 and following).
pub(super) fn media_of(syntax: &str) -> &'static str {
    let Some(known) = tables::transfer_syntax(syntax).filter(|known| known.encapsulated) else { return BYTES };
    if known.is_video() {
        return if known.uid.starts_with("1.2.840.10008.1.2.4.100") || known.uid.starts_with("1.2.840.10008.1.2.4.101") {
            "video/mpeg"
        } else {
            "video/mp4"
        };
    }
    match known.uid.strip_prefix("1.2.840.10008.1.2.").unwrap_or_default() {
        "5" => "image/dicom-rle",
        "4.80" | "4.81" => "image/jls",
        "4.90" | "4.91" => "image/jp2",
        "4.92" | "4.93" => "image/jpx",
        "4.110" | "4.111" | "4.112" => "image/jxl",
        "4.201" | "4.202" | "4.203" => "image/jphc",
        rest if rest.starts_with("4.5") || rest.starts_with("4.6") || rest == "4.70" => "image/jpeg",
        _ => BYTES,
    }
}

/// One frame, from 1.
async fn one(image: &dyn Image, scanned: &Scanned, number: u64, form: Form) -> Result<Bytes, Fault> {
    let index = u32::try_from(number - 1).map_err(|_| Fault::NotFound)?;
    let not_drawable = |error: dicom::Error| Fault::NotDrawable(error.to_string());
    let is_compressed = is_compressed(scanned.transfer_syntax());
    if is_compressed && !form.stored {
        return image.samples(index).await;
    }
    let pieces = match frame_spans(scanned).map_err(not_drawable)? {
        Frames::Spans(frames) => frames.into_iter().nth(index as usize).ok_or(Fault::NotFound)?,
        Frames::NotAddressable => inflated(scanned, index)?,
        Frames::None | Frames::Video(_) => return Err(Fault::NotFound),
    };
    let bytes = image.read(scanned, &pieces).await?;
    Ok(if is_compressed { bytes } else { native(scanned, index, bytes) })
}

/// Where a frame of a deflated data set lies once that is inflated.
fn inflated(scanned: &Scanned, index: u32) -> Result<Vec<Span>, Fault> {
    let pixels = scanned.pixel_data().ok_or(Fault::NotFound)?;
    let dicom::scan::PixelLayout::Native(span) = pixels.layout else { return Err(Fault::NotFound) };
    let unknown = || Fault::NotDrawable("size of a frame unknown".into());
    let bytes = dicom::frames::native_frame_bytes(scanned).ok_or_else(unknown)?;
    let offset = bytes.checked_mul(u64::from(index)).ok_or_else(unknown)?;
    if offset.checked_add(bytes).is_none_or(|end| end > span.len) {
        return Err(Fault::NotFound);
    }
    Ok(vec![Span { offset: span.offset + offset, len: bytes }])
}

/// A native frame in little endian, its first bit the first of its first byte.
fn native(scanned: &Scanned, index: u32, bytes: Bytes) -> Bytes {
    let dataset = scanned.dataset();
    let element = scanned.pixel_data().and_then(|pixels| dataset.get(pixels.tag));
    let Some(element) = element else { return bytes };
    if element.is_big_endian() {
        // Bytes have no order (PS3.5 §8.1.2).
        let width = if element.vr() == Vr::OB { 1 } else { element.vr().number_width().unwrap_or(1) };
        return bytes.chunks(width.max(1)).flat_map(|word| word.iter().rev().copied()).collect::<Vec<u8>>().into();
    }
    let number = |tag| dataset.unsigned(tag).unwrap_or(0);
    if number(tag::BITS_ALLOCATED) != 1 {
        return bytes;
    }
    let bits = number(tag::ROWS).saturating_mul(number(tag::COLUMNS));
    let first = bits.saturating_mul(u64::from(index)) % 8;
    if first == 0 {
        return bytes;
    }
    let next = bytes.iter().copied().skip(1).chain([0]);
    let shifted = bytes.iter().zip(next).map(|(this, next)| (u16::from_le_bytes([*this, next]) >> first) as u8);
    let length = usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX);
    shifted.take(length).collect::<Vec<u8>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RLE: &str = "1.2.840.10008.1.2.5";

    fn range(media: &str, inner: Option<&str>, syntax: Option<&str>) -> Range {
        Range { media: media.into(), inner: inner.map(Into::into), syntax: syntax.map(Into::into), quality: 1000 }
    }

    #[test]
    fn octet_stream_is_decoded_unless_the_kept_syntax_is_asked_for() {
        let related = "multipart/related";
        let stored = |range: Range| form(&range, RLE, 2).map(|form| (form.stored, form.media));
        assert_eq!(stored(range(related, Some(BYTES), None)), Some((false, BYTES)));
        assert_eq!(stored(range(related, Some(BYTES), Some("*"))), Some((true, BYTES)));
        assert_eq!(stored(range(related, Some("image/dicom-rle"), None)), Some((true, "image/dicom-rle")));
        assert_eq!(stored(range(related, Some("image/jp2"), None)), None);
        assert_eq!(stored(range("*/*", None, None)), Some((true, "image/dicom-rle")));
        assert_eq!(stored(range(BYTES, None, None)), None, "two frames are not one part");
        assert_eq!(form(&range(BYTES, None, None), RLE, 1).map(|form| form.related), Some(false));
    }

    #[test]
    fn frame_numbers_are_from_one_and_plain() {
        assert_eq!(numbers("3,1"), Ok(vec![3, 1]));
        for bad in ["", "0", "-1", "+1", "a", "1,,2", "1,", "99999999999999999999"] {
            assert!(numbers(bad).is_err(), "{bad}");
        }
    }
}
