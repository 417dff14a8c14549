//! Legal and tolerable oddities.

use crate::{scan, scan_explicit};
use dicom::scan::{Limits, PixelLayout, scan_dataset};
use dicom::tables::IMPLICIT_VR_LITTLE_ENDIAN;
use dicom::write::Writer;
use dicom::{Tag, Vr, tag};

#[test]
fn oddities_met_in_the_field_are_read() {
    for name in [
        "structure/duplicate-tags.dcm",
        "structure/group-lengths-everywhere.dcm",
        "structure/implicit-data-under-explicit-ts.dcm",
        "structure/odd-length-values.dcm",
        "structure/preamble-missing.dcm",
        "structure/sq-empty-and-empty-items.dcm",
        "structure/trailing-garbage.dcm",
        "structure/uids-space-padded.dcm",
        "hostile/meta-group-length-huge.dcm",
        "hostile/vr-invalid.dcm",
    ] {
        let scanned = scan(name);
        let modality = scanned.dataset().plain_text(tag::SOP_INSTANCE_UID);
        assert!(modality.is_some(), "{name}");
    }
}

#[test]
fn a_data_set_in_the_other_form_than_declared_is_recognised() {
    let scanned = scan("structure/implicit-data-under-explicit-ts.dcm");
    assert!(scanned.is_implicit());
    assert_eq!(scanned.transfer_syntax(), "1.2.840.10008.1.2.1");
    let mut writer = Writer::explicit();
    writer.text(tag::MODALITY, Vr::CS, "CT");
    let scanned = scan_dataset(writer.bytes(), IMPLICIT_VR_LITTLE_ENDIAN, &Limits::default()).unwrap();
    assert!(!scanned.is_implicit());
}

#[test]
fn a_file_without_meta_is_guessed() {
    let mut writer = Writer::implicit();
    writer.text(tag::MODALITY, Vr::CS, "CT").us(tag::ROWS, 2);
    let scanned = dicom::scan::scan_part10(writer.bytes(), &Limits::default()).unwrap();
    assert_eq!(scanned.transfer_syntax(), IMPLICIT_VR_LITTLE_ENDIAN);
    assert_eq!(scanned.dataset().unsigned(tag::ROWS), Some(2));
    assert_eq!(scanned.meta().elements().count(), 0);
}

#[test]
fn unknown_sequences_are_implicit_inside() {
    let scanned = scan("structure/sq-un-undefined-length-private.dcm");
    let sequence = scanned.dataset().elements().find(|element| element.tag().is_private() && element.vr() == Vr::SQ);
    assert_eq!(sequence.expect("a private sequence").items().count(), 1);
}

#[test]
fn an_icon_in_fragments_is_not_taken_for_the_image() {
    let pixels = [0xE0, 0x7F, 0x10, 0x00, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
    let fragments = |value: &[u8]| {
        let table = [0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0];
        let item = [0xFE, 0xFF, 0x00, 0xE0, value.len() as u8, 0, 0, 0];
        [&pixels[..], &table, &item, value, &[0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]].concat()
    };
    let icon = [
        &[0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF][..],
        &fragments(b"icon"),
        &[0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0],
    ]
    .concat();
    let sequence = [
        &[0x88, 0x00, 0x00, 0x02, b'S', b'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF][..],
        &icon,
        &[0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0],
    ]
    .concat();
    let bytes = [sequence, fragments(b"image!")].concat();
    let scanned = scan_explicit(&bytes).unwrap();
    let PixelLayout::Encapsulated { fragments, starts, .. } = &scanned.pixel_data().unwrap().layout else { panic!() };
    assert_eq!(fragments.len(), 1);
    assert_eq!(&bytes[fragments[0].offset as usize..][..6], b"image!");
    assert_eq!(starts[0], *b"imag");
    let icons: Vec<_> = scanned.dataset().items(Tag(0x0088, 0x0200)).collect();
    assert!(icons[0].get(tag::PIXEL_DATA).is_some());
}

#[test]
fn a_deflated_file_is_inflated_on_the_way() {
    let scanned = scan("syntax/report_dfl");
    assert!(scanned.is_deflated());
    assert_eq!(scanned.dataset().plain_text(tag::MODALITY).as_deref(), Some("SR"));
}

#[test]
fn an_element_its_writer_did_not_know_is_read_as_what_it_is() {
    let mut writer = Writer::explicit();
    writer.element(tag::ROWS, Vr::UN, &[2, 0]).element(Tag(0x0009, 0x1001), Vr::UN, &[2, 0]);
    let scanned = scan_explicit(writer.bytes()).unwrap();
    assert_eq!(scanned.dataset().unsigned(tag::ROWS), Some(2));
    assert_eq!(scanned.dataset().get(Tag(0x0009, 0x1001)).map(|element| element.vr()), Some(Vr::UN));
}

#[test]
fn a_long_value_in_a_short_representation_is_written_as_unknown_and_read_back() {
    let mut writer = Writer::explicit();
    writer.text(Tag(0x0008, 0x0081), Vr::ST, &"x".repeat(70_000)).us(tag::ROWS, 3);
    let scanned = scan_explicit(writer.bytes()).unwrap();
    assert_eq!(scanned.dataset().get(Tag(0x0008, 0x0081)).map(|element| element.span().len), Some(70_000));
    assert_eq!(scanned.dataset().unsigned(tag::ROWS), Some(3));
}
