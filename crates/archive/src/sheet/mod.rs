//! The sheet: a copy of the report issued with its access code, in the bottom margin of the last page.
//!
//! Bytes in, bytes out. Nothing is written anywhere, and nothing of the report is ever covered: where the margin is not
//! surely free a page is added; a signed or protected report is left untouched and the sheet is a document of its own.
//!
//! Start with [`stamp`].

mod frame;
mod geometry;
mod import;
mod marks;
mod occupied;
pub(crate) mod pen;
mod stamp;
mod words;

#[cfg(test)]
mod tests;

use time::Date;
use zeroize::Zeroizing;

pub use stamp::{Stamped, stamp};

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
    /// The report is not a PDF at all.
    #[error("the report's PDF cannot be read")]
    Report,
    /// The page could not be drawn.
    #[error("the sheet could not be drawn: {0}")]
    Draw(&'static str),
}

/// A date in full, in French: *1er janvier 2027*.
pub(crate) fn french_date(date: Date) -> String {
    words::date(date, false)
}

/// The PDF to hand out: the report with the sheet at the bottom of its last page, or on a page of its own, or (for
/// a signed, protected or unreadable report, which is left untouched, or when there is no report) the sheet alone.
pub fn make(report: Option<&[u8]>, data: &SheetData) -> Result<Zeroizing<Vec<u8>>, SheetError> {
    match report {
        None => frame::page(data, words::Companion::Nothing),
        Some(report) => stamp(report, data).map(Stamped::into_pdf),
    }
}
