//! PDF documents.

use crate::{file, picture};
use pixels::PixelsError;

#[test]
fn a_report_has_pages_of_a_size_and_a_text() {
    let info = pixels::pdf::info(file("cr-scanner-thorax.pdf")).unwrap();
    assert_eq!(info.page_count, 1);
    let (width, height) = info.pages[0];
    assert!((590.0..600.0).contains(&width) && (835.0..845.0).contains(&height), "{width} × {height}");
    assert!(info.text[0].to_lowercase().contains("scanner"), "{}", info.text[0]);
    assert_eq!(pixels::pdf::info(file("cr-long-12-pages.pdf")).unwrap().pages.len(), 12);
}

#[test]
fn a_page_is_drawn_at_the_width_asked_black_on_white() {
    let shown = picture(&pixels::pdf::page(file("cr-scanner-thorax.pdf"), 0, 600).unwrap());
    assert_eq!(shown.width(), 600);
    assert_eq!(shown.get_pixel(0, 0).0, [255; 3]);
    assert!(shown.pixels().any(|pixel| pixel.0[0] < 60), "nothing was drawn");
}

#[test]
fn what_is_no_document_or_no_page_is_refused() {
    assert!(matches!(pixels::pdf::info(b"<html>%PD</html>".to_vec()), Err(PixelsError::Damaged(_))));
    assert_eq!(pixels::pdf::page(file("cr-scanner-thorax.pdf"), 1, 600), Err(PixelsError::NoSuchFrame));
    let cut = file("cr-scanner-thorax.pdf")[..200].to_vec();
    let _ = pixels::pdf::info(cut);
}
