//! What we build reads back the same, and cannot be broken out of.

use hl7::build::{DocumentMessage, Header, OrderMessage, PatientMessage, adt, document, merge, order, report};
use hl7::event::{Document, Masks, Order, OrderControl, Report, ReportStatus};
use hl7::types::{Coded, Number, PartialDate, Patient, Professional, Sex, Structure, Timestamp, Traits};
use hl7::{Charset, Event, Limits, Message};

pub fn header() -> Header {
    let time = Timestamp::parse("20261125083000+0100").unwrap();
    Header::new(["NEGATOSCOPE", "GROUPE"], ["RIS", "CHU"], time, "42")
}

pub fn parse(bytes: &[u8]) -> Message {
    Message::parse(bytes, &Limits::default()).unwrap()
}

pub fn event(bytes: &[u8]) -> Event {
    Event::read(&parse(bytes)).unwrap()
}

pub fn patient() -> Patient {
    let ins = Number {
        namespace: Some("ASIP-SANTE-INS-NIR".into()),
        kind: Some("INS".into()),
        ..Number::of_oid("279035121518989", "1.2.250.1.213.1.4.10")
    };
    let traits = Traits {
        birth_name: Some("D'Œ|^~\\&".into()),
        used_name: Some("Époux".into()),
        first_name: Some("Anne".into()),
        first_names: Some("Anne Marie".into()),
        birth: PartialDate::parse("195003"),
        sex: Some(Sex::F),
        birth_place: Some("63220".into()),
    };
    Patient {
        ids: vec![Number::local("7", "CHU-X"), ins],
        traits,
        dead: Some(true),
        death: PartialDate::parse("20261101"),
        death_deleted: false,
        reliability: vec!["VALI".into()],
        account: Some(Number::local("AN1", "CHU-X")),
        telecoms: Vec::new(),
    }
}

fn professional() -> Professional {
    Professional {
        id: "899700366240".into(),
        rpps: Some("99700366240".into()),
        family: "PRESCRIPTEUR".into(),
        given: "JEANNE".into(),
        authority: Some("1.2.250.1.71.4.2.1".into()),
    }
}

fn an_order() -> Order {
    Order {
        control: OrderControl::New,
        placer: Some(Number { namespace: Some("RIS".into()), ..Number::of_oid("P1", "1.2.3") }),
        filler: None,
        accession: Some(Number::local("A1", "")),
        study_uid: Some("1.2.250.9".into()),
        act: Coded { code: "QEQK004".into(), text: "Mammographie".into(), system: "CCAM".into() },
        modality: Some("MG".into()),
        prescribers: vec![professional()],
        copies_to: vec![professional()],
        structure: Some(Structure { name: "CHU".into(), id: "1920008059".into(), finess: Some("920008059".into()) }),
        clinical: "douleur & bilan | à gauche".into(),
        ordered_at: Timestamp::parse("20261124100000"),
        planned_at: Timestamp::parse("20261126100000"),
        screening: Some(true),
        ..Order::default()
    }
}

fn a_report() -> Report {
    Report {
        status: ReportStatus::Final,
        document: Some(Document::Pdf(b"%PDF-1.4 fake %%EOF".to_vec())),
        masks: Masks { patient: true, legal_representatives: true, professionals: false },
        placer: Some(Number::local("P1", "RIS")),
        filler: Some(Number::local("F1", "RIS")),
        accession: Some(Number::local("A1", "")),
        study_uid: Some("1.2.250.9".into()),
        code: Coded { code: "18748-4".into(), text: "CR d'imagerie".into(), system: "LN".into() },
        validated_at: Timestamp::parse("20261125091500+0100"),
        author: Some(professional()),
        copies_to: vec![professional()],
        prescribers: vec![professional()],
        ..Report::default()
    }
}

#[test]
fn a_patient_built_reads_back_the_same_in_each_message() {
    for kind in
        [PatientMessage::A01, PatientMessage::A04, PatientMessage::A08, PatientMessage::A28, PatientMessage::A31]
    {
        let Event::Patient(found) = event(&adt(&header(), kind, &patient())) else { panic!("{kind:?}") };
        assert_eq!(found.patient, patient());
    }
}

#[test]
fn a_merge_built_reads_back_the_same() {
    let Event::Merge(found) = event(&merge(&header(), &patient(), &[Number::local("8", "CHU-X")])) else { panic!() };
    assert_eq!(
        (&found.merges[0].survivor, found.merges[0].merged.as_slice()),
        (&patient(), &[Number::local("8", "CHU-X")][..])
    );
}

#[test]
fn an_order_built_reads_back_the_same_as_orm_and_as_omi() {
    for kind in [OrderMessage::Orm, OrderMessage::Omi] {
        let mut wanted = an_order();
        if kind == OrderMessage::Omi {
            // An IPC segment tells of the step; an ORM has none.
            (wanted.procedure_id, wanted.step_id) = (Some("R1".into()), Some("S1".into()));
            wanted.station = Some("SCANNER1".into());
        }
        let Event::Order(found) = event(&order(&header(), kind, &patient(), &wanted)) else { panic!("{kind:?}") };
        assert_eq!((found.patient, found.orders), (patient(), vec![wanted]));
    }
}

#[test]
fn a_report_built_reads_back_the_same_whatever_its_document() {
    let texts = Document::Text("Technique : IRM & injection\nConclusion | normale\n".into());
    let documents = [Document::Pdf(b"%PDF-1.4 fake %%EOF".to_vec()), texts];
    for document in documents {
        let built = Report { document: Some(document), ..a_report() };
        let Event::Report(found) = event(&report(&header(), &patient(), &built)) else { panic!() };
        assert_eq!((found.patient, found.reports.as_slice()), (patient(), &[built][..]));
    }
    for status in [ReportStatus::Corrected, ReportStatus::Deleted, ReportStatus::Preliminary] {
        let built = Report { status, ..a_report() };
        let Event::Report(found) = event(&report(&header(), &patient(), &built)) else { panic!() };
        assert_eq!(found.reports[0].status, status);
    }
}

#[test]
fn d04_a_name_with_a_line_end_forges_no_segment() {
    let mut hostile = patient();
    hostile.traits.birth_name = Some("DUPONT\rOBX|1|TX|X||forged||||||F\r\nPID|1||9".into());
    hostile.ids = vec![Number::local("7\rMSH|^~\\&|", "H\rPV1")];
    let bytes = report(&header(), &hostile, &a_report());
    let built = parse(&bytes);
    let names: Vec<_> = built.segments().map(|segment| segment.name()).collect();
    assert_eq!(names, ["MSH", "PID", "ORC", "OBR", "ZDS", "OBX", "OBX", "OBX"]);
    assert!(bytes.windows(5).any(|five| five == b"\\X0D\\"));
    let Event::Report(found) = event(&bytes) else { panic!() };
    assert_eq!(found.patient.traits.birth_name, hostile.traits.birth_name);
}

#[test]
fn a_message_is_written_in_the_character_set_of_its_header() {
    let latin = Header { charset: Some(Charset::Latin9), ..header() };
    let bytes = adt(&latin, PatientMessage::A28, &patient());
    assert!(bytes.windows(2).any(|two| two == b"\xbc\\"), "Œ in 8859/15");
    let Event::Patient(found) = event(&bytes) else { panic!() };
    assert_eq!(found.patient, patient());
}

#[test]
fn values_go_back_with_their_order_and_are_escaped() {
    let header = header();
    let order = Order { placer: Some(Number::local("P1", "RIS")), ..Order::default() };
    let raw = hl7::build::values(&header, &Patient::default(), &order, &[["CODE", "Code d’accès", "A^B|C"]]);
    let message = parse(&raw);
    let obx = message.segments().find(|segment| segment.name() == "OBX").unwrap();
    assert_eq!(obx.field(3).component(1).text(), "CODE");
    assert_eq!(obx.field(5).text(), "A^B|C");
    assert_eq!(message.first("OBR").field(2).component(1).text(), "P1");
}

#[test]
fn a_document_reads_back_as_new_as_a_replacement_and_as_taken_back() {
    let sent = |status| Report {
        status,
        document: Some(Document::Pdf(b"%PDF-1.7 %%EOF".to_vec())),
        placer: Some(Number::local("P1", "CHU")),
        filler: Some(Number::local("CR1", "NEGATOSCOPE")),
        accession: Some(Number::local("A1", "CABINET")),
        study_uid: Some("1.2.3".into()),
        code: Coded { code: "18748-4".into(), text: "CR d'imagerie médicale".into(), system: "LN".into() },
        document_id: Some("doc-2".into()),
        replaces: Some("doc-1".into()),
        author: Some(professional()),
        validated_at: Timestamp::parse("20261125083000+0100"),
        ..Report::default()
    };
    for (kind, status) in [
        (DocumentMessage::New, ReportStatus::Final),
        (DocumentMessage::Replace, ReportStatus::Corrected),
        (DocumentMessage::Delete, ReportStatus::Deleted),
    ] {
        let message = document(&header(), kind, &patient(), &sent(status));
        let Event::Report(read) = event(&message) else { panic!("{kind:?}") };
        let report = &read.reports[0];
        assert_eq!(report.status, status, "{kind:?}");
        assert_eq!((report.document_id.as_deref(), report.replaces.as_deref()), (Some("doc-2"), Some("doc-1")));
        assert_eq!(report.study_uid.as_deref(), Some("1.2.3"));
        assert_eq!(report.accession.as_ref().map(|n| n.value.as_str()), Some("A1"));
        assert_eq!(report.placer.as_ref().map(|n| n.value.as_str()), Some("P1"));
        assert_eq!(read.patient.traits, patient().traits);
    }
}

#[test]
fn a_line_end_in_a_name_forges_no_segment_of_a_document() {
    let mut person = patient();
    person.traits.birth_name = Some("DUPONT\rOBX|9|TX|18748-4||forged||||||F\rPID|2".into());
    let report = Report { document: Some(Document::Pdf(b"%PDF-1.7 %%EOF".to_vec())), ..Report::default() };
    let message = document(&header(), DocumentMessage::New, &person, &report);
    let parsed = parse(&message);
    let names: Vec<String> = parsed.segments().map(|segment| segment.name().to_owned()).collect();
    assert_eq!(names, ["MSH", "EVN", "PID", "PV1", "ORC", "OBR", "TXA", "OBX"]);
    assert!(String::from_utf8(message).unwrap().contains("DUPONT\\X0D\\OBX"));
}
