//! RLE (PS3.5 annex G): each byte of each sample is a segment of its own, packed.

use super::{Samples, Values, native, sample_count};
use crate::descriptor::{ImageDescriptor, SampleKind};
use crate::error::PixelsError;

const HEADER_BYTES: usize = 64;

pub(super) fn decode(image: &ImageDescriptor, frame: &[u8]) -> Result<Samples, PixelsError> {
    let pixels = sample_count(image, 8)? / image.samples as usize;
    let bytes_per_sample = image.bits_allocated.div_ceil(8) as usize;
    let plane_bytes = if image.bits_allocated == 1 { pixels.div_ceil(8) } else { pixels };
    let segments = segments(frame, bytes_per_sample * image.samples as usize)?;

    let planes = segments.into_iter().map(|segment| unpack(segment, plane_bytes)).collect::<Result<Vec<_>, _>>()?;
    if image.bits_allocated == 1 {
        let plain = ImageDescriptor { first_bit: 0, ..image.clone() };
        return native::decode(&plain, &planes.concat());
    }
    // The most significant byte comes first, for each sample in turn (PS3.5 §G.2).
    let word = |sample: usize, pixel: usize| {
        let bytes = planes.iter().skip(sample * bytes_per_sample).take(bytes_per_sample);
        bytes.fold(0u32, |word, plane| word << 8 | u32::from(plane.get(pixel).copied().unwrap_or(0)))
    };
    let samples = image.samples as usize;
    let order = (0..pixels * samples).map(|index| (index % samples, index / samples));
    let values = if image.bits_allocated == 32 {
        let real = |value: i32| {
            if image.kind == SampleKind::Signed { f64::from(value) } else { f64::from(value.cast_unsigned()) }
        };
        Values::Real(order.map(|(sample, pixel)| real(native::shifted(image, word(sample, pixel)))).collect())
    } else {
        Values::Int(order.map(|(sample, pixel)| native::shifted(image, word(sample, pixel))).collect())
    };
    Ok(Samples { values, is_rgb: false })
}

/// Cuts the frame at the offsets of its header, which must rise and stay inside.
fn segments(frame: &[u8], wanted: usize) -> Result<Vec<&[u8]>, PixelsError> {
    let damaged = PixelsError::damaged("RLE header");
    let header = frame.first_chunk::<HEADER_BYTES>().ok_or(damaged.clone())?;
    let mut words = header.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word) as usize);
    if words.next() != Some(wanted) || wanted > 15 {
        return Err(damaged);
    }
    let mut offsets: Vec<usize> = words.take(wanted).collect();
    offsets.push(frame.len());
    if offsets.first().is_none_or(|first| *first < HEADER_BYTES) {
        return Err(damaged);
    }
    let cut = |pair: &[usize]| match pair {
        [start, end] => frame.get(*start..*end).ok_or(damaged.clone()),
        _ => Err(damaged.clone()),
    };
    offsets.windows(2).map(cut).collect()
}

/// Unpacks a segment to exactly `wanted` bytes (PS3.5 §G.3.2); what is beyond them is padding.
fn unpack(mut packed: &[u8], wanted: usize) -> Result<Vec<u8>, PixelsError> {
    let mut out = Vec::with_capacity(wanted);
    while out.len() < wanted {
        let Some((&control, rest)) = packed.split_first() else {
            return Err(PixelsError::damaged("RLE segment too short"));
        };
        packed = match control {
            0..=127 => {
                let (literal, rest) = rest
                    .split_at_checked(usize::from(control) + 1)
                    .ok_or(PixelsError::damaged("RLE segment too short"))?;
                out.extend_from_slice(literal);
                rest
            }
            // Does nothing (PS3.5 §G.3.1).
            128 => rest,
            129.. => {
                let (&byte, rest) = rest.split_first().ok_or(PixelsError::damaged("RLE segment too short"))?;
                out.resize(out.len() + 257 - usize::from(control), byte);
                rest
            }
        };
    }
    out.truncate(wanted);
    Ok(out)
}
