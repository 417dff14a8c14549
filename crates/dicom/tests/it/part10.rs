//! Preamble and file meta information.

use crate::{scan, with_uids};
use dicom::part10::{FileMeta, IMPLEMENTATION_CLASS_UID, preamble, preamble_suspicious, prefix, zero_preamble};
use dicom::scan::{Limits, scan_part10};
use dicom::write::Writer;
use dicom::{tag, uid};

#[test]
fn a_data_set_behind_our_prefix_is_a_file_that_says_what_it_is() {
    let meta = FileMeta {
        sop_class_uid: "1.2.840.10008.5.1.4.1.1.7",
        sop_instance_uid: "2.25.1",
        transfer_syntax_uid: "1.2.840.10008.1.2",
        source_ae_title: Some("SCANNER"),
    };
    let mut writer = Writer::implicit();
    with_uids(&mut writer);
    let start = prefix(&meta);
    let file = [start.clone(), writer.into_bytes()].concat();
    let scanned = scan_part10(&file, &Limits::default()).unwrap();
    assert_eq!(scanned.dataset_offset(), start.len() as u64);
    assert!(scanned.is_implicit());
    let stated = |tag| scanned.meta().plain_text(tag).map(|text| text.into_owned());
    assert_eq!(stated(tag::IMPLEMENTATION_VERSION_NAME).as_deref(), Some("NEGATOSCOPE"));
    assert_eq!(stated(tag::IMPLEMENTATION_CLASS_UID).as_deref(), Some(IMPLEMENTATION_CLASS_UID));
    assert_eq!(stated(tag::SOURCE_APPLICATION_ENTITY_TITLE).as_deref(), Some("SCANNER"));
    // The group length counts what follows it, up to the data set (PS3.10 §7.1).
    let length = scanned.meta().unsigned(tag::FILE_META_INFORMATION_GROUP_LENGTH).unwrap();
    assert_eq!(length, start.len() as u64 - 132 - 12);
    assert_eq!(uid::check(IMPLEMENTATION_CLASS_UID), Ok(()));
}

fn beginning_with(bytes: &[u8]) -> [u8; 128] {
    let mut preamble = [0; 128];
    preamble[..bytes.len()].copy_from_slice(bytes);
    preamble
}

#[test]
fn a_preamble_that_is_something_else_is_suspicious_and_a_tiff_is_not() {
    for bad in [
        &b"MZ\x90"[..],
        b"\x7FELF",
        b"PK\x03\x04",
        b"%PDF-1.7",
        b"#!/bin/sh",
        b"\n <HTML>",
        b"<!DOCTYPE",
        b"\xCA\xFE\xBA\xBE",
    ] {
        assert!(preamble_suspicious(&beginning_with(bad)), "{bad:?}");
    }
    for good in [&b""[..], b"II*\0\x08", b"MM\0*", b"MM\0+", b"Some vendor's text"] {
        assert!(!preamble_suspicious(&beginning_with(good)), "{good:?}");
    }
}

#[test]
fn a_zeroed_preamble_changes_nothing_else() {
    let mut file = crate::file("syntax/MR_small.dcm");
    let rest = file[128..].to_vec();
    file[..4].copy_from_slice(b"MZ\x90\0");
    assert!(preamble(&file).is_some_and(preamble_suspicious));
    zero_preamble(&mut file);
    assert_eq!(file[..128], [0; 128]);
    assert_eq!(file[128..], rest);
    let mut other = b"not a file".to_vec();
    zero_preamble(&mut other);
    assert_eq!(other, b"not a file");
    assert_eq!(scan("syntax/MR_small.dcm").meta().elements().count(), 8);
}
