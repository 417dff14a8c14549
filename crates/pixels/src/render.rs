//! From stored samples to a picture. Runs in the child process; callers elsewhere go through [`crate::Pool`].

use crate::colour;
use crate::decode::{Values, decode};
use crate::descriptor::{ImageDescriptor, Voi};
use crate::encode::Picture;
use crate::error::PixelsError;
use crate::protocol::{ImageSource, Output, RenderRequest};
use crate::tone;
use dicom::frames::{Frames, frame_spans, native_frame_bytes};
use dicom::scan::{Limits, PixelLayout, Scanned, Span, scan_part10};
use std::borrow::Cow;

/// Pixels of one frame, at most: a mammogram has 20 million, a whole-slide tile far fewer.
pub const MAX_PIXELS: u64 = 120_000_000;
/// Bytes that one frame may decode to.
pub const MAX_DECODED_BYTES: u64 = 512 << 20;

/// Makes the picture.
///
/// # Errors
/// Any [`PixelsError`] but those of the pool.
pub fn render(request: &RenderRequest) -> Result<Vec<u8>, PixelsError> {
    match &request.image {
        ImageSource::Part10 { file, frame } => part10(file, *frame, &request.output),
        ImageSource::Frame { descriptor, frame } => self::frame(descriptor, frame, &request.output),
    }
}

/// A picture of one frame of a Part 10 file.
///
/// # Errors
/// As [`render`].
pub fn part10(file: &[u8], frame: u32, output: &Output) -> Result<Vec<u8>, PixelsError> {
    let limits = Limits::default();
    let scanned = scan_part10(file, &limits)?;
    let descriptor = ImageDescriptor::of(&scanned, frame)?;
    let bytes = match frame_spans(&scanned)? {
        Frames::None | Frames::Video(_) => return Err(PixelsError::NoImage),
        Frames::Spans(frames) => cut(file, frames.get(frame as usize).ok_or(PixelsError::NoSuchFrame)?)?,
        Frames::NotAddressable => inflated_frame(file, &scanned, frame, &limits)?,
    };
    self::frame(&descriptor, &bytes, output)
}

/// The pieces of a frame, put together.
fn cut<'f>(file: &'f [u8], pieces: &[Span]) -> Result<Cow<'f, [u8]>, PixelsError> {
    let piece = |span: &Span| {
        let start = usize::try_from(span.offset).ok()?;
        file.get(start..start.checked_add(usize::try_from(span.len).ok()?)?)
    };
    let outside = PixelsError::damaged("frame outside of the file");
    match pieces {
        [only] => piece(only).map(Cow::Borrowed).ok_or(outside),
        pieces => {
            let pieces: Option<Vec<&[u8]>> = pieces.iter().map(piece).collect();
            Ok(Cow::Owned(pieces.ok_or(outside)?.concat()))
        }
    }
}

/// A frame of a deflated data set, which has to be inflated to reach it.
fn inflated_frame(
    file: &[u8],
    scanned: &Scanned,
    frame: u32,
    limits: &Limits,
) -> Result<Cow<'static, [u8]>, PixelsError> {
    let start = usize::try_from(scanned.dataset_offset()).unwrap_or(usize::MAX);
    let limits = Limits { max_inflated_bytes: MAX_DECODED_BYTES, ..*limits };
    let dataset = dicom::scan::inflate(file.get(start..).unwrap_or_default(), &limits)?;
    let Some(PixelLayout::Native(span)) = scanned.pixel_data().map(|pixels| &pixels.layout) else {
        return Err(PixelsError::NoImage);
    };
    let bytes = native_frame_bytes(scanned).ok_or(PixelsError::damaged("size of a frame unknown"))?;
    let offset = span.offset.saturating_add(bytes.saturating_mul(u64::from(frame)));
    if scanned.dataset().unsigned(dicom::tag::BITS_ALLOCATED) == Some(1) && frame > 0 {
        return Err(PixelsError::unsupported("frames of single bits in a deflated data set"));
    }
    cut(&dataset, &[Span { offset, len: bytes }]).map(|piece| Cow::Owned(piece.into_owned()))
}

/// A picture of one frame, given by its bytes.
///
/// # Errors
/// As [`render`].
pub fn frame(descriptor: &ImageDescriptor, frame: &[u8], output: &Output) -> Result<Vec<u8>, PixelsError> {
    let samples = decode(descriptor, frame)?;
    let is_colour = descriptor.samples == 3 || descriptor.palette.is_some();
    let bytes = if is_colour {
        colour::rgb(descriptor, &samples)
    } else {
        tone::grey(descriptor, &samples.values, window(output))
    };
    drop(samples);
    let picture = Picture::new(descriptor.columns, descriptor.rows, is_colour, bytes);
    picture.ok_or(PixelsError::damaged("frame"))?.cropped(output.region).fitted(output.fit).encode(output.format)
}

/// The window that is asked for.
fn window(output: &Output) -> Option<Voi> {
    let function = output.function;
    output.window.map(|(center, width)| Voi::Window { center, width, function })
}

/// The samples of one frame in little endian, as PS3.5 §8.1 lays them for the allocated bits, by pixel or by plane as the
/// header says. A codec that turned luminance and chrominance into red, green and blue gives those.
///
/// # Errors
/// As [`render`].
pub fn samples(descriptor: &ImageDescriptor, frame: &[u8]) -> Result<Vec<u8>, PixelsError> {
    let decoded = decode(descriptor, frame)?;
    let Values::Int(values) = decoded.values else {
        return Err(PixelsError::unsupported("compressed samples of over 16 bits"));
    };
    let values = if descriptor.by_plane { by_plane(&values, descriptor.samples as usize) } else { values };
    Ok(match descriptor.bits_allocated {
        1 => values.chunks(8).map(|bits| bits.iter().rev().fold(0, |byte, bit| byte << 1 | (*bit & 1) as u8)).collect(),
        8 => values.iter().map(|value| *value as u8).collect(),
        16 => values.iter().flat_map(|value| (*value as u16).to_le_bytes()).collect(),
        _ => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    })
}

fn by_plane(values: &[i32], samples: usize) -> Vec<i32> {
    (0..samples).flat_map(|sample| values.iter().skip(sample).step_by(samples.max(1)).copied()).collect()
}
