//! The pictures: what is left is left, what is dark is dark, what moves moves.

use crate::data_sets::scanned;
use crate::exam;
use dicom::Tag;
use phantom::{Kind, PhantomInstance};

/// A picture of 16-bit pixels.
struct Picture {
    columns: usize,
    rows: usize,
    pixels: Vec<u16>,
}

impl Picture {
    fn of(instance: &PhantomInstance) -> Self {
        let scanned = scanned(instance);
        let set = scanned.dataset();
        let (rows, columns) =
            (set.unsigned(Tag(0x28, 0x10)).unwrap() as usize, set.unsigned(Tag(0x28, 0x11)).unwrap() as usize);
        let bytes = &instance.dataset[instance.dataset.len() - rows * columns * 2..];
        let pixels = bytes.chunks(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
        Self { columns, rows, pixels }
    }

    /// The mean over a square around a place given in parts of the width and the height.
    fn mean(&self, x: f64, y: f64) -> f64 {
        let (column, row) = ((x * self.columns as f64) as usize, (y * self.rows as f64) as usize);
        let around = |middle: usize, end: usize| middle.saturating_sub(1)..(middle + 2).min(end);
        let mut values = Vec::new();
        for row in around(row, self.rows) {
            for column in around(column, self.columns) {
                values.push(f64::from(self.pixels[row * self.columns + column]));
            }
        }
        values.iter().sum::<f64>() / values.len() as f64
    }
}

fn text(instance: &PhantomInstance, group: u16, number: u16) -> String {
    let scanned = scanned(instance);
    let value = scanned.dataset().bytes(Tag(group, number)).unwrap();
    String::from_utf8(value.to_vec()).unwrap().trim_end().to_owned()
}

#[test]
fn the_dark_area_of_the_head_is_on_the_right_and_the_skull_is_white() {
    let slices = &exam(Kind::HeadCt).instances[..6];
    // The slice nearest to z = 30 mm.
    let place = |instance: &&PhantomInstance| (text(instance, 0x20, 0x1041).parse::<f64>().unwrap() - 30.0).abs();
    let slice = slices.iter().min_by(|a, b| place(a).total_cmp(&place(b))).unwrap();
    let picture = Picture::of(slice);
    let at = |x: f64, y: f64| picture.mean(0.5 + x / 236.0, 0.5 + y / 236.0) - 1024.0;
    let (right, left) = (at(-38.0, 30.0), at(38.0, 30.0));
    assert!(right < left - 6.0, "right {right} HU, left {left} HU");
    assert!((-1024.0..-900.0).contains(&at(-110.0, -100.0)), "air around");
    let skull = (0..30).map(|mm| at(60.0 + f64::from(mm), 0.0)).fold(f64::MIN, f64::max);
    assert!(skull > 400.0, "{skull}");
}

#[test]
fn the_chest_is_stored_inverted_with_the_heart_and_the_marker_on_the_patients_left() {
    let instance = &exam(Kind::ChestRadiograph).instances[0];
    assert_eq!(text(instance, 0x28, 4), "MONOCHROME1");
    assert_eq!(text(instance, 0x2050, 0x20), "INVERSE");
    assert_eq!(text(instance, 0x20, 0x20), "L\\F");
    let picture = Picture::of(instance);
    let lung = picture.mean(0.30, 0.30);
    assert!(lung > picture.mean(0.5, 0.62) + 1000.0, "air is black: high values in MONOCHROME1");
    assert!(picture.mean(0.66, 0.66) < picture.mean(0.32, 0.68) - 200.0, "the heart lies on the right of the image");
    assert!(picture.mean(0.02, 0.02) > 3900.0, "the corner is black");
    let whitest = picture.pixels.iter().enumerate().min_by_key(|(_, value)| **value).unwrap().0;
    assert!(whitest % picture.columns > picture.columns * 3 / 4, "the marker stands at the patient's left");
}

#[test]
fn the_opacity_is_new_since_the_prior_chest() {
    let now = Picture::of(&exam(Kind::ChestRadiograph).instances[0]);
    let before = Picture::of(&exam(Kind::PriorChestRadiograph).instances[0]);
    assert!(now.mean(0.29, 0.56) < before.mean(0.29, 0.56) - 250.0);
    assert!((now.mean(0.70, 0.30) - before.mean(0.70, 0.30)).abs() < 50.0);
}

#[test]
fn the_breasts_hang_from_the_inner_edges_and_one_view_is_stored_inverted() {
    let views = &exam(Kind::ScreeningMammogram).instances;
    let labels: Vec<String> = views.iter().map(|view| text(view, 0x20, 0x62) + &text(view, 0x18, 0x5101)).collect();
    assert_eq!(labels, ["RCC", "LCC", "RMLO", "LMLO"]);
    let orientations: Vec<String> = views.iter().map(|view| text(view, 0x20, 0x20)).collect();
    assert_eq!(orientations, ["P\\L", "A\\R", "P\\FL", "A\\FR"]);
    let inverted: Vec<bool> = views.iter().map(|view| text(view, 0x28, 4) == "MONOCHROME1").collect();
    assert_eq!(inverted, [false, false, true, false]);
    for (view, inverted) in views.iter().zip(inverted) {
        let picture = Picture::of(view);
        let bright = |x, y| if inverted { 4095.0 - picture.mean(x, y) } else { picture.mean(x, y) };
        let (wall, far) = if text(view, 0x20, 0x62) == "R" { (0.9, 0.03) } else { (0.1, 0.97) };
        assert!(bright(wall, 0.5) > 700.0, "tissue at the chest wall");
        assert!(bright(far, 0.85) < 300.0, "air at the far edge");
        assert!(picture.pixels.iter().all(|pixel| *pixel < 4096), "12 bits");
    }
}

#[test]
fn the_clip_moves_and_comes_back() {
    let instance = &exam(Kind::CardiacUltrasound).instances[0];
    assert_eq!(text(instance, 0x28, 4), "RGB");
    let frame_bytes = 60 * 80 * 3;
    let frames: Vec<&[u8]> = instance.dataset[instance.dataset.len() - 4 * frame_bytes..].chunks(frame_bytes).collect();
    assert!(frames.windows(2).all(|pair| pair[0] != pair[1]));
    let coloured = frames[0].chunks(3).filter(|pixel| pixel[0] > pixel[2].saturating_add(60)).count();
    assert!(coloured > 5, "flow in red: {coloured}");
}
