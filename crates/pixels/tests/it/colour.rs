//! Colour: planes, palettes, luminance and chrominance.

use crate::Made;
use dicom::write::Writer;
use dicom::{Tag, Vr};

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];

#[test]
fn colour_by_plane_is_the_colour_by_pixel() {
    let by_pixel = Made::colour(1, 2, "RGB", &[255, 0, 0, 0, 255, 0]);
    let by_plane = Made { planar: 1, pixels: vec![255, 0, 0, 255, 0, 0], ..by_pixel.clone() };
    assert_eq!(by_pixel.show(0), by_plane.show(0));
    assert_eq!(by_pixel.show(0).get_pixel(1, 0).0, GREEN);
}

#[test]
fn shared_chrominance_is_two_bytes_a_pixel_in_every_frame() {
    // Five frames of one row of two pixels; the fifth is red: Y 76, Cb 85, Cr 255.
    let mut pixels = [128, 128, 128, 128].repeat(4);
    pixels.extend([76, 76, 85, 255]);
    let image = Made { frames: 5, pixels, ..Made::colour(1, 2, "YBR_FULL_422", &[]) };
    assert_eq!(image.show(0).get_pixel(0, 0).0, [128; 3]);
    let shown = image.show(4).get_pixel(1, 0).0;
    assert!(shown.iter().zip(RED).all(|(a, b)| a.abs_diff(b) <= 2), "{shown:?}");
}

#[test]
fn luminance_and_chrominance_become_red_green_and_blue() {
    let image = Made::colour(1, 2, "YBR_FULL", &[76, 85, 255, 150, 44, 21]);
    let shown = image.show(0);
    for (column, expected) in [(0, RED), (1, GREEN)] {
        let pixel = shown.get_pixel(column, 0).0;
        assert!(pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2), "{pixel:?}");
    }
}

/// An image of four indices and three tables of words.
fn through_palette(descriptor: [u16; 3], red: &[u16], indices: [u8; 4]) -> Vec<[u8; 3]> {
    let words = |words: &[u16]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let mut after = Writer::explicit();
    for number in 0x1101..=0x1103 {
        after.element(Tag(0x0028, number), Vr::US, &words(&descriptor));
    }
    for number in 0x1201..=0x1203 {
        let table: Vec<u16> = if number == 0x1201 { red.to_vec() } else { vec![0; red.len()] };
        after.element(Tag(0x0028, number), Vr::OW, &words(&table));
    }
    let image =
        Made { samples: 1, size: (2, 2), after, pixels: indices.to_vec(), ..Made::colour(2, 2, "PALETTE COLOR", &[]) };
    image.show(0).pixels().map(|pixel| pixel.0).collect()
}

#[test]
fn indices_go_through_the_palette_and_stay_inside_of_it() {
    let shown = through_palette([3, 10, 16], &[0x1000, 0x8000, 0xFF00], [0, 10, 11, 200]);
    assert_eq!(shown, [[0x10, 0, 0], [0x10, 0, 0], [0x80, 0, 0], [0xFF, 0, 0]]);
}

#[test]
fn a_palette_said_to_have_no_entry_has_65536_and_gives_those_it_has() {
    let shown = through_palette([0, 0, 16], &[0, 0xFF00], [0, 1, 2, 255]);
    assert_eq!(shown.map_red(), [0, 255, 255, 255]);
}

#[test]
fn entries_of_eight_bits_in_words_are_found_in_the_lower_half() {
    assert_eq!(through_palette([2, 0, 8], &[0x10, 0xF0], [0, 1, 0, 1]).map_red(), [0x10, 0xF0, 0x10, 0xF0]);
}

trait Reds {
    fn map_red(self) -> Vec<u8>;
}

impl Reds for Vec<[u8; 3]> {
    fn map_red(self) -> Vec<u8> {
        self.into_iter().map(|[red, _, _]| red).collect()
    }
}

#[test]
fn a_segmented_palette_is_unfolded() {
    // A discrete segment of one entry, then a linear one of four up to 0xFF00 (PS3.3 §C.7.9.2).
    let words = |words: &[u16]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let mut after = Writer::explicit();
    for number in 0x1101..=0x1103 {
        after.element(Tag(0x0028, number), Vr::US, &words(&[5, 0, 16]));
    }
    for number in 0x1221..=0x1223 {
        after.element(Tag(0x0028, number), Vr::OW, &words(&[0, 1, 0, 1, 4, 0xFF00]));
    }
    let image = Made { samples: 1, after, pixels: vec![0, 2, 4, 4], ..Made::colour(2, 2, "PALETTE COLOR", &[]) };
    let greys: Vec<u8> = image.show(0).pixels().map(|pixel| pixel.0[1]).collect();
    assert_eq!(greys, [0, 0x7F, 0xFF, 0xFF]);
}

#[test]
fn sixteen_bit_colour_keeps_its_upper_half() {
    let pixels: Vec<u8> = [0x1234u16, 0xABCD, 0xFFFF].iter().flat_map(|value| value.to_le_bytes()).collect();
    let image = Made { bits: (16, 16), pixels, ..Made::colour(1, 1, "RGB", &[]) };
    assert_eq!(image.show(0).get_pixel(0, 0).0, [0x12, 0xAB, 0xFF]);
}
