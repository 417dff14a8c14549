//! Numbers in values: binary of either byte order, or DS and IS text.

use crate::{Tag, Vr};

/// The numbers of a value; `None` in the place of each one that cannot be read.
pub(crate) fn numbers(bytes: &[u8], vr: Vr, big_endian: bool) -> Vec<Option<f64>> {
    match vr {
        Vr::US | Vr::OW => each(bytes, big_endian, |b: [u8; 2]| f64::from(u16::from_le_bytes(b))),
        Vr::SS => each(bytes, big_endian, |b: [u8; 2]| f64::from(i16::from_le_bytes(b))),
        Vr::UL | Vr::OL | Vr::AT => each(bytes, big_endian, |b: [u8; 4]| f64::from(u32::from_le_bytes(b))),
        Vr::SL => each(bytes, big_endian, |b: [u8; 4]| f64::from(i32::from_le_bytes(b))),
        Vr::FL | Vr::OF => each(bytes, big_endian, |b: [u8; 4]| f64::from(f32::from_le_bytes(b))),
        Vr::FD | Vr::OD => each(bytes, big_endian, f64::from_le_bytes),
        Vr::UV | Vr::OV => each(bytes, big_endian, |b: [u8; 8]| u64::from_le_bytes(b) as f64),
        Vr::SV => each(bytes, big_endian, |b: [u8; 8]| i64::from_le_bytes(b) as f64),
        _ => bytes.split(|&b| b == b'\\').map(decimal).collect(),
    }
}

/// The whole numbers of an SV or UV value, without rounding.
pub(crate) fn integers(bytes: &[u8], vr: Vr, big_endian: bool) -> Vec<i128> {
    let read = |raw: &[u8; 8]| {
        let number = if big_endian { u64::from_be_bytes(*raw) } else { u64::from_le_bytes(*raw) };
        if vr == Vr::SV { i128::from(number.cast_signed()) } else { i128::from(number) }
    };
    match vr {
        Vr::SV | Vr::UV => bytes.as_chunks::<8>().0.iter().map(read).collect(),
        _ => Vec::new(),
    }
}

/// The tags of an AT value.
pub(crate) fn tags(bytes: &[u8], big_endian: bool) -> Vec<Tag> {
    let word = |raw| if big_endian { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) };
    bytes.as_chunks::<4>().0.iter().map(|[a, b, c, d]| Tag(word([*a, *b]), word([*c, *d]))).collect()
}

/// A decimal or integer string (PS3.5 §6.2 DS, IS); faults such as `1.5 mm` or `1,5` are not repaired.
pub(crate) fn decimal(value: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(super::view::trim(value)).ok()?;
    let is_decimal = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    let number: f64 = text.parse().ok().filter(|_| is_decimal)?;
    number.is_finite().then_some(number)
}

/// Reads fixed-width numbers, given to `read` in little endian.
fn each<const N: usize>(bytes: &[u8], big_endian: bool, read: impl Fn([u8; N]) -> f64) -> Vec<Option<f64>> {
    let chunk = |piece: &[u8]| {
        let mut raw: [u8; N] = piece.try_into().ok()?;
        if big_endian {
            raw.reverse();
        }
        Some(read(raw))
    };
    bytes.chunks_exact(N).map(chunk).collect()
}
