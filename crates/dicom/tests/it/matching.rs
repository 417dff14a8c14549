//! The grammar of queries and its rules.

use dicom::attributes::{Attributes, Level, Levels, Text, level_of};
use dicom::matching::{Key, KeyFault, Query, Range, fold};
use dicom::scan::{Limits, scan_dataset};
use dicom::write::Writer;
use dicom::{Tag, Vr, tag};
use proptest::prelude::*;

const IMPLICIT: &str = "1.2.840.10008.1.2";

fn of(pairs: &[(Tag, Vr, &str)]) -> Attributes {
    let mut attributes = Attributes::default();
    for (tag, vr, text) in pairs {
        attributes.set(*tag, *vr, text.split('\\').map(str::to_owned).collect());
    }
    attributes
}

fn study(pairs: &[(Tag, Vr, &str)], asked: &[(Tag, &str)]) -> bool {
    let mut query = Query::new(Level::Study);
    for (tag, text) in asked {
        query.ask(&[*tag], text).unwrap();
    }
    query.matches(&of(pairs))
}

fn name(value: &str, key: &str) -> bool {
    study(&[(tag::PATIENT_NAME, Vr::PN, value)], &[(tag::PATIENT_NAME, key)])
}

#[test]
fn names_are_found_without_accents_or_case_and_by_any_of_their_groups() {
    assert!(name("Lefèvre^Zoé", "LEFEVRE^ZOE"));
    assert!(name("LEFEVRE^ZOE", "lefèvre*"));
    assert!(name("Œuvrard^Anne", "OEUVRARD^*"));
    assert!(name("Müller^Jörg^^", "Muller^Jorg"));
    assert!(!name("QUERY^ALPHABET", "QUERY^ALPHA"));
    let yamada = "Yamada^Tarou=山田^太郎=やまだ^たろう";
    assert!(name(yamada, "山田*") && name(yamada, "yamada*") && name(yamada, "=山田^太郎"));
    assert!(!name(yamada, "=Yamada*") && !name(yamada, "山田^花子"));
    assert!(name("홍^길동", "홍^*") && name("홍^길동", "?^길동"));
}

#[test]
fn a_fuzzy_name_is_met_by_its_words_in_any_order_begun_or_misspelt() {
    let fuzzy = |value: &str, key: &str| {
        let mut query = Query::new(Level::Study);
        query.fuzzy = true;
        query.ask(&[tag::PATIENT_NAME], key).unwrap();
        query.matches(&of(&[(tag::PATIENT_NAME, Vr::PN, value)]))
    };
    assert!(fuzzy("DUPONT^MARIE", "marie dup"));
    assert!(fuzzy("DUPONT^MARIE", "DUPOND"));
    assert!(fuzzy("CHEVALLIER^ANNE", "chevalier anne"));
    assert!(!fuzzy("DUPONT^MARIE", "MARTIN") && !fuzzy("LEE^ANN", "LEO"));
    assert!(!name("DUPONT^MARIE", "marie dup"));
}

#[test]
fn wildcards_are_the_two_of_the_standard_and_nothing_else_is_special() {
    let described =
        |key: &str| study(&[(tag::STUDY_DESCRIPTION, Vr::LO, "100% pure [x] d'Or")], &[(tag::STUDY_DESCRIPTION, key)]);
    assert!(described("100% p*") && described("*[x]*") && described("*d'Or") && described("?00*"));
    assert!(!described("%") && !described("100_ pure*") && !described("[0-9]*") && !described("' OR '1'='1"));
    let id = |key: &str| study(&[(tag::PATIENT_ID, Vr::LO, "CFQ_2")], &[(tag::PATIENT_ID, key)]);
    assert!(id("CFQ_2") && id("CF?_2") && id("CFQ*") && !id("cfq*") && !id("CFQ"));
}

#[test]
fn an_empty_key_or_stars_alone_meet_what_is_absent_too() {
    for key in ["", "*", "**", "   "] {
        assert!(study(&[], &[(tag::ACCESSION_NUMBER, key), (tag::STUDY_DATE, key)]), "{key:?}");
    }
    assert!(!study(&[], &[(tag::ACCESSION_NUMBER, "A*")]));
    assert!(!study(&[(tag::ACCESSION_NUMBER, Vr::SH, "")], &[(tag::ACCESSION_NUMBER, "?*")]));
}

/// Case 23.
#[test]
fn ranges_of_dates_may_be_open_and_never_meet_a_study_without_date() {
    let dated = |date: &str, key: &str| study(&[(tag::STUDY_DATE, Vr::DA, date)], &[(tag::STUDY_DATE, key)]);
    assert!(dated("20231231", "-20231231") && !dated("20240110", "-20231231"));
    assert!(dated("20240110", "20240101-") && !dated("20231231", "20240101-"));
    assert!(dated("20240131", "20240101-20240131") && !dated("20240201", "20240101-20240131"));
    assert!(dated("2024.01.10", "20240110") && dated("20240110", "2024.01.10"));
    for key in ["-20991231", "19000101-", "20240110"] {
        assert!(!dated("", key) && !study(&[], &[(tag::STUDY_DATE, key)]));
    }
}

#[test]
fn a_malformed_date_is_a_fault_and_never_everything() {
    for text in ["2024-01-10", "20240110--", "abcd", "20241399", "20240230", "-", "2024011", "20240110-x", "20240110\\"]
    {
        let fault = Query::new(Level::Study).ask(&[tag::STUDY_DATE], text);
        assert!(matches!(fault, Err(KeyFault::When(tag::STUDY_DATE))) || text.ends_with('\\'), "{text}");
    }
    assert_eq!(
        Query::new(Level::Instance).ask(&[tag::INSTANCE_NUMBER], "1x"),
        Err(KeyFault::Number(tag::INSTANCE_NUMBER))
    );
}

#[test]
fn times_match_to_their_precision_and_ranges_include_both_ends() {
    let timed = |time: &str, key: &str| study(&[(tag::STUDY_TIME, Vr::TM, time)], &[(tag::STUDY_TIME, key)]);
    assert!(timed("0630", "060000-090000") && timed("080000", "060000-090000") && timed("090000.999", "0600-090000"));
    assert!(timed("235959.999999", "235900-235959.999999") && !timed("235959.999999", "060000-090000"));
    assert!(timed("083015", "0830") && !timed("083115", "0830") && timed("08:30:15", "083015"));
    assert!(!timed("", "000000-235959"));
}

#[test]
fn instants_are_compared_in_universal_time_when_both_say_their_offset() {
    let range = |text: &str| Range::parse(Vr::DT, text).unwrap();
    let holds = |range_text: &str, value: &str| {
        range(range_text).holds(&dicom::matching::Moment::parse(Vr::DT, value).unwrap())
    };
    assert!(holds("20240110-20240111", "20240110233000"));
    assert!(holds("20240111+0000", "20240110233000-0500"));
    assert!(holds("202401", "20240131235959.9") && !holds("202401", "20240201"));
    assert!(holds("20240110120000-0500-20240110130000-0500", "20240110180000+0000"));
}

/// PS3.4 §C.2.2.2.5.2.
#[test]
fn date_and_time_are_one_instant_only_when_that_was_agreed() {
    let found = of(&[(tag::STUDY_DATE, Vr::DA, "20240111"), (tag::STUDY_TIME, Vr::TM, "230000")]);
    let mut query = Query::new(Level::Study);
    query.ask(&[tag::STUDY_DATE], "20240110-20240112").unwrap();
    query.ask(&[tag::STUDY_TIME], "080000-100000").unwrap();
    assert!(!query.matches(&found));
    query.combined = true;
    assert!(query.matches(&found));
    let late = of(&[(tag::STUDY_DATE, Vr::DA, "20240112"), (tag::STUDY_TIME, Vr::TM, "230000")]);
    assert!(!query.matches(&late));
}

#[test]
fn lists_of_uid_values_of_several_and_numbers_meet_one_of_them() {
    assert!(study(&[(tag::STUDY_INSTANCE_UID, Vr::UI, "1.2.3")], &[(tag::STUDY_INSTANCE_UID, "1.2\\1.2.3")]));
    assert!(study(&[(tag::STUDY_INSTANCE_UID, Vr::UI, "1.2.3")], &[(tag::STUDY_INSTANCE_UID, "1.2,1.2.3")]));
    assert!(!study(&[(tag::STUDY_INSTANCE_UID, Vr::UI, "1.2.3")], &[(tag::STUDY_INSTANCE_UID, "1.2.*")]));
    assert!(study(&[(tag::MODALITIES_IN_STUDY, Vr::CS, "CT\\MR")], &[(tag::MODALITIES_IN_STUDY, "MR")]));
    assert!(!study(&[(tag::MODALITIES_IN_STUDY, Vr::CS, "CT\\MR")], &[(tag::MODALITIES_IN_STUDY, "US")]));
    let mut query = Query::new(Level::Instance);
    query.ask(&[tag::INSTANCE_NUMBER], "007").unwrap();
    assert!(query.matches(&of(&[(tag::INSTANCE_NUMBER, Vr::IS, "7")])));
}

#[test]
fn all_the_keys_of_a_sequence_must_be_met_by_one_item() {
    let step =
        |id: &str, procedure: &str| of(&[(Tag(0x0040, 0x0009), Vr::SH, id), (Tag(0x0040, 0x1001), Vr::SH, procedure)]);
    let mut found = Attributes::default();
    let items = dicom::attributes::Value::Items(vec![step("S1", "P1"), step("S2", "P2")]);
    found.insert(Tag(0x0040, 0x0275), dicom::attributes::Attribute { vr: Vr::SQ, value: items });
    let asked = |id: &str, procedure: &str| {
        let mut query = Query::new(Level::Series);
        query.ask(&[Tag(0x0040, 0x0275), Tag(0x0040, 0x0009)], id).unwrap();
        query.ask(&[Tag(0x0040, 0x0275), Tag(0x0040, 0x1001)], procedure).unwrap();
        query.matches(&found)
    };
    assert!(asked("S1", "P1") && asked("S2", "") && asked("", ""));
    assert!(!asked("S1", "P2") && !asked("S3", ""));
}

#[test]
fn what_a_level_does_not_have_is_ignored_said_and_answered_empty() {
    let mut query = Query::new(Level::Study);
    query.ask(&[tag::PROTOCOL_NAME], "HEAD").unwrap();
    query.add(Key::text(Tag(0x0099, 0x1001), Vr::LO, "x").unwrap()).unwrap();
    query.ask(&[tag::PATIENT_ID], "").unwrap();
    assert_eq!(query.ignored(), [tag::PROTOCOL_NAME, Tag(0x0099, 0x1001)]);
    let found = of(&[(tag::PATIENT_ID, Vr::LO, "7")]);
    assert!(query.matches(&found));
    let answer = query.answer(&found);
    assert_eq!(answer.iter().count(), 3);
    assert!(answer.get(tag::PROTOCOL_NAME).unwrap().is_empty() && answer.text(tag::PATIENT_ID) == Some("7"));
}

#[test]
fn an_identifier_is_read_as_keys_in_its_own_character_set() {
    let mut writer = Writer::implicit();
    writer.text(tag::SPECIFIC_CHARACTER_SET, Vr::CS, "ISO_IR 100");
    writer.text(tag::QUERY_RETRIEVE_LEVEL, Vr::CS, "STUDY");
    writer.element(tag::PATIENT_NAME, Vr::PN, b"M\xFCller*");
    writer.text(tag::STUDY_INSTANCE_UID, Vr::UI, "");
    let bytes = writer.into_bytes();
    let scanned = scan_dataset(&bytes, IMPLICIT, &Limits::default()).unwrap();
    let query = Query::from_data_set(Level::Study, scanned.dataset()).unwrap();
    assert_eq!(query.keys.len(), 2);
    assert!(query.matches(&of(&[(tag::PATIENT_NAME, Vr::PN, "MULLER^JORG")])));
}

#[test]
fn levels_are_those_of_the_modules() {
    for (tag, level) in [
        (tag::PATIENT_NAME, Level::Patient),
        (Tag(0x0010, 0x1010), Level::Study),
        (tag::STUDY_DESCRIPTION, Level::Study),
        (tag::MODALITY, Level::Series),
        (Tag(0x0040, 0x0275), Level::Series),
        (tag::ROWS, Level::Instance),
        (tag::SOP_CLASS_UID, Level::Instance),
    ] {
        assert_eq!(level_of(tag), level, "{tag}");
    }
}

#[test]
fn attributes_are_taken_from_a_scan_by_level_and_written_again_as_they_were() {
    let mut item = Writer::implicit();
    item.text(Tag(0x0040, 0x0009), Vr::SH, "S1");
    let mut writer = Writer::implicit();
    writer.text(tag::SPECIFIC_CHARACTER_SET, Vr::CS, "ISO_IR 192");
    writer.text(tag::MODALITY, Vr::CS, "CT");
    writer.text(tag::PATIENT_NAME, Vr::PN, "Zoé \"d'Or\"^=山田");
    writer.us(tag::ROWS, 512);
    writer.sequence(Tag(0x0040, 0x0275), &[item]);
    let bytes = writer.into_bytes();
    let levels = Levels::read(&scan_dataset(&bytes, IMPLICIT, &Limits::default()).unwrap());
    let [study, series, instance] =
        [&levels.study, &levels.series, &levels.instance].map(|text| Attributes::parse(text).unwrap());
    assert_eq!(study.text(tag::PATIENT_NAME), Some("Zoé \"d'Or\"^=山田"));
    assert_eq!(series.get(Tag(0x0040, 0x0275)).unwrap().items()[0].text(Tag(0x0040, 0x0009)), Some("S1"));
    assert_eq!(instance.text(tag::ROWS), Some("512"));
    assert_eq!(Attributes::parse(&study.to_text()).unwrap(), study);
    let mut all = study.clone();
    all.overlay(series);
    all.overlay(instance);
    for implicit in [true, false] {
        let form = if implicit { IMPLICIT } else { "1.2.840.10008.1.2.1" };
        let again = all.encode(implicit, Text::for_all(&all, false));
        assert_eq!(Levels::read(&scan_dataset(&again, form, &Limits::default()).unwrap()), levels);
    }
}

/// Cases 19 and 20.
#[test]
fn an_answer_declares_the_narrowest_set_that_its_reader_knows() {
    let greek = of(&[(tag::PATIENT_NAME, Vr::PN, "Διονυσιος")]);
    let german = of(&[(tag::STUDY_DESCRIPTION, Vr::LO, "Hüfte")]);
    assert_eq!(Text::for_all(&greek, true), Text::Utf8);
    assert_eq!(Text::for_all(&german, true), Text::Latin1);
    assert_eq!(Text::for_all(&german, false), Text::Utf8);
    assert_eq!(Text::for_all(&of(&[(tag::PATIENT_ID, Vr::LO, "7")]), true), Text::Ascii);
    let scanned = german.encode(true, Text::Latin1);
    let levels = Levels::read(&scan_dataset(&scanned, IMPLICIT, &Limits::default()).unwrap());
    assert_eq!(Attributes::parse(&levels.study).unwrap().text(tag::STUDY_DESCRIPTION), Some("Hüfte"));
}

#[test]
fn a_flood_of_keys_is_refused() {
    let mut query = Query::new(Level::Study);
    let asked = (0..300_u16).map(|n| query.ask(&[Tag(0x0010, 0x4000 + n)], ""));
    assert!(asked.last().unwrap() == Err(KeyFault::TooMany));
    let list = vec!["1.2"; 20_000].join("\\");
    assert_eq!(Query::new(Level::Study).ask(&[tag::STUDY_INSTANCE_UID], &list), Err(KeyFault::TooMany));
}

proptest! {
    #[test]
    fn no_text_of_a_key_breaks_anything(text in ".{0,40}", value in ".{0,40}", code in 0_usize..8) {
        let tag = [tag::PATIENT_NAME, tag::PATIENT_ID, tag::STUDY_DATE, tag::STUDY_TIME, tag::STUDY_INSTANCE_UID,
            Tag(0x0020, 0x1208), tag::STUDY_DESCRIPTION, Tag(0x0008, 0x002A)][code];
        let mut query = Query::new(Level::Instance);
        for fuzzy in [false, true] {
            query.fuzzy = fuzzy;
            if query.ask(&[tag], &text).is_ok() {
                query.matches(&of(&[(tag, dicom::dictionary::vr_of(tag), &value)]));
            }
        }
    }

    #[test]
    fn a_value_is_found_by_itself_and_by_its_beginning(value in "[A-Za-zÀ-ÿ0-9]{1,20}(\\^[A-Za-zÀ-ÿ]{1,10})?", cut in 0_usize..20) {
        prop_assert!(name(&value, &value));
        prop_assert!(name(&value, &fold(&value)));
        let start: String = value.chars().take(cut.min(value.chars().count())).collect();
        let key = format!("{start}*");
        prop_assert!(study(&[(tag::PATIENT_ID, Vr::LO, &value)], &[(tag::PATIENT_ID, &key)]));
    }

    #[test]
    fn documents_come_back_as_they_were(texts in proptest::collection::vec(".{0,30}", 0..4), number in any::<i32>()) {
        let mut all = Attributes::default();
        all.set(tag::STUDY_DESCRIPTION, Vr::LO, texts);
        all.set(Tag(0x0020, 0x1208), Vr::IS, vec![number.to_string()]);
        prop_assert_eq!(Attributes::parse(&all.to_text()).unwrap(), all);
    }

    #[test]
    fn an_identifier_of_any_bytes_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(scanned) = scan_dataset(&bytes, IMPLICIT, &Limits::default()) {
            let _ = Query::from_data_set(Level::Instance, scanned.dataset());
            let levels = Levels::read(&scanned);
            for text in [&levels.study, &levels.series, &levels.instance] {
                prop_assert!(Attributes::parse(text).is_some(), "{}", text);
            }
        }
    }
}
