//! Whole messages from the types that reading gives: what is built reads back the same.

use super::writer::{Header, Writer, cx, ei, escaped};
use crate::charset::Charset;
use crate::event::{Document, Order, OrderControl, Report, ReportStatus};
use crate::types::{Coded, Number, Patient, Professional, Structure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Which message about a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatientMessage {
    /// ADT^A01, admission.
    A01,
    /// ADT^A04, registration.
    A04,
    /// ADT^A08, update.
    A08,
    /// ADT^A28, new person.
    A28,
    /// ADT^A31, person updated.
    A31,
}

/// Which message carries an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderMessage {
    /// ORM^O01.
    Orm,
    /// OMI^O23.
    Omi,
}

/// A message about a patient.
pub fn adt(header: &Header, kind: PatientMessage, patient: &Patient) -> Vec<u8> {
    let (trigger, structure) = match kind {
        PatientMessage::A01 => ("A01", "ADT_A01"),
        PatientMessage::A04 => ("A04", "ADT_A01"),
        PatientMessage::A08 => ("A08", "ADT_A01"),
        PatientMessage::A28 => ("A28", "ADT_A05"),
        PatientMessage::A31 => ("A31", "ADT_A05"),
    };
    let mut writer = Writer::new(header, &["ADT", trigger, structure]);
    writer.segment("EVN").text(2, &header.time.hl7());
    pid(&mut writer, patient);
    writer.segment("PV1").text(2, if trigger == "A01" { "I" } else { "O" });
    finish(writer, header)
}

/// A merge: `survivor` remains.
pub fn merge(header: &Header, survivor: &Patient, merged: &[Number]) -> Vec<u8> {
    let mut writer = Writer::new(header, &["ADT", "A40", "ADT_A39"]);
    writer.segment("EVN").text(2, &header.time.hl7());
    pid(&mut writer, survivor);
    let merged: Vec<Vec<String>> = merged.iter().map(cx).collect();
    writer.segment("MRG").repetitions(1, &merged);
    finish(writer, header)
}

/// An order.
pub fn order(header: &Header, kind: OrderMessage, patient: &Patient, order: &Order) -> Vec<u8> {
    let mut writer = match kind {
        OrderMessage::Orm => Writer::new(header, &["ORM", "O01", "ORM_O01"]),
        OrderMessage::Omi => Writer::new(header, &["OMI", "O23", "OMI_O23"]),
    };
    pid(&mut writer, patient);
    writer.segment("PV1").text(2, "O");
    let control = match order.control {
        OrderControl::New => "NW",
        OrderControl::Cancel => "CA",
        OrderControl::Change => "XO",
        OrderControl::Status => "SC",
    };
    writer.segment("ORC").text(1, control);
    number(&mut writer, 2, order.placer.as_ref());
    number(&mut writer, 3, order.filler.as_ref());
    writer.text(9, &order.ordered_at.map(|at| at.hl7()).unwrap_or_default());
    let prescribers: Vec<Vec<String>> = order.prescribers.iter().map(xcn).collect();
    writer.repetitions(12, &prescribers);
    if let Some(structure) = &order.structure {
        writer.repetitions(21, &[xon(structure)]);
    }
    writer.segment("OBR").text(1, "1");
    number(&mut writer, 2, order.placer.as_ref());
    number(&mut writer, 3, order.filler.as_ref());
    coded(&mut writer, 4, &order.act);
    writer.text(13, &order.clinical).repetitions(16, &prescribers);
    if kind == OrderMessage::Orm {
        number(&mut writer, 18, order.accession.as_ref());
    }
    writer.text(24, order.modality.as_deref().unwrap_or(""));
    let copies: Vec<Vec<String>> = order.copies_to.iter().map(xcn).collect();
    writer.repetitions(28, &copies);
    if order.screening == Some(true) {
        writer.components(31, &["Z13.9", "", "ICD10"]);
    }
    writer.text(36, &order.planned_at.map(|at| at.hl7()).unwrap_or_default());
    match kind {
        OrderMessage::Omi => {
            writer.segment("IPC");
            number(&mut writer, 1, order.accession.as_ref());
            writer.text(2, order.procedure_id.as_deref().unwrap_or(""));
            writer.text(3, order.study_uid.as_deref().unwrap_or(""));
            writer.text(4, order.step_id.as_deref().unwrap_or(""));
            writer.text(5, order.modality.as_deref().unwrap_or(""));
            writer.text(9, order.station.as_deref().unwrap_or(""));
        }
        OrderMessage::Orm => zds(&mut writer, order.study_uid.as_deref()),
    }
    finish(writer, header)
}

/// A report as ORU^R01, its document in base64.
pub fn report(header: &Header, patient: &Patient, report: &Report) -> Vec<u8> {
    let mut writer = Writer::new(header, &["ORU", "R01", "ORU_R01"]);
    pid(&mut writer, patient);
    writer.segment("ORC").text(1, "RE");
    number(&mut writer, 2, report.placer.as_ref());
    number(&mut writer, 3, report.filler.as_ref());
    let status = match report.status {
        ReportStatus::Final => "F",
        ReportStatus::Corrected => "C",
        ReportStatus::Deleted => "D",
        ReportStatus::Preliminary => "P",
    };
    let signed = report.validated_at.map(|at| at.hl7()).unwrap_or_default();
    writer.segment("OBR").text(1, "1");
    number(&mut writer, 2, report.placer.as_ref());
    number(&mut writer, 3, report.filler.as_ref());
    coded(&mut writer, 4, &report.code);
    let prescribers: Vec<Vec<String>> = report.prescribers.iter().map(xcn).collect();
    writer.repetitions(16, &prescribers);
    number(&mut writer, 18, report.accession.as_ref());
    writer.text(22, &signed).text(25, if status == "D" { "X" } else { status });
    let copies: Vec<Vec<String>> = report.copies_to.iter().map(xcn).collect();
    writer.repetitions(28, &copies);
    zds(&mut writer, report.study_uid.as_deref());
    observation(&mut writer, report, status, &signed);
    flags(&mut writer, report);
    finish(writer, header)
}

/// A value in a [`values`] message: code, words, value.
pub type Value<'a> = [&'a str; 3];

/// An answer to an order as ORU^R01: values in plain text, each in an observation of its own, and no report.
pub fn values(header: &Header, patient: &Patient, order: &Order, values: &[Value<'_>]) -> Vec<u8> {
    let mut writer = Writer::new(header, &["ORU", "R01", "ORU_R01"]);
    pid(&mut writer, patient);
    writer.segment("ORC").text(1, "RE");
    number(&mut writer, 2, order.placer.as_ref());
    writer.segment("OBR").text(1, "1");
    number(&mut writer, 2, order.placer.as_ref());
    coded(&mut writer, 4, &order.act);
    number(&mut writer, 18, order.accession.as_ref());
    // Ordered, and nothing observed yet (table 0123).
    writer.text(25, "O");
    zds(&mut writer, order.study_uid.as_deref());
    for (index, [code, words, value]) in values.iter().enumerate() {
        writer.segment("OBX").text(1, &(index + 1).to_string()).text(2, "ST");
        writer.components(3, &[code, words, "L"]).text(5, value).text(11, "F");
    }
    finish(writer, header)
}

pub(super) fn observation(writer: &mut Writer, report: &Report, status: &str, signed: &str) {
    writer.segment("OBX").text(1, "1");
    let encoded = |kind: [&str; 2], bytes: &[u8]| {
        let [kind, subtype] = kind.map(str::to_owned);
        vec![String::new(), kind, subtype, "Base64".to_owned(), STANDARD.encode(bytes)]
    };
    let value = match &report.document {
        Some(Document::Pdf(bytes)) => Some(encoded(["application", "pdf"], bytes)),
        Some(Document::Cda { xml, .. }) => Some(encoded(["TEXT", "XML"], xml)),
        Some(Document::Text(_)) | None => None,
    };
    writer.text(2, if value.is_some() { "ED" } else { "TX" });
    coded(writer, 3, &report.code);
    match (&value, &report.document) {
        (Some(value), _) => writer.repetitions(5, std::slice::from_ref(value)),
        (None, Some(Document::Text(text))) => {
            let lines: Vec<Vec<String>> = text.lines().map(|line| vec![escaped(line)]).collect();
            writer.repetitions(5, &lines)
        }
        (None, _) => writer,
    };
    writer.text(11, status).text(14, signed);
    if let Some(author) = &report.author {
        writer.repetitions(16, &[xcn(author)]);
    }
}

pub(super) fn flags(writer: &mut Writer, report: &Report) {
    let masks = report.masks;
    let all = [
        ("MASQUE_PS", masks.professionals),
        ("INVISIBLE_PATIENT", masks.patient),
        ("INVISIBLE_REP_LEGAUX", masks.legal_representatives),
    ];
    for (index, (name, set)) in all.into_iter().filter(|(_, set)| *set).enumerate() {
        let value = if set { "Y" } else { "N" };
        writer.segment("OBX").text(1, &(index + 2).to_string()).text(2, "CE");
        writer
            .components(3, &[name, "", "MetaDMPMSS"])
            .components(5, &[value, "", "expandedYes-NoIndicator"])
            .text(11, "F");
    }
}

pub(super) fn pid(writer: &mut Writer, patient: &Patient) {
    let ids: Vec<Vec<String>> = patient.ids.iter().map(cx).collect();
    writer.segment("PID").text(1, "1").repetitions(3, &ids);
    let traits = &patient.traits;
    let given = escaped(traits.first_name.as_deref().unwrap_or(""));
    let all_given = escaped(traits.first_names.as_deref().unwrap_or(""));
    let name = |family: &str, all: &str, kind: &str| {
        let mut parts = vec![String::new(); 7];
        for (at, text) in [(0, escaped(family)), (1, given.clone()), (2, all.to_owned()), (6, kind.to_owned())] {
            if let Some(part) = parts.get_mut(at) {
                *part = text;
            }
        }
        parts
    };
    let birth = traits.birth_name.as_deref().map(|family| name(family, &all_given, "L"));
    let used = traits.used_name.as_deref().map(|family| name(family, "", "D"));
    let names: Vec<Vec<String>> = birth.into_iter().chain(used).collect();
    writer.repetitions(5, &names).text(7, &traits.birth.map(|birth| birth.hl7()).unwrap_or_default());
    writer.text(
        8,
        traits.sex.map_or("U", |sex| match sex {
            crate::types::Sex::F => "F",
            crate::types::Sex::M => "M",
            crate::types::Sex::O => "O",
        }),
    );
    if let Some(place) = &traits.birth_place {
        let mut parts = vec![String::new(); 8];
        parts.extend([escaped(place)]);
        if let Some(kind) = parts.get_mut(6) {
            *kind = "BDL".to_owned();
        }
        writer.repetitions(11, &[parts]);
    }
    if let Some(account) = &patient.account {
        writer.repetitions(18, &[cx(account)]);
    }
    writer.text(29, &patient.death.map(|death| death.hl7()).unwrap_or_default());
    if patient.death_deleted {
        writer.raw(29, "\"\"");
    }
    writer.text(30, patient.dead.map_or("", |dead| if dead { "Y" } else { "N" }));
    let reliability: Vec<Vec<String>> = patient.reliability.iter().map(|code| vec![escaped(code)]).collect();
    writer.repetitions(32, &reliability);
}

pub(super) fn number(writer: &mut Writer, n: usize, value: Option<&Number>) {
    if let Some(value) = value {
        writer.repetitions(n, &[ei(value)]);
    }
}

pub(super) fn coded(writer: &mut Writer, n: usize, value: &Coded) {
    writer.components(n, &[&value.code, &value.text, &value.system]);
}

fn zds(writer: &mut Writer, study_uid: Option<&str>) {
    if let Some(uid) = study_uid {
        writer.segment("ZDS").components(1, &[uid, "", "Application", "DICOM"]);
    }
}

pub(super) fn xcn(professional: &Professional) -> Vec<String> {
    let mut parts = vec![escaped(&professional.id), escaped(&professional.family), escaped(&professional.given)];
    if let Some(authority) = &professional.authority {
        parts.resize(8, String::new());
        parts.push(format!("&{}&ISO", escaped(authority)));
    }
    parts
}

fn xon(structure: &Structure) -> Vec<String> {
    let mut parts = vec![escaped(&structure.name)];
    parts.resize(9, String::new());
    parts.push(escaped(&structure.id));
    parts
}

fn finish(writer: Writer, header: &Header) -> Vec<u8> {
    writer.finish(header.charset.unwrap_or(Charset::Utf8))
}
