//! The register over the record's catalogue.

use super::{Applied, Landed, LandedBody, LandedInstance, Position, Register, RegisterError, Verdict};
use crate::messages::{self, Defaults};
use dicom::header::{InstanceHeader, PersonName};
use record::{BirthDate, Catalogue, ImageClaim, MessageEffect, ReceiveOutcome, Received, RecordError};
use std::sync::Arc;
use time::{Date, Month};

/// Gives landed records to a [`Catalogue`]: images as they are, messages as the facts they carry.
pub struct CatalogueRegister {
    catalogue: Arc<dyn Catalogue>,
    defaults: Defaults,
    phantom_patient_ids: Vec<String>,
}

impl CatalogueRegister {
    /// `phantom_patient_ids`: beginnings of the Patient IDs that devices and testers use for phantoms; instances that
    /// say themselves that they are quality control need none.
    pub fn new(catalogue: Arc<dyn Catalogue>, defaults: Defaults, phantom_patient_ids: Vec<String>) -> Self {
        Self { catalogue, defaults, phantom_patient_ids }
    }

    async fn message(&self, landed: &Landed, raw: &[u8]) -> Result<Verdict, RegisterError> {
        let fact = match messages::read(raw, landed.received_at, &self.defaults) {
            Ok(fact) => fact,
            // It will never be understood better: kept in the log as long as its segment, and answered as an error.
            Err(error) => return Ok(Verdict::Declined(error.to_string())),
        };
        match self.catalogue.apply(fact).await {
            Ok(MessageEffect::Applied) => Ok(Verdict::Stored),
            Ok(MessageEffect::AlreadyApplied) => Ok(Verdict::Duplicate),
            Ok(MessageEffect::Refused(reason)) => Ok(Verdict::Declined(reason)),
            Err(RecordError::Refused { reason }) => Ok(Verdict::Declined(reason.to_owned())),
            Err(error) => Err(RegisterError(Box::new(error))),
        }
    }

    fn received(&self, landed: &Landed, instance: &LandedInstance) -> Received {
        let mut header = header_of(&instance.header);
        let of_phantom = |id: &String| self.phantom_patient_ids.iter().any(|start| id.starts_with(start.as_str()));
        header.phantom = instance.quality_control || header.claim.patient_id.as_ref().is_some_and(of_phantom);
        Received {
            group: self.defaults.group,
            header,
            sha256: instance.sha256,
            size_bytes: instance.size_bytes,
            place: landed.place,
            source: landed.source.clone(),
            received_at: landed.received_at,
        }
    }
}

#[async_trait::async_trait]
impl Register for CatalogueRegister {
    async fn applied(&self, writer: u32) -> Result<Option<Position>, RegisterError> {
        let applied = self.catalogue.applied(writer).await.map_err(|error| RegisterError(Box::new(error)))?;
        Ok(applied.map(|applied| Position { segment: applied.segment, offset: applied.offset }))
    }

    /// Messages first, each durable by itself; then the images and the position, in one transaction. A crash in
    /// between leaves the position behind, and the messages come again, which changes nothing.
    async fn receive(&self, batch: &[Landed], applied: Applied) -> Result<Vec<Verdict>, RegisterError> {
        let mut verdicts = Vec::with_capacity(batch.len());
        let mut images = Vec::new();
        for landed in batch {
            match &landed.body {
                LandedBody::Message(raw) => verdicts.push(Some(self.message(landed, raw).await?)),
                LandedBody::Instance(instance) => {
                    images.push(self.received(landed, instance));
                    verdicts.push(None);
                }
            }
        }
        let Position { segment, offset } = applied.position;
        let applied = record::Applied { writer: applied.writer, segment, offset };
        let outcomes = self.catalogue.receive(images, Some(applied)).await;
        let mut outcomes = outcomes.map_err(|error| RegisterError(Box::new(error)))?.into_iter();
        let verdicts: Option<Vec<Verdict>> =
            verdicts.into_iter().map(|verdict| verdict.or_else(|| outcomes.next().map(verdict_of))).collect();
        verdicts.ok_or_else(|| RegisterError("the catalogue gave fewer outcomes than images".into()))
    }
}

fn verdict_of(outcome: ReceiveOutcome) -> Verdict {
    match outcome {
        ReceiveOutcome::Stored => Verdict::Stored,
        ReceiveOutcome::Duplicate => Verdict::Duplicate,
        ReceiveOutcome::Conflict => Verdict::Conflict,
    }
}

/// The catalogue's words for what the scanner read. A value that is no date or number is absent here and stays in the
/// file: an invalid one refuses nothing (PS3.4 §B.2.3).
pub fn header_of(from: &InstanceHeader) -> record::InstanceHeader {
    let issuer = from.issuer_of_patient_id.clone().or_else(|| from.issuer_of_patient_id_universal.clone());
    record::InstanceHeader {
        sop_instance_uid: from.sop_instance_uid.clone(),
        sop_class_uid: from.sop_class_uid.clone(),
        transfer_syntax_uid: from.transfer_syntax_uid.clone(),
        study_instance_uid: from.study_instance_uid.clone(),
        series_instance_uid: from.series_instance_uid.clone(),
        claim: ImageClaim {
            patient_id: from.patient_id.clone(),
            issuer,
            name: name(&from.patient_name),
            birth_date: from.patient_birth_date.as_deref().and_then(BirthDate::parse),
            sex: from.patient_sex.clone(),
        },
        accession_number: from.accession_number.clone(),
        accession_issuer: from.issuer_of_accession_number.clone(),
        modality: from.modality.clone(),
        study_date: from.study_date.as_deref().and_then(date),
        study_time: from.study_time.clone(),
        series_date: from.series_date.as_deref().and_then(date),
        study_description: from.study_description.clone(),
        series_description: from.series_description.clone(),
        referring_physician: name(&from.referring_physician_name),
        institution: from.institution_name.clone(),
        series_number: from.series_number.and_then(|number| i32::try_from(number).ok()),
        instance_number: from.instance_number.and_then(|number| i32::try_from(number).ok()),
        frames: from.number_of_frames,
        rows: from.rows,
        columns: from.columns,
        phantom: false,
        attributes: from.attributes.clone(),
    }
}

/// A name with its groups, without the empty ones at the end.
fn name(from: &PersonName) -> Option<String> {
    let joined = [&*from.alphabetic, &from.ideographic, &from.phonetic].join("=");
    let joined = joined.trim_end_matches('=');
    (!joined.is_empty()).then(|| joined.to_owned())
}

/// A DA, also in the form of ACR-NEMA: `20240110`, `2024.01.10` (PS3.5 §6.2).
fn date(text: &str) -> Option<Date> {
    let digits: String = text.trim().chars().filter(|character| *character != '.').collect();
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u16>().ok();
    let month = Month::try_from(u8::try_from(number(4..6)?).ok()?).ok()?;
    Date::from_calendar_date(i32::from(number(0..4)?), month, u8::try_from(number(6..8)?).ok()?).ok()
}
