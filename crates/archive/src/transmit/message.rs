//! A report as it leaves for a partner: ORU or MDM, PDF or CDA, with the partner's numbers.

use super::images::accession;
use super::plan::patient_number;
use super::trouble::Refused;
use super::{Partner, PatientNumber, ReportDocument, ReportMessage};
use crate::{Archive, ArchiveError, publish};
use bytes::Bytes;
use hl7::build::{DocumentMessage, Header};
use hl7::event::{Document, Report, ReportStatus};
use hl7::types::{Coded, Number, PartialDate, Patient, Professional, Sex, Timestamp, Traits};
use record::{DocumentKind, ExamDetail, PatientTraits, ReportVersion, Transmission, TransmissionKind};

/// The message of a transmission; the same bytes for the same transmission, its message id above all.
pub(super) async fn of(
    archive: &Archive,
    partner: &Partner,
    one: &Transmission,
    detail: &ExamDetail,
) -> Result<Result<Vec<u8>, Refused>, ArchiveError> {
    let Some(form) = &partner.report else { return Ok(Err(Refused::NoDocument)) };
    let version = detail.report_history.iter().find(|report| Some(report.id) == one.body.report);
    let document = match version.filter(|_| !one.body.withdraws) {
        Some(version) => document(archive, detail, version, form.document).await?,
        None => None,
    };
    if document.is_none() && !one.body.withdraws {
        return Ok(Err(Refused::NoDocument));
    }
    let replaces = replaced(archive, one).await?;
    let status = match (one.body.withdraws, &replaces) {
        (true, _) => ReportStatus::Deleted,
        (false, Some(_)) => ReportStatus::Corrected,
        (false, None) => ReportStatus::Final,
    };
    let [application, facility] = &form.receiving;
    let site = archive.config.site.name.as_str();
    let time = Timestamp::of(one.planned_at);
    let control = control_id(one);
    let header = Header::new(["NEGATOSCOPE", site], [application, facility], time, &control);
    let number = accession(partner, detail);
    let report = Report {
        status,
        document,
        placer: detail.order.as_ref().and_then(|order| order.placer_number.as_deref()).map(|n| Number::local(n, "")),
        // What stays the same over the versions of a report.
        filler: Some(Number::local(&format!("CR{}", number.as_deref().unwrap_or(&detail.number)), "NEGATOSCOPE")),
        accession: number.as_deref().map(|number| Number::local(number, "")),
        study_uid: detail.study_instance_uids.first().cloned(),
        code: Coded { code: "18748-4".into(), text: "CR d'imagerie médicale".into(), system: "LN".into() },
        document_id: Some(one.id.simple().to_string()),
        replaces,
        validated_at: version.map(|version| Timestamp::of(version.validated_at)),
        author: version.and_then(|version| version.author.as_ref()).map(professional),
        prescribers: detail.prescriber.iter().map(professional).collect(),
        ..Report::default()
    };
    let patient = patient(detail, partner);
    Ok(Ok(match (form.message, status) {
        (ReportMessage::Oru, _) => hl7::build::report(&header, &patient, &report),
        (ReportMessage::Mdm, ReportStatus::Deleted) => {
            hl7::build::document(&header, DocumentMessage::Delete, &patient, &report)
        }
        (ReportMessage::Mdm, ReportStatus::Corrected) => {
            hl7::build::document(&header, DocumentMessage::Replace, &patient, &report)
        }
        (ReportMessage::Mdm, _) => hl7::build::document(&header, DocumentMessage::New, &patient, &report),
    }))
}

/// MSH-10: 20 characters at most in v2.5, the same whenever it is sent again.
fn control_id(one: &Transmission) -> String {
    let id = one.id.simple().to_string();
    id.get(id.len().saturating_sub(20)..).unwrap_or(&id).to_owned()
}

/// The document number of the latest version that the partner may already have.
async fn replaced(archive: &Archive, one: &Transmission) -> Result<Option<String>, ArchiveError> {
    let all = archive.catalogue.transmissions_of(archive.config.group, one.exam).await?;
    let mut before = all.iter().filter(|other| {
        other.kind == TransmissionKind::Report
            && other.partner == one.partner
            && other.version < one.version
            && other.left_at.is_some()
    });
    Ok(before.next_back().map(|before| before.id.simple().to_string()))
}

/// The document the partner takes: as received where it came so, else pages made of what came.
async fn document(
    archive: &Archive,
    detail: &ExamDetail,
    version: &ReportVersion,
    form: ReportDocument,
) -> Result<Option<Document>, ArchiveError> {
    if form == ReportDocument::Cda {
        let documents = archive.catalogue.documents(archive.config.group, detail.id).await?;
        let cda = documents.iter().find(|one| one.report == version.id && one.kind == DocumentKind::Cda);
        if let Some(cda) = cda {
            let xml = archive.document_bytes(cda).await?.to_vec();
            return Ok(Some(Document::Cda { xml, pdf: None }));
        }
    }
    let pdf: Option<Bytes> = publish::report_pdf(archive, detail, version).await?;
    Ok(pdf.map(|pdf| Document::Pdf(pdf.to_vec())))
}

fn patient(detail: &ExamDetail, partner: &Partner) -> Patient {
    let Some(patient) = &detail.patient else { return Patient::default() };
    let kind = if partner.coercion.patient == PatientNumber::Ins { "INS" } else { "PI" };
    let number = patient_number(patient, &partner.coercion).map(|(value, issuer)| {
        let is_oid = issuer.starts_with(|c: char| c.is_ascii_digit()) && issuer.contains('.');
        let number = if is_oid { Number::of_oid(&value, &issuer) } else { Number::local(&value, &issuer) };
        Number { kind: Some(kind.into()), ..number }
    });
    let reliability = (kind == "INS").then(|| "VALI".to_owned());
    Patient {
        ids: number.into_iter().collect(),
        traits: traits(&patient.traits),
        reliability: reliability.into_iter().collect(),
        ..Patient::default()
    }
}

fn professional(from: &record::Professional) -> Professional {
    let national = from.rpps.as_ref().map(|rpps| format!("8{rpps}"));
    Professional {
        id: national.or_else(|| from.local_code.clone()).unwrap_or_default(),
        rpps: from.rpps.clone(),
        family: from.family_name.clone(),
        given: from.first_name.clone(),
        authority: from.rpps.as_ref().map(|_| exam::ids::PROFESSIONAL_AUTHORITY.to_owned()),
    }
}

fn traits(traits: &PatientTraits) -> Traits {
    Traits {
        birth_name: Some(traits.birth_name.clone()),
        used_name: traits.used_name.clone(),
        first_name: traits.first_names.split(' ').next().map(str::to_owned),
        first_names: Some(traits.first_names.clone()),
        birth: traits.birth_date.map(|date| PartialDate { year: date.year, month: date.month, day: date.day }),
        sex: match traits.sex.as_deref() {
            Some("F") => Some(Sex::F),
            Some("M") => Some(Sex::M),
            Some("O") => Some(Sex::O),
            _ => None,
        },
        birth_place: traits.birth_place.clone(),
    }
}
