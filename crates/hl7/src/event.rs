//! What a message tells, as data. Reading one never has an effect.

mod fields;
mod masks;
mod order;
mod patient;
mod report;

pub(crate) use fields::is_uid;
pub use masks::Masks;

use crate::message::Message;
use crate::types::{Coded, Number, Patient, Professional, Structure, Timestamp};

/// Where a message comes from and its place in its sender's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Sending application, MSH-3.
    pub application: String,
    /// Sending facility, MSH-4.
    pub facility: String,
    /// Control id, MSH-10.
    pub control_id: String,
    /// The message's own time, MSH-7 (then EVN-2).
    pub time: Option<Timestamp>,
    /// `ADT^A40`, as sent.
    pub kind: String,
}

/// A message understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A patient is new or changed: ADT A01–A08, A28, A31.
    Patient(PatientEvent),
    /// Patients turn out to be one: ADT A40, A47, and A34 of older senders.
    Merge(MergeEvent),
    /// Orders: ORM^O01, OMI^O23.
    Order(OrderEvent),
    /// Reports: ORU^R01, MDM T02, T04, T10.
    Report(ReportEvent),
    /// Understood, and of no consequence here: answered AA.
    Ignored {
        /// Its origin.
        origin: Origin,
    },
}

/// A patient is new or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientEvent {
    /// Origin.
    pub origin: Origin,
    /// The patient.
    pub patient: Patient,
    /// When the patient came, on messages about a visit that are no cancellation (A01, A04): EVN-6,
    /// PV1-44 or the message's time. Lengthens the hospitals' rule.
    pub visit: Option<Timestamp>,
}

/// Patients turn out to be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeEvent {
    /// Origin.
    pub origin: Origin,
    /// The merges, in the message's order.
    pub merges: Vec<Merge>,
}

/// One survivor and who was merged into it. No number stands on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// Who remains (PID).
    pub survivor: Patient,
    /// Who is gone (MRG-1).
    pub merged: Vec<Number>,
}

/// Orders for a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderEvent {
    /// Origin.
    pub origin: Origin,
    /// The patient.
    pub patient: Patient,
    /// The orders, in the message's order; never empty.
    pub orders: Vec<Order>,
}

/// What is to be done with an order (ORC-1, table 0119).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OrderControl {
    /// A new order: NW.
    #[default]
    New,
    /// Cancelled or stopped: CA, DC, OC, CR, OD.
    Cancel,
    /// Changed: XO, RO, RP, XX.
    Change,
    /// Its status: SC, SR, SN, OK and any other.
    Status,
}

/// Where an order stands (ORC-5, table 0038); what is between is not told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderStatus {
    /// Planned: SC.
    Scheduled,
    /// In process, the patient is there: IP.
    Arrived,
    /// Done: CM.
    Done,
    /// Cancelled or stopped: CA, DC.
    Cancelled,
}

/// One order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    /// What is to be done.
    pub control: OrderControl,
    /// Placer order number, ORC-2 or OBR-2.
    pub placer: Option<Number>,
    /// Filler order number, ORC-3 or OBR-3.
    pub filler: Option<Number>,
    /// Accession number: IPC-1, else OBR-18, else the filler number.
    pub accession: Option<Number>,
    /// Study Instance UID: IPC-3, else ZDS-1.
    pub study_uid: Option<String>,
    /// Act, OBR-4.
    pub act: Coded,
    /// Modality: IPC-5, else OBR-24, else OBX `MODALITE_IMAGERIE`.
    pub modality: Option<String>,
    /// Prescriber, ORC-12 or OBR-16; repetitions are kept.
    pub prescribers: Vec<Professional>,
    /// Who gets a copy of the result, OBR-28.
    pub copies_to: Vec<Professional>,
    /// Ordering structure, ORC-21 or ORC-17.
    pub structure: Option<Structure>,
    /// Clinical justification, OBR-13.
    pub clinical: String,
    /// When it was ordered, ORC-9.
    pub ordered_at: Option<Timestamp>,
    /// When it is planned, OBR-36, else TQ1-7, else ORC-7.4.
    pub planned_at: Option<Timestamp>,
    /// Requested Procedure ID: IPC-2, else OBR-19.
    pub procedure_id: Option<String>,
    /// Scheduled Procedure Step ID: IPC-4, else OBR-20.
    pub step_id: Option<String>,
    /// Application entity title of the station: IPC-9.
    pub station: Option<String>,
    /// Where the order stands, ORC-5.
    pub status: Option<OrderStatus>,
    /// Organised screening, when a `Z13.9` reason (OBR-31, DG1-3) says so.
    pub screening: Option<bool>,
}

/// Reports about a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportEvent {
    /// Origin.
    pub origin: Origin,
    /// The patient.
    pub patient: Patient,
    /// The reports, in the message's order; never empty.
    pub reports: Vec<Report>,
}

/// How far a report is (OBX-11, else OBR-25; tables 0085 and 0123).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReportStatus {
    /// Validated: F.
    Final,
    /// Validated, replaces an earlier one: C.
    Corrected,
    /// The earlier one is withdrawn: D, X, W.
    Deleted,
    /// Not validated: P, R, S, I and anything unknown. Never shown to a patient.
    #[default]
    Preliminary,
}

impl ReportStatus {
    /// Whether a patient may ever see it.
    pub fn is_validated(self) -> bool {
        matches!(self, Self::Final | Self::Corrected)
    }
}

/// What a report carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// A PDF.
    Pdf(Vec<u8>),
    /// A CDA, and the PDF that it embeds, if it does.
    Cda {
        /// The CDA, as received.
        xml: Vec<u8>,
        /// The PDF of its `nonXMLBody`.
        pdf: Option<Vec<u8>>,
    },
    /// Plain text (OBX of type TX, FT or ST), lines joined.
    Text(String),
}

/// One report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How far it is.
    pub status: ReportStatus,
    /// Its document; always there unless the status is *deleted*.
    pub document: Option<Document>,
    /// Whom it must be hidden from.
    pub masks: Masks,
    /// Placer order number, OBR-2 or ORC-2, else the CDA's order.
    pub placer: Option<Number>,
    /// Filler order number, OBR-3 or ORC-3.
    pub filler: Option<Number>,
    /// Accession number: IPC-1, OBR-18, else the CDA's, else the filler number, which most fillers
    /// use for it.
    pub accession: Option<Number>,
    /// Study Instance UID: IPC-3, ZDS-1, an OBX of code 113014 or 110180, else the CDA's.
    pub study_uid: Option<String>,
    /// What kind of report, OBR-4 or OBX-3.
    pub code: Coded,
    /// The document's own number: TXA-12, else the CDA's id.
    pub document_id: Option<String>,
    /// The number of the document it replaces: TXA-13, else the CDA's.
    pub replaces: Option<String>,
    /// When it was validated: TXA-7, TXA-4, OBR-22, OBX-14, else the message's time.
    pub validated_at: Option<Timestamp>,
    /// Who validated it: OBR-32, OBX-16, TXA-10.
    pub author: Option<Professional>,
    /// Who gets a copy, OBR-28.
    pub copies_to: Vec<Professional>,
    /// Who ordered it, OBR-16.
    pub prescribers: Vec<Professional>,
    /// Organised screening, when the CDA says so (`Z13.9`).
    pub screening: Option<bool>,
}

/// Why a message that parses is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The sender speaks of something we never handle: answered AR.
    #[error("message type is not handled here")]
    UnsupportedType,
    /// A merge, a move or a link of a kind that is not handled: taking it silently would leave two
    /// patients where there is one. Answered AR.
    #[error("trigger event is not handled here")]
    UnsupportedEvent,
    /// Several patients in a message that can only speak of one: answered AE.
    #[error("message speaks of several patients")]
    SeveralPatients,
    /// Something required is missing: answered AE.
    #[error("required field {0} is missing")]
    Missing(&'static str),
    /// A field cannot be read: answered AE.
    #[error("field {0} cannot be read")]
    Unreadable(&'static str),
    /// A patient merged with itself: answered AE.
    #[error("a patient cannot be merged with itself")]
    MergedWithItself,
    /// Masking flags that contradict each other or the destinations: answered AE.
    #[error("masking flags contradict each other")]
    InconsistentMasks,
    /// A PDF without its end, and nothing behind it: the message was cut on its way. Answered AE, so that
    /// it comes again.
    #[error("document is cut short")]
    CutShort,
    /// A document over the limit: answered AE.
    #[error("document is too large or too deep")]
    DocumentTooLarge,
}

impl Event {
    /// What a message tells.
    pub fn read(message: &Message) -> Result<Self, EventError> {
        let origin = fields::origin(message)?;
        let (code, trigger) = (message.code(), message.trigger());
        match (code.as_str(), trigger.as_str()) {
            ("ADT", "A34" | "A40" | "A47") => patient::merge(message, origin).map(Self::Merge),
            ("ADT", trigger) => patient::read(message, trigger, origin),
            ("ORM", "O01" | "") | ("OMI", "O23" | "") => order::read(message, origin).map(Self::Order),
            ("ORU", "R01" | "") => report::result(message, origin),
            ("MDM", "T02" | "T04" | "T10") => report::document(message, &trigger, origin),
            ("ACK", _) | ("MDM", _) | ("SIU", _) | ("DFT", _) | ("BAR", _) | ("ZAM", _) => Ok(Self::Ignored { origin }),
            _ => Err(EventError::UnsupportedType),
        }
    }

    /// Its origin.
    pub fn origin(&self) -> &Origin {
        match self {
            Self::Patient(event) => &event.origin,
            Self::Merge(event) => &event.origin,
            Self::Order(event) => &event.origin,
            Self::Report(event) => &event.origin,
            Self::Ignored { origin } => origin,
        }
    }
}
