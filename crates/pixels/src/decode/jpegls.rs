//! JPEG-LS (ISO 14495-1), by CharLS.

use super::{Samples, Values, by_pixel, check_size, marker, sample_count, stored};
use crate::descriptor::ImageDescriptor;
use crate::error::PixelsError;

pub(super) fn decode(image: &ImageDescriptor, frame: &[u8]) -> Result<Samples, PixelsError> {
    let stream = marker::read(frame).ok_or(PixelsError::damaged("JPEG-LS markers"))?;
    check_size(image, stream.rows, stream.columns, stream.components)?;
    if !(2..=16).contains(&stream.precision) {
        return Err(PixelsError::damaged("JPEG-LS precision"));
    }
    sample_count(image, 4)?;
    let bytes = charls::CharLS::default().decode(frame).map_err(|_| PixelsError::damaged("JPEG-LS stream"))?;
    let stored = stored(image);
    let values: Vec<i32> = if stream.precision <= 8 {
        bytes.iter().map(|byte| stored(i32::from(*byte))).collect()
    } else {
        bytes.as_chunks::<2>().0.iter().map(|word| stored(i32::from(u16::from_ne_bytes(*word)))).collect()
    };
    let values = if stream.interleave == 0 { by_pixel(&values, image.samples as usize) } else { values };
    Ok(Samples { values: Values::Int(values), is_rgb: false })
}
