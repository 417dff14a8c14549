//! From the bytes of a frame to samples, one codec a file.
//!
//! Each codec's idea of the size is compared with the header's before anything is allocated for it.

mod j2k;
mod jpeg;
mod jpeg12;
mod jpegls;
mod jxl;
mod marker;
mod native;
mod rle;

use crate::descriptor::{ImageDescriptor, SampleKind};
use crate::error::PixelsError;
use crate::render::MAX_DECODED_BYTES;

/// Samples of one frame, by pixel (for colour: red, green, blue, red, …), in the order of PS3.5 §8.1.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// The values.
    pub values: Values,
    /// Whether the codec has already turned luminance and chrominance into red, green and blue.
    pub is_rgb: bool,
}

/// Sample values.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Stored values of up to 16 bits, sign extended, bits above the stored ones cleared.
    Int(Vec<i32>),
    /// Stored values of 32 or 64 bits, or floats.
    Real(Vec<f64>),
}

/// Decodes one frame.
///
/// # Errors
/// [`PixelsError::Damaged`], [`PixelsError::Unsupported`] or [`PixelsError::TooLarge`].
pub fn decode(image: &ImageDescriptor, frame: &[u8]) -> Result<Samples, PixelsError> {
    image.check()?;
    let samples = match image.transfer_syntax.as_str() {
        "1.2.840.10008.1.2.5" => rle::decode(image, frame)?,
        "1.2.840.10008.1.2.4.50"
        | "1.2.840.10008.1.2.4.51"
        | "1.2.840.10008.1.2.4.53"
        | "1.2.840.10008.1.2.4.55"
        | "1.2.840.10008.1.2.4.57"
        | "1.2.840.10008.1.2.4.70" => jpeg::decode(image, frame)?,
        "1.2.840.10008.1.2.4.80" | "1.2.840.10008.1.2.4.81" => jpegls::decode(image, frame)?,
        "1.2.840.10008.1.2.4.90"
        | "1.2.840.10008.1.2.4.91"
        | "1.2.840.10008.1.2.4.201"
        | "1.2.840.10008.1.2.4.202"
        | "1.2.840.10008.1.2.4.203" => j2k::decode(image, frame)?,
        "1.2.840.10008.1.2.4.110" | "1.2.840.10008.1.2.4.111" | "1.2.840.10008.1.2.4.112" => jxl::decode(image, frame)?,
        "1.2.840.10008.1.2.8.1" => native::decode(image, &inflate(image, frame)?)?,
        syntax if is_native(syntax) => native::decode(image, frame)?,
        _ => return Err(PixelsError::unsupported("transfer syntax")),
    };
    let count = match &samples.values {
        Values::Int(values) => values.len(),
        Values::Real(values) => values.len(),
    };
    if count as u64 == image.pixels() * u64::from(image.samples) {
        Ok(samples)
    } else {
        Err(PixelsError::damaged("frame of another size than the header says"))
    }
}

/// Whether frames of that syntax are samples in a row; unknown syntaxes are taken so when nothing is encapsulated.
fn is_native(syntax: &str) -> bool {
    match dicom::tables::transfer_syntax(syntax) {
        Some(known) => !known.encapsulated || known.uid == "1.2.840.10008.1.2.1.98",
        None => true,
    }
}

/// A frame of Deflated Image Frame Compression (PS3.5 §8.2.16): a deflate stream, and nothing bigger than the frame.
fn inflate(image: &ImageDescriptor, frame: &[u8]) -> Result<Vec<u8>, PixelsError> {
    use std::io::Read;
    let limit = native::frame_bytes(image).ok_or(PixelsError::TooLarge)?.saturating_add(8);
    let mut inflated = Vec::new();
    let read = match frame {
        [0x78, flags, ..] if (0x7800 + u16::from(*flags)).is_multiple_of(31) => {
            flate2::read::ZlibDecoder::new(frame).take(limit).read_to_end(&mut inflated)
        }
        _ => flate2::read::DeflateDecoder::new(frame).take(limit).read_to_end(&mut inflated),
    };
    read.map_err(|_| PixelsError::damaged("deflate stream"))?;
    Ok(inflated)
}

/// Refuses a code stream that is not of the header's size.
fn check_size(image: &ImageDescriptor, rows: u32, columns: u32, samples: u32) -> Result<(), PixelsError> {
    if (rows, columns, samples) == (image.rows, image.columns, image.samples) {
        return Ok(());
    }
    Err(PixelsError::damaged("code stream of another size than the header says"))
}

/// Bytes for the samples of a frame, `width` each, if that is within the limits.
fn sample_count(image: &ImageDescriptor, width: u64) -> Result<usize, PixelsError> {
    let count = image.pixels() * u64::from(image.samples);
    if count.saturating_mul(width) > MAX_DECODED_BYTES {
        return Err(PixelsError::TooLarge);
    }
    usize::try_from(count).map_err(|_| PixelsError::TooLarge)
}

/// Samples of up to 16 bits from what a codec answers: the stored bits, signed as the header says (PS3.5 §8.1.1 and
/// §8.2: the header, not the code stream, tells the sign).
fn stored(image: &ImageDescriptor) -> impl Fn(i32) -> i32 {
    let unused = 32 - image.bits_stored.clamp(1, 32);
    let is_signed = image.kind == SampleKind::Signed;
    move |raw| {
        let shifted = raw << unused;
        if is_signed { shifted >> unused } else { (shifted.cast_unsigned() >> unused).cast_signed() }
    }
}

/// Puts samples given plane by plane in the order of pixels.
fn by_pixel<T: Copy>(planes: &[T], samples: usize) -> Vec<T> {
    if samples <= 1 {
        return planes.to_vec();
    }
    let pixels = planes.len() / samples;
    let plane = |index: usize| planes.get(index * pixels..(index + 1) * pixels).unwrap_or_default();
    let mut out = Vec::with_capacity(planes.len());
    let planes: Vec<&[T]> = (0..samples).map(plane).collect();
    for pixel in 0..pixels {
        out.extend(planes.iter().filter_map(|plane| plane.get(pixel).copied()));
    }
    out
}
