//! From the record's facts to those of [`exam::identity`].

use crate::model::{FactBody, ImageClaim, InstanceHeader, PatientFact, PatientIdentifier, PatientTraits};
use crate::settings::{Settings, trimmed};
use exam::identity::{self, ClaimedId, Identifier, MessageKey, PatientSource, Sex, Traits};
use serde::{Deserialize, Serialize};
use time::Date;

/// What all images of one kind say of their study: the part of a header that bears on the exam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClaimBody {
    pub claim: ImageClaim,
    pub accession_number: Option<String>,
    pub accession_issuer: Option<String>,
    pub study_date: Option<Date>,
    pub study_time: Option<String>,
    pub study_description: Option<String>,
    pub referring_physician: Option<String>,
    pub institution: Option<String>,
    pub phantom: bool,
}

impl From<&InstanceHeader> for ClaimBody {
    fn from(header: &InstanceHeader) -> Self {
        Self {
            claim: header.claim.clone(),
            accession_number: header.accession_number.clone(),
            accession_issuer: header.accession_issuer.clone(),
            study_date: header.study_date,
            study_time: header.study_time.clone(),
            study_description: header.study_description.clone(),
            referring_physician: header.referring_physician.clone(),
            institution: header.institution.clone(),
            phantom: header.phantom,
        }
    }
}

impl ClaimBody {
    pub(crate) fn accession_key(&self, settings: &Settings) -> Option<String> {
        settings.number_key(self.accession_number.as_deref(), self.accession_issuer.as_deref())
    }

    pub(crate) fn patient_value(&self) -> Option<&str> {
        self.claim.patient_id.as_deref().map(trimmed).filter(|value| !value.is_empty())
    }

    pub(crate) fn image(&self, study_uid: &str, settings: &Settings) -> identity::ImageClaim {
        let issuer = self.claim.issuer.as_deref().map(trimmed).filter(|issuer| !issuer.is_empty());
        let id = self.patient_value().map(|value| ClaimedId {
            issuer: issuer.map(|issuer| settings.issuer(Some(issuer))),
            value: value.to_owned(),
        });
        identity::ImageClaim {
            study_uid: study_uid.to_owned(),
            accession: self.accession_key(settings).as_deref().and_then(accession),
            patient_ids: id.into_iter().collect(),
            traits: image_traits(&self.claim),
        }
    }
}

/// The accession or placer number of a key.
pub(crate) fn accession(key: &str) -> Option<identity::Accession> {
    let (issuer, number) = key.split_once('\u{1f}')?;
    Some(identity::Accession::new(Some(issuer), number))
}

/// Family and first names of a DICOM person name's first group (PS3.5 §6.2.1.1).
pub(crate) fn name_parts(name: &str) -> (Option<String>, Option<String>) {
    let group = name.split('=').find(|group| !group.trim_matches(['^', ' ']).is_empty()).unwrap_or("");
    let mut parts = group.split('^').map(|part| trimmed(part).to_owned());
    let mut next = || parts.next().filter(|part| !part.is_empty());
    (next(), next())
}

fn image_traits(claim: &ImageClaim) -> Traits {
    let (family, first) = claim.name.as_deref().map(name_parts).unwrap_or_default();
    Traits {
        birth_name: family,
        used_name: None,
        first_names: first,
        birth: claim.birth_date,
        sex: claim.sex.as_deref().and_then(Sex::parse),
    }
}

pub(crate) fn traits(from: &PatientTraits) -> Traits {
    let text = |text: &str| Some(trimmed(text).to_owned()).filter(|text| !text.is_empty());
    Traits {
        birth_name: text(&from.birth_name),
        used_name: from.used_name.as_deref().and_then(text),
        first_names: text(&from.first_names),
        birth: from.birth_date,
        sex: from.sex.as_deref().and_then(Sex::parse),
    }
}

/// Whether the identifier is the issuer's own number for the patient, not a national one.
pub(crate) fn is_local(id: &PatientIdentifier) -> bool {
    matches!(id.kind.as_str(), "PI" | "")
}

/// The identifiers of a patient, the issuer's own first.
pub(crate) fn identifiers(patient: &PatientFact, settings: &Settings) -> Vec<Identifier> {
    let (own, other): (Vec<_>, Vec<_>) = patient.identifiers.iter().partition(|id| is_local(id));
    own.into_iter().chain(other).filter_map(|id| identifier(id, settings)).collect()
}

pub(crate) fn identifier(id: &PatientIdentifier, settings: &Settings) -> Option<Identifier> {
    let value = trimmed(&id.value);
    (!value.is_empty() && value != "\"\"").then(|| Identifier::new(settings.issuer(Some(&id.issuer)), value))
}

pub(crate) fn claimed(ids: &[Identifier]) -> Vec<ClaimedId> {
    ids.iter().map(|id| ClaimedId::new(Some(&id.issuer), &id.value)).collect()
}

/// The patient a fact is about.
pub(crate) fn patient_of(body: &FactBody) -> (&PatientFact, PatientSource) {
    match body {
        FactBody::Patient(patient) => (patient, PatientSource::Adt),
        FactBody::Merge(merge) => (&merge.kept, PatientSource::Adt),
        FactBody::Order(order) | FactBody::OrderStatus(order) => (&order.patient, PatientSource::OrderOrReport),
        FactBody::Report(report) => (&report.patient, PatientSource::OrderOrReport),
    }
}

/// The merges a message states: each retired number with the kept one of the same issuer, else with
/// the patient's own.
pub(crate) fn merges(message: &MessageKey, body: &FactBody, settings: &Settings) -> Vec<identity::MergeFact> {
    let FactBody::Merge(merge) = body else { return Vec::new() };
    let kept = identifiers(&merge.kept, settings);
    let retired = merge.retired.iter().filter_map(|id| identifier(id, settings));
    retired
        .filter_map(|merged| {
            let same_issuer = kept.iter().find(|id| id.issuer == merged.issuer);
            let survivor = same_issuer.or(kept.first())?.clone();
            Some(identity::MergeFact { message: message.clone(), survivor, merged })
        })
        .collect()
}
