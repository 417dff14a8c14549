//! Media directories.

use crate::file;
use dicom::dicomdir::{Listed, files, write};
use dicom::header::{InstanceHeader, PersonName};
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

fn listed(path: &[&str], patient: &str, study: &str, series: &str, n: i64) -> Listed {
    let header = InstanceHeader {
        transfer_syntax_uid: "1.2.840.10008.1.2.1".into(),
        sop_class_uid: "1.2.840.10008.5.1.4.1.1.2".into(),
        sop_instance_uid: format!("{series}.{n}"),
        study_instance_uid: study.into(),
        series_instance_uid: series.into(),
        patient_id: Some(patient.into()),
        patient_name: PersonName::parse("LEFÈVRE^ZOÉ"),
        study_date: Some("20261125".into()),
        modality: Some("CT".into()),
        series_number: Some(1),
        instance_number: Some(n),
        ..InstanceHeader::default()
    };
    Listed { path: path.iter().map(|part| (*part).to_owned()).collect(), header }
}

fn two_patients() -> Vec<Listed> {
    vec![
        listed(&["DICOM", "E1", "S1", "I1"], "7", "1.2", "1.2.1", 1),
        listed(&["DICOM", "E1", "S1", "I2"], "7", "1.2", "1.2.1", 2),
        listed(&["DICOM", "E1", "S2", "I1"], "7", "1.2", "1.2.2", 1),
        listed(&["DICOM", "E2", "S1", "I1"], "8", "1.3", "1.3.1", 1),
    ]
}

#[test]
fn a_directory_written_here_is_read_back_in_its_order() {
    let files_written = two_patients();
    let read = files(&write(&files_written, "2.25.1"), &Limits::default()).unwrap();
    assert_eq!(read.len(), 4);
    for (read, written) in read.iter().zip(&files_written) {
        assert_eq!(read.path, written.path);
        assert_eq!(read.record_type, "IMAGE");
        assert_eq!(read.sop_instance_uid.as_ref(), Some(&written.header.sop_instance_uid));
    }
    assert!(files(&write(&[], "2.25.1"), &Limits::default()).unwrap().is_empty());
}

#[test]
fn every_offset_of_a_directory_leads_to_the_record_it_means() {
    let bytes = write(&two_patients(), "2.25.1");
    let scanned = dicom::scan::scan_part10(&bytes, &Limits::default()).unwrap();
    let starts: Vec<usize> =
        bytes.windows(8).enumerate().filter(|(_, w)| w[..4] == [0xFE, 0xFF, 0x00, 0xE0]).map(|(at, _)| at).collect();
    // Two patients, two studies, three series, four files.
    assert_eq!(starts.len(), 11);
    let ul = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    // In each item: next record's offset at 8+8, in use, lower's at 8+12+10+8; in the root: first and last.
    let next: Vec<usize> = starts.iter().map(|at| ul(at + 16)).collect();
    let lower: Vec<usize> = starts.iter().map(|at| ul(at + 38)).collect();
    let kind = |at: usize| starts.iter().position(|start| *start == at);
    assert_eq!(
        next.iter().map(|at| kind(*at)).collect::<Vec<_>>(),
        [Some(7), None, Some(5), Some(4), None, None, None, None, None, None, None]
    );
    assert_eq!(
        lower.iter().map(|at| kind(*at)).collect::<Vec<_>>(),
        [Some(1), Some(2), Some(3), None, None, Some(6), None, Some(8), Some(9), Some(10), None]
    );
    assert!(scanned.dataset().get(tag::DIRECTORY_RECORD_SEQUENCE).is_some());
}

#[test]
fn dcmtk_reads_a_directory_written_here_and_finds_nothing_to_complain_of() {
    let tool = "dcmdump";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("DICOMDIR");
    std::fs::write(&path, write(&two_patients(), "2.25.1")).unwrap();
    let Ok(output) = std::process::Command::new(tool).arg("-v").arg("+U8").arg(&path).output() else {
        println!("skipped: dcmtk_reads_a_directory: {tool} is not installed");
        return;
    };
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{said}");
    // DCMTK resolves each offset to the record it finds there, and says so when it finds none.
    assert!(!said.contains("W:") && !said.contains("E:"), "{said}");
    assert!(said.contains("LEFÈVRE^ZOÉ"), "{said}");
}
