//! Samples in a row (PS3.5 §8.1).

use super::{Samples, Values, by_pixel, sample_count};
use crate::descriptor::{ImageDescriptor, SampleKind};
use crate::error::PixelsError;

/// Samples a pixel that are written, doubled: chrominance may be shared (PS3.3 §C.7.6.3.1.2).
fn halves_per_pixel(image: &ImageDescriptor) -> u64 {
    match image.photometric.as_str() {
        "YBR_FULL_422" | "YBR_PARTIAL_422" if image.samples == 3 => 4,
        "YBR_PARTIAL_420" if image.samples == 3 => 3,
        _ => u64::from(image.samples) * 2,
    }
}

/// Bytes of the frame, those of its first and last bits included.
pub(super) fn frame_bytes(image: &ImageDescriptor) -> Option<u64> {
    let bits = image.pixels().checked_mul(halves_per_pixel(image))?.checked_mul(u64::from(image.bits_allocated))? / 2;
    Some((bits + u64::from(image.first_bit)).div_ceil(8))
}

pub(super) fn decode(image: &ImageDescriptor, frame: &[u8]) -> Result<Samples, PixelsError> {
    sample_count(image, 8)?;
    let wanted = frame_bytes(image).and_then(|bytes| usize::try_from(bytes).ok()).ok_or(PixelsError::TooLarge)?;
    let frame = frame.get(..wanted).ok_or(PixelsError::damaged("fewer pixels than declared"))?;
    if halves_per_pixel(image) == 4 && image.bits_allocated == 8 && image.samples == 3 {
        return Ok(Samples { values: Values::Int(from_422(image, frame)), is_rgb: false });
    }
    if halves_per_pixel(image) != u64::from(image.samples) * 2 {
        return Err(PixelsError::unsupported("native pixels with shared chrominance other than 4:2:2 of 8 bits"));
    }
    let values = match (image.kind, image.bits_allocated) {
        (SampleKind::Float, _) => Values::Real(each(frame, image.big_endian, |b| f64::from(f32::from_le_bytes(b)))),
        (SampleKind::Double, _) => Values::Real(each(frame, image.big_endian, f64::from_le_bytes)),
        (_, 1) => Values::Int(bits(image, frame)),
        (_, 8) => Values::Int(frame.iter().map(|byte| shifted(image, u32::from(*byte))).collect()),
        (_, 16) => Values::Int(each(frame, image.big_endian, |b| shifted(image, u32::from(u16::from_le_bytes(b))))),
        (kind, _) => Values::Real(each(frame, image.big_endian, |b| {
            let value = shifted(image, u32::from_le_bytes(b));
            if kind == SampleKind::Signed { f64::from(value) } else { f64::from(value.cast_unsigned()) }
        })),
    };
    let values = match values {
        Values::Int(planes) if image.by_plane => Values::Int(by_pixel(&planes, image.samples as usize)),
        Values::Real(planes) if image.by_plane => Values::Real(by_pixel(&planes, image.samples as usize)),
        values => values,
    };
    Ok(Samples { values, is_rgb: false })
}

/// The stored bits of a word, sign extended if signed: bits above and below them are not of the sample (PS3.5 §8.1.1).
pub(super) fn shifted(image: &ImageDescriptor, word: u32) -> i32 {
    let up = 31 - image.high_bit.min(31);
    let down = 32 - image.bits_stored.clamp(1, 32);
    let top = word << up;
    if image.kind == SampleKind::Signed { top.cast_signed() >> down } else { (top >> down).cast_signed() }
}

/// Reads words, given to `read` in little endian.
fn each<const N: usize, T>(bytes: &[u8], big_endian: bool, read: impl Fn([u8; N]) -> T) -> Vec<T> {
    let words = bytes.as_chunks::<N>().0.iter();
    if big_endian {
        words
            .map(|word| {
                let mut word = *word;
                word.reverse();
                read(word)
            })
            .collect()
    } else {
        words.map(|word| read(*word)).collect()
    }
}

/// Single bits, the low one first, beginning inside of the first byte.
fn bits(image: &ImageDescriptor, frame: &[u8]) -> Vec<i32> {
    let all = frame.iter().flat_map(|byte| (0..8).map(move |bit| i32::from(byte >> bit & 1)));
    let count = image.pixels() * u64::from(image.samples);
    all.skip(image.first_bit as usize).take(usize::try_from(count).unwrap_or(0)).collect()
}

/// Two luminances, then their common chrominances.
fn from_422(image: &ImageDescriptor, frame: &[u8]) -> Vec<i32> {
    let mut out = Vec::with_capacity(frame.len() / 2 * 3);
    for quad in frame.as_chunks::<4>().0 {
        let [y1, y2, cb, cr] = quad.map(i32::from);
        out.extend_from_slice(&[y1, cb, cr, y2, cb, cr]);
    }
    // An odd number of columns leaves half a pair; PS3.3 allows none, and the count is checked by the caller.
    out.truncate(usize::try_from(image.pixels() * 3).unwrap_or(0));
    out
}
