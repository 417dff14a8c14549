//! Everything that bears on some exams, as read from the database.

use crate::grouping::Study;
use crate::identity::ClaimBody;
use crate::model::FactBody;
use ::exam::identity::{MergeFact, MessageKey, PatientFact};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A claim's row.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub study_uid: String,
    pub accession: Option<String>,
    pub body: ClaimBody,
    pub instances: u64,
    pub unsealed: u64,
    pub last_arrival: i64,
}

/// A message's fact.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub fact: i64,
    pub message: MessageKey,
    pub accession: Option<String>,
    pub study_uid: Option<String>,
    pub placer: Option<String>,
    pub report_id: Option<Uuid>,
    pub body: FactBody,
}

/// Everything that bears on some exams.
#[derive(Debug, Default)]
pub(crate) struct Component {
    pub claims: Vec<Claim>,
    /// Orders and reports, by what they say of their time.
    pub facts: Vec<Fact>,
    pub studies: BTreeMap<String, Study>,
    pub patients: Vec<PatientFact>,
    pub merges: Vec<MergeFact>,
    /// The facts behind `patients`, for traits that identity does not need.
    pub told: Vec<Fact>,
}
