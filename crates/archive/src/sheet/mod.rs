//! The sheet: a copy of the report issued with its access code (contract used by `issue.rs`; the making is to come).

use time::Date;
use zeroize::Zeroizing;

/// What stands on a sheet.
pub struct SheetData {
    /// Address to type, without scheme.
    pub address: String,
    /// What the QR opens: the address with the token in its fragment.
    pub qr_url: Zeroizing<String>,
    /// Exam number, grouped: `123 456 789 0`.
    pub number: String,
    /// Access code, grouped: `XXXX-XXXX-XXXX-C`.
    pub code: Zeroizing<String>,
    /// Last day on line, inclusive.
    pub online_until: Date,
    /// Last day of the archive's minimum, if archived.
    pub archived_until: Option<Date>,
    /// The site's name.
    pub site: String,
    /// Its telephone.
    pub phone: String,
    /// Its hours.
    pub hours: String,
    /// The exam in words, for a sheet without report.
    pub title: String,
    /// The exam's date, for a sheet without report.
    pub exam_date: Date,
    /// English instead of French.
    pub english: bool,
}

/// Why a sheet could not be made. No code in any text.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The report's PDF cannot be read.
    #[error("the report's PDF cannot be read")]
    Report,
    /// The page could not be drawn.
    #[error("the sheet could not be drawn: {0}")]
    Draw(&'static str),
}

/// The PDF to hand out: the report with the sheet at the bottom of its last page, or on a page of its own, or (for
/// a signed or protected report, which is left untouched, or when there is no report) the sheet alone.
pub fn make(report: Option<&[u8]>, data: &SheetData) -> Result<Zeroizing<Vec<u8>>, SheetError> {
    let _ = (report, data);
    Err(SheetError::Draw("not made yet"))
}
