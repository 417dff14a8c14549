//! ORU^R01 and MDM^T02, T04, T10.

use crate::{PID, read};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hl7::event::{Document, Masks, Report, ReportStatus};
use hl7::{Event, EventError};

const PDF: &[u8] = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\nfake\n%%EOF";

fn reports(kind: &str, lines: &[&str]) -> Vec<Report> {
    match read(kind, lines) {
        Ok(Event::Report(event)) => event.reports,
        other => panic!("{other:?}"),
    }
}

fn obx(bytes: &[u8], status: &str) -> String {
    format!("OBX|1|ED|18748-4^CR^LN||^application^pdf^Base64^{}||||||{status}", STANDARD.encode(bytes))
}

const OBR: &str = "OBR|1|P1^RIS|F1^RIS|18748-4^CR^LN||||||||||||899700366240^PRESCRIPTEUR^JEANNE||A1||||20261125091500|||F|||||||&RADIO&ANNE";

#[test]
fn an_oru_with_a_pdf_gives_document_keys_and_signature() {
    let found = reports("ORU^R01^ORU_R01", &[PID, "ORC|RE|P1^RIS", OBR, &obx(PDF, "F")]);
    let [report] = found.as_slice() else { panic!("one report") };
    assert_eq!((report.status, &report.document), (ReportStatus::Final, &Some(Document::Pdf(PDF.to_vec()))));
    let number = |number: &Option<hl7::types::Number>| number.as_ref().map(|number| number.value.clone());
    assert_eq!(number(&report.placer).as_deref(), Some("P1"));
    assert_eq!(number(&report.filler).as_deref(), Some("F1"));
    assert_eq!(number(&report.accession).as_deref(), Some("A1"));
    assert_eq!(report.validated_at.unwrap().hl7(), "20261125091500");
    assert_eq!(report.author.as_ref().map(|author| author.family.as_str()), Some("RADIO"));
    assert_eq!(report.prescribers[0].rpps.as_deref(), Some("99700366240"));
    assert_eq!(report.masks, Masks::default());
}

#[test]
fn only_f_and_c_are_ever_shown_to_a_patient() {
    let table = [
        ("F", "F", ReportStatus::Final),
        ("F", "", ReportStatus::Final),
        ("", "F", ReportStatus::Final),
        ("C", "F", ReportStatus::Corrected),
        ("F", "C", ReportStatus::Corrected),
        ("D", "F", ReportStatus::Deleted),
        ("P", "F", ReportStatus::Preliminary),
        ("F", "P", ReportStatus::Preliminary),
        ("R", "R", ReportStatus::Preliminary),
        ("", "", ReportStatus::Preliminary),
        ("?", "F", ReportStatus::Preliminary),
    ];
    for (observation, result, status) in table {
        let obr = format!("OBR|1|P1||X{}{result}", "|".repeat(21));
        let found = reports("ORU^R01", &[PID, &obr, &obx(PDF, observation)]);
        assert_eq!(found[0].status, status, "OBX-11 {observation:?} OBR-25 {result:?}");
        assert_eq!(status.is_validated(), matches!(status, ReportStatus::Final | ReportStatus::Corrected));
    }
}

#[test]
fn base64_is_read_with_line_breaks_and_without_padding() {
    let encoded = STANDARD.encode(PDF);
    let (head, tail) = encoded.split_at(12);
    for text in [
        format!("{head}\\X0D\\\\X0A\\{tail}"),
        format!("{head}\\.br\\{tail}"),
        format!("{head}\n{tail}"),
        encoded.trim_end_matches('=').to_owned(),
    ] {
        let line = format!("OBX|1|ED|X||^application^pdf^Base64^{text}||||||F");
        assert_eq!(reports("ORU^R01", &[PID, OBR, &line])[0].document, Some(Document::Pdf(PDF.to_vec())));
    }
}

#[test]
fn a_document_that_is_none_is_refused_and_other_attachments_are_passed_over() {
    let not_base64 = "OBX|1|ED|X||^application^pdf^Base64^*||||||F";
    assert_eq!(read("ORU^R01", &[PID, OBR, not_base64]), Err(EventError::Unreadable("OBX-5.5")));
    let picture = format!("OBX|1|ED|X||^image^jpeg^Base64^{}||||||F", STANDARD.encode(b"\xff\xd8\xff\xe0"));
    assert_eq!(read("ORU^R01", &[PID, OBR, &picture]), Err(EventError::Unreadable("OBX-5.5")));
    assert_eq!(
        reports("ORU^R01", &[PID, OBR, &picture, &obx(PDF, "F")])[0].document,
        Some(Document::Pdf(PDF.to_vec()))
    );
    let hexadecimal = "OBX|1|ED|X||^application^pdf^Hex^25504446||||||F";
    assert_eq!(read("ORU^R01", &[PID, OBR, hexadecimal]), Err(EventError::Unreadable("OBX-5.4")));
}

#[test]
fn a_pdf_without_its_end_and_without_the_fields_behind_it_is_a_message_cut_short() {
    let half = &PDF[..PDF.len() - 3];
    assert_eq!(read("ORU^R01", &[PID, OBR, &obx(half, "")]), Err(EventError::CutShort));
    // a sender whose PDFs are so is no reason to refuse them for ever
    assert_eq!(reports("ORU^R01", &[PID, OBR, &obx(half, "F")])[0].document, Some(Document::Pdf(half.to_vec())));
}

#[test]
fn what_is_withdrawn_need_not_be_readable() {
    let found = reports("ORU^R01", &[PID, OBR, &obx(b"nothing", "D")]);
    assert_eq!((found[0].status, &found[0].document), (ReportStatus::Deleted, &None));
    assert_eq!(read("ORU^R01", &[PID, OBR, &obx(b"nothing", "F")]), Err(EventError::Unreadable("OBX-5.5")));
    let withdrawn = mdm("T04", "TXA|1|CR|TEXT|||||||||D2|D1||||AU", &[&obx(b"nothing", "F")]);
    assert_eq!((withdrawn.status, withdrawn.document), (ReportStatus::Deleted, None));
}

#[test]
fn a_plain_text_report_keeps_its_lines() {
    let lines =
        [PID, OBR, "OBX|1|TX|X||Technique :~IRM \\T\\ injection||||||F", "OBX|2|TX|X||Conclusion : normal||||||F"];
    let expected = "Technique :\nIRM & injection\nConclusion : normal\n";
    assert_eq!(reports("ORU^R01", &lines)[0].document, Some(Document::Text(expected.to_owned())));
}

#[test]
fn an_answer_without_a_document_is_no_report() {
    assert!(matches!(read("ORU^R01", &[PID, "ORC|OK|P1", "OBR|1|P1"]), Ok(Event::Ignored { .. })));
}

#[test]
fn a_study_uid_comes_from_zds_ipc_or_an_observation() {
    let uid = |line: &str| reports("ORU^R01", &[PID, OBR, line, &obx(PDF, "F")])[0].study_uid.clone();
    assert_eq!(uid("ZDS|1.2.3^^Application^DICOM").as_deref(), Some("1.2.3"));
    assert_eq!(uid("OBX|1|HD|113014^DICOM Study^DCM||1.2.3").as_deref(), Some("1.2.3"));
    assert_eq!(uid("OBX|1|ST|110180^Study Instance UID^DCM||1.2.3").as_deref(), Some("1.2.3"));
    assert_eq!(uid("NTE|1"), None);
}

#[test]
fn several_results_are_several_reports_each_with_its_document() {
    let other = b"%PDF-1.7 other %%EOF";
    let found = reports("ORU^R01", &[PID, "OBR|1|P1", &obx(PDF, "F"), "OBR|2|P2", &obx(other, "P")]);
    assert_eq!(found.len(), 2);
    assert_eq!(found[1].document, Some(Document::Pdf(other.to_vec())));
    assert_eq!((found[0].status, found[1].status), (ReportStatus::Final, ReportStatus::Preliminary));
}

fn flag(name: &str, value: &str) -> String {
    format!("OBX|2|CE|{name}^^MetaDMPMSS||{value}^^expandedYes-NoIndicator||||||F")
}

#[test]
fn masking_flags_are_read() {
    let masks = |flags: &[(&str, &str)]| {
        let lines: Vec<String> = flags.iter().map(|(name, value)| flag(name, value)).collect();
        let document = obx(PDF, "F");
        let mut all = vec![PID, OBR, document.as_str()];
        all.extend(lines.iter().map(String::as_str));
        read("ORU^R01", &all).map(|event| match event {
            Event::Report(event) => event.reports[0].masks,
            other => panic!("{other:?}"),
        })
    };
    let patient = Masks { patient: true, ..Masks::default() };
    assert_eq!(masks(&[("INVISIBLE_PATIENT", "Y"), ("MASQUE_PS", "N")]), Ok(patient));
    let both = Masks { patient: true, legal_representatives: true, professionals: false };
    assert_eq!(masks(&[("INVISIBLE_PATIENT", "Y"), ("INVISIBLE_REP_LEGAUX", "Y")]), Ok(both));
    assert_eq!(masks(&[("MASQUE_PS", "Y")]), Ok(Masks { professionals: true, ..Masks::default() }));
    assert_eq!(masks(&[("INVISIBLE_PATIENT", "MAYBE")]), Err(EventError::Unreadable("OBX-5")));
    let first_spelling = masks(&[("INVISIBLE_REPRESENTANTS_LEGAUX", "Y")]).unwrap();
    assert!(first_spelling.legal_representatives);
    for contradiction in [
        [("INVISIBLE_PATIENT", "Y"), ("DESTMSSANTEPAT", "Y")],
        [("INVISIBLE_PATIENT", "Y"), ("MASQUE_PS", "Y")],
        [("INVISIBLE_PATIENT", "Y"), ("INVISIBLE_PATIENT", "N")],
    ] {
        assert_eq!(masks(&contradiction), Err(EventError::InconsistentMasks), "{contradiction:?}");
    }
}

fn mdm(trigger: &str, txa: &str, extra: &[&str]) -> Report {
    let mut lines = vec!["EVN||20261125", PID, "PV1||O", "ORC|NW|P1", "OBR|1|P1||18748-4^CR^LN", txa];
    lines.extend(extra);
    reports(&format!("MDM^{trigger}^MDM_T02"), &lines).remove(0)
}

#[test]
fn an_mdm_is_new_replaces_or_withdraws() {
    let document = obx(PDF, "F");
    let new = mdm("T02", "TXA|1|CR|TEXT||||202611251000|||||D1^^1.2.3|||||AU", &[&document]);
    assert_eq!((new.status, new.document_id.as_deref(), new.replaces), (ReportStatus::Final, Some("D1"), None));
    assert_eq!(new.validated_at.unwrap().hl7(), "20261125100000");
    let replacing = mdm("T10", "TXA|1|CR|TEXT|||||||||D2|D1||||AU", &[&document]);
    assert_eq!((replacing.status, replacing.replaces.as_deref()), (ReportStatus::Corrected, Some("D1")));
    let withdrawn = mdm("T04", "TXA|1|CR|TEXT|||||||||D2|D1||||AU", &[]);
    assert_eq!((withdrawn.status, withdrawn.document), (ReportStatus::Deleted, None));
    assert_eq!(withdrawn.placer.unwrap().value, "P1");
    let draft = mdm("T02", "TXA|1|CR|TEXT|||||||||D1|||||PA", &[&document]);
    assert_eq!(draft.status, ReportStatus::Preliminary);
    assert_eq!(read("MDM^T02", &[PID, "TXA|1"]), Err(EventError::Missing("OBX-5")));
    assert!(matches!(read("MDM^T01", &[PID]), Ok(Event::Ignored { .. })));
}
