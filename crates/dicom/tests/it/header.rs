//! The typed summary.

use crate::{scan, scan_explicit, with_uids};
use dicom::header::InstanceHeader;
use dicom::uid::UidFault;
use dicom::write::Writer;
use dicom::{Error, Tag, Vr, tag, uid};

#[test]
fn a_real_image_is_summed_up() {
    let header = InstanceHeader::from_scan(&scan("syntax/MR_small.dcm")).unwrap();
    assert_eq!(header.transfer_syntax_uid, "1.2.840.10008.1.2.1");
    assert_eq!(header.sop_class_uid, "1.2.840.10008.5.1.4.1.1.4");
    assert_eq!(header.patient_name.alphabetic, "CompressedSamples^MR1");
    assert_eq!(header.modality.as_deref(), Some("MR"));
    assert_eq!((header.rows, header.columns, header.number_of_frames), (Some(64), Some(64), 1));
    assert_eq!(header.image_position.map(|p| p[0]), Some(-83.9063));
    assert!(header.image_orientation.is_some() && header.has_pixel_data);
    for other in ["syntax/MR_small_implicit.dcm", "syntax/MR_small_expb.dcm"] {
        let mut same = InstanceHeader::from_scan(&scan(other)).unwrap();
        same.transfer_syntax_uid = header.transfer_syntax_uid.clone();
        assert_eq!(same, header, "{other}");
    }
}

#[test]
fn a_missing_or_impossible_uid_is_told_by_its_keyword() {
    let mut writer = Writer::explicit();
    writer.text(tag::SOP_CLASS_UID, Vr::UI, "1.2.840.10008.5.1.4.1.1.7").text(tag::SOP_INSTANCE_UID, Vr::UI, "2.25.1");
    let missing = InstanceHeader::from_scan(&scan_explicit(writer.bytes()).unwrap());
    assert_eq!(missing, Err(Error::MissingUid { keyword: "StudyInstanceUID" }));
    let traversal = InstanceHeader::from_scan(&scan("hostile/uid-path-traversal.dcm"));
    assert_eq!(traversal, Err(Error::InvalidUid { keyword: "SOPInstanceUID", fault: UidFault::BadCharacter }));
    let long = InstanceHeader::from_scan(&scan("hostile/uid-300-chars.dcm")).unwrap_err();
    assert!(matches!(long, Error::InvalidUid { fault: UidFault::TooLong, .. }), "{long}");
}

#[test]
fn the_rule_of_uids_is_the_documented_one() {
    for accepted in [&b"1.2.3"[..], b"1.2.3\0", b"1.2.3  ", b"1.02.3", &[b'1'; 64]] {
        assert!(uid::parse(accepted).is_ok(), "{accepted:?}");
    }
    for (refused, fault) in [
        (&b""[..], UidFault::Empty),
        (b"\0", UidFault::Empty),
        (&[b'1'; 65], UidFault::TooLong),
        (b"1.2\x003", UidFault::BadCharacter),
        (b"1.2.3\0\0", UidFault::BadCharacter),
        (b"../../etc/x", UidFault::BadCharacter),
        (b"/abs", UidFault::BadCharacter),
        (b"1.2.a", UidFault::BadCharacter),
        (b"1..2", UidFault::EmptyComponent),
        (b".1", UidFault::EmptyComponent),
        (b"1.2.", UidFault::EmptyComponent),
    ] {
        assert_eq!(uid::parse(refused), Err(fault), "{refused:?}");
    }
    assert!(uid::has_leading_zero("1.02.3") && !uid::has_leading_zero("1.0.3"));
    assert_eq!(uid::check(&uid::from_random([0xFF; 16])), Ok(()));
}

#[test]
fn values_of_the_wrong_shape_refuse_nothing() {
    let mut writer = Writer::explicit();
    with_uids(&mut writer)
        .text(tag::STUDY_DATE, Vr::DA, "2024.01.10")
        .text(tag::MODALITY, Vr::CS, "ct")
        .text(tag::SERIES_NUMBER, Vr::IS, "3.0")
        .text(tag::INSTANCE_NUMBER, Vr::IS, "no 7")
        .text(tag::IMAGE_POSITION_PATIENT, Vr::DS, "1.5 mm\\2\\3")
        .text(tag::PATIENT_ID, Vr::LO, "\0");
    let header = InstanceHeader::from_scan(&scan_explicit(writer.bytes()).unwrap()).unwrap();
    assert_eq!(header.study_date.as_deref(), Some("2024.01.10"));
    assert_eq!(header.modality.as_deref(), Some("ct"));
    assert_eq!((header.series_number, header.instance_number), (Some(3), None));
    assert_eq!(header.image_position, None);
    assert_eq!(header.patient_id, None);
    assert!(header.patient_name.is_empty());
}

#[test]
fn padding_is_taken_off_uids_and_identifiers() {
    let header = InstanceHeader::from_scan(&scan("structure/uids-space-padded.dcm")).unwrap();
    assert!(!header.study_instance_uid.contains(' '));
    assert_eq!(header.patient_id.as_deref().map(str::trim), header.patient_id.as_deref());
}

#[test]
fn issuers_are_found_in_their_sequences() {
    let mut issuer = Writer::explicit();
    issuer.text(tag::LOCAL_NAMESPACE_ENTITY_ID, Vr::UT, "RIS").text(tag::UNIVERSAL_ENTITY_ID, Vr::UT, "1.2.3");
    let mut writer = Writer::explicit();
    with_uids(&mut writer)
        .sequence(tag::ISSUER_OF_ACCESSION_NUMBER_SEQUENCE, &[issuer.clone()])
        .sequence(tag::ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE, &[issuer])
        .text(Tag(0x0010, 0x0021), Vr::LO, "HOSPA");
    let header = InstanceHeader::from_scan(&scan_explicit(writer.bytes()).unwrap()).unwrap();
    assert_eq!(header.issuer_of_accession_number.as_deref(), Some("RIS"));
    assert_eq!(header.issuer_of_patient_id_universal.as_deref(), Some("1.2.3"));
    assert_eq!(header.issuer_of_patient_id.as_deref(), Some("HOSPA"));
}
