//! What a person and a telephone read.

use super::super::{SheetData, Stamped, make, stamp};
use super::rig::{ONE_PAGE, TWELVE_PAGES, URL, data, have, report, scanned, texts, tool};
use lopdf::dictionary;

fn carries_the_sheet(text: &str) {
    for expected in [
        "images.exemple.fr",
        "480 215 937 6",
        "08B5-S2Z7-QG6D-X",
        "25 novembre 2028",
        "25 novembre 2031",
        "Ne donnez cette feuille qu’aux personnes de votre choix.",
    ] {
        assert!(text.contains(expected), "{expected} not in\n{text}");
    }
}

#[test]
fn a_report_of_one_page_gets_the_sheet_in_its_margin() {
    if !have(&["pdftotext", "pdftoppm", "zbarimg"], "a_report_of_one_page_gets_the_sheet_in_its_margin") {
        return;
    }
    let Stamped::InPlace(pdf) = stamp(ONE_PAGE, &data()).unwrap() else { panic!("there is room on the page") };
    let [page] = texts(&pdf).try_into().unwrap();
    carries_the_sheet(&page);
    let before = texts(ONE_PAGE).concat();
    for word in before.split_whitespace() {
        assert!(page.contains(word), "the report's {word} is still there");
    }
    assert_eq!(scanned(&pdf, 1), URL);
}

#[test]
fn the_other_pages_point_to_the_last() {
    if !have(&["pdftotext", "pdftoppm", "zbarimg"], "the_other_pages_point_to_the_last") {
        return;
    }
    let pdf = make(Some(TWELVE_PAGES), &data()).unwrap();
    let pages = texts(&pdf);
    let (last, others) = pages.split_last().unwrap();
    carries_the_sheet(last);
    assert!(others.len() >= 11);
    for (number, page) in others.iter().enumerate() {
        assert!(page.contains("bas de la dernière page"), "page {}:\n{page}", number + 1);
        assert!(!page.contains("08B5"));
    }
    assert_eq!(scanned(&pdf, pages.len()), URL);
}

#[test]
fn without_report_the_sheet_is_one_page_that_explains_itself() {
    if !have(&["pdftotext", "pdftoppm", "zbarimg"], "without_report_the_sheet_is_one_page_that_explains_itself") {
        return;
    }
    let pdf = make(None, &data()).unwrap();
    let [page] = texts(&pdf).try_into().unwrap();
    carries_the_sheet(&page);
    for expected in ["Scanner thoracique, le 25 novembre 2026", "pas encore disponible", "02 40 00 00 00", "Tilleuls"] {
        assert!(page.contains(expected), "{expected} not in\n{page}");
    }
    assert_eq!(scanned(&pdf, 1), URL);
}

#[test]
fn a_page_without_room_is_followed_by_one_with_the_sheet() {
    if !have(&["pdftotext", "pdftoppm", "zbarimg"], "a_page_without_room_is_followed_by_one_with_the_sheet") {
        return;
    }
    let lines: String = (0..60).map(|n| format!("BT /F1 10 Tf 50 {} Td (line {n}) Tj ET\n", 30 + n * 13)).collect();
    let Stamped::AddedPage(pdf) = stamp(&report(&lines, dictionary! {}), &data()).unwrap() else {
        panic!("the page is full")
    };
    let [first, second] = texts(&pdf).try_into().unwrap();
    assert!(first.contains("line 59") && !first.contains("08B5"));
    carries_the_sheet(&second);
    assert!(second.contains("complète le compte rendu"));
    assert_eq!(scanned(&pdf, 2), URL);
}

#[test]
fn the_sheet_speaks_english_when_asked() {
    if !have(&["pdftotext"], "the_sheet_speaks_english_when_asked") {
        return;
    }
    let data = SheetData { english: true, ..data() };
    let page = texts(&make(Some(ONE_PAGE), &data).unwrap()).concat();
    for expected in ["Exam number", "Access code", "until 25 November 2028", "Give this sheet only to people"] {
        assert!(page.contains(expected), "{expected} not in\n{page}");
    }
}

#[test]
fn number_and_code_are_printed_at_twelve_points_at_least() {
    if !have(&["pdftotext"], "number_and_code_are_printed_at_twelve_points_at_least") {
        return;
    }
    let pdf = make(Some(ONE_PAGE), &data()).unwrap();
    let boxes = String::from_utf8(tool(&pdf, "pdftotext", &["-bbox"], &["-"])).unwrap();
    let line = boxes.lines().find(|line| line.contains("08B5")).unwrap();
    let value = |name: &str| -> f64 {
        let from = line.split(&format!("{name}=\"")).nth(1).unwrap();
        from.split('"').next().unwrap().parse().unwrap()
    };
    assert!(value("yMax") - value("yMin") >= 12.0, "{line}");
    // 16 characters of 12 points in a typeface 0.6 em wide.
    assert!(value("xMax") - value("xMin") >= 16.0 * 12.0 * 0.6, "{line}");
}
