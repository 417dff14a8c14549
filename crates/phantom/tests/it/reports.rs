//! The reports: readable, marked as invented, their bottom margin free.

use crate::{exam, exams};
use lopdf::{Document, Object};
use phantom::{Kind, report_pdf};

/// How far above the bottom of its page the lowest text stands, in points, and how many pages there are.
fn lowest_and_pages(pdf: &[u8]) -> (f32, usize) {
    let document = Document::load_mem(pdf).unwrap();
    let pages = document.get_pages();
    let mut lowest = f32::MAX;
    for page in pages.values() {
        let content = document.get_and_decode_page_content(*page).unwrap();
        for operation in &content.operations {
            if operation.operator == "Tm" {
                let down = operation.operands.last().and_then(|number| Object::as_float(number).ok()).unwrap();
                lowest = lowest.min(841.89 - down);
            }
        }
    }
    (lowest, pages.len())
}

#[test]
fn every_report_is_one_page_with_its_bottom_free() {
    for exam in exams() {
        let (lowest, pages) = lowest_and_pages(&exam.report_pdf().unwrap());
        assert_eq!(pages, 1, "{:?}", exam.kind);
        assert!(lowest > 25.0 * 72.0 / 25.4 && lowest < 800.0, "{:?}: {lowest}", exam.kind);
    }
}

#[test]
fn a_long_report_goes_on_over_pages_with_their_bottoms_free() {
    let exam = exam(Kind::HeadCt);
    let mut report = exam.report.clone();
    for number in 0..30 {
        report.sections.push((format!("Suite {number}"), "Texte fictif, répété pour remplir. ".repeat(12)));
    }
    let pdf = report_pdf(&exam.patient, &exam.order, &exam.accession, &report).unwrap();
    let (lowest, pages) = lowest_and_pages(&pdf);
    assert!(pages >= 3, "{pages}");
    assert!(lowest > 25.0 * 72.0 / 25.4, "{lowest}");
}

#[test]
fn the_text_of_a_report_can_be_taken_out_and_says_that_it_is_invented() {
    let exam = exam(Kind::ScreeningMammogram);
    let document = Document::load_mem(&exam.report_pdf().unwrap()).unwrap();
    let text = document.extract_text(&[1]).unwrap();
    for expected in ["COMPTE RENDU FICTIF", "Éloïse", "Mammographie", &exam.accession] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}

#[test]
fn the_same_report_is_the_same_file() {
    let exam = exam(Kind::HeadCt);
    assert!(exam.report_pdf().unwrap() == exam.report_pdf().unwrap());
}
