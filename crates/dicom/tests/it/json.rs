//! The DICOM JSON Model.

use crate::{scan, scan_explicit, with_uids};
use dicom::json::{Options, metadata, write_with};
use dicom::scan::Element;
use dicom::write::Writer;
use dicom::{Tag, Vr, tag};
use serde_json::{Value, json};

fn json_of(writer: &Writer) -> Value {
    serde_json::from_str(&metadata(&scan_explicit(writer.bytes()).unwrap())).unwrap()
}

#[test]
fn each_representation_has_its_shape() {
    let mut writer = Writer::explicit();
    writer
        .text(tag::SPECIFIC_CHARACTER_SET, Vr::CS, "ISO_IR 100")
        .text(tag::IMAGE_TYPE, Vr::CS, "ORIGINAL\\\\PRIMARY")
        .text(tag::ACCESSION_NUMBER, Vr::SH, "")
        .element(tag::PATIENT_NAME, Vr::PN, b"FICTIF^Zo\xEB^^=\xC9")
        .text(tag::PIXEL_SPACING, Vr::DS, "0.50\\+1.5E1")
        .text(tag::INSTANCE_NUMBER, Vr::IS, "007")
        .us(tag::ROWS, 512)
        .element(Tag(0x0028, 0x0009), Vr::AT, &[0x18, 0x00, 0x63, 0x10])
        .element(Tag(0x0040, 0xA162), Vr::FD, &f64::NAN.to_le_bytes())
        .element(Tag(0x0041, 0x1001), Vr::UV, &u64::MAX.to_le_bytes())
        .element(Tag(0x0042, 0x0010), Vr::ST, b"<b>\"a\"\\b\r\n")
        .element(Tag(0x0043, 0x1001), Vr::OB, &[1, 2, 3, 4]);
    assert_eq!(
        json_of(&writer),
        json!({
            "00080005": {"vr": "CS", "Value": ["ISO_IR 192"]},
            "00080008": {"vr": "CS", "Value": ["ORIGINAL", null, "PRIMARY"]},
            "00080050": {"vr": "SH"},
            "00100010": {"vr": "PN", "Value": [{"Alphabetic": "FICTIF^Zoë^^", "Ideographic": "É"}]},
            "00280030": {"vr": "DS", "Value": [0.5, 15]},
            "00200013": {"vr": "IS", "Value": [7]},
            "00280010": {"vr": "US", "Value": [512]},
            "00280009": {"vr": "AT", "Value": ["00181063"]},
            "0040A162": {"vr": "FD", "Value": ["NaN"]},
            "00411001": {"vr": "UV", "Value": ["18446744073709551615"]},
            "00420010": {"vr": "ST", "Value": ["<b>\"a\"\\b\r\n"]},
            "00431001": {"vr": "OB", "InlineBinary": "AQIDBA=="},
        })
    );
}

#[test]
fn a_decimal_string_that_is_no_number_stays_a_string() {
    let mut writer = Writer::explicit();
    writer.text(tag::PIXEL_SPACING, Vr::DS, "1.5 mm\\inf").text(tag::SERIES_NUMBER, Vr::IS, "1,5");
    let json = json_of(&writer);
    assert_eq!(json["00280030"]["Value"], json!(["1.5 mm", "inf"]));
    assert_eq!(json["00200011"]["Value"], json!(["1,5"]));
}

#[test]
fn sequences_are_nested_and_empty_items_kept() {
    let mut inner = Writer::explicit();
    inner.text(tag::SERIES_NUMBER, Vr::IS, "1");
    let mut writer = Writer::explicit();
    writer.sequence(tag::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, &[inner, Writer::explicit()]);
    writer.sequence(tag::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, &[]);
    let json = json_of(&writer);
    assert_eq!(json["52009229"], json!({"vr": "SQ", "Value": [{"00200011": {"vr": "IS", "Value": [1]}}, {}]}));
    assert_eq!(json["52009230"], json!({"vr": "SQ"}));
}

#[test]
fn bulk_becomes_a_uri_or_nothing_and_private_elements_can_be_left_out() {
    let mut writer = Writer::explicit();
    with_uids(&mut writer)
        .element(Tag(0x0029, 0x1010), Vr::OB, &[0; 2000])
        .text(Tag(0x0029, 0x1011), Vr::LO, "secret path")
        .element(tag::RED_PALETTE_DATA, Vr::OW, &[0; 131_072])
        .element(tag::PIXEL_DATA, Vr::OW, &[0; 8]);
    let json = json_of(&writer);
    assert!(json.get("7FE00010").is_none() && json.get("00291010").is_none());
    assert!(json["00281201"]["InlineBinary"].is_string(), "look-up tables are needed to show an image");

    let scanned = scan_explicit(writer.bytes()).unwrap();
    let mut out = Vec::new();
    let mut uri = |element: Element<'_>| Some(format!("bulk/{}", element.tag()));
    write_with(&scanned, &Options { private: false, ..Options::default() }, &mut out, &mut uri).unwrap();
    let json: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(json["7FE00010"], json!({"vr": "OW", "BulkDataURI": "bulk/7FE00010"}));
    assert!(json.get("00291011").is_none());
}

#[test]
fn both_byte_orders_and_both_forms_give_the_same_json() {
    let read = |name: &str| {
        let mut json: Value = serde_json::from_str(&metadata(&scan(name))).unwrap();
        // The padding at the end is each file's own.
        let padding = json.as_object_mut().unwrap().remove("FFFCFFFC");
        assert_eq!(padding.is_some(), !name.contains("implicit"), "{name}");
        json
    };
    let explicit = read("syntax/MR_small.dcm");
    for other in ["syntax/MR_small_implicit.dcm", "syntax/MR_small_expb.dcm"] {
        assert_eq!(read(other), explicit, "{other}");
    }
    assert_eq!(explicit["00280010"]["Value"], json!([64]));
    assert_eq!(explicit["00280107"], json!({"vr": "SS", "Value": [4000]}));
}

#[test]
fn a_tag_written_twice_is_one_member() {
    let text = metadata(&scan("structure/duplicate-tags.dcm"));
    assert_eq!(text.matches("\"00100020\"").count(), 1);
    assert!(serde_json::from_str::<Value>(&text).is_ok());
}
