//! A cardiac-like ultrasound clip in colour (PS3.3 §A.7): a chamber that beats, a flow that comes and goes.

use crate::dataset::Dataset;
use crate::drawing::{depth, ramp};
use crate::noise::{at, smooth};
use dicom::Vr;
use std::f32::consts::TAU;

/// Ultrasound Multi-frame Image Storage.
pub const SOP_CLASS: &str = "1.2.840.10008.5.1.4.1.1.3.1";

/// Milliseconds a frame.
const FRAME_TIME: f64 = 40.0;

/// Frames a heartbeat.
const BEAT: f32 = 20.0;

/// Half the angle of the sector, in radians.
const HALF_ANGLE: f32 = 0.72;

/// The clip, as one image of many frames.
pub(crate) fn image(height: u16, width: u16, frames: u16) -> Dataset {
    let mut set = Dataset::new();
    set.text((0x0008, 0x0008), Vr::CS, "ORIGINAL\\PRIMARY\\\\0001")
        .text((0x0008, 0x2142), Vr::IS, "1")
        .integer((0x0008, 0x2143), i64::from(frames))
        .integer((0x0008, 0x2144), 25)
        .items((0x0018, 0x6011), vec![region(height, width)])
        .integer((0x0018, 0x0040), 25)
        .decimals((0x0018, 0x1063), &[FRAME_TIME])
        .integer((0x0020, 0x0013), 1)
        .text((0x0020, 0x0020), Vr::CS, "")
        .us((0x0028, 0x0002), 3)
        .text((0x0028, 0x0004), Vr::CS, "RGB")
        .us((0x0028, 0x0006), 0)
        .integer((0x0028, 0x0008), i64::from(frames))
        // Frame Increment Pointer: Frame Time.
        .bytes((0x0028, 0x0009), Vr::AT, vec![0x18, 0x00, 0x63, 0x10])
        .us((0x0028, 0x0010), height)
        .us((0x0028, 0x0011), width)
        .us((0x0028, 0x0014), 1)
        .us((0x0028, 0x0100), 8)
        .us((0x0028, 0x0101), 8)
        .us((0x0028, 0x0102), 7)
        .us((0x0028, 0x0103), 0)
        .text((0x0028, 0x2110), Vr::CS, "00")
        .bytes((0x7FE0, 0x0010), Vr::OB, pixels(height, width, frames));
    set
}

/// Region calibration (PS3.3 §C.8.5.5): 14 cm deep.
fn region(height: u16, width: u16) -> Dataset {
    let centimetres = 14.0 / (0.94 * f64::from(height));
    let number = |value: u32| value.to_le_bytes().to_vec();
    let mut item = Dataset::new();
    item.us((0x0018, 0x6012), 1)
        .us((0x0018, 0x6014), 1)
        .bytes((0x0018, 0x6016), Vr::UL, number(0))
        .bytes((0x0018, 0x6018), Vr::UL, number(0))
        .bytes((0x0018, 0x601A), Vr::UL, number(0))
        .bytes((0x0018, 0x601C), Vr::UL, number(u32::from(width.saturating_sub(1))))
        .bytes((0x0018, 0x601E), Vr::UL, number(u32::from(height.saturating_sub(1))))
        .us((0x0018, 0x6024), 3)
        .us((0x0018, 0x6026), 3)
        .bytes((0x0018, 0x602C), Vr::FD, centimetres.to_le_bytes().to_vec())
        .bytes((0x0018, 0x602E), Vr::FD, centimetres.to_le_bytes().to_vec());
    item
}

fn pixels(height: u16, width: u16, frames: u16) -> Vec<u8> {
    let size = usize::from(height) * usize::from(width) * 3 * usize::from(frames);
    let mut pixels = Vec::with_capacity(size);
    for frame in 0..frames {
        for row in 0..height {
            for column in 0..width {
                let x = (f32::from(column) + 0.5 - f32::from(width) / 2.0) / f32::from(height);
                let y = f32::from(row) / f32::from(height) - 0.03;
                pixels.extend_from_slice(&colour(x, y, frame));
            }
        }
    }
    pixels
}

/// The colour at `x` (0 the middle) and `y` (0 the probe, 0.94 the deepest).
fn colour(x: f32, y: f32, frame: u16) -> [u8; 3] {
    let radius = x.hypot(y);
    let angle = x.atan2(y.max(1e-4));
    if angle.abs() > HALF_ANGLE || !(0.02..0.94).contains(&radius) {
        return orientation_mark(x, y);
    }
    let phase = f32::from(frame) / BEAT * TAU;
    let squeeze = 1.0 - 0.16 * phase.sin();
    let grey = echo(x, y, squeeze) * speckle(radius, angle, frame);
    let level = (grey.clamp(0.0, 1.0).powf(0.75) * 235.0) as u8;
    flow(x, y, phase, radius, angle, frame).unwrap_or([level, level, level])
}

/// A dot at the side of the probe's mark: the image is seen to be mirrored or not.
fn orientation_mark(x: f32, y: f32) -> [u8; 3] {
    if depth(x, y, (-0.30, 0.05), (0.018, 0.018)) > 0.0 { [60, 200, 120] } else { [0, 0, 0] }
}

/// How strongly tissue answers: walls bright, blood dark.
fn echo(x: f32, y: f32, squeeze: f32) -> f32 {
    let tissue = 0.30 + 0.25 * smooth(x * 9.0, y * 9.0, 40) - 0.12 * y;
    let ventricle = (0.155 * squeeze, 0.25 * (0.75 + 0.25 * squeeze));
    let atrium = (0.145 / squeeze.sqrt(), 0.125 / squeeze.sqrt());
    let wall = depth(x, y, (0.03, 0.40), (ventricle.0 + 0.055, ventricle.1 + 0.055));
    let blood = depth(x, y, (0.03, 0.40), ventricle).max(depth(x, y, (0.05, 0.76), atrium));
    let right = depth(x, y, (-0.235, 0.44), (0.085, 0.20));
    let septum = 0.55 * ramp(0.0, 0.05, wall);
    let valve = ramp(0.020, 0.008, (y - 0.645 - 0.05 * (x - 0.03) * (1.6 - squeeze)).abs())
        * ramp(0.15, 0.10, (x - 0.03).abs());
    let answer = tissue.max(septum) * ramp(0.06, -0.02, blood) * ramp(0.06, -0.02, right);
    (answer + 0.035).max(0.75 * valve)
}

/// Speckle lives in the beam's own grid: fine along it, wide across it, and wider with depth.
fn speckle(radius: f32, angle: f32, frame: u16) -> f32 {
    let layer = 50 + i32::from(frame % 4);
    let coarse = smooth(radius * 150.0, angle * 55.0, layer);
    let fine = at((radius * 300.0) as i32, (angle * 110.0) as i32, layer);
    0.35 + 0.9 * coarse + 0.35 * fine
}

/// Colour flow through the valve: towards the probe red, away blue.
fn flow(x: f32, y: f32, phase: f32, radius: f32, angle: f32, frame: u16) -> Option<[u8; 3]> {
    let speed = phase.cos();
    let jet = depth(x, y, (0.03, 0.62 - 0.05 * speed), (0.055, 0.13));
    let strength =
        ramp(0.0, 0.5, jet) * speed.abs() * (0.7 + 0.5 * smooth(radius * 60.0, angle * 40.0, 90 + i32::from(frame)));
    if strength < 0.16 {
        return None;
    }
    let bright = (110.0 + 145.0 * strength.min(1.0)) as u8;
    let tint = (140.0 * (strength - 0.45).clamp(0.0, 1.0)) as u8;
    Some(if speed > 0.0 { [bright, tint, 20] } else { [20, tint, bright] })
}
