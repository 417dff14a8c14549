//! Facts that HL7 messages carry, as plain data.

use super::{GroupId, StepStatus};
pub use exam::BirthDate;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

/// A patient identifier and who gave it (CX).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PatientIdentifier {
    /// CX-1.
    pub value: String,
    /// CX-4: namespace if there is one, else universal id; empty when the message has none.
    pub issuer: String,
    /// CX-5: `PI`, `INS`, `INS-C`, `NH`…; empty when the message has none.
    pub kind: String,
}

/// The traits of a patient (service.md §4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientTraits {
    /// Birth name ("nom de naissance").
    pub birth_name: String,
    /// Birth first names, separated by spaces.
    pub first_names: String,
    /// Used name ("nom utilisé"), if other.
    pub used_name: Option<String>,
    /// Used first name, if other.
    pub used_first_name: Option<String>,
    /// `M`, `F`, `O` or `U`.
    pub sex: Option<String>,
    /// Birth date.
    pub birth_date: Option<BirthDate>,
    /// INSEE code of the birth place.
    pub birth_place: Option<String>,
    /// National identity (matricule INS) once qualified, digits only.
    pub ins: Option<String>,
    /// Its root OID.
    pub ins_oid: Option<String>,
    /// Date of death.
    pub died_on: Option<Date>,
}

/// What a message says of one patient.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientFact {
    /// PID-3, in the message's order.
    pub identifiers: Vec<PatientIdentifier>,
    /// PID-5, 7, 8…
    pub traits: PatientTraits,
    /// The message takes a death back: its date is `""` (PID-29), or the patient is said not to be dead (PID-30 `N`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub death_withdrawn: bool,
    /// PID-13, 14.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
}

/// How a person is reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by", content = "address")]
pub enum Contact {
    /// An e-mail address.
    Email(String),
    /// A telephone number: digits, with `+` before an international one.
    Phone(String),
}

/// A contact and since when it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownContact {
    /// The contact.
    pub contact: Contact,
    /// When the first message that says it, and that no later one contradicts, happened.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
}

/// One patient was two (A40), or one identifier replaces another (A47).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeFact {
    /// The patient who stays (PID).
    pub kept: PatientFact,
    /// The identifiers that live on in `kept` (MRG-1).
    pub retired: Vec<PatientIdentifier>,
}

/// A professional as messages name them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Professional {
    /// RPPS, 11 digits, when valid.
    pub rpps: Option<String>,
    /// The sender's own code, when there is no RPPS.
    pub local_code: Option<String>,
    /// Family name.
    pub family_name: String,
    /// First name.
    pub first_name: String,
}

/// An accession number and who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Accession {
    /// The number.
    pub number: String,
    /// Its issuer; `None` when not said.
    pub issuer: Option<String>,
}

/// An order, or a change or the cancelling of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFact {
    /// Whose.
    pub patient: PatientFact,
    /// Accession number (IPC-1, OBR-18).
    pub accession: Option<Accession>,
    /// Study Instance UID (IPC-3, ZDS).
    pub study_instance_uid: Option<String>,
    /// Placer order number (ORC-2).
    pub placer_number: Option<String>,
    /// Act code (OBR-4.1), e.g. a CCAM code.
    pub act_code: Option<String>,
    /// Act in words (OBR-4.2).
    pub act_label: Option<String>,
    /// Modality asked for.
    pub modality: Option<String>,
    /// Who ordered it (ORC-12, OBR-16).
    pub prescriber: Option<Professional>,
    /// Who gets a copy (OBR-28).
    pub copies: Vec<Professional>,
    /// Ordering structure (ORC-21), FINESS when known.
    pub structure: Option<String>,
    /// The site that performs it.
    pub site: Option<String>,
    /// Organised screening.
    pub screening: bool,
    /// Follow-up of a treated breast cancer.
    pub breast_follow_up: bool,
    /// The minor keeps it confidential ("soin confidentiel").
    pub confidential: bool,
    /// When it is to be done.
    pub scheduled_at: Option<OffsetDateTime>,
    /// Cancelled (ORC-1 `CA`).
    pub cancelled: bool,
    /// Requested Procedure ID (IPC-2, OBR-19).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub procedure_id: Option<String>,
    /// Scheduled Procedure Step ID (IPC-4, OBR-20).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_id: Option<String>,
    /// Application entity title of the station that is to do it (IPC-9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
    /// Why it is asked for (OBR-13).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it stands (ORC-5), when the message says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StepStatus>,
}

/// OBX-11 / OBR-25 of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportStatus {
    /// `F`: validated.
    Final,
    /// `C`: validated, replaces the earlier one.
    Corrected,
    /// `D`: taken back.
    Deleted,
    /// `P`, `R`: never shown to a patient.
    Preliminary,
}

/// Surfaces a report is hidden from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Masks {
    /// MASQUE_PS: from professionals.
    pub professionals: bool,
    /// INVISIBLE_PATIENT: from the patient.
    pub patient: bool,
    /// INVISIBLE_REP_LEGAUX: from legal representatives.
    pub representatives: bool,
}

/// The kind of a document's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// PDF.
    Pdf,
    /// HL7 CDA (XML).
    Cda,
    /// Plain text, UTF-8.
    Text,
}

/// A document's bytes as received. Serialised without the bytes, which are kept apart.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Kind.
    pub kind: DocumentKind,
    /// Bytes.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").field("kind", &self.kind).field("size_bytes", &self.bytes.len()).finish()
    }
}

/// A report, a correction, or its taking back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFact {
    /// Whose.
    pub patient: PatientFact,
    /// Accession number (OBR-18, ORC-3, TXA).
    pub accession: Option<Accession>,
    /// Study Instance UID.
    pub study_instance_uid: Option<String>,
    /// Placer order number (ORC-2, OBR-2).
    pub placer_number: Option<String>,
    /// The report's own number at the sender (OBR-3, TXA-12), stable over its versions.
    pub number: Option<String>,
    /// Status.
    pub status: ReportStatus,
    /// Masks.
    pub masks: Masks,
    /// Title, if the message has one.
    pub title: Option<String>,
    /// When it was validated (OBR-22, TXA-22, else the message's own time).
    pub validated_at: Option<OffsetDateTime>,
    /// Who signed it.
    pub author: Option<Professional>,
    /// Who gets a copy (OBR-28, PRT).
    pub copies: Vec<Professional>,
    /// Who ordered the exam (OBR-16), as the report tells.
    pub prescriber: Option<Professional>,
    /// The report says: organised screening.
    pub screening: bool,
    /// The documents; empty for a deletion.
    pub documents: Vec<Document>,
}

/// One thing that a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactBody {
    /// ADT A01/A04/A08/A28/A31.
    Patient(PatientFact),
    /// ADT A40/A47.
    Merge(MergeFact),
    /// ORM/OMI.
    Order(OrderFact),
    /// ORM/OMI that only says where an order stands: its numbers and its status count, nothing else.
    OrderStatus(OrderFact),
    /// ORU/MDM.
    Report(ReportFact),
}

/// One HL7 message as facts. Its key is (group, sender, control id, digest).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFact {
    /// The group.
    pub group: GroupId,
    /// MSH-3|MSH-4 of the sender.
    pub sender: String,
    /// MSH-10.
    pub control_id: String,
    /// SHA-256 of the message's bytes.
    pub digest: [u8; 32],
    /// When it arrived.
    pub received_at: OffsetDateTime,
    /// When its event happened, as it says (EVN-2, else MSH-7); orders facts whatever their arrival.
    pub said_at: Option<OffsetDateTime>,
    /// What it says, in the message's order; empty when it was understood and tells nothing to keep.
    pub facts: Vec<FactBody>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageEffect {
    /// Kept, durably. Answer AA.
    Applied,
    /// It was already. Answer AA.
    AlreadyApplied,
    /// Answer AE with this text (no personal data). Nothing changed; a merge that contradicts an
    /// earlier one is kept all the same, and makes the exams it bears on wait for a person.
    Refused(String),
}
