//! Media directories.

use crate::file;
use dicom::dicomdir::files;
use dicom::scan::Limits;
use dicom::write::Writer;
use dicom::{Error, Vr, tag};

#[test]
fn every_variant_of_a_directory_names_the_same_files() {
    let mut reference = files(&file("dicomdir/DICOMDIR"), &Limits::default()).unwrap();
    assert_eq!(reference.len(), 31);
    assert_eq!(reference[0].path, ["77654033", "CR1", "6154"]);
    assert_eq!(reference[0].record_type, "IMAGE");
    assert_eq!(reference[0].sop_class_uid.as_deref(), Some("1.2.840.10008.5.1.4.1.1.1"));
    reference.sort_by(|a, b| a.path.cmp(&b.path));
    for variant in ["DICOMDIR-bigEnd", "DICOMDIR-implicit", "DICOMDIR-reordered"] {
        let mut named = files(&file(&format!("dicomdir/{variant}")), &Limits::default()).unwrap();
        named.sort_by(|a, b| a.path.cmp(&b.path));
        assert_eq!(named, reference, "{variant}");
    }
}

fn directory_naming(file_id: &str) -> Vec<u8> {
    let mut record = Writer::explicit();
    record.text(tag::DIRECTORY_RECORD_TYPE, Vr::CS, "IMAGE").text(tag::REFERENCED_FILE_ID, Vr::CS, file_id);
    let mut writer = Writer::explicit();
    writer.sequence(tag::DIRECTORY_RECORD_SEQUENCE, &[record]);
    [vec![0; 128], b"DICM".to_vec(), writer.into_bytes()].concat()
}

#[test]
fn a_file_identifier_that_leaves_the_media_is_refused() {
    assert_eq!(files(&directory_naming("IMAGES\\IM1.DCM"), &Limits::default()).unwrap()[0].path, ["IMAGES", "IM1.DCM"]);
    for outside in ["..\\etc", "A\\..\\B", "/etc/passwd", "C:", "A\\\\B", ".", "NUL", "com1.txt", "a|b", "A\\\u{1b}"] {
        let refused = files(&directory_naming(outside), &Limits::default());
        assert_eq!(refused, Err(Error::BadFileId { index: 0 }), "{outside}");
    }
    assert!(files(&directory_naming(&["A"; 9].join("\\")), &Limits::default()).is_err());
}

#[test]
fn an_image_is_no_directory() {
    assert_eq!(files(&file("syntax/MR_small.dcm"), &Limits::default()), Err(Error::NotDicom));
}
