//! Nothing of the report is covered, whatever draws it.

use super::super::{Stamped, stamp};
use super::rig::{ONE_PAGE, TWELVE_PAGES, data, drawn, have, report, texts};
use lopdf::{Dictionary, dictionary};

/// Every dark pixel of the report is as dark after stamping; the frame never touches one.
fn nothing_is_covered(before: &[u8], after: &[u8], pages: usize, case: &str) {
    for page in 1..=pages {
        let ((width, old), (new_width, new)) = (drawn(before, page, 60), drawn(after, page, 60));
        assert_eq!((width, old.len()), (new_width, new.len()), "{case}");
        for (place, (old, new)) in old.iter().zip(&new).enumerate() {
            let (x, y) = (place % width, place / width);
            assert!(*old > 250 || new == old, "{case}, page {page}: pixel {x},{y} was {old} and is {new}");
        }
    }
}

#[test]
fn pixels_of_real_reports_stay_as_they_were() {
    if !have(&["pdftoppm"], "pixels_of_real_reports_stay_as_they_were") {
        return;
    }
    for (report, pages) in [(ONE_PAGE, 1), (TWELVE_PAGES, 12)] {
        nothing_is_covered(report, &stamp(report, &data()).unwrap().into_pdf(), pages, "sample");
    }
}

#[test]
fn the_frame_avoids_whatever_stands_near_the_bottom() {
    if !have(&["pdftoppm"], "the_frame_avoids_whatever_stands_near_the_bottom") {
        return;
    }
    let cases = [
        ("a footer", "BT /F1 9 Tf 50 25 Td (Page 1 of 1) Tj ET", true),
        ("a footer higher up", "BT /F1 9 Tf 50 60 Td (SELARL, RCS, telephone) Tj ET", true),
        ("a border around the page", "20 10 555 822 re S", true),
        ("a white background", "1 1 1 rg 0 0 595 842 re f 0 g BT /F1 12 Tf 50 800 Td (text) Tj ET", true),
        ("a grey background", "0.9 g 0 0 595 842 re f", false),
        ("a text line turned upright", "BT /F1 30 Tf 0 1 -1 0 300 40 Tm (confidential) Tj ET", false),
        ("text sent back to the left", "BT /F1 20 Tf 590 100 Td [(a) 20000 (SIGNATURE)] TJ ET", true),
        ("text in a large matrix", "BT /F1 1 Tf 300 0 0 300 0 20 Tm (X) Tj ET", false),
        ("a curve", "0 0 m 0 400 595 400 595 0 c S", false),
        ("a thick line", "300 w 0 80 m 595 80 l S", false),
        ("an inline image", "q 500 0 0 300 40 20 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \u{1} EI Q", false),
        ("a shading clipped away from the bottom", "q 0 600 595 100 re W n /none sh Q", true),
        ("a shading over everything", "/none sh", false),
        ("graphics state left open", "q q 2 0 0 2 0 0 cm 0 400 50 20 re f", true),
        ("more closed than opened", "Q 0 700 50 50 re f", false),
        ("a stream cut in a string", "BT /F1 12 Tf 50 50 Td (cut", false),
        ("an ink that is full at one", "/Spot cs 1 scn 0 0 595 842 re f", false),
    ];
    let space = dictionary! { "Spot" => vec!["Separation".into(), "Black".into(), "DeviceGray".into(), dictionary! {
        "FunctionType" => 2, "Domain" => vec![0.into(), 1.into()], "C0" => vec![1.into()], "C1" => vec![0.into()], "N" => 1,
    }.into()] };
    let font =
        dictionary! { "F1" => dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" } };
    let resources = dictionary! { "Font" => font, "ColorSpace" => space };
    for (case, content, fits) in cases {
        let before = report(content, dictionary! { "Resources" => resources.clone() });
        let stamped = stamp(&before, &data()).unwrap();
        assert_eq!(matches!(stamped, Stamped::InPlace(_)), fits, "{case}");
        let after = stamped.into_pdf();
        nothing_is_covered(&before, &after, 1, case);
        let sheets = texts(&after).concat().matches("08B5-S2Z7-QG6D-X").count();
        assert_eq!(sheets, 1, "{case}");
    }
}

#[test]
fn pages_of_another_kind_get_a_page_after_them() {
    let a_note = dictionary! { "Type" => "Annot", "Subtype" => "Stamp",
    "Rect" => vec![0.into(), 0.into(), 595.into(), 300.into()] };
    let cases: Vec<(&str, Dictionary)> = vec![
        ("turned", dictionary! { "Rotate" => 90 }),
        ("in other units", dictionary! { "UserUnit" => 2 }),
        ("narrow", dictionary! { "MediaBox" => vec![0.into(), 0.into(), 420.into(), 595.into()] }),
        ("with a stamp on it", dictionary! { "Annots" => vec![a_note.into()] }),
    ];
    for (case, attributes) in cases {
        let stamped = stamp(&report("BT /F1 12 Tf 50 500 Td (text) Tj ET", attributes), &data()).unwrap();
        assert!(matches!(stamped, Stamped::AddedPage(_)), "{case}");
    }
}

#[test]
fn a_crop_box_is_where_the_bottom_is() {
    if !have(&["pdftotext"], "a_crop_box_is_where_the_bottom_is") {
        return;
    }
    let crop = dictionary! { "CropBox" => vec![0.into(), 300.into(), 595.into(), 842.into()] };
    let pdf = stamp(&report("BT /F1 12 Tf 50 800 Td (text) Tj ET", crop), &data()).unwrap().into_pdf();
    let boxes = super::rig::tool(&pdf, "pdftotext", &["-bbox"], &["-"]);
    let boxes = String::from_utf8(boxes).unwrap();
    let line = boxes.lines().find(|line| line.contains("08B5")).unwrap();
    let bottom: f64 = line.split("yMax=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
    assert!(bottom < 842.0 - 300.0, "{line}");
}

#[test]
fn a_page_that_leaves_its_graphics_state_open_bears_the_frame_at_its_size() {
    if !have(&["pdftotext"], "a_page_that_leaves_its_graphics_state_open_bears_the_frame_at_its_size") {
        return;
    }
    let code_on = |content: &str| {
        let pdf = stamp(&report(content, dictionary! {}), &data()).unwrap().into_pdf();
        let boxes = String::from_utf8(super::rig::tool(&pdf, "pdftotext", &["-bbox"], &["-"])).unwrap();
        boxes.lines().find(|line| line.contains("08B5")).unwrap().to_owned()
    };
    assert_eq!(code_on("q 2 0 0 2 0 0 cm q 0 200 50 20 re f"), code_on("q 2 0 0 2 0 0 cm 0 200 50 20 re f Q"));
}
