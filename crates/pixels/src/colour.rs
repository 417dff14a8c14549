//! Colour pictures: palettes, red-green-blue, luminance and chrominance (PS3.3 §C.7.6.3.1.2).

use crate::decode::{Samples, Values};
use crate::descriptor::{ImageDescriptor, Lut};

/// The colour picture of samples: three bytes a pixel.
pub fn rgb(image: &ImageDescriptor, samples: &Samples) -> Vec<u8> {
    if let Some(palette) = image.palette.as_deref().filter(|_| image.samples == 1) {
        return through_palette(palette, &samples.values);
    }
    let bytes = eight_bits(image, &samples.values);
    let is_partial = image.photometric.starts_with("YBR_PARTIAL");
    let is_luminance = image.photometric.starts_with("YBR") || is_partial;
    if samples.is_rgb || !is_luminance {
        // A code stream may say of itself that it is YCbCr while the header says RGB.
        let is_mislabelled = !samples.is_rgb && image.photometric == "RGB" && is_lossy_jpeg(image);
        return if is_mislabelled { to_rgb(&bytes, false) } else { bytes };
    }
    to_rgb(&bytes, is_partial)
}

fn is_lossy_jpeg(image: &ImageDescriptor) -> bool {
    matches!(image.transfer_syntax.as_str(), "1.2.840.10008.1.2.4.50" | "1.2.840.10008.1.2.4.51")
}

fn through_palette(palette: &[Lut; 3], values: &Values) -> Vec<u8> {
    // Files differ in where a byte lies in a 16-bit entry: in the upper half, unless every entry is small.
    let shift = |table: &Lut| if table.entries.iter().any(|entry| *entry > 255) { 8 } else { 0 };
    let shifts = palette.each_ref().map(shift);
    let colour = |value: i64| {
        let mut colours = palette.iter().zip(shifts).map(move |(table, shift)| (table.at(value) >> shift) as u8);
        std::array::from_fn::<u8, 3, _>(|_| colours.next().unwrap_or(0))
    };
    match values {
        Values::Int(values) => values.iter().flat_map(|value| colour(i64::from(*value))).collect(),
        Values::Real(values) => values.iter().flat_map(|value| colour(*value as i64)).collect(),
    }
}

/// The upper eight bits of the stored ones; fewer than eight are spread over the range.
fn eight_bits(image: &ImageDescriptor, values: &Values) -> Vec<u8> {
    let bits = image.bits_stored;
    match values {
        Values::Int(values) if bits >= 8 => values.iter().map(|value| (value >> (bits - 8)) as u8).collect(),
        Values::Int(values) => {
            let top = (1 << bits) - 1;
            values.iter().map(|value| ((value * 255 + top / 2) / top) as u8).collect()
        }
        Values::Real(values) => {
            let scale = f64::from(bits.max(8) - 8).exp2();
            values.iter().map(|value| (value / scale).clamp(0.0, 255.0) as u8).collect()
        }
    }
}

/// ITU-R BT.601, full range or studio range.
fn to_rgb(bytes: &[u8], is_partial: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for pixel in bytes.as_chunks::<3>().0 {
        let [y, cb, cr] = pixel.map(f32::from);
        let (y, spread) = if is_partial { ((y - 16.0) * 255.0 / 219.0, 255.0 / 224.0) } else { (y, 1.0) };
        let (cb, cr) = ((cb - 128.0) * spread, (cr - 128.0) * spread);
        let colours = [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb];
        out.extend(colours.map(|colour| colour.round().clamp(0.0, 255.0) as u8));
    }
    out
}
