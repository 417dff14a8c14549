//! The totals of an invoice, from its lines.

use super::layout::RecordKind;
use super::record::{B2Error, Record};

/// What record 5 must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Lines of types 3 and 4, their complements included.
    pub lines: u64,
    /// Charged by technical fees, in cents.
    pub hospital_total: u64,
    /// Of that, the base.
    pub hospital_base: u64,
    /// Of that, the fund's part.
    pub hospital_fund: u64,
    /// Charged by acts, in cents.
    pub fees: u64,
    /// Of that, the fund's part.
    pub fees_fund: u64,
    /// Complementary cover's part of the technical fees.
    pub complementary_hospital: u64,
    /// Complementary cover's part of the acts.
    pub complementary_fees: u64,
}

/// Why an invoice does not balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TotalsError {
    /// There must be one, the last.
    #[error("an invoice ends with its one record of totals")]
    NoTotals,
    /// A total is not the sum of its lines.
    #[error("the total {0} is not the sum of the lines")]
    Differs(&'static str),
    /// The fund would pay more than was charged.
    #[error("the fund's part is more than the whole")]
    TooMuch,
}

/// The sums over the lines of one invoice.
pub fn totals(lines: &[Record]) -> Totals {
    let mut sums = Totals::default();
    for line in lines {
        match line.kind {
            RecordKind::Fee => {
                sums.hospital_total += line.number("total");
                sums.hospital_base += line.number("base");
                sums.hospital_fund += line.number("fund-amount");
                sums.complementary_hospital += line.number("complementary-amount");
            }
            RecordKind::Act => {
                sums.fees += line.number("fees");
                sums.fees_fund += line.number("fund-amount");
                sums.complementary_fees += line.number("complementary-amount");
            }
            RecordKind::Invoice | RecordKind::InvoiceMore | RecordKind::Totals => continue,
            RecordKind::File | RecordKind::Lot | RecordKind::LotEnd | RecordKind::FileEnd => continue,
            RecordKind::FeeMore
            | RecordKind::FeeProfessionals
            | RecordKind::ActMore
            | RecordKind::ActProfessionals
            | RecordKind::ActCoded => {}
        }
        sums.lines += 1;
    }
    sums
}

impl Totals {
    /// What is left to the insured person: the whole less the fund's parts.
    pub fn insured_share(&self) -> Option<u64> {
        let charged = self.hospital_total.checked_add(self.fees)?;
        charged.checked_sub(self.hospital_fund)?.checked_sub(self.fees_fund)
    }

    fn named(&self) -> Option<[(&'static str, u64); 9]> {
        Some([
            ("lines", self.lines),
            ("hospital-base", self.hospital_base),
            ("hospital-fund", self.hospital_fund),
            ("fees", self.fees),
            ("fees-fund", self.fees_fund),
            ("insured-share", self.insured_share()?),
            ("complementary-hospital", self.complementary_hospital),
            ("complementary-fees", self.complementary_fees),
            ("hospital-total", self.hospital_total),
        ])
    }

    /// Writes them into a record 5.
    pub fn fill(&self, record: Record) -> Result<Record, B2Error> {
        let named = self.named().ok_or(B2Error::Value("insured-share"))?;
        named.into_iter().try_fold(record, |record, (name, value)| record.with(name, value))
    }
}

/// Whether an invoice's record 5 says what its lines add up to.
pub fn check(invoice: &[Record]) -> Result<(), TotalsError> {
    let (last, lines) = invoice.split_last().ok_or(TotalsError::NoTotals)?;
    if last.kind != RecordKind::Totals || lines.iter().any(|line| line.kind == RecordKind::Totals) {
        return Err(TotalsError::NoTotals);
    }
    let named = totals(lines).named().ok_or(TotalsError::TooMuch)?;
    match named.into_iter().find(|(name, value)| last.number(name) != *value) {
        Some((name, _)) => Err(TotalsError::Differs(name)),
        None => Ok(()),
    }
}
