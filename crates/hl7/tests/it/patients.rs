//! ADT: patients and merges.

use crate::{PID, msh, read};
use hl7::event::{MergeEvent, PatientEvent};
use hl7::types::{PartialDate, Sex};
use hl7::{Event, EventError};

fn patient(kind: &str, lines: &[&str]) -> PatientEvent {
    match read(kind, lines) {
        Ok(Event::Patient(event)) => event,
        other => panic!("{other:?}"),
    }
}

fn merge(lines: &[&str]) -> Result<MergeEvent, EventError> {
    match read("ADT^A40^ADT_A39", lines)? {
        Event::Merge(event) => Ok(event),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_french_patient_is_read_with_local_number_ins_names_and_birth_place() {
    let patient = patient("ADT^A04^ADT_A01", &["EVN||20261125083000", PID, "PV1||O"]).patient;
    let [local, ins] = patient.ids.as_slice() else { panic!("two numbers") };
    assert_eq!((local.value.as_str(), local.issuer(), local.kind.as_deref()), ("000003", Some("CHU-X"), Some("PI")));
    assert_eq!(local.ins_oid(), None);
    assert_eq!((ins.value.as_str(), ins.issuer()), ("279035121518989", Some("1.2.250.1.213.1.4.10")));
    let traits = patient.traits;
    assert_eq!(traits.birth_name.as_deref(), Some("PAT-TROIS"));
    assert_eq!(traits.used_name.as_deref(), Some("EPOUX"));
    assert_eq!(traits.first_name.as_deref(), Some("DOMINIQUE"));
    assert_eq!(traits.first_names.as_deref(), Some("DOMINIQUE MARIE"));
    assert_eq!(traits.birth, PartialDate::parse("19790312"));
    assert_eq!((traits.sex, traits.birth_place.as_deref()), (Some(Sex::F), Some("63220")));
    assert_eq!(patient.reliability, ["VALI"]);
    assert_eq!(patient.account.unwrap().value, "AN1");
}

#[test]
fn every_trigger_about_a_patient_is_read_and_others_are_ignored() {
    for trigger in ["A01", "A04", "A05", "A08", "A28", "A31"] {
        let event = patient(&format!("ADT^{trigger}"), &["PID|1||42^^^H"]);
        assert_eq!(event.origin.kind, format!("ADT^{trigger}"));
        assert_eq!(event.visit.is_some(), matches!(trigger, "A01" | "A04"), "{trigger}");
    }
    for trigger in ["A11", "A12", "A13", "A21", "A54", ""] {
        assert!(matches!(read(&format!("ADT^{trigger}"), &["PID|1||42^^^H"]), Ok(Event::Ignored { .. })), "{trigger}");
    }
}

#[test]
fn regroupings_that_are_not_handled_are_refused_not_swallowed() {
    for trigger in ["A18", "A24", "A36", "A37", "A43", "A45"] {
        assert_eq!(read(&format!("ADT^{trigger}"), &["PID|1||42^^^H"]), Err(EventError::UnsupportedEvent), "{trigger}");
    }
    assert_eq!(read("QBP^Q22", &[]), Err(EventError::UnsupportedType));
}

#[test]
fn a_birth_date_may_lack_its_day_or_month() {
    let birth = |text: &str| patient("ADT^A28", &[&format!("PID|1||42^^^H||A||{text}|U")]).patient.traits.birth;
    assert_eq!(birth("1950").map(|d| (d.year, d.month, d.day)), Some((1950, None, None)));
    assert_eq!(birth("19500300").map(|d| (d.month, d.day)), Some((Some(3), None)));
    assert_eq!(birth("195003121015").map(|d| d.day), Some(Some(12)));
    assert_eq!(birth("19500230"), None);
    assert_eq!(birth("\"\""), None);
}

#[test]
fn a_death_is_read_with_or_without_its_date() {
    let pid = |tail: &str| format!("PID|1||42^^^H||A||1950|M{}{tail}", "|".repeat(21));
    let dead = patient("ADT^A08", &[&pid("20261101|Y")]).patient;
    assert_eq!((dead.dead, dead.death), (Some(true), PartialDate::parse("20261101")));
    let no_date = patient("ADT^A08", &[&pid("|Y")]).patient;
    assert_eq!((no_date.dead, no_date.death), (Some(true), None));
    assert_eq!(patient("ADT^A08", &[&pid("20261101")]).patient.dead, Some(true));
    assert_eq!(patient("ADT^A08", &[&pid("|N")]).patient.dead, Some(false));
    let deleted = |tail: &str| patient("ADT^A08", &[&pid(tail)]).patient.death_deleted;
    assert_eq!(["\"\"", "\"\"|N", "", "|N", "20261101"].map(deleted), [true, true, false, false, false]);
}

#[test]
fn the_origin_says_who_which_and_when() {
    let origin = patient("ADT^A31", &["PID|1||42^^^H"]).origin;
    assert_eq!(
        (origin.application.as_str(), origin.facility.as_str(), origin.control_id.as_str()),
        ("RIS", "CENTRE", "42")
    );
    let time = origin.time.unwrap();
    assert_eq!(time.hl7(), "20261125083000+0100");
    assert_eq!(time.instant(time::UtcOffset::UTC).unix_timestamp(), 1_795_591_800);
}

#[test]
fn a_message_without_control_id_or_patient_number_says_what_is_missing() {
    let header = msh("ADT^A04").replace("|42|", "||");
    let message = crate::message(&[&header, "PID|1||42^^^H"]);
    assert_eq!(Event::read(&message), Err(EventError::Missing("MSH-10")));
    assert_eq!(read("ADT^A04", &["PID|1||"]), Err(EventError::Missing("PID-3")));
    assert_eq!(read("ADT^A04", &[]), Err(EventError::Missing("PID-3")));
}

#[test]
fn a_message_about_two_patients_is_never_read_as_one() {
    for kind in ["ADT^A08", "ORM^O01", "ORU^R01", "MDM^T02"] {
        let lines = ["PID|1||1^^^H", "ORC|NW|P1", "OBR|1", "PID|2||2^^^H", "ORC|NW|P2", "OBR|2"];
        assert_eq!(read(kind, &lines), Err(EventError::SeveralPatients), "{kind}");
    }
}

#[test]
fn a_merge_names_who_remains_and_who_is_gone() {
    let event = merge(&["EVN||20261125", "PID|1||1^^^H", "MRG|2^^^H"]).unwrap();
    let [merge] = event.merges.as_slice() else { panic!("one merge") };
    assert_eq!((merge.survivor.ids[0].value.as_str(), merge.merged[0].value.as_str()), ("1", "2"));
}

#[test]
fn one_message_may_carry_several_merges() {
    let event = merge(&["PID|1||1^^^H", "PD1", "MRG|2^^^H~3^^^H", "PID|2||7^^^H", "MRG|8^^^H"]).unwrap();
    let all: Vec<usize> = event.merges.iter().map(|merge| merge.merged.len()).collect();
    assert_eq!(all, [2, 1]);
}

#[test]
fn case_10_a_patient_merged_with_itself_is_refused() {
    assert_eq!(merge(&["PID|1||123^^^H", "MRG|123^^^H"]), Err(EventError::MergedWithItself));
    assert_eq!(merge(&["PID|1||123^^^H&1.2&ISO", "MRG|123^^^H2&1.2&ISO"]), Err(EventError::MergedWithItself));
    assert_eq!(merge(&["PID|1||123^^^H", "MRG|123"]), Err(EventError::MergedWithItself));
    assert!(merge(&["PID|1||123^^^H", "MRG|123^^^K"]).is_ok());
}

#[test]
fn case_11_a_merge_whose_survivor_carries_both_numbers_is_refused() {
    assert_eq!(merge(&["PID|1||1^^^H~2^^^H", "MRG|2^^^H"]), Err(EventError::MergedWithItself));
}

#[test]
fn a_national_identity_on_both_sides_is_not_what_is_merged() {
    let ins = "279035121518989^^^N&1.2.250.1.213.1.4.8&ISO^INS";
    let event = merge(&[&format!("PID|1||1^^^H~{ins}"), &format!("MRG|2^^^H~{ins}")]).unwrap();
    assert_eq!(event.merges[0].merged.iter().map(|id| id.value.as_str()).collect::<Vec<_>>(), ["2"]);
    assert_eq!(merge(&["PID|1||1^^^H", &format!("MRG|{ins}")]), Err(EventError::Unreadable("MRG-1")));
}

#[test]
fn a_merge_without_its_parts_says_what_is_missing() {
    assert_eq!(merge(&["PID|1||1^^^H"]), Err(EventError::Missing("MRG-1")));
    assert_eq!(merge(&["PID|1||1^^^H", "MRG|"]), Err(EventError::Missing("MRG-1")));
    assert_eq!(merge(&["MRG|2^^^H"]), Err(EventError::Missing("PID")));
}
