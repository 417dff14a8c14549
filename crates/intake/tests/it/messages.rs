//! From bytes to facts, as a sender writes them.

use intake::messages::{Defaults, MessageError, read};
use record::{DocumentKind, FactBody, GroupId, MessageFact, ReportStatus};
use time::OffsetDateTime;
use time::macros::{date, datetime};

const ARRIVED: OffsetDateTime = datetime!(2026-11-25 12:00 UTC);

fn facts_of(text: &str) -> Result<MessageFact, MessageError> {
    let defaults = Defaults { group: GroupId(1), zone: exam::Zone::EuropeParis };
    read(text.replace('\n', "\r").as_bytes(), ARRIVED, &defaults)
}

fn message(kind: &str, time: &str, segments: &str) -> String {
    format!("MSH|^~\\&|RIS|CENTRE|NEG|ARCH|{time}||{kind}|C1|P|2.5^FRA^2.11|||||FRA|UNICODE UTF-8\n{segments}")
}

const PID: &str = "PID|1||7^^^H&1.2.3&ISO^PI~279035121518989^^^ASIP&1.2.250.1.213.1.4.8&ISO^INS~99^^^H^VN||\
                   DUPONT^MARIE^MARIE ANNE^^^^L~BERNARD^MARIE^^^^^D||19500300|F";

#[test]
fn a_patient_keeps_own_number_national_identity_and_partial_birth_date_but_no_visit_number() {
    let fact = facts_of(&message("ADT^A04^ADT_A01", "20261125083000", &format!("EVN||20261125083000\n{PID}"))).unwrap();
    assert_eq!((fact.sender.as_str(), fact.control_id.as_str()), ("RIS|CENTRE", "C1"));
    let [FactBody::Patient(patient)] = fact.facts.as_slice() else { panic!("{fact:?}") };
    let ids: Vec<_> =
        patient.identifiers.iter().map(|id| (id.value.as_str(), id.issuer.as_str(), id.kind.as_str())).collect();
    assert_eq!(ids, [("7", "H", "PI"), ("279035121518989", "1.2.250.1.213.1.4.8", "INS")]);
    let traits = &patient.traits;
    assert_eq!((traits.birth_name.as_str(), traits.used_name.as_deref()), ("DUPONT", Some("BERNARD")));
    let birth = traits.birth_date.unwrap();
    assert_eq!((birth.year, birth.month, birth.day), (1950, Some(3), None));
    assert_eq!(traits.ins.as_deref(), Some("279035121518989"));
}

#[test]
fn a_time_without_offset_is_the_sites_in_winter_in_summer_and_on_the_day_between() {
    let said = |time: &str| facts_of(&message("ADT^A04^ADT_A01", time, PID)).unwrap().said_at.unwrap();
    assert_eq!(said("20260115083000"), datetime!(2026-01-15 07:30 UTC));
    assert_eq!(said("20260715083000"), datetime!(2026-07-15 06:30 UTC));
    assert_eq!(said("20260329013000"), datetime!(2026-03-29 00:30 UTC));
    assert_eq!(said("20260329083000"), datetime!(2026-03-29 06:30 UTC));
    assert_eq!(said("20261025083000"), datetime!(2026-10-25 07:30 UTC));
    assert_eq!(said("20260115083000-0500"), datetime!(2026-01-15 13:30 UTC));
}

#[test]
fn a_merge_names_who_stays_and_who_is_gone() {
    let fact =
        facts_of(&message("ADT^A40^ADT_A39", "20261125083000", &format!("{PID}\nMRG|70^^^H&1.2.3&ISO^PI"))).unwrap();
    let [FactBody::Merge(merge)] = fact.facts.as_slice() else { panic!("{fact:?}") };
    assert_eq!(merge.kept.identifiers[0].value, "7");
    assert_eq!(merge.retired.iter().map(|id| id.value.as_str()).collect::<Vec<_>>(), ["70"]);
}

#[test]
fn an_order_carries_its_numbers_its_act_and_its_prescriber() {
    let order = "ORC|NW|P1^RIS||||||||||810000023084^DURAND^ANNE^^^^^^&1.2.250.1.71.4.2.1&ISO\n\
                 OBR|1|P1^RIS||ZBQK002^Scanner thoracique^CCAM||||||||||||||A1\nZDS|1.2.3.4^RIS^Application^DICOM";
    let fact = facts_of(&message("ORM^O01^ORM_O01", "20261125083000", &format!("{PID}\n{order}"))).unwrap();
    let [FactBody::Order(order)] = fact.facts.as_slice() else { panic!("{fact:?}") };
    assert_eq!(order.accession.as_ref().map(|a| a.number.as_str()), Some("A1"));
    assert_eq!(order.study_instance_uid.as_deref(), Some("1.2.3.4"));
    assert_eq!(order.act_code.as_deref(), Some("ZBQK002"));
    let prescriber = order.prescriber.as_ref().unwrap();
    assert_eq!((prescriber.rpps.as_deref(), prescriber.family_name.as_str()), (Some("10000023084"), "DURAND"));
    assert!(!order.cancelled && order.patient.identifiers.len() == 2);
}

#[test]
fn a_report_carries_its_pdf_its_status_and_its_masks() {
    let report = "OBR|1|P1|F1|18748-4^Compte rendu^LN||||||||||||||A1||||20261125090000|||F\n\
                  OBX|1|ED|18748-4^CR^LN||^application^pdf^Base64^JVBERi0xLjQK||||||C\n\
                  OBX|2|CE|MASQUE_PS^^MetaDMPMSS||Y||||||F";
    let fact = facts_of(&message("ORU^R01^ORU_R01", "20261125093000", &format!("{PID}\n{report}"))).unwrap();
    let [FactBody::Report(report)] = fact.facts.as_slice() else { panic!("{fact:?}") };
    assert_eq!((report.status, report.number.as_deref()), (ReportStatus::Corrected, Some("F1")));
    assert!(report.masks.professionals && !report.masks.patient);
    assert_eq!(
        (report.documents[0].kind, report.documents[0].bytes.as_slice()),
        (DocumentKind::Pdf, b"%PDF-1.4\n".as_slice())
    );
    assert_eq!(report.validated_at, Some(datetime!(2026-11-25 08:00 UTC)));
}

#[test]
fn a_message_of_no_consequence_keeps_nothing_and_an_unknown_one_is_refused() {
    assert_eq!(facts_of(&message("ADT^A11^ADT_A09", "20261125083000", PID)).unwrap().facts, []);
    assert!(matches!(facts_of(&message("QRY^A19", "20261125083000", PID)), Err(MessageError::Refused(_))));
    assert!(matches!(facts_of("hello"), Err(MessageError::Unreadable(_))));
}

#[test]
fn a_death_is_taken_back_by_a_deleted_date_or_by_no_and_not_by_silence() {
    for (tail, died_on, withdrawn) in [
        ("\"\"", None, true),
        ("\"\"|N", None, true),
        ("|N", None, true),
        ("20261101|N", None, true),
        ("\"\"|Y", None, true),
        ("20261101|Y", Some(date!(2026 - 11 - 01)), false),
        ("|Y", None, false),
        ("", None, false),
    ] {
        let pid = format!("{PID}{}{tail}", "|".repeat(21));
        let fact = facts_of(&message("ADT^A08^ADT_A01", "20261125083000", &pid)).unwrap();
        let [FactBody::Patient(patient)] = fact.facts.as_slice() else { panic!("{fact:?}") };
        assert_eq!((patient.traits.died_on, patient.death_withdrawn), (died_on, withdrawn), "{tail:?}");
    }
}

#[test]
fn a_death_date_is_kept() {
    let pid = format!("{PID}{}20261101|Y", "|".repeat(21));
    let fact = facts_of(&message("ADT^A08^ADT_A01", "20261125083000", &pid)).unwrap();
    let [FactBody::Patient(patient)] = fact.facts.as_slice() else { panic!("{fact:?}") };
    assert_eq!(patient.traits.died_on, Some(date!(2026 - 11 - 01)));
}
