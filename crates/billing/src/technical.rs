//! Technical fees: what the operator of a CT, MR or PET machine is paid beside the act, by machine and calendar year.
//!
//! The absolute amounts in force were published as images and could not be read: rates are a table of the site
//! ([`Rate`]), the rules are here. Sources: decisions of the fund of 2018 and 2023–2024 (thresholds, contrast included),
//! FIDES rule RG_VF607 CP01 (the second CT fee of a session).

use crate::money::{Cents, Share};
use time::Date;

/// The second CT fee of one session.
pub const SECOND_CT: Share = Share::percent(15);

/// What kind of machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Machine {
    /// Computed tomography.
    Ct,
    /// Magnetic resonance.
    Mr,
    /// Positron emission tomography.
    Pet,
}

impl Machine {
    /// Discipline code of the care sheet (DMT); the mode of treatment is 19.
    pub fn discipline(self) -> &'static str {
        match self {
            Self::Ct => "035",
            Self::Mr => "753",
            Self::Pet => "750",
        }
    }

    /// Exams of one machine in one year up to which the full rate and the first reduced rate are paid.
    pub fn thresholds(self) -> Option<[u32; 2]> {
        match self {
            Self::Ct => Some([11_000, 13_000]),
            Self::Mr => Some([8_000, 11_000]),
            Self::Pet => None,
        }
    }
}

/// A machine is amortised when more than seven full years have passed on 1 January.
pub fn amortised(installed: Date, care: Date) -> bool {
    let first_full = if installed.ordinal() == 1 { installed.year() } else { installed.year() + 1 };
    care.year() - first_full > 7
}

/// One row of the site's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// For which machines.
    pub machine: Machine,
    /// Amortised ones, or the others.
    pub amortised: bool,
    /// The first day of care it applies to.
    pub from: Date,
    /// The first day it no longer applies to; open when `None`.
    pub until: Option<Date>,
    /// Up to the reference activity.
    pub full: Cents,
    /// Above it, and above the second threshold.
    pub reduced: [Cents; 2],
}

/// A fee, as it stands on the care sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fee {
    /// Number of the exam on that machine in that year, from 1: five digits on the care sheet.
    pub order: u32,
    /// `FTN` (full) or `FTR` (reduced).
    pub code: &'static str,
    /// 100 %, or 15 % for the second CT fee of a session.
    pub coefficient: Share,
    /// What is charged.
    pub amount: Cents,
}

/// Why there is no fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FeeError {
    /// The site's table has no row for that day.
    #[error("no rate for this machine on the day of care")]
    NoRate,
    /// The care sheet has five digits.
    #[error("more exams in a year than a care sheet can number")]
    Full,
}

/// The fee of the exam after `done` others on that machine in the year of care; `second` when a CT fee was already
/// charged in the same session.
pub fn fee(
    rates: &[Rate],
    (machine, installed): (Machine, Date),
    care: Date,
    done: u32,
    second: bool,
) -> Result<Fee, FeeError> {
    let old = amortised(installed, care);
    let in_force = |row: &&Rate| {
        row.machine == machine && row.amortised == old && row.from <= care && row.until.is_none_or(|until| care < until)
    };
    let rate = rates.iter().find(in_force).ok_or(FeeError::NoRate)?;
    let order = done.checked_add(1).filter(|order| *order <= 99_999).ok_or(FeeError::Full)?;
    let [first, above] = rate.reduced;
    let (code, base) = match machine.thresholds() {
        Some([reference, _]) if order <= reference => ("FTN", rate.full),
        Some([_, second]) if order <= second => ("FTR", first),
        Some(_) => ("FTR", above),
        None => ("FTN", rate.full),
    };
    let coefficient = if second && machine == Machine::Ct { SECOND_CT } else { Share::WHOLE };
    Ok(Fee { order, code, coefficient, amount: base.times(&[coefficient]) })
}
