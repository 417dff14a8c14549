//! Storage commitment (PS3.4 annex J): a provider says that it will keep what it was sent.

use dicom::scan::{Limits, scan_dataset};
use dicom::write::Writer;
use dicom::{Vr, tag};

/// The Storage Commitment Push Model SOP Class.
pub const SOP_CLASS: &str = "1.2.840.10008.1.20.1";
/// Its well-known instance.
pub const SOP_INSTANCE: &str = "1.2.840.10008.1.20.1.1";
/// Action Type ID: request storage commitment.
pub const REQUEST: u16 = 1;
/// The longest N-EVENT-REPORT data set taken, in bytes: some 150 a reference.
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
