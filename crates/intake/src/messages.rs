//! From a message understood to the facts the record keeps.

use exam::{BirthDate, Zone};
use hl7::event::{Document, Event, EventError, Order, OrderControl, OrderStatus, Report, ReportStatus};
use hl7::types::{self, Number, PartialDate, Patient, Timestamp};
use hl7::{Limits, Message, ParseError};
use record::{
    Contact, FactBody, GroupId, MessageFact, PatientFact, PatientIdentifier, PatientTraits, Professional, StepStatus,
};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

/// What a message does not say.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// The group everything here belongs to.
    pub group: GroupId,
    /// Where the senders' clocks stand, for times without an offset.
    pub zone: Zone,
}

/// Why a message cannot be used. The texts go back to the sender and hold no personal data.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// Not a message: answered AR.
    #[error("not an HL7 v2 message: {0}")]
    Unreadable(#[from] ParseError),
    /// A message that cannot be understood.
    #[error("{0}")]
    Refused(#[from] EventError),
}

/// Reads a message's bytes as facts.
pub fn read(raw: &[u8], received_at: OffsetDateTime, defaults: &Defaults) -> Result<MessageFact, MessageError> {
    let message = Message::parse(raw, &Limits::default())?;
    Ok(to_fact(Event::read(&message)?, raw, received_at, defaults))
}

/// The facts of an event; `raw` is the message it was read from.
pub fn to_fact(event: Event, raw: &[u8], received_at: OffsetDateTime, defaults: &Defaults) -> MessageFact {
    let origin = event.origin().clone();
    MessageFact {
        group: defaults.group,
        sender: format!("{}|{}", origin.application, origin.facility),
        control_id: origin.control_id,
        digest: Sha256::digest(raw).into(),
        received_at,
        said_at: origin.time.map(|time| instant(time, defaults.zone)),
        facts: facts(event, defaults.zone),
    }
}

fn facts(event: Event, zone: Zone) -> Vec<FactBody> {
    match event {
        Event::Patient(event) => vec![FactBody::Patient(patient(&event.patient))],
        Event::Merge(event) => {
            let merges = event.merges.into_iter().filter(|merge| !merge.merged.is_empty());
            let merge = |merge: hl7::event::Merge| record::MergeFact {
                kept: patient(&merge.survivor),
                retired: merge.merged.iter().map(identifier).collect(),
            };
            merges.map(merge).map(FactBody::Merge).collect()
        }
        Event::Order(event) => {
            let whose = patient(&event.patient);
            // A bare change of status says nothing of what was ordered.
            let tells = |order: &Order| order.control != OrderControl::Status || !order.act.code.is_empty();
            let fact = |one: Order| match (tells(&one), one.status) {
                (true, _) => Some(FactBody::Order(order(one, whose.clone(), zone))),
                (false, Some(_)) => Some(FactBody::OrderStatus(order(one, whose.clone(), zone))),
                (false, None) => None,
            };
            event.orders.into_iter().filter_map(fact).collect()
        }
        Event::Report(event) => {
            let whose = patient(&event.patient);
            event.reports.into_iter().map(|one| FactBody::Report(report(one, whose.clone(), zone))).collect()
        }
        Event::Ignored { .. } => Vec::new(),
    }
}

fn patient(from: &Patient) -> PatientFact {
    // A visit's or an account's number is not the patient's.
    let of_person = |id: &&Number| !matches!(id.kind.as_deref(), Some("VN" | "AN"));
    let ins = from.ids.iter().find(|id| id.ins_oid().is_some());
    let traits = &from.traits;
    let death_withdrawn = from.death_deleted || from.dead == Some(false);
    PatientFact {
        identifiers: from.ids.iter().filter(of_person).map(identifier).collect(),
        traits: PatientTraits {
            birth_name: traits.birth_name.clone().unwrap_or_default(),
            first_names: traits.first_names.clone().or_else(|| traits.first_name.clone()).unwrap_or_default(),
            used_name: traits.used_name.clone(),
            used_first_name: None,
            sex: traits.sex.map(sex),
            birth_date: traits.birth.map(birth_date),
            birth_place: traits.birth_place.clone(),
            ins: ins.map(|id| id.value.clone()),
            ins_oid: ins.and_then(|id| id.ins_oid()).map(str::to_owned),
            died_on: from.death.filter(|_| !death_withdrawn).and_then(|death| death.date()),
        },
        death_withdrawn,
        contacts: from.telecoms.iter().map(contact).collect(),
    }
}

fn contact(from: &types::Telecom) -> Contact {
    match from {
        types::Telecom::Email(address) => Contact::Email(address.clone()),
        types::Telecom::Phone(number) => Contact::Phone(number.clone()),
    }
}

fn identifier(from: &Number) -> PatientIdentifier {
    // A national identity is one whatever the sender calls its kind.
    let kind = if from.ins_oid().is_some() { Some("INS") } else { from.kind.as_deref() };
    PatientIdentifier {
        value: from.value.clone(),
        issuer: from.issuer().unwrap_or_default().to_owned(),
        kind: kind.unwrap_or_default().to_owned(),
    }
}

fn sex(from: types::Sex) -> String {
    match from {
        types::Sex::F => "F",
        types::Sex::M => "M",
        types::Sex::O => "O",
    }
    .to_owned()
}

fn birth_date(from: PartialDate) -> BirthDate {
    BirthDate { year: from.year, month: from.month, day: from.day }
}

fn accession(from: &Number) -> record::Accession {
    record::Accession { number: from.value.clone(), issuer: from.issuer().map(str::to_owned) }
}

fn professional(from: &types::Professional) -> Professional {
    let local = from.rpps.is_none() && !from.id.is_empty();
    Professional {
        rpps: from.rpps.clone(),
        local_code: local.then(|| from.id.clone()),
        family_name: from.family.clone(),
        first_name: from.given.clone(),
    }
}

fn text(from: String) -> Option<String> {
    Some(from).filter(|text| !text.is_empty())
}

fn order(from: Order, patient: PatientFact, zone: Zone) -> record::OrderFact {
    let structure = from.structure.map(|structure| structure.finess.unwrap_or(structure.id));
    record::OrderFact {
        patient,
        accession: from.accession.as_ref().map(accession),
        study_instance_uid: from.study_uid,
        placer_number: from.placer.map(|placer| placer.value),
        act_code: text(from.act.code),
        act_label: text(from.act.text),
        modality: from.modality,
        prescriber: from.prescribers.first().map(professional),
        copies: from.copies_to.iter().map(professional).collect(),
        structure: structure.and_then(text),
        site: None,
        screening: from.screening == Some(true),
        breast_follow_up: false,
        confidential: false,
        scheduled_at: from.planned_at.map(|at| instant(at, zone)),
        cancelled: from.control == OrderControl::Cancel,
        procedure_id: from.procedure_id,
        step_id: from.step_id,
        station: from.station,
        reason: text(from.clinical),
        status: from.status.map(|status| match status {
            OrderStatus::Scheduled => StepStatus::Scheduled,
            OrderStatus::Arrived => StepStatus::Arrived,
            OrderStatus::Done => StepStatus::Done,
            OrderStatus::Cancelled => StepStatus::Cancelled,
        }),
    }
}

fn report(from: Report, patient: PatientFact, zone: Zone) -> record::ReportFact {
    // What stays the same over a report's versions: the filler's number, else the first document's.
    let number = from.filler.map(|filler| filler.value).or(from.replaces).or(from.document_id);
    record::ReportFact {
        patient,
        accession: from.accession.as_ref().map(accession),
        study_instance_uid: from.study_uid,
        placer_number: from.placer.map(|placer| placer.value),
        number,
        status: match from.status {
            ReportStatus::Final => record::ReportStatus::Final,
            ReportStatus::Corrected => record::ReportStatus::Corrected,
            ReportStatus::Deleted => record::ReportStatus::Deleted,
            ReportStatus::Preliminary => record::ReportStatus::Preliminary,
        },
        masks: record::Masks {
            professionals: from.masks.professionals,
            patient: from.masks.patient,
            representatives: from.masks.legal_representatives,
        },
        title: text(from.code.text),
        validated_at: from.validated_at.map(|at| instant(at, zone)),
        author: from.author.as_ref().map(professional),
        copies: from.copies_to.iter().map(professional).collect(),
        prescriber: from.prescribers.first().map(professional),
        screening: from.screening == Some(true),
        documents: from.document.map(documents).unwrap_or_default(),
    }
}

fn documents(from: Document) -> Vec<record::Document> {
    let document = |kind, bytes| record::Document { kind, bytes };
    match from {
        Document::Pdf(bytes) => vec![document(record::DocumentKind::Pdf, bytes)],
        Document::Text(text) => vec![document(record::DocumentKind::Text, text.into_bytes())],
        Document::Cda { xml, pdf } => {
            let cda = document(record::DocumentKind::Cda, xml);
            std::iter::once(cda).chain(pdf.map(|pdf| document(record::DocumentKind::Pdf, pdf))).collect()
        }
    }
}

/// The instant of a message's time; without an offset it is the zone's.
fn instant(from: Timestamp, zone: Zone) -> OffsetDateTime {
    if from.offset.is_some() {
        return from.instant(time::UtcOffset::UTC);
    }
    let date = from.local.date();
    let (start, end) = (zone.start_of(date), zone.end_of(date));
    let since_midnight = from.local.time() - time::Time::MIDNIGHT;
    // On the two days the clock changes, it does so before three o'clock.
    let change = (end - start) - Duration::DAY;
    let changed = since_midnight >= Duration::hours(3);
    start + since_midnight + if changed { change } else { Duration::ZERO }
}
