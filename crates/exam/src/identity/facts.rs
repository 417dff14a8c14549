//! The facts, as plain data that another room stores.

use crate::dates::BirthDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use time::OffsetDateTime;

/// A number and who gave it: never empty, blanks trimmed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identifier {
    /// The issuer: an OID when the message gives one, else its local name.
    pub issuer: String,
    /// The number.
    pub value: String,
}

impl Identifier {
    /// An identifier from an issuer and a number.
    pub fn new(issuer: impl Into<String>, value: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), value: value.into() }
    }
}

/// A patient's number as it came: the issuer may be missing, the number may be blank or NUL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClaimedId {
    /// The issuer, if the source names one.
    pub issuer: Option<String>,
    /// The number.
    pub value: String,
}

impl ClaimedId {
    /// A claimed number.
    pub fn new(issuer: Option<&str>, value: &str) -> Self {
        Self { issuer: issuer.map(str::to_owned), value: value.to_owned() }
    }

    /// The identifier meant, with `default_issuer` when none is named; `None` for a blank number.
    pub fn identifier(&self, default_issuer: &str) -> Option<Identifier> {
        let value = cleaned(&self.value)?;
        let issuer = self.issuer.as_deref().and_then(cleaned).unwrap_or(default_issuer);
        Some(Identifier::new(issuer, value))
    }
}

/// An accession number and who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Accession {
    /// The issuer, if the source names one.
    pub issuer: Option<String>,
    /// The number.
    pub value: String,
}

impl Accession {
    /// An accession number.
    pub fn new(issuer: Option<&str>, value: &str) -> Self {
        Self { issuer: issuer.map(str::to_owned), value: value.to_owned() }
    }

    /// The accession meant, with `default_issuer` when none is named; `None` for a blank number.
    pub fn identifier(&self, default_issuer: &str) -> Option<Identifier> {
        ClaimedId { issuer: self.issuer.clone(), value: self.value.clone() }.identifier(default_issuer)
    }
}

/// Without the blanks and NULs around it; `None` when nothing is left.
pub(super) fn cleaned(text: &str) -> Option<&str> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!text.is_empty() && text != "\"\"").then_some(text)
}

/// Administrative sex. Unknown is `None` where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Sex {
    /// Female.
    F,
    /// Male.
    M,
    /// Neither: contradicts nothing.
    O,
}

impl Sex {
    /// Reads a DICOM or HL7 code; unknown codes are unknown.
    pub fn parse(code: &str) -> Option<Self> {
        match code.trim() {
            "F" | "f" => Some(Self::F),
            "M" | "m" => Some(Self::M),
            "O" | "A" => Some(Self::O),
            _ => None,
        }
    }

    /// Whether two sexes cannot be of one person's record.
    pub fn contradicts(self, other: Self) -> bool {
        self != Self::O && other != Self::O && self != other
    }
}

/// What a source says of the person, beside the numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Traits {
    /// Birth name (family). An image's only family name goes here.
    pub birth_name: Option<String>,
    /// Used name (family).
    pub used_name: Option<String>,
    /// First names.
    pub first_names: Option<String>,
    /// Birth date, perhaps partial.
    pub birth: Option<BirthDate>,
    /// Sex.
    pub sex: Option<Sex>,
}

/// A message's own place in time: its time, then its control id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageKey {
    /// The message's time (MSH-7).
    pub time: OffsetDateTime,
    /// The message's control id (MSH-10).
    pub control_id: String,
}

/// What an image says. One per distinct saying of a study is enough.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ImageClaim {
    /// Study Instance UID.
    pub study_uid: String,
    /// Accession number.
    pub accession: Option<Accession>,
    /// Patient ID and the other ids, as they came.
    pub patient_ids: Vec<ClaimedId>,
    /// Name, birth date, sex.
    pub traits: Traits,
}

/// What an order says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrderFact {
    /// The message.
    pub message: MessageKey,
    /// Placer order number.
    pub placer: Option<Accession>,
    /// Accession number.
    pub accession: Option<Accession>,
    /// Study Instance UID, if already given.
    pub study_uid: Option<String>,
    /// The patient's numbers.
    pub patient_ids: Vec<ClaimedId>,
    /// The patient's traits.
    pub traits: Traits,
}

/// What a report says. The same shape as an order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReportFact {
    /// The message.
    pub message: MessageKey,
    /// Placer order number.
    pub placer: Option<Accession>,
    /// Accession number.
    pub accession: Option<Accession>,
    /// Study Instance UID.
    pub study_uid: Option<String>,
    /// The patient's numbers.
    pub patient_ids: Vec<ClaimedId>,
    /// The patient's traits.
    pub traits: Traits,
}

/// Where a fact about a patient was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatientSource {
    /// The patient part of an order or a report.
    OrderOrReport,
    /// A message about the patient (ADT): prevails over the other.
    Adt,
}

/// What a message says about a patient.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PatientFact {
    /// The message.
    pub message: MessageKey,
    /// What kind of message.
    pub source: PatientSource,
    /// All numbers given together, the patient's own first.
    pub ids: Vec<ClaimedId>,
    /// The traits.
    pub traits: Traits,
}

/// *`merged` is in truth `survivor`* (ADT^A40).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MergeFact {
    /// The message.
    pub message: MessageKey,
    /// Who remains (PID-3).
    pub survivor: Identifier,
    /// Who is gone (MRG-1).
    pub merged: Identifier,
}

/// A human's word: this exam is this patient's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Decision {
    /// When it was decided.
    pub at: OffsetDateTime,
    /// Whose exam it is.
    pub patient: Identifier,
}

/// All facts that can bear on one exam. Order and repeats do not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamIdentityFacts {
    /// The exam's studies (usually one).
    pub study_uids: BTreeSet<String>,
    /// What the exam's images say, *and* what images of other studies with the same accession number say.
    pub images: Vec<ImageClaim>,
    /// Orders that share a study UID or an accession number with the images.
    pub orders: Vec<OrderFact>,
    /// Reports that share a study UID, an accession or a placer number with the images or the orders.
    pub reports: Vec<ReportFact>,
    /// What is known of the patients whose numbers stand above, and of those they were merged into.
    pub patients: Vec<PatientFact>,
    /// Merges about those numbers, chains included.
    pub merges: Vec<MergeFact>,
    /// Humans' decisions on this exam.
    pub decisions: Vec<Decision>,
}
