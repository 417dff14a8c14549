//! The patient's choice about the optional archive, and a person's word on an exam's class.

use super::ExamId;
use exam::retention::Choice;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What the patient answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Yes.
    Chosen,
    /// No. Changes nothing else.
    Declined,
    /// An earlier yes is taken back.
    TakenBack,
}

impl Answer {
    /// In the rules' words.
    pub fn rule(self) -> Choice {
        match self {
            Self::Chosen => Choice::Chosen,
            Self::Declined | Self::TakenBack => Choice::Declined,
        }
    }
}

/// A recorded choice: what was shown beforehand, what was answered, when, by whom. Append-only; the last one counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveChoice {
    /// The exam.
    pub exam: ExamId,
    /// The answer.
    pub answer: Answer,
    /// The version of the notice that was given.
    pub notice_version: String,
    /// Its text, as it was given.
    pub notice: String,
    /// The price shown beforehand, in cents.
    pub price_cents: u32,
    /// The key of the radiologist's neutral advice shown with it, if any.
    pub advice: Option<String>,
    /// Who recorded it (login).
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A person's word on the class of an exam: the latest decides alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCorrection {
    /// The exam.
    pub exam: ExamId,
    /// The class key (`exam::class`); none takes earlier corrections back.
    pub class: Option<String>,
    /// Why.
    pub reason: String,
    /// Who (login).
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}
