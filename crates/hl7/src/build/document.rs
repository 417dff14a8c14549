//! A report as MDM: one document that is new, replaces another, or is taken back.

use super::messages::{coded, flags, number, observation, pid, xcn};
use super::writer::{Header, Writer, ei};
use crate::charset::Charset;
use crate::event::{Report, ReportStatus};
use crate::types::{Number, Patient};

/// What becomes of the document, by the trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentMessage {
    /// MDM^T02.
    New,
    /// MDM^T10: replaces the one that [`Report::replaces`] names.
    Replace,
    /// MDM^T04: takes back the one that [`Report::replaces`] names.
    Delete,
}

/// A report as MDM, its document in base64. Its own number is [`Report::document_id`].
pub fn document(header: &Header, kind: DocumentMessage, patient: &Patient, report: &Report) -> Vec<u8> {
    let (trigger, control) = match kind {
        DocumentMessage::New => ("T02", "NW"),
        DocumentMessage::Replace => ("T10", "RO"),
        DocumentMessage::Delete => ("T04", "CA"),
    };
    let mut writer = Writer::new(header, &["MDM", trigger, "MDM_T02"]);
    writer.segment("EVN").text(2, &header.time.hl7());
    pid(&mut writer, patient);
    writer.segment("PV1").text(2, "O");
    writer.segment("ORC").text(1, control);
    number(&mut writer, 2, report.placer.as_ref());
    number(&mut writer, 3, report.filler.as_ref());
    writer.segment("OBR").text(1, "1");
    number(&mut writer, 2, report.placer.as_ref());
    number(&mut writer, 3, report.filler.as_ref());
    coded(&mut writer, 4, &report.code);
    let prescribers: Vec<Vec<String>> = report.prescribers.iter().map(xcn).collect();
    writer.repetitions(16, &prescribers);
    number(&mut writer, 18, report.accession.as_ref());
    let signed = report.validated_at.map(|at| at.hl7()).unwrap_or_default();
    if let Some(study_uid) = &report.study_uid {
        writer.segment("OBX").text(1, "1").text(2, "ST").components(3, &["113014", "DICOM Study", "DCM"]);
        writer.text(5, study_uid).text(11, "F");
    }
    transcription(&mut writer, report, &signed);
    let status = match kind {
        DocumentMessage::New => "F",
        DocumentMessage::Replace => "C",
        DocumentMessage::Delete => "D",
    };
    observation(&mut writer, report, status, &signed);
    flags(&mut writer, report);
    writer.finish(header.charset.unwrap_or(Charset::Utf8))
}

/// TXA: what kind of document, whose, in the place of which.
fn transcription(writer: &mut Writer, report: &Report, signed: &str) {
    writer.segment("TXA").text(1, "1").text(2, "DI").text(4, signed).text(7, signed);
    if let Some(author) = &report.author {
        writer.repetitions(10, &[xcn(author)]);
    }
    let named = |id: &Option<String>| id.as_deref().map(|id| ei(&Number::local(id, "NEGATOSCOPE")));
    for (field, id) in [(12, named(&report.document_id)), (13, named(&report.replaces))] {
        writer.repetitions(field, id.as_slice());
    }
    if let Some(placer) = &report.placer {
        writer.repetitions(14, &[ei(placer)]);
    }
    if let Some(filler) = &report.filler {
        writer.repetitions(15, &[ei(filler)]);
    }
    // Authenticated (table 0271): only validated reports leave.
    writer.text(17, if report.status == ReportStatus::Preliminary { "PA" } else { "AU" });
}
