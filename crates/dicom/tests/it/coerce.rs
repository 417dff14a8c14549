//! Another system's identifiers in the place of ours: a new data set that still says what stood there.

use dicom::coerce::{Changes, CoerceError, Coerced, Value, coerce};
use dicom::part10::{FileMeta, prefix};
use dicom::scan::{Limits, Scanned, scan_dataset, scan_part10};
use dicom::write::Writer;
use dicom::{Tag, Vr, tag};
use proptest::prelude::*;

fn changes(values: Vec<(Tag, Value)>) -> Changes {
    Changes { values, at: "20261125120000+0000".into(), system: "NEGATOSCOPE".into() }
}

fn partner() -> Changes {
    let issuer = vec![
        (tag::UNIVERSAL_ENTITY_ID, Vr::UT, "1.2.250.1.213.1.4.8".to_owned()),
        (tag::UNIVERSAL_ENTITY_ID_TYPE, Vr::CS, "ISO".to_owned()),
    ];
    changes(vec![
        (tag::ACCESSION_NUMBER, Value::Text(Vr::SH, "P-77".into())),
        (tag::PATIENT_ID, Value::Text(Vr::LO, "CHU0042".into())),
        (tag::ISSUER_OF_PATIENT_ID, Value::Absent),
        (tag::ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE, Value::Items(vec![issuer])),
    ])
}

fn whole(file: &[u8], coerced: &Coerced) -> Vec<u8> {
    let mut dataset = coerced.head.clone();
    dataset.extend_from_slice(&file[coerced.tail_offset..]);
    dataset
}

fn again(file: &[u8], changes: &Changes) -> (Scanned, Vec<u8>) {
    let coerced = coerce(file, changes).unwrap();
    let dataset = whole(file, &coerced);
    (scan_dataset(&dataset, &coerced.transfer_syntax_uid, &Limits::default()).unwrap(), dataset)
}

fn file_of(dataset: &[u8], transfer_syntax_uid: &str) -> Vec<u8> {
    let (sop_class_uid, sop_instance_uid) = ("1.2.840.10008.5.1.4.1.1.7", "2.25.1");
    let mut file = prefix(&FileMeta { sop_class_uid, sop_instance_uid, transfer_syntax_uid, source_ae_title: None });
    file.extend_from_slice(dataset);
    file
}

fn sample(mut writer: Writer) -> Vec<u8> {
    writer.element(Tag(0x0008, 0x0000), Vr::UL, &[9, 0, 0, 0]);
    writer.text(tag::SOP_CLASS_UID, Vr::UI, "1.2.840.10008.5.1.4.1.1.7").text(tag::SOP_INSTANCE_UID, Vr::UI, "2.25.1");
    writer.text(tag::ACCESSION_NUMBER, Vr::SH, "A1").text(tag::PATIENT_NAME, Vr::PN, "DUPONT^MARIE");
    writer.text(tag::PATIENT_ID, Vr::LO, "7").text(tag::ISSUER_OF_PATIENT_ID, Vr::LO, "CABINET");
    writer.us(tag::ROWS, 2).us(tag::COLUMNS, 2).element(tag::PIXEL_DATA, Vr::OW, &[1, 2, 3, 4, 5, 6, 7, 8]);
    writer.into_bytes()
}

#[test]
fn the_new_data_set_holds_the_partners_identifiers_and_says_what_stood_there() {
    for (dataset, syntax) in
        [(sample(Writer::explicit()), "1.2.840.10008.1.2.1"), (sample(Writer::implicit()), "1.2.840.10008.1.2")]
    {
        let file = file_of(&dataset, syntax);
        let (scanned, written) = again(&file, &partner());
        let set = scanned.dataset();
        assert_eq!(set.plain_text(tag::PATIENT_ID).unwrap(), "CHU0042", "{syntax}");
        assert_eq!(set.plain_text(tag::ACCESSION_NUMBER).unwrap(), "P-77");
        assert_eq!(set.plain_text(tag::ISSUER_OF_PATIENT_ID), None);
        assert_eq!(set.plain_text(tag::SOP_INSTANCE_UID).unwrap(), "2.25.1", "UIDs are kept");
        let issuer = set.items(tag::ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE).next().unwrap();
        assert_eq!(issuer.plain_text(tag::UNIVERSAL_ENTITY_ID).unwrap(), "1.2.250.1.213.1.4.8");
        let history = set.items(tag::ORIGINAL_ATTRIBUTES_SEQUENCE).next().unwrap();
        let before = history.items(tag::MODIFIED_ATTRIBUTES_SEQUENCE).next().unwrap();
        assert_eq!(before.plain_text(tag::PATIENT_ID).unwrap(), "7");
        assert_eq!(before.plain_text(tag::ISSUER_OF_PATIENT_ID).unwrap(), "CABINET");
        assert_eq!(history.plain_text(tag::REASON_FOR_ATTRIBUTE_MODIFICATION).unwrap(), "COERCE");
        assert!(set.get(Tag(0x0008, 0x0000)).is_none(), "a length of a group that is no longer true");
        assert!(written.ends_with(&[1, 2, 3, 4, 5, 6, 7, 8]));
        let tags: Vec<Tag> = set.elements().map(|element| element.tag()).collect();
        assert!(tags.is_sorted(), "{tags:?}");
        assert_eq!(again(&file, &partner()).1, written, "the same changes always give the same bytes");
    }
}

#[test]
fn what_is_already_so_changes_nothing() {
    let dataset = sample(Writer::explicit());
    let file = file_of(&dataset, "1.2.840.10008.1.2.1");
    let same = changes(vec![(tag::PATIENT_ID, Value::Text(Vr::LO, "7".into()))]);
    assert_eq!(again(&file, &same).1, dataset);
    let (_, once) = again(&file, &partner());
    let file = file_of(&once, "1.2.840.10008.1.2.1");
    assert_eq!(again(&file, &partner()).1, once);
}

#[test]
fn what_earlier_systems_said_they_changed_stays_before_it() {
    let file = file_of(
        &again(&file_of(&sample(Writer::explicit()), "1.2.840.10008.1.2.1"), &partner()).1,
        "1.2.840.10008.1.2.1",
    );
    let second = changes(vec![(tag::PATIENT_ID, Value::Text(Vr::LO, "X".into()))]);
    let (scanned, _) = again(&file, &second);
    let history: Vec<_> = scanned.dataset().items(tag::ORIGINAL_ATTRIBUTES_SEQUENCE).collect();
    let before = |index: usize| {
        let item = history[index].items(tag::MODIFIED_ATTRIBUTES_SEQUENCE).next().unwrap();
        item.plain_text(tag::PATIENT_ID).unwrap().into_owned()
    };
    assert_eq!((history.len(), before(0), before(1)), (2, "7".into(), "CHU0042".into()));
}

#[test]
fn a_value_that_could_be_read_as_another_is_refused() {
    let file = file_of(&sample(Writer::explicit()), "1.2.840.10008.1.2.1");
    for text in ["A\\B", "É", "A\r"] {
        let bad = changes(vec![(tag::PATIENT_ID, Value::Text(Vr::LO, text.into()))]);
        assert_eq!(coerce(&file, &bad), Err(CoerceError::Value), "{text:?}");
    }
}

#[test]
fn files_of_real_devices_keep_everything_else() {
    let folder = format!("{}/tests/data", env!("CARGO_MANIFEST_DIR"));
    let mut rewritten = 0;
    let folders = ["charset", "structure", "syntax"].map(|name| std::fs::read_dir(format!("{folder}/{name}")).unwrap());
    for entry in folders.into_iter().flatten() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let Ok(before) = scan_part10(&bytes, &Limits::default()) else { continue };
        let coerced = match coerce(&bytes, &partner()) {
            Ok(coerced) => coerced,
            Err(CoerceError::Form) => continue,
            Err(error) => panic!("{error}"),
        };
        let dataset = whole(&bytes, &coerced);
        let after = scan_dataset(&dataset, &coerced.transfer_syntax_uid, &Limits::default()).unwrap();
        let touched: Vec<Tag> =
            partner().values.iter().map(|(tag, _)| *tag).chain([tag::ORIGINAL_ATTRIBUTES_SEQUENCE]).collect();
        let others = |scanned: &Scanned, bytes: &[u8]| -> Vec<(Tag, Vec<u8>)> {
            let kept = |tag: &Tag| !touched.contains(tag) && !tag.is_group_length();
            let value = |at: u64, len: u64| bytes[at as usize..(at + len) as usize].to_vec();
            let all = scanned.dataset().elements().filter(|element| kept(&element.tag()));
            all.map(|element| (element.tag(), value(element.span().offset, element.span().len))).collect()
        };
        assert_eq!(others(&before, &bytes), others(&after, &dataset));
        rewritten += 1;
    }
    assert!(rewritten > 5, "only {rewritten} files were rewritten");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = coerce(&bytes, &partner());
        let _ = coerce(&file_of(&bytes, "1.2.840.10008.1.2.1"), &partner());
    }
}
