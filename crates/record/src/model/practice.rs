//! The practice's own facts about a patient's day: rights, appointments.

use super::{BirthDate, PatientFact, PatientId, Professional};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Why a patient pays no share, as the desk records it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoverageExemption {
    /// None.
    #[default]
    None,
    /// Long-lasting illness under a protocol.
    LongIllness,
    /// The insured person is exempt.
    Insured,
}

impl CoverageExemption {
    /// All, in the order of forms.
    pub const ALL: [Self; 3] = [Self::None, Self::LongIllness, Self::Insured];

    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::LongIllness => "long-illness",
            Self::Insured => "insured",
        }
    }

    /// Of a key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }
}

/// A patient's rights, as they were shown at the desk. The insured person's number is not the patient's national
/// identity: a child is billed under a parent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Whose.
    pub patient: PatientId,
    /// The insured person's number with its key, 15 characters.
    pub insured_nir: String,
    /// The insured person, when it is not the patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insured_name: Option<String>,
    /// Rank of birth among those insured with the same birth date, from 1.
    pub birth_rank: u8,
    /// Regime, 2 digits.
    pub regime: String,
    /// Fund, 3 digits.
    pub fund: String,
    /// Centre, 4 digits.
    pub centre: String,
    /// Exemption.
    pub exemption: CoverageExemption,
    /// A physician is declared: the coordinated pathway.
    pub coordinated: bool,
    /// Number of the complementary body that pays the patient's share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complementary: Option<String>,
    /// The last day of these rights, when it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Who recorded it (login).
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl std::fmt::Debug for Coverage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Coverage").field("patient", &self.patient).field("at", &self.at).finish_non_exhaustive()
    }
}

/// How far an appointment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppointmentState {
    /// Planned.
    Planned,
    /// The patient is there.
    Arrived,
    /// The exam was done.
    Performed,
    /// It will not take place.
    Cancelled,
}

impl AppointmentState {
    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Arrived => "arrived",
            Self::Performed => "performed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// An order with its place in the day. The order itself is a fact like those that messages tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// Opaque id.
    pub appointment: Uuid,
    /// Whose.
    pub patient: PatientId,
    /// The accession number given to the order.
    pub accession: String,
    /// Which room, as the settings name it.
    pub room: String,
    /// When it begins.
    #[serde(with = "time::serde::rfc3339")]
    pub starts_at: OffsetDateTime,
    /// Minutes it takes.
    pub minutes: u16,
    /// The act that is ordered, by code.
    pub act_code: String,
    /// The act in words.
    pub act_label: String,
    /// Modality.
    pub modality: String,
    /// Who ordered it.
    pub prescriber: Option<Professional>,
    /// Organised screening.
    pub screening: bool,
    /// Follow-up of a treated breast cancer.
    pub breast_follow_up: bool,
    /// How far it has come.
    pub state: AppointmentState,
    /// Who gave it (login).
    pub by: String,
    /// When it was given.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What has happened to it since, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<AppointmentStep>,
}

/// What happens to an appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentStep {
    /// Where it then stands.
    pub state: AppointmentState,
    /// Who (login).
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl Appointment {
    /// When it ends.
    pub fn ends_at(&self) -> OffsetDateTime {
        self.starts_at + time::Duration::minutes(i64::from(self.minutes))
    }

    /// Whether it may come to this state: forward, one at a time, and cancelled only before it was done.
    pub fn may_become(&self, state: AppointmentState) -> bool {
        use AppointmentState::{Arrived, Cancelled, Performed, Planned};
        matches!(
            (self.state, state),
            (Planned, Arrived | Cancelled) | (Arrived, Performed | Cancelled | Planned) | (Performed, Arrived)
        )
    }
}

/// What one message or one form said of a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientSaid {
    /// When it happened, as it says.
    pub at: OffsetDateTime,
    /// Who said it: the sender of a message; for the desk, its login after a bar.
    pub sender: String,
    /// Two records were said to be one.
    pub merge: bool,
    /// What was said.
    pub said: PatientFact,
}

/// Whom the desk looks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatientQuery {
    /// Words: every one must begin a word of a name, used or of birth, or be a number of the patient.
    pub text: String,
    /// The birth date as far as it is known.
    pub born: Option<BirthDate>,
    /// At most this many (1–100).
    pub limit: u32,
}
