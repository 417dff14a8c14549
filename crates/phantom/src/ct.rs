//! A CT of the head: axial soft tissue, axial bone, coronal reformat (PS3.3 §A.3).

use crate::dataset::{Dataset, words};
use crate::head::{self, HALF_FIELD, Row};
use dicom::Vr;

/// CT Image Storage.
pub const SOP_CLASS: &str = "1.2.840.10008.5.1.4.1.1.2";

/// The plane of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    /// Seen from the feet, the front up.
    Axial,
    /// Seen from the front, the head up.
    Coronal,
}

/// One window preset: centre and width in Hounsfield units, and its name in French.
pub type Window = (i32, i32, &'static str);

/// How one series is taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Protocol {
    /// Series Description.
    pub description: &'static str,
    /// The plane.
    pub plane: Plane,
    /// Rows and columns of an image.
    pub matrix: u16,
    /// Images.
    pub slices: u16,
    /// From one image to the next, in millimetres.
    pub spacing_mm: f32,
    /// The middle of the series along its axis, in millimetres.
    pub middle_mm: f32,
    /// Noise, in Hounsfield units.
    pub noise_hu: f32,
    /// Convolution Kernel.
    pub kernel: &'static str,
    /// The presets, the first preferred.
    pub windows: &'static [Window],
}

/// The three series of the demonstration; `matrix` and `slices` are those of the axial ones.
pub fn protocols(matrix: u16, slices: u16) -> [Protocol; 3] {
    const SOFT: &[Window] = &[(35, 80, "Cerveau"), (60, 300, "Tissus mous"), (500, 2000, "Os")];
    const BONE: &[Window] = &[(500, 2000, "Os"), (35, 80, "Cerveau")];
    let axial = Protocol {
        description: "Axial tissus mous 2 mm",
        plane: Plane::Axial,
        matrix,
        slices,
        spacing_mm: 140.0 / f32::from(slices.max(1)),
        middle_mm: 6.0,
        noise_hu: 3.5,
        kernel: "H30s",
        windows: SOFT,
    };
    let bone = Protocol {
        description: "Axial os",
        noise_hu: 28.0,
        kernel: "H60s",
        windows: BONE,
        slices: (slices / 2).max(1),
        spacing_mm: 140.0 / f32::from((slices / 2).max(1)),
        ..axial.clone()
    };
    let coronal = Protocol {
        description: "Coronal tissus mous",
        plane: Plane::Coronal,
        matrix: (matrix / 2).max(16),
        slices: (slices * 2 / 3).max(1),
        spacing_mm: 180.0 / f32::from((slices * 2 / 3).max(1)),
        middle_mm: 0.0,
        ..axial.clone()
    };
    [axial, bone, coronal]
}

/// Rescale Intercept: stored 0 is −1024.
const INTERCEPT: f32 = -1024.0;

/// The images of one series as data sets without the modules of patient, study and series.
pub(crate) fn images(protocol: &Protocol, frame_of_reference: &str) -> Vec<Dataset> {
    (0..protocol.slices).map(|index| image(protocol, frame_of_reference, index)).collect()
}

/// The place of a slice along the axis of its series: axial from feet to head, coronal from front to back.
fn place_mm(protocol: &Protocol, index: u16) -> f32 {
    let middle = f32::from(protocol.slices.saturating_sub(1)) / 2.0;
    protocol.middle_mm + (f32::from(index) - middle) * protocol.spacing_mm
}

fn image(protocol: &Protocol, frame_of_reference: &str, index: u16) -> Dataset {
    let place = place_mm(protocol, index);
    let pixel = 2.0 * HALF_FIELD / f32::from(protocol.matrix);
    let first = -HALF_FIELD + pixel / 2.0;
    let (orientation, position) = match protocol.plane {
        Plane::Axial => ([1.0, 0.0, 0.0, 0.0, 1.0, 0.0], [first, first, place]),
        Plane::Coronal => ([1.0, 0.0, 0.0, 0.0, 0.0, -1.0], [first, place, -first]),
    };
    let mut set = Dataset::new();
    set.text((0x0008, 0x0008), Vr::CS, image_type(protocol.plane))
        .text((0x0018, 0x0015), Vr::CS, "HEAD")
        .decimals((0x0018, 0x0050), &[f64::from(protocol.spacing_mm)])
        .decimals((0x0018, 0x0060), &[120.0])
        .decimals((0x0018, 0x0088), &[f64::from(protocol.spacing_mm)])
        .text((0x0018, 0x1210), Vr::SH, protocol.kernel)
        .text((0x0018, 0x5100), Vr::CS, "HFS")
        .text((0x0020, 0x0052), Vr::UI, frame_of_reference)
        .text((0x0020, 0x1040), Vr::LO, "")
        .integer((0x0020, 0x0012), 1)
        .decimals((0x0020, 0x0032), &position.map(f64::from))
        .decimals((0x0020, 0x0037), &orientation)
        .decimals((0x0020, 0x1041), &[f64::from(place)])
        .integer((0x0020, 0x0013), i64::from(index) + 1);
    pixel_module(&mut set, protocol, pixel, pixels(protocol, index));
    set
}

fn image_type(plane: Plane) -> &'static str {
    match plane {
        Plane::Axial => "ORIGINAL\\PRIMARY\\AXIAL",
        Plane::Coronal => "DERIVED\\SECONDARY\\MPR",
    }
}

fn pixel_module(set: &mut Dataset, protocol: &Protocol, pixel_mm: f32, pixels: Vec<u16>) {
    let centres: Vec<f64> = protocol.windows.iter().map(|window| f64::from(window.0)).collect();
    let widths: Vec<f64> = protocol.windows.iter().map(|window| f64::from(window.1)).collect();
    let names: Vec<&str> = protocol.windows.iter().map(|window| window.2).collect();
    set.us((0x0028, 0x0002), 1)
        .text((0x0028, 0x0004), Vr::CS, "MONOCHROME2")
        .us((0x0028, 0x0010), protocol.matrix)
        .us((0x0028, 0x0011), protocol.matrix)
        .decimals((0x0028, 0x0030), &[f64::from(pixel_mm), f64::from(pixel_mm)])
        .us((0x0028, 0x0100), 16)
        .us((0x0028, 0x0101), 16)
        .us((0x0028, 0x0102), 15)
        .us((0x0028, 0x0103), 1)
        .decimals((0x0028, 0x1050), &centres)
        .decimals((0x0028, 0x1051), &widths)
        .decimals((0x0028, 0x1052), &[f64::from(INTERCEPT)])
        .decimals((0x0028, 0x1053), &[1.0])
        .text((0x0028, 0x1054), Vr::LO, "HU")
        .text((0x0028, 0x1055), Vr::LO, &names.join("\\"))
        .bytes((0x7FE0, 0x0010), Vr::OW, words(&pixels));
}

/// The stored values of one slice, row by row: signed numbers as their 16 bits.
fn pixels(protocol: &Protocol, index: u16) -> Vec<u16> {
    let size = usize::from(protocol.matrix);
    let step = 2.0 * HALF_FIELD / f32::from(protocol.matrix);
    let start = -HALF_FIELD + step / 2.0;
    let place = place_mm(protocol, index);
    let mut row_values = vec![0.0; size];
    let mut pixels = Vec::with_capacity(size * size);
    for line in 0..protocol.matrix {
        let down = start + step * f32::from(line);
        let (y, z) = match protocol.plane {
            Plane::Axial => (down, place),
            Plane::Coronal => (place, -down),
        };
        head::values(&Row { start, step, y, z }, &mut row_values);
        soften(&mut row_values);
        for (column, hu) in row_values.iter().enumerate() {
            let noisy = head::with_noise(*hu, protocol.noise_hu, column as i32, i32::from(line), i32::from(index));
            let stored = (noisy - INTERCEPT).clamp(0.0, 4095.0) as i16;
            pixels.push(stored as u16);
        }
    }
    pixels
}

/// Blends neighbours a little, so that edges are not cut with a knife.
fn soften(row: &mut [f32]) {
    let mut before = row.first().copied().unwrap_or_default();
    for index in 0..row.len().saturating_sub(1) {
        let after = row.get(index + 1).copied().unwrap_or(before);
        if let Some(here) = row.get_mut(index) {
            let blended = 0.25 * before + 0.5 * *here + 0.25 * after;
            before = *here;
            *here = blended;
        }
    }
}
