//! Reports that may not be touched, or are not what they say.

use super::super::{SheetError, Stamped, make, stamp};
use super::rig::{ONE_PAGE, data, report};
use lopdf::{Document, Object, dictionary};
use proptest::prelude::*;

fn changed(change: impl FnOnce(&mut Document)) -> Vec<u8> {
    let mut document = Document::load_mem(ONE_PAGE).unwrap();
    change(&mut document);
    let mut pdf = Vec::new();
    document.save_to(&mut pdf).unwrap();
    pdf
}

#[test]
fn a_signed_report_is_left_untouched() {
    let by_range = changed(|document| {
        let range = dictionary! { "Type" => "Sig", "ByteRange" => vec![0.into(), 1.into(), 2.into(), 3.into()] };
        document.add_object(range);
    });
    let by_flag = changed(|document| {
        let form = dictionary! { "SigFlags" => 3, "Fields" => Vec::<Object>::new() };
        document.catalog_mut().unwrap().set("AcroForm", form);
    });
    for signed in [by_range, by_flag] {
        assert!(matches!(stamp(&signed, &data()).unwrap(), Stamped::Separate { .. }));
    }
}

#[test]
fn a_protected_report_is_left_untouched() {
    let protected = changed(|document| {
        let how = dictionary! { "Filter" => "Standard", "V" => 1, "R" => 2, "P" => -4 };
        document.trailer.set("Encrypt", how);
    });
    assert!(matches!(stamp(&protected, &data()).unwrap(), Stamped::Separate { .. }));
}

#[test]
fn what_is_no_pdf_is_refused_and_what_cannot_be_read_gets_a_sheet_apart() {
    assert!(matches!(make(Some(b"<html>"), &data()), Err(SheetError::Report)));
    assert!(matches!(stamp(b"%PDF-1.4\nnothing else", &data()).unwrap(), Stamped::Separate { .. }));
    assert!(matches!(stamp(&ONE_PAGE[..900], &data()).unwrap(), Stamped::Separate { .. }));
}

#[test]
fn forms_inside_themselves_end() {
    let mut document = Document::load_mem(&report("/Loop Do", dictionary! {})).unwrap();
    let id = document.new_object_id();
    let own = dictionary! { "XObject" => dictionary! { "Loop" => id } };
    let dict = dictionary! { "Type" => "XObject", "Subtype" => "Form", "Resources" => own.clone(),
    "BBox" => vec![0.into(), 0.into(), 595.into(), 842.into()] };
    document.objects.insert(id, lopdf::Stream::new(dict, b"/Loop Do /Loop Do".to_vec()).into());
    let page = document.page_iter().next().unwrap();
    document.get_dictionary_mut(page).unwrap().set("Resources", own);
    let mut pdf = Vec::new();
    document.save_to(&mut pdf).unwrap();
    assert!(matches!(stamp(&pdf, &data()).unwrap(), Stamped::AddedPage(_)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_report_never_ends_the_attempt(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        cuts in any::<bool>(),
    ) {
        let mut report = ONE_PAGE.to_vec();
        for (place, byte) in changes {
            let place = 8 + place.index(report.len() - 8);
            report[place] = byte;
        }
        if cuts {
            report.truncate(8 + cut.index(report.len() - 8));
        }
        prop_assert!(stamp(&report, &data()).is_ok());
    }
}
