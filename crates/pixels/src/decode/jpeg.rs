//! JPEG: baseline, extended of 8 bits (of 12: [`super::jpeg12`]), progressive, and lossless of up to 16 bits (ISO 10918-1).

use super::{Samples, Values, check_size, jpeg12, marker, sample_count, stored};
use crate::descriptor::ImageDescriptor;
use crate::error::PixelsError;
use jpeg_decoder::{ColorTransform, Decoder};

pub(super) fn decode(image: &ImageDescriptor, frame: &[u8]) -> Result<Samples, PixelsError> {
    let stream = marker::read(frame).ok_or(PixelsError::damaged("JPEG markers"))?;
    check_size(image, stream.rows, stream.columns, stream.components)?;
    let count = sample_count(image, 4)?;
    if stream.precision == 12 && stream.is_sequential {
        let (stored, size) = (stored(image), (image.rows, image.columns, image.samples));
        let values = jpeg12::decode(frame, size)?.into_iter().map(|sample| stored(i32::from(sample))).collect();
        return Ok(Samples { values: Values::Int(values), is_rgb: is_rgb(image, &stream) });
    }
    let mut decoder = Decoder::new(frame);
    if image.samples == 3 {
        // Meaning: leave the three components as they are; the transform called `None` answers them line by line.
        decoder.set_color_transform(ColorTransform::RGB);
    }
    decoder.set_max_decoding_buffer_size(count * 4);
    let bytes = decoder.decode().map_err(refusal)?;
    let stored = stored(image);
    // Lossless streams of any precision but 8 come as words.
    let values: Vec<i32> = if bytes.len() == count * 2 {
        bytes.as_chunks::<2>().0.iter().map(|word| stored(i32::from(u16::from_ne_bytes(*word)))).collect()
    } else {
        bytes.iter().map(|byte| stored(i32::from(*byte))).collect()
    };
    Ok(Samples { values: Values::Int(values), is_rgb: is_rgb(image, &stream) })
}

/// Whether three components are red, green and blue.
///
/// Encoders often write YCbCr under the name of RGB and the reverse; what the stream says of itself outweighs
/// Photometric Interpretation (PS3.5 §8.2.1 wants both to agree).
fn is_rgb(image: &ImageDescriptor, stream: &marker::Stream) -> bool {
    match stream.adobe {
        Some(transform) => transform == 0,
        None if stream.is_named_rgb => true,
        None if stream.is_jfif => false,
        None => image.photometric == "RGB",
    }
}

fn refusal(error: jpeg_decoder::Error) -> PixelsError {
    match error {
        jpeg_decoder::Error::Unsupported(_) => PixelsError::unsupported("this kind of JPEG"),
        _ => PixelsError::damaged("JPEG stream"),
    }
}
