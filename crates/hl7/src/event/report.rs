//! Reports: ORU^R01 and MDM^T02, T04, T10.

use super::fields::{
    self, Groups, coded, ei, groups, imaging_keys, opens_order, professional, professionals, timestamp,
};
use super::patient::only_patient;
use super::{Document, Event, EventError, Masks, Origin, Report, ReportEvent, ReportStatus, masks};
use crate::cda;
use crate::message::{Field, Message, Segment};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// ORU^R01: a report per OBR that carries a document. An answer to an order carries none.
pub(super) fn result(message: &Message, origin: Origin) -> Result<Event, EventError> {
    let patient = only_patient(message)?;
    let masks = masks::read(message)?;
    let Groups { groups, .. } = groups(message, opens_order);
    let reports = groups.iter().map(|group| report(group, masks, &origin));
    let reports: Vec<Report> = reports.filter_map(Result::transpose).collect::<Result<_, _>>()?;
    if reports.is_empty() {
        return Ok(Event::Ignored { origin });
    }
    Ok(Event::Report(ReportEvent { origin, patient, reports }))
}

/// MDM: one document; the trigger says whether it is new, replaces or withdraws.
pub(super) fn document(message: &Message, trigger: &str, origin: Origin) -> Result<Event, EventError> {
    let patient = only_patient(message)?;
    let masks = masks::read(message)?;
    let segments: Vec<Segment<'_>> = message.segments().collect();
    let (txa, orc) = (message.first("TXA"), message.first("ORC"));
    let mut report = match (report(&segments, masks, &origin), trigger) {
        (Ok(Some(report)), _) => report,
        (Ok(None) | Err(_), "T04") => Report { status: ReportStatus::Deleted, masks, ..keys(&segments) },
        (Ok(None), _) => return Err(EventError::Missing("OBX-5")),
        (Err(error), _) => return Err(error),
    };
    let not_final = matches!(txa.field(17).text().as_str(), "DI" | "DO" | "IN" | "IP" | "PA");
    report.status = match trigger {
        "T04" => ReportStatus::Deleted,
        _ if not_final => ReportStatus::Preliminary,
        "T10" if report.status.is_validated() => ReportStatus::Corrected,
        _ => report.status,
    };
    report.document_id = txa.field(12).component(1).some().or(report.document_id);
    report.replaces = txa.field(13).component(1).some().or(report.replaces);
    report.validated_at = timestamp(txa.field(7)).or(timestamp(txa.field(4))).or(report.validated_at);
    report.author = professional(txa.field(10)).or(report.author);
    report.placer = report.placer.or_else(|| ei(txa.field(14))).or_else(|| ei(orc.field(2)));
    report.filler = report.filler.or_else(|| ei(txa.field(15)));
    report.accession = report.accession.or_else(|| report.filler.clone());
    Ok(Event::Report(ReportEvent { origin, patient, reports: vec![report] }))
}

/// The report of a group; `None` when it carries no document and withdraws nothing.
fn report(group: &[Segment<'_>], masks: Masks, origin: &Origin) -> Result<Option<Report>, EventError> {
    let obr = find(group, "OBR");
    let (carrier, mut document) = match carried(group) {
        // What is withdrawn need not be readable.
        Err(_) if withdraws(group) => (observations(group).next(), None),
        found => found?,
    };
    let result_status = obr.map(|obr| obr.field(25).text()).unwrap_or_default();
    let status = status(&carrier.map(|obx| obx.field(11).text()).unwrap_or_default(), &result_status);
    if document.is_none() && status != ReportStatus::Deleted {
        return Ok(None);
    }
    let mut report = Report { status, masks, ..keys(group) };
    let signed =
        [obr.and_then(|obr| timestamp(obr.field(22))), carrier.and_then(|obx| timestamp(obx.field(14))), origin.time];
    report.validated_at = signed.into_iter().flatten().next();
    let signer = obr.and_then(|obr| interpreter(obr.field(32)));
    report.author = signer.or_else(|| professional(carrier?.field(16)));
    if report.code.code.is_empty() {
        report.code = carrier.map(|obx| coded(obx.field(3))).unwrap_or_default();
    }
    if let Some(Document::Cda { xml, pdf }) = &mut document {
        let header = cda::read(xml).map_err(|error| match error {
            cda::CdaError::TooLarge => EventError::DocumentTooLarge,
            cda::CdaError::NotCda => EventError::Unreadable("OBX-5"),
        })?;
        complete(&mut report, &header);
        *pdf = header.pdf;
    }
    report.accession = report.accession.or_else(|| report.filler.clone());
    report.document = document;
    Ok(Some(report))
}

fn observations<'a>(group: &[Segment<'a>]) -> impl Iterator<Item = Segment<'a>> {
    group.iter().copied().filter(|segment| segment.name() == "OBX")
}

fn withdraws(group: &[Segment<'_>]) -> bool {
    observations(group).any(|obx| !is_key(&obx) && matches!(obx.field(11).text().as_str(), "D" | "X" | "W"))
}

/// The observation that carries the report, and the report: the first document that can be read, else
/// the text.
fn carried<'a>(group: &[Segment<'a>]) -> Result<(Option<Segment<'a>>, Option<Document>), EventError> {
    let mut unreadable = None;
    for obx in observations(group) {
        match encapsulated(obx) {
            Ok(None) => {}
            Ok(found) => return Ok((Some(obx), found)),
            Err(error) => unreadable = Some(error),
        }
    }
    if let Some(error) = unreadable {
        return Err(error);
    }
    let lines: Vec<Segment<'a>> = observations(group).filter(is_text).collect();
    let carrier = lines.first().copied().or_else(|| observations(group).next());
    Ok((carrier, text(&lines).map(Document::Text)))
}

/// What the CDA says and the message does not.
fn complete(report: &mut Report, header: &cda::Header) {
    report.accession = report.accession.take().or_else(|| header.accession.clone());
    report.study_uid = report.study_uid.take().or_else(|| header.study_uid.clone());
    report.placer = report.placer.take().or_else(|| header.order.clone());
    report.document_id = report.document_id.take().or_else(|| header.id.clone());
    report.replaces = report.replaces.take().or_else(|| header.replaces.clone());
    report.screening = header.screening.then_some(true);
}

fn keys(group: &[Segment<'_>]) -> Report {
    let (accession, study_uid) = imaging_keys(group);
    let (orc, obr) = (find(group, "ORC"), find(group, "OBR"));
    let number = |n: usize| obr.and_then(|obr| ei(obr.field(n))).or_else(|| ei(orc?.field(n)));
    let prescribers = obr.map(|obr| professionals(obr.field(16))).filter(|list| !list.is_empty());
    Report {
        placer: number(2),
        filler: number(3),
        accession,
        study_uid: study_uid.or_else(|| observed_study(group)),
        code: obr.map(|obr| coded(obr.field(4))).unwrap_or_default(),
        copies_to: obr.map(|obr| professionals(obr.field(28))).unwrap_or_default(),
        prescribers: prescribers.or_else(|| Some(professionals(orc?.field(12)))).unwrap_or_default(),
        ..Report::default()
    }
}

/// A study named by an observation (IHE RAD-28: `113014^DICOM Study^DCM`, or `110180`).
fn observed_study(group: &[Segment<'_>]) -> Option<String> {
    let mut observations = group.iter().filter(|segment| segment.name() == "OBX");
    let named = observations.find(|obx| matches!(obx.field(3).component(1).text().as_str(), "113014" | "110180"))?;
    named.field(5).component(1).some().filter(|uid| fields::is_uid(uid))
}

/// OBR-32 is a NDL: its first component is a name whose subcomponents are id, family and given.
fn interpreter(field: Field<'_>) -> Option<crate::types::Professional> {
    let name = field.component(1);
    let [id, family, given] = [1, 2, 3].map(|n| name.subcomponent(n));
    if family.is_empty() {
        return professional(field);
    }
    Some(crate::types::Professional { rpps: None, id, family, given, authority: None })
}

fn find<'a>(group: &[Segment<'a>], name: &str) -> Option<Segment<'a>> {
    group.iter().copied().find(|segment| segment.name() == name)
}

fn status(observation: &str, result: &str) -> ReportStatus {
    let code = if observation.is_empty() { result } else { observation };
    match code {
        // A final observation in a result that is still preliminary is not validated.
        "F" | "U" if matches!(result, "P" | "R" | "S" | "I") => ReportStatus::Preliminary,
        "F" | "U" if result == "C" => ReportStatus::Corrected,
        "F" | "U" => ReportStatus::Final,
        "C" => ReportStatus::Corrected,
        "D" | "X" | "W" => ReportStatus::Deleted,
        _ => ReportStatus::Preliminary,
    }
}

/// The document in an OBX of type ED (or RP-like base64 text): PDF or CDA, told by its bytes.
fn encapsulated(obx: Segment<'_>) -> Result<Option<Document>, EventError> {
    if obx.field(2).text() != "ED" || is_key(&obx) {
        return Ok(None);
    }
    let value = obx.field(5);
    let data = value.component(5).raw();
    if data.is_empty() {
        return Ok(None);
    }
    let bytes = match value.component(4).text().to_ascii_uppercase().as_str() {
        "BASE64" | "" => from_base64(data).ok_or(EventError::Unreadable("OBX-5.5"))?,
        "A" | "ASCII" => value.component(5).whole_text().into_bytes(),
        _ => return Err(EventError::Unreadable("OBX-5.4")),
    };
    let start = bytes.iter().take(1024).position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    let head = bytes.get(start..(start + 1024).min(bytes.len())).unwrap_or(&[]);
    if head.windows(5).any(|five| five == b"%PDF-") {
        // A message cut on its way ends here: neither the PDF's end nor the fields behind it came.
        let cut = !cda::is_whole_pdf(&bytes) && obx.field(11).is_empty();
        return if cut { Err(EventError::CutShort) } else { Ok(Some(Document::Pdf(bytes))) };
    }
    if head.starts_with(b"<") || head.starts_with(b"\xef\xbb\xbf<") {
        return Ok(Some(Document::Cda { xml: bytes, pdf: None }));
    }
    Err(EventError::Unreadable("OBX-5.5"))
}

/// Base64 as senders write it: line breaks inside, as `\X0D\`, `\.br\` or raw; padding or not.
fn from_base64(raw: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&STANDARD, config.with_decode_allow_trailing_bits(true));
    if let Ok(bytes) = engine.decode(raw) {
        return Some(bytes);
    }
    let plain = raw.replace("\\.br\\", "").replace("\\X0D\\", "").replace("\\X0A\\", "").replace("\\X0D0A\\", "");
    let kept: Vec<u8> = plain.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    engine.decode(kept).ok()
}

fn is_text(obx: &Segment<'_>) -> bool {
    matches!(obx.field(2).text().as_str(), "TX" | "FT" | "ST") && !obx.field(5).is_empty() && !is_key(obx)
}

/// Observations that are keys, flags, mails or answers to an order, not the report.
fn is_key(obx: &Segment<'_>) -> bool {
    let code = obx.field(3).component(1).text();
    let is_other = matches!(
        code.as_str(),
        "113014" | "110180" | "URL_PARTIELLE_VIEWER" | "PROTOCOLE_IMAGERIE" | "CORPSMAIL_PS" | "CORPSMAIL_PATIENT"
    );
    let value = obx.field(5).text();
    is_other || obx.field(3).component(3).text() == "MetaDMPMSS" || value.contains('.') && fields::is_uid(&value)
}

fn text(lines: &[Segment<'_>]) -> Option<String> {
    let mut out = String::new();
    for obx in lines {
        for line in obx.field(5).repetitions() {
            out.push_str(&line.whole_text());
            out.push('\n');
        }
    }
    Some(out).filter(|text| !text.trim().is_empty())
}
