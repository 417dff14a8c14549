//! Grey values: modality and VOI transformations (PS3.3 §C.11), down to eight bits.
//!
//! MONOCHROME1 is inverted after the window, not before (PS3.3 §C.7.6.3.1.2). Photometric Interpretation alone decides:
//! Presentation LUT Shape says the same by the standard (MONOCHROME1 with INVERSE is inverted once), and where the two
//! contradict each other the viewer in the browser follows Photometric Interpretation too.

use crate::decode::Values;
use crate::descriptor::{ImageDescriptor, Lut, Modality, SampleKind, Voi, VoiFunction};

/// The grey picture of samples: one byte a pixel, black 0.
pub fn grey(image: &ImageDescriptor, values: &Values, window: Option<Voi>) -> Vec<u8> {
    let voi = window.or_else(|| image.voi.clone()).unwrap_or_else(|| automatic(image, values));
    let is_inverted = image.photometric == "MONOCHROME1";
    let show = |value: f64| {
        let grey = to_grey(modality(&image.modality, value), &voi);
        if is_inverted { 255 - grey } else { grey }
    };
    let is_padding = |value: f64| image.padding.is_some_and(|(low, high)| value >= low as f64 && value <= high as f64);
    // Padding is the background, black whatever the window and the inversion (PS3.3 §C.7.5.1.1.2).
    let pixel = |value: f64| if is_padding(value) { 0 } else { show(value) };
    match values {
        Values::Real(values) => values.iter().map(|value| pixel(*value)).collect(),
        Values::Int(values) if image.bits_stored <= 16 && values.len() > 4096 => {
            let bits = image.bits_stored;
            let mask = (1usize << bits) - 1;
            let first = if image.kind == SampleKind::Signed { -(1i64 << (bits - 1)) } else { 0 };
            let mut table = vec![0; mask + 1];
            for value in first..first + (1i64 << bits) {
                if let Some(entry) = table.get_mut(value as usize & mask) {
                    *entry = pixel(value as f64);
                }
            }
            values.iter().map(|value| table.get(*value as usize & mask).copied().unwrap_or(0)).collect()
        }
        Values::Int(values) => values.iter().map(|value| pixel(f64::from(*value))).collect(),
    }
}

fn modality(modality: &Modality, value: f64) -> f64 {
    match modality {
        Modality::Linear { slope, intercept } => value * slope + intercept,
        Modality::Table(table) => f64::from(table.at(value.round() as i64)),
    }
}

/// PS3.3 §C.11.2.1.2.1 (linear), §C.11.2.1.3.1 (sigmoid), §C.11.2.1.3.2 (exact), with 0 and 255 as the ends.
fn to_grey(value: f64, voi: &Voi) -> u8 {
    match voi {
        Voi::Table(table) => from_table(table, value),
        Voi::Window { center, width, function } => {
            let part = match function {
                VoiFunction::Linear => {
                    let (middle, span) = (center - 0.5, width.max(1.0) - 1.0);
                    if value <= middle - span / 2.0 {
                        0.0
                    } else if value > middle + span / 2.0 {
                        1.0
                    } else {
                        (value - middle) / span + 0.5
                    }
                }
                VoiFunction::LinearExact => ((value - center) / width + 0.5).clamp(0.0, 1.0),
                VoiFunction::Sigmoid => 1.0 / (1.0 + (-4.0 * (value - center) / width).exp()),
            };
            (part * 255.0).round().clamp(0.0, 255.0) as u8
        }
    }
}

fn from_table(table: &Lut, value: f64) -> u8 {
    let top = if table.bits == 8 { 255.0 } else { widest(table) };
    (f64::from(table.at(value.round() as i64)) / top * 255.0).round().clamp(0.0, 255.0) as u8
}

/// The largest value of tables said to have 9 to 16 bits: descriptors are kept as 8 or 16, entries tell the rest.
fn widest(table: &Lut) -> f64 {
    let most = table.entries.iter().copied().max().unwrap_or(u16::MAX);
    let bits = 16 - most.leading_zeros().min(15);
    f64::from(u16::MAX >> (16 - bits.max(8)))
}

/// A window when the header gives none: all of the values for up to eight bits, else what lies between the lowest and
/// the highest half percent, padding left out, so that a burnt-in mark or a dead pixel does not darken the rest.
fn automatic(image: &ImageDescriptor, values: &Values) -> Voi {
    let is_padding = |value: f64| image.padding.is_some_and(|(low, high)| value >= low as f64 && value <= high as f64);
    let identity = matches!(image.modality, Modality::Linear { slope: 1.0, intercept: 0.0 });
    if image.bits_stored <= 8 && image.kind == SampleKind::Unsigned && identity {
        let top = f64::from((1u32 << image.bits_stored) - 1);
        return Voi::Window { center: top / 2.0, width: top, function: VoiFunction::LinearExact };
    }
    // A sample of a few thousand pixels tells percentiles well enough.
    let count = match values {
        Values::Int(values) => values.len(),
        Values::Real(values) => values.len(),
    };
    let step = (count / 65_536).max(1);
    let mut sampled: Vec<f64> = match values {
        Values::Int(values) => values.iter().step_by(step).map(|value| f64::from(*value)).collect(),
        Values::Real(values) => values.iter().step_by(step).copied().collect(),
    };
    sampled.retain(|value| value.is_finite() && !is_padding(*value));
    let mut sampled: Vec<f64> = sampled.into_iter().map(|value| modality(&image.modality, value)).collect();
    sampled.sort_by(f64::total_cmp);
    let cut = sampled.len() / 200;
    let low = sampled.get(cut).copied().unwrap_or(0.0);
    let high = sampled.iter().rev().nth(cut).copied().unwrap_or(1.0);
    Voi::Window { center: (low + high) / 2.0, width: (high - low).max(1e-9), function: VoiFunction::LinearExact }
}
