//! Where a finished sheet goes by itself: a watched folder, the information system.

use async_trait::async_trait;
use bytes::Bytes;
use zeroize::Zeroizing;

/// A sheet that leaves.
pub struct LeavingSheet {
    /// Names the file; random, no identity.
    pub sheet: uuid::Uuid,
    /// The exam number.
    pub number: String,
    /// The exam as the information system knows it.
    pub exam: record::ExamDetail,
    /// The copy of the report with its code (PDF). Never kept.
    pub pdf: Zeroizing<Vec<u8>>,
    /// The report itself, untouched and without code, when it may not be stamped (signed, protected): it goes beside.
    pub report: Option<Bytes>,
}

/// A code reserved when its exam was ordered, on its way to the information system's own template. Never kept.
pub struct LeavingCode {
    /// Names the message; random, no identity.
    pub sheet: uuid::Uuid,
    /// The exam number, grouped.
    pub number: String,
    /// The code, grouped.
    pub code: Zeroizing<String>,
    /// The address to type, without scheme.
    pub address: String,
    /// What the template's QR opens.
    pub qr_url: Zeroizing<String>,
    /// The order, as the information system sent it.
    pub order: record::OrderFact,
}

/// A way out for sheets.
#[async_trait]
pub trait SheetOutlet: Send + Sync + 'static {
    /// The word kept with the sheet's row: `folder`, `oru`.
    fn name(&self) -> &'static str;
    /// Delivers it; an error means it did not leave and its code must die.
    async fn deliver(&self, sheet: &LeavingSheet) -> Result<(), String>;
    /// Whether it takes codes reserved at order time, to be printed by a template that is not ours.
    fn takes_codes(&self) -> bool {
        false
    }
    /// Returns such a code; an error means that it did not leave and must die.
    async fn return_code(&self, _code: &LeavingCode) -> Result<(), String> {
        Err("it takes no codes".to_owned())
    }
}
