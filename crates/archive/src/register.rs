//! What lands becomes visible: the landing log's port, on the record.

use async_trait::async_trait;
use dicom::Tag;
use dicom::header::{InstanceHeader as DicomHeader, PersonName};
use dicom::scan::{Limits, Scanned, scan_part10};
use intake::landing::{Applied, Landed, LandedBody, LandedInstance, Position, Register, RegisterError, Verdict};
use record::{
    BirthDate, Catalogue, GroupId, ImageClaim, InstanceHeader, MessageEffect, MessageFact, ReceiveOutcome, Received,
};
use std::sync::Arc;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

/// Reads an HL7 message as a fact, or says (without personal data) why it cannot be used.
pub type ReadMessage = Box<dyn Fn(&[u8], OffsetDateTime) -> Result<MessageFact, String> + Send + Sync>;

/// The record, as the landing log sees it.
pub struct CatalogueRegister {
    /// The record.
    pub catalogue: Arc<dyn Catalogue>,
    /// The group everything here belongs to.
    pub group: GroupId,
    /// Reads a message.
    pub read: ReadMessage,
}

#[async_trait]
impl Register for CatalogueRegister {
    async fn applied(&self, writer: u32) -> Result<Option<Position>, RegisterError> {
        let applied = self.catalogue.applied(writer).await.map_err(failed)?;
        Ok(applied.map(|applied| Position { segment: applied.segment, offset: applied.offset }))
    }

    async fn receive(&self, batch: &[Landed], applied: Applied) -> Result<Vec<Verdict>, RegisterError> {
        let mut verdicts = vec![Verdict::Stored; batch.len()];
        let (mut images, mut at) = (Vec::new(), Vec::new());
        for (index, (landed, verdict)) in batch.iter().zip(&mut verdicts).enumerate() {
            match &landed.body {
                LandedBody::Message(raw) => *verdict = self.message(landed, raw).await?,
                LandedBody::Instance(instance) => {
                    images.push(self.image(landed, instance));
                    at.push(index);
                }
            }
        }
        let position = record::Applied {
            writer: applied.writer,
            segment: applied.position.segment,
            offset: applied.position.offset,
        };
        let outcomes = self.catalogue.receive(images, Some(position)).await.map_err(failed)?;
        for (index, outcome) in at.into_iter().zip(outcomes) {
            if let Some(verdict) = verdicts.get_mut(index) {
                *verdict = match outcome {
                    ReceiveOutcome::Stored => Verdict::Stored,
                    ReceiveOutcome::Duplicate => Verdict::Duplicate,
                    ReceiveOutcome::Conflict => Verdict::Conflict,
                };
            }
        }
        Ok(verdicts)
    }
}

impl CatalogueRegister {
    async fn message(&self, landed: &Landed, raw: &[u8]) -> Result<Verdict, RegisterError> {
        let fact = match (self.read)(raw, landed.received_at) {
            Ok(fact) => fact,
            Err(reason) => return Ok(Verdict::Declined(reason)),
        };
        match self.catalogue.apply(fact).await.map_err(failed)? {
            MessageEffect::Applied => Ok(Verdict::Stored),
            MessageEffect::AlreadyApplied => Ok(Verdict::Duplicate),
            MessageEffect::Refused(reason) => Ok(Verdict::Declined(reason)),
        }
    }

    fn image(&self, landed: &Landed, instance: &LandedInstance) -> Received {
        let header = DicomHeader::clone(&instance.header);
        let syntax = header.transfer_syntax_uid.clone();
        let mut header = translate(header, &syntax);
        header.phantom |= instance.quality_control;
        Received {
            group: self.group,
            header,
            sha256: instance.sha256,
            size_bytes: instance.size_bytes,
            place: landed.place,
            source: landed.source.clone(),
            received_at: landed.received_at,
        }
    }
}

fn failed(error: record::RecordError) -> RegisterError {
    RegisterError(Box::new(error))
}

/// The record's header from the head of a Part 10 file.
pub(crate) fn header_of(head: &[u8], transfer_syntax_uid: &str) -> Result<InstanceHeader, String> {
    let scanned = scan_part10(head, &Limits::default()).map_err(|error| error.to_string())?;
    let header = DicomHeader::from_scan(&scanned).map_err(|error| error.to_string())?;
    let mut header = translate(header, transfer_syntax_uid);
    header.phantom |= quality_control(&scanned);
    Ok(header)
}

/// The file says of itself that it is a test of the device: Quality Control Subject or Image (PS3.3 §C.7.1.1, §C.7.6.1).
fn quality_control(scanned: &Scanned) -> bool {
    let says_yes = |tag| scanned.dataset().plain_text(tag).is_some_and(|text| text == "YES");
    [Tag(0x0010, 0x0200), Tag(0x0028, 0x0300)].into_iter().any(says_yes)
}

/// A DICOM header in the record's words.
pub(crate) fn translate(header: DicomHeader, transfer_syntax_uid: &str) -> InstanceHeader {
    InstanceHeader {
        phantom: is_phantom(&header),
        claim: ImageClaim {
            patient_id: header.patient_id,
            issuer: header.issuer_of_patient_id.or(header.issuer_of_patient_id_universal),
            name: name(&header.patient_name),
            birth_date: header.patient_birth_date.as_deref().and_then(birth_date),
            sex: header.patient_sex,
        },
        sop_instance_uid: header.sop_instance_uid,
        sop_class_uid: header.sop_class_uid,
        transfer_syntax_uid: transfer_syntax_uid.to_owned(),
        study_instance_uid: header.study_instance_uid,
        series_instance_uid: header.series_instance_uid,
        accession_number: header.accession_number,
        accession_issuer: header.issuer_of_accession_number,
        modality: header.modality,
        study_date: header.study_date.as_deref().and_then(date),
        study_time: header.study_time,
        series_date: header.series_date.as_deref().and_then(date),
        study_description: header.study_description,
        series_description: header.series_description,
        referring_physician: name(&header.referring_physician_name),
        institution: header.institution_name,
        series_number: header.series_number.and_then(|n| i32::try_from(n).ok()),
        instance_number: header.instance_number.and_then(|n| i32::try_from(n).ok()),
        frames: header.number_of_frames,
        rows: header.rows,
        columns: header.columns,
    }
}

/// A test of the machine, not an exam of a person: service.md §2 keeps it off the web, the archive and the bills.
fn is_phantom(header: &DicomHeader) -> bool {
    let said = |text: &str| {
        let text = text.to_lowercase();
        ["phantom", "fantome", "fantôme", "test qc", "controle qualite", "contrôle qualité"]
            .iter()
            .any(|w| text.contains(w))
    };
    said(&header.patient_name.alphabetic) || header.patient_id.as_deref().is_some_and(said)
}

fn name(name: &PersonName) -> Option<String> {
    let groups = [&name.alphabetic, &name.ideographic, &name.phonetic];
    let joined = groups.map(String::as_str).join("=");
    let joined = joined.trim_end_matches('=');
    (!joined.is_empty()).then(|| joined.to_owned())
}

fn date(text: &str) -> Option<Date> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    Date::parse(digits.get(..8)?, format_description!("[year][month][day]")).ok()
}

fn birth_date(text: &str) -> Option<BirthDate> {
    let date = exam::BirthDate::parse(text)?;
    Some(BirthDate { year: date.year, month: date.month, day: date.day })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_old_devices_write_them() {
        assert_eq!(date("20240229"), Date::from_calendar_date(2024, time::Month::February, 29).ok());
        assert_eq!(date("2024.01.10"), Date::from_calendar_date(2024, time::Month::January, 10).ok());
        assert_eq!(date("20240231"), None);
        assert_eq!(date(""), None);
    }

    #[test]
    fn a_phantom_is_recognised_by_its_name_or_number() {
        let header = |name: &str, id: &str| DicomHeader {
            patient_name: PersonName { alphabetic: name.into(), ..PersonName::default() },
            patient_id: Some(id.into()),
            ..DicomHeader::default()
        };
        assert!(is_phantom(&header("CT^PHANTOM", "1")));
        assert!(is_phantom(&header("X^Y", "FANTÔME-3")));
        assert!(!is_phantom(&header("FICTIF^JEANNE", "123")));
    }
}
