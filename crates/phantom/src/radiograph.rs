//! A chest radiograph, postero-anterior, For Presentation (PS3.3 §A.26), stored as MONOCHROME1: high values
//! are black, so a reader that forgets the inversion shows white lungs.

use crate::dataset::{Dataset, words};
use crate::drawing::{Marker, depth, ramp};
use crate::noise::{clouds, grain, smooth};
use dicom::Vr;

/// Digital X-Ray Image Storage, For Presentation.
pub const SOP_CLASS: &str = "1.2.840.10008.5.1.4.1.1.1.1";

/// The one image, square.
pub(crate) fn image(size: u16, opacity: bool) -> Dataset {
    let pixel_mm = 400.0 / f64::from(size);
    let mut set = Dataset::new();
    set.text((0x0008, 0x0008), Vr::CS, "ORIGINAL\\PRIMARY")
        .text((0x0008, 0x0068), Vr::CS, "FOR PRESENTATION")
        .code((0x0008, 0x2218), "T-D3000", "SRT", "Chest")
        .text((0x0018, 0x0015), Vr::CS, "CHEST")
        .decimals((0x0018, 0x0060), &[120.0])
        .decimals((0x0018, 0x1164), &[pixel_mm, pixel_mm])
        .text((0x0018, 0x1508), Vr::CS, "NONE")
        .text((0x0018, 0x5101), Vr::CS, "PA")
        .integer((0x0020, 0x0013), 1)
        .text((0x0020, 0x0020), Vr::CS, "L\\F")
        .text((0x0020, 0x0062), Vr::CS, "U")
        .us((0x0028, 0x0002), 1)
        .text((0x0028, 0x0004), Vr::CS, "MONOCHROME1")
        .us((0x0028, 0x0010), size)
        .us((0x0028, 0x0011), size)
        .us((0x0028, 0x0100), 16)
        .us((0x0028, 0x0101), 12)
        .us((0x0028, 0x0102), 11)
        .us((0x0028, 0x0103), 0)
        .text((0x0028, 0x0301), Vr::CS, "NO")
        .text((0x0028, 0x1040), Vr::CS, "LOG")
        .integer((0x0028, 0x1041), 1)
        .decimals((0x0028, 0x1050), &[2048.0])
        .decimals((0x0028, 0x1051), &[3900.0])
        .decimals((0x0028, 0x1052), &[0.0])
        .decimals((0x0028, 0x1053), &[1.0])
        .text((0x0028, 0x1054), Vr::LO, "US")
        .text((0x0028, 0x2110), Vr::CS, "00")
        .text((0x2050, 0x0020), Vr::CS, "INVERSE")
        .bytes((0x7FE0, 0x0010), Vr::OW, words(&pixels(size, opacity)));
    set
}

fn pixels(size: u16, opacity: bool) -> Vec<u16> {
    let unit = 1.0 / f32::from(size);
    // The patient's left is on the right of the image: G for gauche.
    let marker = Marker { text: "G", left: 0.90, top: 0.05, dot: 0.007 };
    let mut pixels = Vec::with_capacity(usize::from(size) * usize::from(size));
    for row in 0..size {
        for column in 0..size {
            let (x, y) = (f32::from(column) * unit, f32::from(row) * unit);
            let mut bright = chest(x, y, opacity);
            if marker.covers(x, y) {
                bright = 0.98;
            }
            let noisy = bright + 0.008 * grain(i32::from(column), i32::from(row), 77);
            pixels.push(4095 - (noisy.clamp(0.0, 1.0) * 4095.0) as u16);
        }
    }
    pixels
}

/// Brightness on the light box: 0 black (air), 1 white (bone), over the unit square.
fn chest(x: f32, y: f32, opacity: bool) -> f32 {
    let body = ramp(0.0, 0.05, torso(x, y));
    if body == 0.0 {
        return 0.02;
    }
    let mut bright = body * (0.46 + 0.05 * clouds(x * 5.0, y * 5.0, 3, 3));
    let lung = lungs(x, y);
    let vessels = 0.10 * ramp(0.46, 0.78, clouds(x * 16.0, y * 13.0, 5, 5)) * hilum(x, y);
    bright -= lung * (0.33 - vessels);
    bright += lung * 0.085 * ribs(x, y) + (1.0 - lung) * body * 0.035 * ribs(x, y) * ramp(0.34, 0.30, (x - 0.5).abs());
    bright += mediastinum(x, y);
    bright += 0.17 * clavicles(x, y);
    // The gas of the stomach, under the left dome.
    bright -= 0.16 * ramp(0.0, 0.3, depth(x, y, (0.67, 0.835), (0.055, 0.028)));
    if opacity {
        bright += 0.20
            * lung
            * ramp(0.0, 0.6, depth(x, y, (0.29, 0.56), (0.080, 0.065)))
            * clouds(x * 22.0, y * 22.0, 8, 3).sqrt();
    }
    // The windpipe is a dark band in front of the spine.
    bright -= 0.13 * ramp(0.022, 0.012, (x - 0.497).abs()) * ramp(0.42, 0.36, y) * ramp(0.03, 0.08, y);
    bright
}

/// How deep in the silhouette: trunk, neck and shoulders.
fn torso(x: f32, y: f32) -> f32 {
    let trunk = depth(x, y, (0.5, 0.72), (0.44, 0.66));
    let shoulders = depth(x, y, (0.5, 0.36), (0.52, 0.20));
    let neck = 0.085 - (x - 0.5).abs() - 0.15 * (0.2 - y).abs();
    trunk.max(shoulders).max(if y < 0.3 { neck } else { -1.0 })
}

/// 1 in the lungs, 0 outside: two lobes cut by the domes, the heart taken from the left one.
fn lungs(x: f32, y: f32) -> f32 {
    let right = depth(x, y, (0.305, 0.50), (0.165, 0.37));
    let left = depth(x, y, (0.695, 0.50), (0.165, 0.38));
    let dome = |centre: f32, top: f32| top + 1.9 * (x - centre).powi(2);
    let right = ramp(0.0, 0.07, right) * ramp(0.0, 0.02, dome(0.31, 0.745) - y);
    let left = ramp(0.0, 0.07, left) * ramp(0.0, 0.02, dome(0.69, 0.775) - y);
    right.max(left)
}

/// The vessels are thick near the roots of the lungs and fade outwards.
fn hilum(x: f32, y: f32) -> f32 {
    let near = ((x - 0.5).abs() - 0.08).abs() + 0.6 * (y - 0.48).abs();
    0.35 + 2.0 * ramp(0.30, 0.0, near)
}

/// Ribs: arcs that go down outwards, a darker gap between two.
fn ribs(x: f32, y: f32) -> f32 {
    let out = (x - 0.5).abs();
    let behind = (y * 13.0 + 7.5 * (out - 0.18).powi(2) * 6.0 - 0.4).rem_euclid(1.0);
    let front = (y * 9.0 - 9.0 * out).rem_euclid(1.0);
    let band = |phase: f32| ramp(0.0, 0.16, phase) * ramp(0.58, 0.42, phase);
    let edge = |phase: f32| ramp(0.12, 0.0, (phase - 0.5).abs());
    let reach = ramp(0.03, 0.09, out) * ramp(0.10, 0.16, y) * ramp(0.95, 0.8, y);
    reach * (0.8 * band(behind) + 0.25 * edge(behind) + 0.35 * band(front) * ramp(0.12, 0.2, out))
}

/// Spine, heart, aortic knob: the heart lies to the patient's left, the right of the image.
fn mediastinum(x: f32, y: f32) -> f32 {
    let spine = ramp(0.052, 0.036, (x - 0.5).abs()) * (0.13 + 0.05 * ramp(0.35, 0.5, (y * 17.0).rem_euclid(1.0)));
    let right_border = depth(x, y, (0.47, 0.61), (0.085, 0.15));
    let left_border = depth(x, y, (0.585, 0.655), (0.165, 0.125));
    let knob = depth(x, y, (0.555, 0.335), (0.040, 0.042));
    let heart = ramp(0.0, 0.12, right_border.max(left_border)).max(0.75 * ramp(0.0, 0.3, knob));
    let column = ramp(0.085, 0.055, (x - 0.503).abs()) * ramp(0.12, 0.2, y) * 0.6;
    let soft = 0.27 * heart.max(column) * ramp(0.92, 0.74, y) * (0.94 + 0.06 * smooth(x * 20.0, y * 20.0, 9));
    (spine + soft).min(0.36)
}

/// Two gently bent bars.
fn clavicles(x: f32, y: f32) -> f32 {
    let out = (x - 0.5).abs();
    let line = 0.235 - 0.12 * (out - 0.05) + 0.05 * ((out - 0.05) * 18.0).sin() * 0.35;
    ramp(0.016, 0.010, (y - line).abs()) * ramp(0.035, 0.06, out) * ramp(0.40, 0.36, out)
}
