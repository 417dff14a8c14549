//! A file of one lot: 000, 1, the sheets, 6, 999; read back with all its totals added up again.

use super::invoice::{TotalsError, check, totals};
use super::layout::{LENGTH, RecordKind};
use super::record::{B2Error, Record};
use super::sheet::six;
use time::Date;

/// A lot to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotFile {
    /// The biller's number.
    pub partner: String,
    /// The lot's number, from 1.
    pub lot: u64,
    /// The day it is made.
    pub made_on: Date,
    /// The fund pays the practice; else the insured person has paid.
    pub third_party: bool,
    /// The records of each sheet.
    pub sheets: Vec<Vec<Record>>,
}

/// A lot as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLot {
    /// The biller's number.
    pub partner: String,
    /// The lot's number.
    pub lot: u64,
    /// The fund pays the practice.
    pub third_party: bool,
    /// The records of each sheet.
    pub sheets: Vec<Vec<Record>>,
}

/// Why a file is not a lot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LotError {
    /// Not so many records of 128 bytes.
    #[error("the file is not made of records of 128 bytes")]
    Length,
    /// A record cannot be read.
    #[error("record {0}: {1}")]
    Record(usize, B2Error),
    /// A record is not where it should be.
    #[error("record {0} is out of place")]
    Place(usize),
    /// A sheet does not add up.
    #[error("sheet {0}: {1}")]
    Sheet(usize, TotalsError),
    /// What the end of the lot or of the file says is not what stands in it.
    #[error("the totals of the lot are not those of its sheets")]
    Totals,
}

/// What the end of a lot says of its sheets.
fn sums(sheets: &[Vec<Record>]) -> [u64; 5] {
    let mut sums = [0; 5];
    for sheet in sheets {
        let of = totals(sheet);
        let more = [
            1,
            u64::try_from(sheet.len()).unwrap_or(u64::MAX),
            of.fees + of.hospital_total,
            of.fees_fund + of.hospital_fund,
            of.complementary_fees + of.complementary_hospital,
        ];
        sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }
    sums
}

const NAMES: [&str; 5] = ["invoices", "records", "charged", "fund-amount", "complementary-amount"];

/// The bytes of a file.
///
/// # Errors
/// [`B2Error`] for a value that has no place in its field.
pub fn write(file: &LotFile) -> Result<String, B2Error> {
    let made_on = six(file.made_on);
    let first = Record::new(RecordKind::File)
        .with("emitter-type", "PS")?
        .with("emitter", file.partner.as_str())?
        .with("emitter-program", "SIMUL")?
        .with("recipient-type", "CT")?
        .with("application", "SI")?
        .with("made-on", made_on)?
        .with("chronology", file.lot % 100_000)?
        .with("file-type", "T")?
        .with("currency", "E")?;
    let begin = Record::new(RecordKind::Lot)
        .with("partner", file.partner.as_str())?
        .with("lot", file.lot)?
        .with("made-on", made_on)?
        .with("payment", if file.third_party { 1 } else { 2 })?;
    let mut end = Record::new(RecordKind::LotEnd).with("partner", file.partner.as_str())?.with("lot", file.lot)?;
    for (name, sum) in NAMES.into_iter().zip(sums(&file.sheets)) {
        end = end.with(name, sum)?;
    }
    let inside = file.sheets.iter().map(Vec::len).sum::<usize>();
    let all = u64::try_from(inside + 4).unwrap_or(u64::MAX);
    let last = Record::new(RecordKind::FileEnd).with("records", all)?.with("lots", 1)?;
    let sheets = file.sheets.iter().flatten();
    Ok([&first, &begin].into_iter().chain(sheets).chain([&end, &last]).map(Record::encode).collect())
}

/// Reads a file and adds everything up again.
///
/// # Errors
/// [`LotError`] with the place of what is wrong, from 1.
pub fn read(text: &str) -> Result<ReadLot, LotError> {
    if text.is_empty() || !text.is_ascii() || !text.len().is_multiple_of(LENGTH) {
        return Err(LotError::Length);
    }
    let mut records = Vec::with_capacity(text.len() / LENGTH);
    for place in 0..text.len() / LENGTH {
        let bytes = text.get(place * LENGTH..(place + 1) * LENGTH).ok_or(LotError::Length)?;
        records.push(Record::decode(bytes).map_err(|error| LotError::Record(place + 1, error))?);
    }
    let [first, begin, inside @ .., end, last] = records.as_slice() else { return Err(LotError::Length) };
    let wanted = [
        (1, first, RecordKind::File),
        (2, begin, RecordKind::Lot),
        (records.len() - 1, end, RecordKind::LotEnd),
        (records.len(), last, RecordKind::FileEnd),
    ];
    if let Some((place, ..)) = wanted.into_iter().find(|(_, record, kind)| record.kind != *kind) {
        return Err(LotError::Place(place));
    }
    let sheets = sheets(inside)?;
    let told: Vec<u64> = NAMES.into_iter().map(|name| end.number(name)).collect();
    let same_lot = begin.number("lot") == end.number("lot") && begin.text("partner") == end.text("partner");
    let counted = last.number("records") == u64::try_from(records.len()).unwrap_or(u64::MAX);
    if told != sums(&sheets) || !same_lot || !counted || last.number("lots") != 1 {
        return Err(LotError::Totals);
    }
    let third_party = begin.number("payment") == 1;
    Ok(ReadLot { partner: begin.text("partner").to_owned(), lot: begin.number("lot"), third_party, sheets })
}

fn sheets(inside: &[Record]) -> Result<Vec<Vec<Record>>, LotError> {
    let mut sheets: Vec<Vec<Record>> = Vec::new();
    for (place, record) in inside.iter().enumerate() {
        let open = sheets.last().is_some_and(|sheet| sheet.last().is_some_and(|last| last.kind != RecordKind::Totals));
        match record.kind {
            RecordKind::Invoice if !open => sheets.push(vec![record.clone()]),
            kind if open && !kind.is_provisional() && kind != RecordKind::Invoice => {
                sheets.last_mut().into_iter().for_each(|sheet| sheet.push(record.clone()));
            }
            _ => return Err(LotError::Place(place + 3)),
        }
    }
    for (place, sheet) in sheets.iter().enumerate() {
        check(sheet).map_err(|error| LotError::Sheet(place + 1, error))?;
    }
    Ok(sheets)
}
