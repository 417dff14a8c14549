//! Storage commitment (PS3.4 annex J): a provider says that it will keep what it was sent. Both sides of it.

use dicom::scan::{Limits, scan_dataset};
use dicom::write::Writer;
use dicom::{Vr, tag};

/// The Storage Commitment Push Model SOP Class.
pub const SOP_CLASS: &str = "1.2.840.10008.1.20.1";
/// Its well-known instance.
pub const SOP_INSTANCE: &str = "1.2.840.10008.1.20.1.1";
/// Implicit VR Little Endian.
pub(crate) const IMPLICIT: &str = "1.2.840.10008.1.2";
/// Action Type ID: request storage commitment.
pub const REQUEST: u16 = 1;
/// Event Type ID: all of it is kept (PS3.4 table J.3-2).
pub const ALL_KEPT: u16 = 1;
/// Event Type ID: some of it is not.
pub const FAILURES_EXIST: u16 = 2;
/// The longest data set of a request or of its answer, in bytes: some 150 a reference.
pub const MAX_EVENT_BYTES: usize = 16 << 20;

/// What a provider says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// The request it answers (0008,1195).
    pub transaction_uid: String,
    /// Instances it commits to.
    pub committed: Vec<String>,
    /// Instances it does not commit to.
    pub failed: Vec<String>,
}

impl Commitment {
    /// Reads the data set of an N-EVENT-REPORT; `None` when it is no such thing.
    pub fn read(bytes: &[u8], transfer_syntax_uid: &str) -> Option<Self> {
        let scanned = scan_dataset(bytes, transfer_syntax_uid, &Limits::default()).ok()?;
        let set = scanned.dataset();
        let named = |sequence| {
            let items = set.items(sequence);
            let uids = items.filter_map(|item| item.plain_text(tag::REFERENCED_SOP_INSTANCE_UID).map(|uid| uid.into()));
            uids.collect::<Vec<String>>()
        };
        let transaction_uid = set.plain_text(tag::TRANSACTION_UID)?.into_owned();
        let (committed, failed) = (named(tag::REFERENCED_SOP_SEQUENCE), named(tag::FAILED_SOP_SEQUENCE));
        crate::uid::is_valid(&transaction_uid).then_some(Self { transaction_uid, committed, failed })
    }
}

/// The data set that names instances under a transaction: of a request, or of an event without failures. `instances`:
/// SOP class and instance of each.
pub fn write(transaction_uid: &str, instances: &[(&str, &str)], implicit: bool) -> Vec<u8> {
    let writer = || if implicit { Writer::implicit() } else { Writer::explicit() };
    let item = |(class, instance): &(&str, &str)| {
        let mut item = writer();
        item.text(tag::REFERENCED_SOP_CLASS_UID, Vr::UI, class);
        item.text(tag::REFERENCED_SOP_INSTANCE_UID, Vr::UI, instance);
        item
    };
    let items: Vec<Writer> = instances.iter().map(item).collect();
    let mut set = writer();
    set.text(tag::TRANSACTION_UID, Vr::UI, transaction_uid).sequence(tag::REFERENCED_SOP_SEQUENCE, &items);
    set.into_bytes()
}

/// One instance as a request names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Referenced SOP Class UID (0008,1150).
    pub sop_class_uid: String,
    /// Referenced SOP Instance UID (0008,1155).
    pub sop_instance_uid: String,
}

/// Why an instance is not kept: Failure Reason (0008,1197), PS3.3 §C.14.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureReason {
    /// 0110H: something went wrong here.
    ProcessingFailure,
    /// 0112H: no such instance.
    NoSuchInstance,
    /// 0119H: it is here, of another SOP class.
    ClassConflict,
}

impl FailureReason {
    /// The value sent.
    pub fn code(self) -> u16 {
        match self {
            Self::ProcessingFailure => 0x0110,
            Self::NoSuchInstance => 0x0112,
            Self::ClassConflict => 0x0119,
        }
    }
}

/// What a peer asks to be kept: the data set of an N-ACTION (PS3.4 table J.3-1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Transaction UID (0008,1195).
    pub transaction_uid: String,
    /// What is to be kept, each instance once, in the peer's order.
    pub references: Vec<Reference>,
}

impl Asked {
    /// Reads it; `None` when the transaction or any instance is not named by a UID, or when there is none.
    pub fn read(bytes: &[u8], transfer_syntax_uid: &str) -> Option<Self> {
        let scanned = scan_dataset(bytes, transfer_syntax_uid, &Limits::default()).ok()?;
        let set = scanned.dataset();
        let uid = |text: Option<std::borrow::Cow<'_, str>>| text.map(|uid| uid.into_owned()).filter(|uid| is_uid(uid));
        let transaction_uid = uid(set.plain_text(tag::TRANSACTION_UID))?;
        let mut known = std::collections::BTreeSet::new();
        let mut references = Vec::new();
        for item in set.items(tag::REFERENCED_SOP_SEQUENCE) {
            let sop_class_uid = uid(item.plain_text(tag::REFERENCED_SOP_CLASS_UID))?;
            let sop_instance_uid = uid(item.plain_text(tag::REFERENCED_SOP_INSTANCE_UID))?;
            if known.insert(sop_instance_uid.clone()) {
                references.push(Reference { sop_class_uid, sop_instance_uid });
            }
        }
        (!references.is_empty()).then_some(Self { transaction_uid, references })
    }
}

fn is_uid(text: &str) -> bool {
    crate::uid::is_valid(text)
}

/// What we answer a request: the content of an N-EVENT-REPORT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The request.
    pub transaction_uid: String,
    /// What is kept.
    pub kept: Vec<Reference>,
    /// What is not, and why.
    pub failed: Vec<(Reference, FailureReason)>,
}

impl Outcome {
    /// Event Type ID: 1 when nothing failed, else 2.
    pub fn event_type(&self) -> u16 {
        if self.failed.is_empty() { ALL_KEPT } else { FAILURES_EXIST }
    }

    /// The data set of the event (PS3.4 table J.3-2).
    pub fn write(&self, implicit: bool) -> Vec<u8> {
        let writer = || if implicit { Writer::implicit() } else { Writer::explicit() };
        let item = |reference: &Reference| {
            let mut item = writer();
            item.text(tag::REFERENCED_SOP_CLASS_UID, Vr::UI, &reference.sop_class_uid);
            item.text(tag::REFERENCED_SOP_INSTANCE_UID, Vr::UI, &reference.sop_instance_uid);
            item
        };
        let failed = |(reference, reason): &(Reference, FailureReason)| {
            let mut item = item(reference);
            item.us(tag::FAILURE_REASON, reason.code());
            item
        };
        let mut set = writer();
        set.text(tag::TRANSACTION_UID, Vr::UI, &self.transaction_uid);
        if !self.failed.is_empty() {
            set.sequence(tag::FAILED_SOP_SEQUENCE, &self.failed.iter().map(failed).collect::<Vec<_>>());
        }
        if !self.kept.is_empty() {
            set.sequence(tag::REFERENCED_SOP_SEQUENCE, &self.kept.iter().map(item).collect::<Vec<_>>());
        }
        set.into_bytes()
    }
}
