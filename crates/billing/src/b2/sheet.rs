//! One care sheet as its records: 2, 2S, then 4, 4E and 4M for each act, then 5.

use super::invoice::totals;
use super::layout::RecordKind;
use super::record::{B2Error, Record};
use crate::money::Cents;
use time::Date;

/// A care sheet. Numbers are texts of digits, as the insured person's card or the directory has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CareSheet {
    /// The biller's number, 9 characters.
    pub partner: String,
    /// The insured person's number and key, 15 characters.
    pub insured: String,
    /// Its place in the lot, from 1.
    pub rank: u64,
    /// The invoice's number, 9 digits at most.
    pub invoice: u64,
    /// Regime (2), fund (3) and centre (4).
    pub body: [String; 3],
    /// 10 illness, 90 prevention.
    pub nature: u64,
    /// The code of the exemption ([`crate::invoice::Exemption::code`]).
    pub exemption: char,
    /// The patient's birth date: year within the century, month, day; zeros for what is unknown.
    pub born: [u64; 3],
    /// Rank of birth.
    pub birth_rank: u64,
    /// `T` in the coordinated pathway, `H` outside.
    pub care_path: char,
    /// The complementary body, if it is billed.
    pub complementary: Option<String>,
    /// The prescriber's RPPS, if there is one.
    pub prescriber: Option<String>,
    /// The performer's RPPS.
    pub performer: String,
    /// The acts.
    pub lines: Vec<SheetLine>,
}

/// An act on a care sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetLine {
    /// The day.
    pub date: Date,
    /// The act's code.
    pub ccam: String,
    /// Activity.
    pub activity: u64,
    /// Phase.
    pub phase: u64,
    /// `ADI`, `ADE`, …
    pub grouping: String,
    /// Letters, in the order they are printed.
    pub modifiers: String,
    /// Association code.
    pub association: Option<u8>,
    /// What is charged.
    pub amount: Cents,
    /// The fund's rate, in per cent.
    pub rate: u64,
    /// The fund's part.
    pub fund: Cents,
    /// The complementary cover's part.
    pub complementary: Cents,
}

/// The records of a sheet, totals included.
///
/// # Errors
/// [`B2Error`] for a value that has no place in its field; nothing is ever cut.
pub fn records(sheet: &CareSheet) -> Result<Vec<Record>, B2Error> {
    let mut all = vec![head(sheet, ranked(sheet, RecordKind::Invoice)?)?, more(sheet)?];
    for (place, line) in sheet.lines.iter().enumerate() {
        let sequence = u64::try_from(place).unwrap_or(u64::MAX).saturating_add(1);
        all.push(act(sheet, line)?);
        all.push(professionals(sheet)?);
        all.push(coded(sheet, line, sequence)?);
    }
    let sums = totals(&all);
    all.push(sums.fill(ranked(sheet, RecordKind::Totals)?)?);
    Ok(all)
}

fn begun(sheet: &CareSheet, kind: RecordKind) -> Result<Record, B2Error> {
    let (number, key) = sheet.insured.split_at_checked(13).ok_or(B2Error::Value("insured-nir"))?;
    let key = key.parse::<u64>().map_err(|_| B2Error::Value("insured-key"))?;
    Record::new(kind)
        .with("partner", sheet.partner.as_str())?
        .with("insured-nir", number)?
        .with("insured-key", key)?
        .with("invoice", sheet.invoice)
}

fn ranked(sheet: &CareSheet, kind: RecordKind) -> Result<Record, B2Error> {
    begun(sheet, kind)?.with("rank", sheet.rank)
}

fn head(sheet: &CareSheet, record: Record) -> Result<Record, B2Error> {
    let [regime, fund, centre] = &sheet.body;
    let digits = |text: &str, name| text.parse::<u64>().map_err(|_| B2Error::Value(name));
    let [year, month, day] = sheet.born;
    record
        .with("nature", 1)?
        .with("regime", digits(regime, "regime")?)?
        .with("fund", digits(fund, "fund")?)?
        .with("centre", digits(centre, "centre")?)?
        .with("insurance-nature", sheet.nature)?
        .with("exemption", sheet.exemption.to_string().as_str())?
        .with("birth-date", year * 10_000 + month * 100 + day)?
        .with("birth-rank", sheet.birth_rank)?
        .with("complementary-body", sheet.complementary.as_deref().unwrap_or_default())
}

fn more(sheet: &CareSheet) -> Result<Record, B2Error> {
    ranked(sheet, RecordKind::InvoiceMore)?.with("care-path", sheet.care_path.to_string().as_str())
}

fn act(sheet: &CareSheet, line: &SheetLine) -> Result<Record, B2Error> {
    let cents = |cents: Cents, name| u64::try_from(cents.0).map_err(|_| B2Error::Value(name));
    ranked(sheet, RecordKind::Act)?
        .with("exemption", sheet.exemption.to_string().as_str())?
        .with("care-date", six(line.date))?
        .with("code", line.grouping.as_str())?
        .with("quantity", 1)?
        .with("coefficient", 100)?
        .with("unit-price", cents(line.amount, "unit-price")?)?
        .with("base", cents(line.amount, "base")?)?
        .with("rate", line.rate)?
        .with("fund-amount", cents(line.fund, "fund-amount")?)?
        .with("fees", cents(line.amount, "fees")?)?
        .with("complementary-amount", cents(line.complementary, "complementary-amount")?)
}

fn professionals(sheet: &CareSheet) -> Result<Record, B2Error> {
    let digits = |text: &str, name| text.parse::<u64>().map_err(|_| B2Error::Value(name));
    let prescriber = sheet.prescriber.as_deref().map_or(Ok(0), |rpps| digits(rpps, "prescriber-rpps"))?;
    begun(sheet, RecordKind::ActProfessionals)?
        .with("prescriber-rpps", prescriber)?
        .with("performer-rpps", digits(&sheet.performer, "performer-rpps")?)
}

fn coded(sheet: &CareSheet, line: &SheetLine, sequence: u64) -> Result<Record, B2Error> {
    const PLACES: [&str; 4] = ["modifier-1", "modifier-2", "modifier-3", "modifier-4"];
    if line.modifiers.chars().count() > PLACES.len() {
        return Err(B2Error::Value("modifier-4"));
    }
    let mut record = begun(sheet, RecordKind::ActCoded)?
        .with("sequence", sequence)?
        .with("ccam", line.ccam.as_str())?
        .with("activity", line.activity)?
        .with("phase", line.phase)?
        .with("association", line.association.map(|code| code.to_string()).unwrap_or_default().as_str())?
        .with("session-date", six(line.date))?;
    for (place, letter) in PLACES.into_iter().zip(line.modifiers.chars()) {
        record = record.with(place, letter.to_string().as_str())?;
    }
    Ok(record)
}

/// `AAMMJJ`.
pub(super) fn six(date: Date) -> u64 {
    let year = u64::try_from(date.year().rem_euclid(100)).unwrap_or(0);
    year * 10_000 + u64::from(u8::from(date.month())) * 100 + u64::from(date.day())
}
