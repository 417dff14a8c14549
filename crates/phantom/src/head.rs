//! A head made of ellipsoids, after Shepp and Logan: bone shell, ventricles, orbits, and a few marks that
//! are on one side only, so that a mirrored image is seen at once.
//!
//! Lengths in millimetres, in the patient's axes (PS3.3 §C.7.6.2.1.1): x to the left, y to the back, z to
//! the head. Values in Hounsfield units.

use crate::noise::grain;

/// One ellipsoid; a later one covers an earlier one.
struct Ellipsoid {
    centre: [f32; 3],
    axes: [f32; 3],
    /// Turned about z, in radians.
    yaw: f32,
    /// Relative depth of folds in its surface.
    folds: f32,
    hu: f32,
}

const fn ball(centre: [f32; 3], axes: [f32; 3], hu: f32) -> Ellipsoid {
    Ellipsoid { centre, axes, yaw: 0.0, folds: 0.0, hu }
}

const fn turned(centre: [f32; 3], axes: [f32; 3], yaw: f32, hu: f32) -> Ellipsoid {
    Ellipsoid { centre, axes, yaw, folds: 0.0, hu }
}

const fn folded(centre: [f32; 3], axes: [f32; 3], folds: f32, hu: f32) -> Ellipsoid {
    Ellipsoid { centre, axes, yaw: 0.0, folds, hu }
}

/// From outside to inside, then the marks.
#[rustfmt::skip]
const HEAD: [Ellipsoid; 47] = [
    ball([0.0, -60.0, -56.0], [62.0, 42.0, 52.0], 25.0),           // face, nose
    ball([0.0, -100.0, -54.0], [11.0, 14.0, 18.0], 20.0),
    ball([79.0, 12.0, -40.0], [5.0, 17.0, 26.0], 15.0),            // ears
    ball([-79.0, 12.0, -40.0], [5.0, 17.0, 26.0], 15.0),
    ball([0.0, 0.0, 0.0], [78.0, 98.0, 92.0], -70.0),              // scalp: fat, then skin on it below
    ball([0.0, 0.0, 0.0], [76.0, 96.0, 90.0], 35.0),
    ball([0.0, 0.0, 0.0], [72.0, 92.0, 86.0], 1250.0),             // skull: table, diploe, table
    folded([0.0, 0.0, 0.0], [70.0, 90.0, 84.0], 0.01, 520.0),
    ball([0.0, 0.0, 0.0], [68.0, 88.0, 82.0], 1150.0),
    ball([0.0, 0.0, 0.0], [66.0, 86.0, 80.0], 8.0),                // fluid around the brain
    folded([0.0, 1.0, 1.0], [64.5, 84.5, 78.0], 0.025, 38.0),      // grey matter
    folded([31.0, 0.0, 8.0], [26.0, 70.0, 60.0], 0.09, 27.0),      // white matter, both sides
    folded([-31.0, 0.0, 8.0], [26.0, 70.0, 60.0], 0.09, 27.0),
    ball([0.0, 0.0, 30.0], [0.9, 74.0, 42.0], 50.0),               // falx
    ball([0.0, 0.0, 18.0], [16.0, 34.0, 5.0], 27.0),               // corpus callosum
    turned([14.0, -24.0, 10.0], [6.5, 22.0, 12.0], 0.30, 6.0),     // ventricles: the left a little wider
    turned([-13.0, -24.0, 10.0], [5.0, 20.0, 11.0], -0.30, 6.0),
    turned([22.0, 26.0, 8.0], [7.5, 22.0, 11.0], -0.25, 6.0),
    turned([-20.0, 26.0, 8.0], [6.0, 20.0, 10.0], 0.25, 6.0),
    ball([0.0, 2.0, -4.0], [2.2, 13.0, 9.0], 6.0),                 // third ventricle
    turned([14.0, 5.0, -2.0], [8.5, 13.0, 9.0], 0.25, 36.0),       // thalami, nuclei
    turned([-14.0, 5.0, -2.0], [8.5, 13.0, 9.0], -0.25, 36.0),
    turned([25.0, -13.0, 0.0], [6.5, 15.0, 10.0], 0.30, 38.0),
    turned([-25.0, -13.0, 0.0], [6.5, 15.0, 10.0], -0.30, 38.0),
    folded([0.0, 37.0, -44.0], [39.0, 24.0, 21.0], 0.06, 37.0),    // cerebellum, brainstem, fourth ventricle
    ball([0.0, 12.0, -38.0], [13.0, 11.0, 30.0], 33.0),
    ball([0.0, 27.0, -38.0], [7.0, 4.5, 9.0], 6.0),
    ball([0.0, 3.0, -46.0], [12.0, 6.0, 8.0], 7.0),                // cistern
    turned([44.0, 12.0, -52.0], [24.0, 9.0, 9.0], 0.55, 1350.0),   // petrous bones, with their air
    turned([-44.0, 12.0, -52.0], [24.0, 9.0, 9.0], -0.55, 1350.0),
    ball([56.0, 26.0, -52.0], [10.0, 12.0, 14.0], -420.0),
    ball([-56.0, 26.0, -52.0], [10.0, 12.0, 14.0], -420.0),
    ball([0.0, -62.0, -70.0], [46.0, 34.0, 22.0], 620.0),          // cheek bones
    ball([36.0, -72.0, -40.0], [21.0, 26.0, 20.0], 900.0),         // orbits: bone
    ball([-36.0, -72.0, -40.0], [21.0, 26.0, 20.0], 900.0),
    ball([32.0, -78.0, -40.0], [18.0, 22.0, 17.0], -85.0),         // orbits: fat, eye, lens
    ball([-32.0, -78.0, -40.0], [18.0, 22.0, 17.0], -85.0),
    ball([32.0, -84.0, -40.0], [12.0, 12.0, 12.0], 9.0),
    ball([-32.0, -84.0, -40.0], [12.0, 12.0, 12.0], 9.0),
    ball([0.0, -70.0, -56.0], [11.0, 22.0, 20.0], -900.0),         // nose, its wall, sinuses
    ball([1.0, -70.0, -56.0], [1.2, 20.0, 18.0], 150.0),
    ball([27.0, -62.0, -66.0], [13.0, 15.0, 13.0], -980.0),
    ball([-27.0, -62.0, -66.0], [13.0, 15.0, 13.0], -980.0),
    ball([9.0, -86.0, -14.0], [15.0, 3.2, 10.0], -950.0),          // frontal sinus, larger on the left
    ball([30.0, -38.0, 26.0], [3.6, 3.6, 3.6], 320.0),             // mark: a calcification, left front
    folded([-38.0, 30.0, 30.0], [10.0, 15.0, 12.0], 0.12, 15.0),   // mark: a dark area, right back
    ball([79.0, -18.0, 22.0], [3.0, 3.0, 3.0], 2200.0),            // mark: a bead on the left of the scalp
];

/// The value of air.
pub(crate) const AIR: f32 = -1000.0;

/// Half the size of the field that holds the head and its rest, in millimetres.
pub(crate) const HALF_FIELD: f32 = 118.0;

/// A row of the field: from `start`, `count` steps of `step` along x, at (y, z).
pub(crate) struct Row {
    pub(crate) start: f32,
    pub(crate) step: f32,
    pub(crate) y: f32,
    pub(crate) z: f32,
}

/// The values along a row, without noise. Only the ellipsoids that the row can meet are tried.
pub(crate) fn values(row: &Row, out: &mut [f32]) {
    let met: Vec<&Ellipsoid> = HEAD.iter().filter(|shape| shape.meets(row.y, row.z)).collect();
    for (index, value) in out.iter_mut().enumerate() {
        let x = row.start + row.step * index as f32;
        *value = rest(x, row.y);
        for shape in &met {
            if shape.holds(x, row.y, row.z) {
                *value = shape.hu;
            }
        }
    }
}

/// Noise of a scanner: the same voxel always has the same.
pub(crate) fn with_noise(hu: f32, deviation: f32, x: i32, y: i32, z: i32) -> f32 {
    hu + deviation * grain(x, y, z)
}

/// The head rest, a thin shell under the head, or air.
fn rest(x: f32, y: f32) -> f32 {
    let depth = y - (112.0 - x * x / 260.0);
    match depth {
        _ if x.abs() >= 98.0 => AIR,
        0.0..0.8 | 2.2..3.0 => -120.0,
        0.8..2.2 => -820.0,
        _ => AIR,
    }
}

impl Ellipsoid {
    fn meets(&self, y: f32, z: f32) -> bool {
        let [_, cy, cz] = self.centre;
        let [ax, ay, az] = self.axes;
        let reach = if self.yaw == 0.0 { ay } else { ax.max(ay) };
        let slack = 1.0 + self.folds;
        (z - cz).abs() <= az * slack && (y - cy).abs() <= reach * slack
    }

    fn holds(&self, x: f32, y: f32, z: f32) -> bool {
        let [cx, cy, cz] = self.centre;
        let [ax, ay, az] = self.axes;
        let (mut dx, mut dy, dz) = (x - cx, y - cy, z - cz);
        if self.yaw != 0.0 {
            let (sin, cos) = self.yaw.sin_cos();
            (dx, dy) = (dx * cos + dy * sin, dy * cos - dx * sin);
        }
        let distance = (dx / ax).powi(2) + (dy / ay).powi(2) + (dz / az).powi(2);
        if self.folds == 0.0 {
            return distance <= 1.0;
        }
        let low = 1.0 - self.folds;
        let high = 1.0 + self.folds;
        if distance < low * low || distance > high * high {
            return distance < 1.0;
        }
        let fold = (0.38 * x + 0.21 * z).sin() * (0.34 * y - 0.17 * x).sin() + 0.5 * (0.5 * z + 0.3 * y).sin();
        distance.sqrt() <= 1.0 + self.folds * fold * 0.66
    }
}
