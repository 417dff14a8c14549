//! The tables against the dictionary of another project.

use dicom::tables::{STORAGE_SOP_CLASSES, TRANSFER_SYNTAXES, storage_sop_class, transfer_syntax};
use dicom::{Tag, Vr, dictionary, uid};
use dicom_core::dictionary::UidDictionary;
use dicom_dictionary_std::sop_class::StandardSopClassDictionary;

#[test]
fn each_storage_class_is_one_of_the_dictionary_by_the_same_name() {
    for class in STORAGE_SOP_CLASSES {
        let entry = StandardSopClassDictionary.by_uid(class.uid).expect(class.uid);
        assert!(entry.name.starts_with(class.name), "{} is {}", class.uid, entry.name);
        assert_eq!(entry.retired, class.retired, "{}", class.uid);
    }
}

#[test]
fn no_storage_class_of_the_dictionary_is_missing() {
    // The dictionary cannot be listed: every UID one or two components under the known roots is asked.
    let roots = ["1.2.840.10008.5.1.4.1.1", "1.2.840.10008.5.1.4", "1.2.840.10008.5.1.1"];
    let mut asked = Vec::new();
    for root in roots {
        for a in 0..=700 {
            asked.push(format!("{root}.{a}"));
            asked.extend((0..=110).map(|b| format!("{root}.{a}.{b}")));
        }
    }
    for parent in STORAGE_SOP_CLASSES {
        asked.extend((0..=20).map(|c| format!("{}.{c}", parent.uid)));
    }
    for uid in &asked {
        let Some(entry) = StandardSopClassDictionary.by_uid(uid) else { continue };
        let is_storage = entry.name.contains("Storage") && !entry.name.contains("Commitment");
        assert_eq!(is_storage, storage_sop_class(uid).is_some(), "{uid} {}", entry.name);
    }
}

#[test]
fn tables_are_sorted_sets_of_valid_uids() {
    let components = |uid: &str| uid.split('.').map(|part| part.parse::<u64>().unwrap()).collect::<Vec<_>>();
    assert!(STORAGE_SOP_CLASSES.is_sorted_by(|a, b| components(a.uid) < components(b.uid)));
    assert!(TRANSFER_SYNTAXES.is_sorted_by(|a, b| components(a.uid) < components(b.uid)));
    assert!(STORAGE_SOP_CLASSES.iter().all(|class| uid::check(class.uid).is_ok()));
}

#[test]
fn transfer_syntaxes_say_how_a_data_set_is_written() {
    let syntax = |uid| transfer_syntax(uid).expect(uid);
    assert!(!syntax("1.2.840.10008.1.2").explicit);
    assert!(syntax("1.2.840.10008.1.2.2").big_endian);
    assert!(syntax("1.2.840.10008.1.2.1.99").deflated);
    assert!(syntax("1.2.840.10008.1.2.4.90").encapsulated && !syntax("1.2.840.10008.1.2.1").encapsulated);
    assert!(syntax("1.2.840.10008.1.2.4.102").is_video() && syntax("1.2.840.10008.1.2.4.107").is_video());
    assert!(syntax("1.2.840.10008.1.2.4.100.1").is_video());
    for image in ["1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.201"] {
        assert!(!syntax(image).is_video(), "{image}");
    }
}

#[test]
fn the_dictionary_knows_representations_and_keywords() {
    assert_eq!(dictionary::vr_of(Tag(0x0010, 0x0010)), Vr::PN);
    assert_eq!(dictionary::vr_of(Tag(0x6002, 0x3000)), Vr::OW);
    assert_eq!(dictionary::vr_of(Tag(0x0009, 0x0010)), Vr::LO);
    assert_eq!(dictionary::vr_of(Tag(0x0009, 0x1010)), Vr::UN);
    assert_eq!(dictionary::vr_of(Tag(0x0028, 0x0106)), Vr::US);
    assert_eq!(dictionary::tag_of("PatientName"), Some(Tag(0x0010, 0x0010)));
    assert_eq!(dictionary::keyword_of(Tag(0x0020, 0x000D)), Some("StudyInstanceUID"));
    assert_eq!(Tag::from_hex("0020000d"), Some(Tag(0x0020, 0x000D)));
    assert_eq!(Tag::from_hex("+020000d"), None);
}
