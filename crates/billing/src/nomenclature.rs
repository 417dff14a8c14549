//! The nomenclature of acts (CCAM): what is paid for an act on a date of care. Rows are dated and only added to, so that
//! a care of last year is priced as last year.

use crate::money::{Cents, Share};
use std::collections::{BTreeMap, BTreeSet};
use time::Date;
use time::macros::date;

/// Why a table or an act was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NomenclatureError {
    /// The text is not the table it should be.
    #[error("row {row}: {what}")]
    Row {
        /// Counted from 1, the heading included.
        row: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// An older version cannot come after a newer one.
    #[error("a version applicable from {0} is there already, or a later one")]
    Older(Date),
}

/// Which tariff applies to whoever performs the act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grid {
    /// Sector 1, and sector 2 with a contract that limits excess fees.
    Contracted,
    /// Sector 2 without one.
    Other,
}

/// What kind of examination an act is: modifiers and pairs depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Conventional radiology.
    Radiography,
    /// Mammography.
    Mammography,
    /// Computed tomography.
    Ct,
    /// Magnetic resonance.
    Mr,
    /// Ultrasound.
    Ultrasound,
    /// A supplement, guidance or reformat: paid on top of another act, whole, never counted among the two acts.
    Supplement,
    /// Everything else.
    Other,
}

/// An act on a date: code, activity, phase.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActKey {
    /// Seven characters.
    pub code: String,
    /// 1: the act itself; 4: anaesthesia.
    pub activity: u8,
    /// 0: no phases.
    pub phase: u8,
}

/// What is known of an act while a version of the table is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The first day of care this row applies to.
    pub from: Date,
    /// The first day it no longer applies to; open when `None`.
    pub until: Option<Date>,
    /// By grid: contracted, other; `None` when the fund pays nothing for it.
    pub price: Option<[Cents; 2]>,
    /// `ADI`, `ADE`, …: the prestation code of care sheets.
    pub grouping: String,
    /// Reimbursed under conditions.
    pub conditional: bool,
    /// Needs prior agreement.
    pub prior_agreement: bool,
    /// Exempt from co-payment as prevention when it is done as such.
    pub prevention: bool,
    /// What it is.
    pub family: Family,
    /// As published.
    pub label: String,
}

/// Acts that are never billed together, whichever comes first. Published in the notes of the acts.
const FORBIDDEN: &[(&str, &str)] = &[
    ("QEQK001", "QEQK004"),
    ("NAQK007", "NEQK010"),
    ("NAQK007", "NEQK012"),
    ("NAQK007", "NEQK035"),
    ("NAQK023", "NEQK010"),
    ("NAQK023", "NEQK012"),
    ("NAQK023", "NEQK035"),
];

/// A modifier in percent, between two days of care. Others are handed in ([`crate::invoice::Fixed`]): their amounts were
/// not found in a source we could check.
struct Percent {
    letter: char,
    from: Date,
    until: Option<Date>,
    share: Share,
}

/// Y: radiography by a chest physician or rheumatologist. Z: radiography and CT by a radiologist. (21.8 % for Z until
/// early 2017 and its absence until the end of 2019 are before any care this program can bill.)
const PERCENTS: &[Percent] = &[
    Percent { letter: 'Y', from: date!(2020 - 01 - 01), until: Some(date!(2025 - 11 - 05)), share: Share(1580) },
    Percent { letter: 'Z', from: date!(2020 - 01 - 01), until: Some(date!(2025 - 11 - 05)), share: Share(1590) },
    Percent { letter: 'Y', from: date!(2025 - 11 - 05), until: None, share: Share(1300) },
    Percent { letter: 'Z', from: date!(2025 - 11 - 05), until: None, share: Share(1300) },
];

/// The share a modifier adds on a day of care; `None` when it is no modifier in percent then.
pub fn percent(letter: char, care: Date) -> Option<Share> {
    let in_force =
        |row: &&Percent| row.letter == letter && row.from <= care && row.until.is_none_or(|until| care < until);
    PERCENTS.iter().find(in_force).map(|row| row.share)
}

impl Family {
    /// Modifiers that may stand with an act of this kind, in the order they are printed.
    pub fn modifiers(self) -> &'static str {
        match self {
            Self::Radiography => "BDEFPSUYZ",
            Self::Ct => "EFPSUYZ",
            Self::Mr | Self::Ultrasound => "FPSU",
            Self::Mammography | Self::Supplement | Self::Other => "",
        }
    }

    fn of(code: &str, grouping: &str, label: &str) -> Self {
        let starts = |words: &[&str]| words.iter().any(|word| label.starts_with(word));
        match () {
            () if starts(&["Supplément", "Guidage", "Restitution"]) => Self::Supplement,
            () if starts(&["Mammographie"]) => Self::Mammography,
            () if starts(&["Scanographie"]) => Self::Ct,
            () if starts(&["Remnographie"]) => Self::Mr,
            () if grouping == "ADE" => Self::Ultrasound,
            () if starts(&["Radiographie"]) || code == "ZBQK002" => Self::Radiography,
            () => Self::Other,
        }
    }
}

/// The public supplement for digital archiving, deleted on 5 November 2025: care before that day is still billed with it.
const ARCHIVING: (&str, Date, Cents) = ("YYYY600", date!(2025 - 11 - 05), Cents(150));

/// As published, in place of a tariff.
const NOT_COVERED: &str = "Non pris en charge";

/// All versions of the table.
#[derive(Debug, Clone, Default)]
pub struct Nomenclature {
    acts: BTreeMap<ActKey, Vec<Act>>,
    latest: Option<Date>,
}

impl Nomenclature {
    /// The table this program was made with: version 81, applicable from 1 January 2026, and what ended shortly before.
    ///
    /// # Errors
    /// Never for the table in this crate.
    pub fn bundled() -> Result<Self, NomenclatureError> {
        let mut all = Self::default();
        all.import(include_str!("../data/ccam-v81-imaging.csv"), date!(2026 - 01 - 01))?;
        let (code, until, price) = ARCHIVING;
        let key = ActKey { code: code.to_owned(), activity: 1, phase: 0 };
        let row = Act {
            from: date!(2020 - 01 - 01),
            until: Some(until),
            price: Some([price; 2]),
            grouping: "ADI".into(),
            conditional: false,
            prior_agreement: false,
            prevention: false,
            family: Family::Supplement,
            label: "Supplément pour archivage numérique".into(),
        };
        all.acts.insert(key, vec![row]);
        Ok(all)
    }

    /// Adds a version, from its first day on: acts that it no longer names end that day, the others have its prices.
    /// Columns as published with the file of this crate; nothing is taken when a row is wrong.
    pub fn import(&mut self, table: &str, from: Date) -> Result<usize, NomenclatureError> {
        if self.latest.is_some_and(|latest| latest >= from) {
            return Err(NomenclatureError::Older(from));
        }
        let mut rows = BTreeMap::new();
        let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(table.as_bytes());
        for (index, record) in reader.records().enumerate() {
            let row = index + 2;
            let record = record.map_err(|_| NomenclatureError::Row { row, what: "not a row of the table" })?;
            let (key, act) = read_row(&record, from).map_err(|what| NomenclatureError::Row { row, what })?;
            if rows.insert(key, act).is_some() {
                return Err(NomenclatureError::Row { row, what: "the act stands twice" });
            }
        }
        for versions in self.acts.values_mut() {
            if let Some(last) = versions.last_mut().filter(|last| last.until.is_none()) {
                last.until = Some(from);
            }
        }
        let count = rows.len();
        for (key, act) in rows {
            self.acts.entry(key).or_default().push(act);
        }
        self.latest = Some(from);
        Ok(count)
    }

    /// What applies to an act on a day of care.
    pub fn act(&self, key: &ActKey, care: Date) -> Option<&Act> {
        let in_force = |act: &&Act| act.from <= care && act.until.is_none_or(|until| care < until);
        self.acts.get(key)?.iter().find(in_force)
    }

    /// Every act that applies on a day of care, by code.
    pub fn in_force(&self, care: Date) -> impl Iterator<Item = (&ActKey, &Act)> {
        self.acts.keys().filter_map(move |key| self.act(key, care).map(|act| (key, act)))
    }

    /// The first pair of these codes that is never billed together, in the order of the table.
    pub fn forbidden(codes: &BTreeSet<&str>) -> Option<(&'static str, &'static str)> {
        FORBIDDEN.iter().copied().find(|(one, other)| codes.contains(one) && codes.contains(other))
    }
}

fn read_row(record: &csv::StringRecord, from: Date) -> Result<(ActKey, Act), &'static str> {
    let field = |index: usize| record.get(index).unwrap_or_default();
    let code = field(0);
    if code.len() != 7 || !code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        return Err("an act has seven capitals and digits");
    }
    let digit = |text: &str| text.parse::<u8>().ok().filter(|digit| *digit < 10);
    let activity = digit(field(1)).ok_or("the activity is no digit")?;
    let phase = digit(field(2)).ok_or("the phase is no digit")?;
    let price = |text: &str| Cents::parse(text).ok_or("a tariff is not euros and cents");
    let (grouping, label) = (field(8), field(9));
    let act = Act {
        from,
        until: None,
        price: if (field(3), field(4)) == (NOT_COVERED, NOT_COVERED) {
            None
        } else {
            Some([price(field(3))?, price(field(4))?])
        },
        grouping: grouping.to_owned(),
        conditional: field(5) == "RC",
        prior_agreement: field(6) == "AP",
        prevention: field(7).split('-').any(|code| code == "7"),
        family: Family::of(code, grouping, label),
        label: label.to_owned(),
    };
    Ok((ActKey { code: code.to_owned(), activity, phase }, act))
}
