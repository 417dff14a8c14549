//! A screening mammogram in four views, For Presentation (PS3.3 §A.26): three MONOCHROME2, one MONOCHROME1.

use crate::dataset::{Dataset, words};
use crate::drawing::{Marker, depth, ramp};
use crate::noise::{clouds, grain, smooth};
use dicom::Vr;

/// Digital Mammography X-Ray Image Storage, For Presentation.
pub const SOP_CLASS: &str = "1.2.840.10008.5.1.4.1.1.1.2";

/// One view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// `R` or `L`.
    pub laterality: char,
    /// `CC` or `MLO`.
    pub position: &'static str,
    /// Whether the image is stored inverted, as MONOCHROME1.
    pub inverted: bool,
}

/// The four views, in hanging order.
pub const VIEWS: [View; 4] = [
    View { laterality: 'R', position: "CC", inverted: false },
    View { laterality: 'L', position: "CC", inverted: false },
    View { laterality: 'R', position: "MLO", inverted: true },
    View { laterality: 'L', position: "MLO", inverted: false },
];

impl View {
    fn is_right(self) -> bool {
        self.laterality == 'R'
    }

    fn is_oblique(self) -> bool {
        self.position == "MLO"
    }

    /// The directions of a row and of a column (PS3.3 §C.7.6.1.1.1): the chest wall of the right breast is
    /// on the right of the image, that of the left on the left.
    fn orientation(self) -> &'static str {
        match (self.is_right(), self.is_oblique()) {
            (true, false) => "P\\L",
            (false, false) => "A\\R",
            (true, true) => "P\\FL",
            (false, true) => "A\\FR",
        }
    }

    fn label(self) -> String {
        format!("{}{}", self.laterality, self.position)
    }
}

/// The images of the four views; `height` is their rows, `width` their columns.
pub(crate) fn images(height: u16, width: u16) -> Vec<Dataset> {
    (1_i64..).zip(VIEWS).map(|(number, view)| image(view, number, height, width)).collect()
}

fn image(view: View, number: i64, height: u16, width: u16) -> Dataset {
    let pixel_mm = 240.0 / f64::from(height);
    let (code, meaning) =
        if view.is_oblique() { ("R-10226", "medio-lateral oblique") } else { ("R-10242", "cranio-caudal") };
    let photometric = if view.inverted { "MONOCHROME1" } else { "MONOCHROME2" };
    let shape = if view.inverted { "INVERSE" } else { "IDENTITY" };
    let mut set = Dataset::new();
    set.text((0x0008, 0x0008), Vr::CS, "ORIGINAL\\PRIMARY")
        .text((0x0008, 0x0068), Vr::CS, "FOR PRESENTATION")
        .code((0x0008, 0x2218), "T-04000", "SRT", "Breast")
        .text((0x0018, 0x0015), Vr::CS, "BREAST")
        .decimals((0x0018, 0x0060), &[28.0])
        .decimals((0x0018, 0x1164), &[pixel_mm, pixel_mm])
        .text((0x0018, 0x1508), Vr::CS, "MAMMOGRAPHIC")
        .text((0x0018, 0x5101), Vr::CS, view.position)
        .integer((0x0020, 0x0013), number)
        .text((0x0020, 0x0020), Vr::CS, view.orientation())
        .text((0x0020, 0x0062), Vr::CS, &view.laterality.to_string())
        .us((0x0028, 0x0002), 1)
        .text((0x0028, 0x0004), Vr::CS, photometric)
        .us((0x0028, 0x0010), height)
        .us((0x0028, 0x0011), width)
        .us((0x0028, 0x0100), 16)
        .us((0x0028, 0x0101), 12)
        .us((0x0028, 0x0102), 11)
        .us((0x0028, 0x0103), 0)
        .text((0x0028, 0x0301), Vr::CS, "NO")
        .text((0x0028, 0x1040), Vr::CS, "LOG")
        .integer((0x0028, 0x1041), if view.inverted { 1 } else { -1 })
        .decimals((0x0028, 0x1050), &[2048.0])
        .decimals((0x0028, 0x1051), &[4096.0])
        .decimals((0x0028, 0x1052), &[0.0])
        .decimals((0x0028, 0x1053), &[1.0])
        .text((0x0028, 0x1054), Vr::LO, "US")
        .text((0x0028, 0x2110), Vr::CS, "00")
        .items((0x0054, 0x0220), vec![view_code(code, meaning)])
        .text((0x2050, 0x0020), Vr::CS, shape)
        .bytes((0x7FE0, 0x0010), Vr::OW, words(&pixels(view, height, width)));
    set
}

fn view_code(value: &str, meaning: &str) -> Dataset {
    let mut item = Dataset::new();
    item.text((0x0008, 0x0100), Vr::SH, value)
        .text((0x0008, 0x0102), Vr::SH, "SRT")
        .text((0x0008, 0x0104), Vr::LO, meaning)
        .items((0x0054, 0x0222), Vec::new());
    item
}

fn pixels(view: View, height: u16, width: u16) -> Vec<u16> {
    let aspect = f32::from(width) / f32::from(height);
    let unit = 1.0 / f32::from(height);
    let label = view.label();
    let dot = f32::from(height) / 220.0;
    let length = label.len() as f32 * 6.0 * dot;
    let edge = f32::from(height) * 0.04;
    let left = if view.is_right() { edge } else { f32::from(width) - edge - length };
    let marker = Marker { text: &label, left, top: edge, dot };
    let mut pixels = Vec::with_capacity(usize::from(height) * usize::from(width));
    for row in 0..height {
        for column in 0..width {
            // From the chest wall outwards, whichever side it is on.
            let across = if view.is_right() { width - 1 - column } else { column };
            let (x, y) = (f32::from(across) * unit / aspect, f32::from(row) * unit);
            let mut bright = breast(view, x, y);
            if marker.covers(f32::from(column), f32::from(row)) {
                bright = 0.97;
            }
            let noisy = bright + 0.006 * grain(i32::from(column), i32::from(row), number(view));
            let stored = (noisy.clamp(0.0, 1.0) * 4095.0) as u16;
            pixels.push(if view.inverted { 4095 - stored } else { stored });
        }
    }
    pixels
}

fn number(view: View) -> i32 {
    i32::from(view.is_right()) * 2 + i32::from(view.is_oblique())
}

/// Brightness at `x` (0 the chest wall, 1 the far edge) and `y` (0 the top, 1 the bottom).
fn breast(view: View, x: f32, y: f32) -> f32 {
    let layer = number(view) + 10;
    let middle = if view.is_oblique() { 0.56 } else { 0.5 };
    let wobble = 0.02 * (smooth(y * 5.0, 0.0, layer) - 0.5);
    let inside = depth(x, y, (0.0, middle), (0.80 + wobble, 0.41));
    let mut bright: f32 = 0.03;
    if inside > 0.0 {
        let thickness = ramp(0.0, 0.16, inside);
        let skin = 0.10 * (1.0 - ramp(0.004, 0.02, inside));
        bright = 0.08 + 0.20 * thickness + skin + 0.55 * thickness * gland(view, x, y, middle, inside);
        bright += marks(view, x, y, middle);
    }
    let nipple = depth(x, y, (0.805, middle), (0.026, 0.020));
    if nipple > 0.0 {
        bright = bright.max(0.30 + 0.15 * nipple);
    }
    if view.is_oblique() {
        bright = bright.max(pectoral(x, y, layer));
    }
    bright
}

/// Glandular tissue: clouds that thicken behind the nipple, and strands that run towards it.
fn gland(view: View, x: f32, y: f32, middle: f32, inside: f32) -> f32 {
    let layer = number(view) + 20;
    let behind_nipple = ramp(-0.15, 0.75, depth(x, y, (0.42, middle - 0.02), (0.42, 0.30)));
    let clouds = ramp(0.34, 0.72, clouds(x * 9.0, y * 12.0, layer, 5));
    let angle = (y - middle).atan2(0.90 - x);
    let near_nipple = ramp(0.62, 0.15, (0.90 - x).hypot(y - middle));
    let strands = ramp(0.55, 0.85, smooth(angle * 44.0, x * 5.0, layer + 30)) * near_nipple;
    (behind_nipple * clouds + 0.30 * strands * ramp(0.02, 0.2, inside)).min(1.0)
}

/// A round opacity and a few fine calcifications in the left breast, above: seen in both of its views.
fn marks(view: View, x: f32, y: f32, middle: f32) -> f32 {
    if view.is_right() {
        return 0.0;
    }
    let round = depth(x, y, (0.40, middle - 0.17), (0.050, 0.036));
    let mut added = 0.28 * ramp(0.0, 0.35, round);
    let grains = [(0.52, -0.13), (0.53, -0.125), (0.515, -0.12), (0.54, -0.135), (0.527, -0.142), (0.545, -0.121)];
    for (across, down) in grains {
        added += 0.45 * ramp(0.0, 0.4, depth(x, y, (across, middle + down), (0.0042, 0.0030)));
    }
    added
}

/// The pectoral muscle: a triangle at the top of the chest wall.
fn pectoral(x: f32, y: f32, layer: i32) -> f32 {
    let line = 0.50 - 0.92 * y + 0.02 * (smooth(y * 6.0, 1.0, layer) - 0.5);
    let fibres = 0.05 * smooth(x * 30.0 + y * 34.0, y * 4.0, layer + 1);
    (0.62 + fibres) * ramp(-0.012, 0.03, line - x)
}
