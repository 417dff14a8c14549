//! Until when an exam is served and kept, and why: verdicts computed from facts each time they are
//! needed, never stored as truths.
//!
//! All dates are *last days, inclusive*, in the group's [zone](crate::dates::Zone): an exam of 25 November 2026 with 24
//! months is served during the whole of 25 November 2028 and nothing is served from midnight on. (A
//! delay in months ends on the day with the same number, at the last hour: French code of civil
//! procedure, articles 641 and 642.) Minimums are counted the same way: what must be kept until a day
//! may go from the next day on. 29 February clamps to 28 February.

mod archive;
mod diffusion;
mod hospital;

pub use archive::{Archive, ArchiveReason, Keep, archive_verdict};
pub use diffusion::{Diffusion, OnlineReason, diffusion_verdict};
pub use hospital::{HospitalReason, document_keep, hospital_keep, twenty_eighth_birthday};

use crate::class::ExamClass;
use crate::dates::BirthDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use time::{Date, OffsetDateTime};

/// What the patient said about archiving an exam whose class leaves them the choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// Nothing was asked or nothing was answered.
    #[default]
    NotChosen,
    /// Refused: changes nothing else.
    Declined,
    /// Chosen.
    Chosen,
    /// An exam taken over from another system without a recorded choice: never proposed for erasure
    /// until a data-protection officer's rule for the batch.
    LegacyUnknown,
}

/// What keeps an exam whatever its dates say. Each one holds by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hold {
    /// A claim or a lawsuit (legal hold).
    Claim,
    /// A patient's request for their data, not yet answered.
    DataRequest,
    /// A correction under way.
    Correction,
    /// A recall under way.
    Recall,
    /// A transmission to a partner not yet done.
    Transmission,
    /// A second reading not yet done.
    SecondReading,
}

impl Hold {
    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Claim => "hold-claim",
            Self::DataRequest => "hold-data-request",
            Self::Correction => "hold-correction",
            Self::Recall => "hold-recall",
            Self::Transmission => "hold-transmission",
            Self::SecondReading => "hold-second-reading",
        }
    }
}

/// What the verdicts need to know of an exam and its patient. No identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExamFacts {
    /// The exam's class.
    pub class: ExamClass,
    /// The exam's date (DICOM Study Date, local).
    pub exam_date: Date,
    /// The patient's choice.
    pub choice: Choice,
    /// Birth date, as far as it is known.
    pub birth: Option<BirthDate>,
    /// Date of death, if any.
    pub death: Option<Date>,
    /// The patient's last visit to the establishment; the exam itself counts as one.
    pub last_visit: Option<Date>,
    /// Open holds.
    pub holds: BTreeSet<Hold>,
    /// When the last recall made the exam ready again on the diffusion side.
    pub recall_ready_at: Option<OffsetDateTime>,
}

impl ExamFacts {
    /// Facts of an exam about which nothing but class and date is known.
    pub fn new(class: ExamClass, exam_date: Date) -> Self {
        Self {
            class,
            exam_date,
            choice: Choice::NotChosen,
            birth: None,
            death: None,
            last_visit: None,
            holds: BTreeSet::new(),
            recall_ready_at: None,
        }
    }
}
