//! Whole messages as French senders write them (`tests/data`, see LICENCES.md there).

use hl7::event::{Document, Order, OrderControl, Report, ReportStatus};
use hl7::mllp::codec::{Decoder, Frame};
use hl7::types::Patient;
use hl7::{Charset, Event, EventError, Limits, Message};
use std::path::PathBuf;

fn bytes(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "data", name].iter().collect();
    std::fs::read(path).unwrap()
}

fn parse(name: &str) -> Message {
    Message::parse(&bytes(name), &Limits::default()).unwrap()
}

fn event(name: &str) -> Event {
    Event::read(&parse(name)).unwrap()
}

fn order(name: &str) -> Order {
    match event(name) {
        Event::Order(mut event) => event.orders.remove(0),
        other => panic!("{other:?}"),
    }
}

fn report(name: &str) -> Report {
    match event(name) {
        Event::Report(mut event) => event.reports.remove(0),
        other => panic!("{other:?}"),
    }
}

fn patient(name: &str) -> Patient {
    match event(name) {
        Event::Patient(event) => event.patient,
        other => panic!("{other:?}"),
    }
}

fn value(number: &Option<hl7::types::Number>) -> Option<&str> {
    number.as_ref().map(|number| number.value.as_str())
}

#[test]
fn one_patient_is_the_same_in_each_character_set_and_with_each_line_end() {
    for name in ["charset-8859-15.er7", "charset-declared-latin1-is-utf8.er7", "segments-lf.er7", "no-msh-18.er7"] {
        let patient = patient(name);
        assert_eq!(patient.traits.first_name.as_deref(), Some("Hélène"), "{name}");
        assert_eq!(patient.traits.used_name.as_deref(), Some("DURANDFICTIF"));
        assert_eq!(patient.ids[0].value, "FICT-0101");
    }
    assert_eq!(patient("charset-8859-15.er7").traits.birth_name.as_deref(), Some("CŒURFICTIF"));
    let lying = parse("charset-declared-latin1-is-utf8.er7");
    assert_eq!(
        (lying.declared_charset(), lying.charset(), lying.charset_lied()),
        (Some(Charset::Latin1), Charset::Utf8, true)
    );
}

#[test]
fn an_empty_number_leaves_the_national_identity() {
    let patient = patient("pid3-empty.er7");
    assert_eq!(patient.ids.iter().map(|id| id.value.as_str()).collect::<Vec<_>>(), ["261039912345670"]);
}

#[test]
fn a_registration_is_a_visit() {
    let Event::Patient(event) = event("ADT_A04.er7") else { panic!() };
    assert_eq!(event.visit.unwrap().local.date().to_string(), "2024-01-15");
    assert_eq!(event.patient.reliability, ["VALI"]);
}

#[test]
fn a_merge_of_two_local_numbers_under_one_national_identity() {
    let Event::Merge(event) = event("ADT_A40.er7") else { panic!() };
    let merge = &event.merges[0];
    assert_eq!(
        (merge.survivor.ids[0].value.as_str(), merge.merged[0].value.as_str()),
        ("FICT-0101", "FICT-0101-DOUBLON")
    );
}

#[test]
fn orders_give_their_study_by_zds_or_ipc() {
    for (name, study) in [("ORM_O01-NW.er7", ".1791.23.1"), ("OMI_O23.er7", ".1791.26.2")] {
        let order = order(name);
        assert!(order.study_uid.as_deref().is_some_and(|uid| uid.ends_with(study)), "{name}");
        assert_eq!(value(&order.accession), Some("ACC-2024-0101"));
        assert_eq!((order.act.code.as_str(), order.modality.as_deref()), ("ZBQK002", Some("CT")));
        assert_eq!(
            (order.clinical.as_str(), order.prescribers[0].family.as_str()),
            ("Toux persistante", "MEDECINFICTIF")
        );
        assert!(order.planned_at.is_some());
    }
}

#[test]
fn reports_give_a_whole_pdf_and_their_status() {
    let table = [
        ("ORU_R01-pdf.er7", ReportStatus::Final),
        ("ORU_R01-pdf-corrected.er7", ReportStatus::Corrected),
        ("MDM_T02-pdf.er7", ReportStatus::Final),
    ];
    for (name, status) in table {
        let report = report(name);
        assert_eq!(report.status, status, "{name}");
        let Some(Document::Pdf(pdf)) = &report.document else { panic!("{name}") };
        assert!(pdf.starts_with(b"%PDF-1.3"));
    }
    assert_eq!(value(&report("ORU_R01-pdf.er7").accession), Some("ACC-2024-0101"));
    assert_eq!(value(&report("MDM_T02-pdf.er7").placer), Some("ACC-2024-0101"));
    assert_eq!(report("MDM_T02-pdf.er7").document_id.as_deref(), Some("DOC-ACC-2024-0101"));
}

#[test]
fn a_message_cut_inside_its_document_is_refused_and_not_kept_as_a_report() {
    assert_eq!(Event::read(&parse("truncated-in-obx.er7")), Err(EventError::CutShort));
}

#[test]
fn a_teleradiology_request_its_cancellation_answer_and_complement_are_told_apart() {
    let request = order("teleradiologie-flux-1.er7");
    assert_eq!((request.control, value(&request.placer)), (OrderControl::New, Some("OPN101")));
    assert_eq!(request.placer.as_ref().and_then(|n| n.issuer()), Some("1.2.250.1.748.12345678.12"));
    assert_eq!((request.modality.as_deref(), request.clinical.as_str()), (Some("MR"), "JustificationDemande"));
    assert_eq!(request.prescribers[0].family, "Hoda");
    assert_eq!(request.structure.and_then(|s| s.finess).as_deref(), Some("300017985"));
    assert_eq!(order("teleradiologie-flux-2.er7").control, OrderControl::Cancel);
    assert!(matches!(event("teleradiologie-flux-3.er7"), Event::Ignored { .. }), "an answer to an order is no report");
    let complement = order("teleradiologie-flux-4.er7");
    assert_eq!((complement.control, value(&complement.accession)), (OrderControl::Status, Some("ACN101")));
    assert_eq!(complement.study_uid.as_deref(), Some("1.2.250.1.213.4.5.2.1.101"));
}

#[test]
fn two_frames_back_to_back_are_two_messages() {
    let mut decoder = Decoder::new(10_000);
    decoder.push(&bytes("mllp-two-messages.bin")).unwrap();
    decoder.finish().unwrap();
    let frames: Vec<Frame> = std::iter::from_fn(|| decoder.next_frame()).collect();
    assert_eq!(frames.len(), 2);
    for frame in frames {
        let Frame::Message(bytes) = frame else { panic!() };
        assert!(Message::parse(&bytes, &Limits::default()).is_ok());
    }
}
