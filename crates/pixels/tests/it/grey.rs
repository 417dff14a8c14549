//! Modality and VOI transformations.

use crate::{Made, PNG, picture};
use dicom::write::Writer;
use dicom::{Vr, tag};
use pixels::{Output, PixelsError};

/// PS3.3 §C.11.2.1.2.1, with 0 and 255 as the ends.
fn linear(x: f64, center: f64, width: f64) -> f64 {
    if x <= center - 0.5 - (width - 1.0) / 2.0 {
        0.0
    } else if x > center - 0.5 + (width - 1.0) / 2.0 {
        255.0
    } else {
        ((x - (center - 0.5)) / (width - 1.0) + 0.5) * 255.0
    }
}

#[test]
fn the_linear_window_is_the_formula_of_the_standard() {
    let ramp: Vec<i32> = (0..4096).collect();
    for (center, width) in [(40.0, 400.0), (1024.0, 1.0), (100.5, 2.0), (2048.0, 4096.0)] {
        let image = Made::grey(64, 12, false, &ramp)
            .window(&center.to_string(), &width.to_string())
            .text(tag::RESCALE_INTERCEPT, Vr::DS, "-1024")
            .text(tag::RESCALE_SLOPE, Vr::DS, "1");
        for (stored, grey) in ramp.iter().zip(image.greys()) {
            let expected = linear(f64::from(*stored) - 1024.0, center, width);
            assert!((expected - f64::from(grey)).abs() <= 0.5, "{center}/{width} at {stored}: {grey} for {expected}");
        }
    }
}

#[test]
fn monochrome1_is_the_inverted_twin_of_monochrome2_window_included() {
    let ramp: Vec<i32> = (0..4096).map(|value| value * 16).collect();
    let twin = Made::grey(64, 16, false, &ramp).window("30000", "2000");
    let inverted = Made { photometric: "MONOCHROME1", ..twin.clone() };
    let opposite: Vec<u8> = twin.greys().iter().map(|grey| 255 - grey).collect();
    assert_eq!(inverted.greys(), opposite);
}

#[test]
fn photometric_interpretation_alone_inverts_and_never_twice() {
    let ramp: Vec<i32> = (0..256).collect();
    let plain = Made::grey(16, 12, false, &ramp).window("128", "256");
    let shaped = |shape: &str, photometric| {
        Made { photometric, ..plain.clone() }.text(tag::PRESENTATION_LUT_SHAPE, Vr::CS, shape).greys()
    };
    let inverted = Made { photometric: "MONOCHROME1", ..plain.clone() }.greys();
    assert_ne!(inverted, plain.greys());
    assert_eq!(shaped("INVERSE", "MONOCHROME1"), inverted);
    assert_eq!(shaped("IDENTITY", "MONOCHROME1"), inverted);
    assert_eq!(shaped("INVERSE", "MONOCHROME2"), plain.greys());
}

#[test]
fn the_window_applies_to_rescaled_values_even_with_a_negative_slope() {
    let stored = [0, 100, 200, 300];
    let image = Made::grey(2, 12, false, &stored)
        .window("1500", "3001")
        .text(tag::RESCALE_INTERCEPT, Vr::DS, "3000")
        .text(tag::RESCALE_SLOPE, Vr::DS, "-10");
    let expected: Vec<u8> =
        stored.iter().map(|x| linear(3000.0 - 10.0 * f64::from(*x), 1500.0, 3001.0).round() as u8).collect();
    assert_eq!(image.greys(), expected);
}

#[test]
fn bits_above_the_stored_ones_are_ignored_and_negative_values_are_dark() {
    let dirty = [0x3800, 0x0000, 0x77FF, 0x1FFF];
    let image = Made::grey(2, 12, true, &dirty).window("0", "4096");
    // 0x800 = -2048, 0, 0x7FF = 2047, 0xFFF = -1.
    assert_eq!(image.greys(), [0, 128, 255, 127]);
    let bytes = Made { bits: (8, 8), pixels: vec![0x80, 0x00, 0x7F, 0xFF], ..image };
    assert!(bytes.greys()[0] < bytes.greys()[1]);
}

#[test]
fn padding_is_black_whatever_the_inversion() {
    let mut image = Made { photometric: "MONOCHROME1", ..Made::grey(2, 16, true, &[-2000, 0, 1000, -2000]) };
    let mut padded = Writer::explicit();
    padded.element(tag::PIXEL_PADDING_VALUE, Vr::SS, &(-2000i16).to_le_bytes());
    image.after = padded;
    let greys = image.window("500", "1000").greys();
    assert_eq!((greys[0], greys[3]), (0, 0));
    assert_eq!((greys[1], greys[2]), (255, 0));
}

#[test]
fn a_voi_table_is_followed_and_its_ends_go_on() {
    let mut item = Writer::explicit();
    item.element(tag::LUT_DESCRIPTOR, Vr::US, &[3, 0, 100, 0, 16, 0]);
    item.element(tag::LUT_DATA, Vr::OW, &[0x00, 0x00, 0xFF, 0x7F, 0xFF, 0xFF]);
    let mut image = Made::grey(5, 12, false, &[0, 100, 101, 102, 4000]);
    image.after.sequence(tag::VOI_LUT_SEQUENCE, &[item]);
    assert_eq!(image.greys(), [0, 0, 127, 255, 255]);
}

#[test]
fn without_a_window_eight_bits_are_shown_as_they_are_and_sixteen_are_spread() {
    let bytes: Vec<u8> = (0..=255).collect();
    let image = Made { bits: (8, 8), size: (16, 16), pixels: bytes.clone(), ..Made::grey(16, 8, false, &[]) };
    assert_eq!(image.greys(), bytes);
    let ramp: Vec<i32> = (0..1000).map(|value| value + 20_000).collect();
    let greys = Made::grey(50, 16, false, &ramp).greys();
    assert!(greys[0] == 0 && greys[999] == 255 && (100..155).contains(&greys[500]));
}

#[test]
fn the_caller_may_choose_the_window_and_the_size() {
    let ramp: Vec<i32> = (0..4096).collect();
    let image = Made::grey(64, 12, false, &ramp).window("40", "400");
    let output = Output { window: Some((2048.0, 4096.0)), fit: Some((32, 200)), ..PNG };
    let shown = picture(&pixels::render::part10(&image.file(), 0, &output).unwrap());
    assert_eq!(shown.dimensions(), (32, 32));
    assert!((110..145).contains(&shown.get_pixel(16, 16).0[0]));
    let never_up = Output { fit: Some((1000, 1000)), ..PNG };
    assert_eq!(picture(&pixels::render::part10(&image.file(), 0, &never_up).unwrap()).dimensions(), (64, 64));
}

#[test]
fn functional_groups_of_the_frame_come_before_the_shared_ones() {
    let group = |center: &str| {
        let mut window = Writer::explicit();
        window.text(tag::WINDOW_CENTER, Vr::DS, center).text(tag::WINDOW_WIDTH, Vr::DS, "2");
        let mut item = Writer::explicit();
        item.sequence(tag::FRAME_VOI_LUT_SEQUENCE, &[window]);
        item
    };
    let mut image = Made::grey(2, 12, false, &[10, 20, 10, 20]);
    image.size = (1, 2);
    image.frames = 2;
    image.after.sequence(tag::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, &[group("5")]);
    image.after.sequence(tag::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, &[Writer::explicit(), group("15")]);
    let greys = |frame| image.show(frame).pixels().map(|pixel| pixel.0[0]).collect::<Vec<u8>>();
    assert_eq!((greys(0), greys(1)), (vec![255, 255], vec![0, 255]));
    assert_eq!(pixels::render::part10(&image.file(), 2, &PNG), Err(PixelsError::NoSuchFrame));
}
