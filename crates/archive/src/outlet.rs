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

/// A way out for sheets.
#[async_trait]
pub trait SheetOutlet: Send + Sync + 'static {
    /// The word kept with the sheet's row: `folder`, `oru`.
    fn name(&self) -> &'static str;
    /// Delivers it; an error means it did not leave and its code must die.
    async fn deliver(&self, sheet: &LeavingSheet) -> Result<(), String>;
}
