//! What people may ask of the group about their data, and how long it has to answer.
//!
//! Two clocks run on a request for access. The health law (code de la santé publique, articles L.1111-7 and R.1111-1):
//! within eight days, not before forty-eight hours have passed; two months when the information is older than five
//! years. The data-protection regulation (GDPR, article 12.3): one month. The other rights have the month alone.
//!
//! Days are counted as everywhere here: the last day is inclusive, a month ends on the day with the same number, and
//! one that the month does not have becomes its last (29 February clamps to 28 February). Neither clock waits for a
//! working day: the shorter reading is the safe one.

use crate::dates::{Zone, add_days, add_months, add_years};
use serde::{Deserialize, Serialize};
use time::{Date, Duration, OffsetDateTime};

/// Days of the health law.
pub const LAW_DAYS: u32 = 8;
/// Hours to think it over, before which nothing is handed over.
pub const REFLECTION_HOURS: i64 = 48;
/// Months of the health law for information older than [`OLD_YEARS`].
pub const LAW_MONTHS_WHEN_OLD: u32 = 2;
/// From this age on all of it counts as old.
pub const OLD_YEARS: u32 = 5;
/// Months of the regulation.
pub const GDPR_MONTHS: u32 = 1;
/// Hours within which a breach is notified to the authority (GDPR, article 33.1).
pub const BREACH_HOURS: i64 = 72;
/// Days a prepared package waits to be fetched.
pub const PACKAGE_DAYS: i64 = 30;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A copy of the data (L.1111-7; GDPR, article 15).
    Access,
    /// An objection to sharing (GDPR, article 21; L.1110-4).
    Objection,
    /// A correction (GDPR, article 16).
    Rectification,
    /// Whether something can be erased (GDPR, article 17; a record kept by law cannot, and the answer says so).
    Erasure,
}

impl Kind {
    /// All of them, in the order of the pages.
    pub const ALL: [Self; 4] = [Self::Access, Self::Objection, Self::Rectification, Self::Erasure];

    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Objection => "objection",
            Self::Rectification => "rectification",
            Self::Erasure => "erasure",
        }
    }

    /// The kind of this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Received.
    Asked,
    /// The package is ready to be handed over (access alone).
    Prepared,
    /// The package was handed over (access alone).
    Delivered,
    /// Answered: what was done is written (every kind but access).
    Answered,
    /// Refused, with the reason that was given.
    Refused,
}

impl State {
    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Prepared => "prepared",
            Self::Delivered => "delivered",
            Self::Answered => "answered",
            Self::Refused => "refused",
        }
    }

    /// Whether an answer is still owed.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Prepared)
    }
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// A package was made.
    Prepare,
    /// The package was handed over.
    Deliver,
    /// An answer was given.
    Answer,
    /// It was refused.
    Refuse,
    /// The package waited too long and was erased.
    Lapse,
}

/// The state after a step; `None` when the step is not for that state and kind.
pub fn next(kind: Kind, state: State, step: Step) -> Option<State> {
    let access = kind == Kind::Access;
    match (state, step) {
        (State::Asked | State::Prepared, Step::Prepare) if access => Some(State::Prepared),
        (State::Prepared, Step::Deliver) => Some(State::Delivered),
        (State::Prepared, Step::Lapse) => Some(State::Asked),
        (State::Asked, Step::Answer) if !access => Some(State::Answered),
        (State::Asked | State::Prepared, Step::Refuse) => Some(State::Refused),
        _ => None,
    }
}

/// Why the health law's clock is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LawReason {
    /// Something asked for is at most five years old, or nobody knows.
    Recent,
    /// All of it is older than five years.
    Old,
}

/// The clocks of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// Nothing is handed over before.
    pub not_before: Option<OffsetDateTime>,
    /// The last day of the health law, with its reason.
    pub law: Option<(Date, LawReason)>,
    /// The last day of the regulation.
    pub gdpr: Date,
}

/// The clocks of a request received at `asked_at`. `newest` is the date of the newest information it is about, when it
/// is known.
pub fn clocks(kind: Kind, asked_at: OffsetDateTime, newest: Option<Date>, zone: Zone) -> Clocks {
    let asked_on = zone.date_of(asked_at);
    let gdpr = add_months(asked_on, GDPR_MONTHS);
    if kind != Kind::Access {
        return Clocks { not_before: None, law: None, gdpr };
    }
    let law = if newest.is_some_and(|newest| add_years(newest, OLD_YEARS) < asked_on) {
        (add_months(asked_on, LAW_MONTHS_WHEN_OLD), LawReason::Old)
    } else {
        (add_days(asked_on, LAW_DAYS), LawReason::Recent)
    };
    let not_before = asked_at.checked_add(Duration::hours(REFLECTION_HOURS));
    Clocks { not_before, law: Some(law), gdpr }
}

/// How a request stands against its clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Nothing presses.
    InTime,
    /// Its last days have come: amber.
    Soon,
    /// Its last day is over: red.
    Late,
}

impl Clocks {
    /// The last day by which both are met.
    pub fn due(&self) -> Date {
        self.law.map_or(self.gdpr, |(law, _)| law.min(self.gdpr))
    }

    /// From this day on it is amber: in the last quarter of its time, two days at least.
    pub fn remind_from(&self, asked_on: Date) -> Date {
        let span = (self.due() - asked_on).whole_days().max(0);
        self.due().checked_sub(Duration::days((span / 4).max(2))).unwrap_or(asked_on).max(asked_on)
    }

    /// How it stands on `today`.
    pub fn urgency(&self, asked_on: Date, today: Date) -> Urgency {
        if today > self.due() {
            Urgency::Late
        } else if today >= self.remind_from(asked_on) {
            Urgency::Soon
        } else {
            Urgency::InTime
        }
    }

    /// Whole days left, today excluded; below zero once it is late.
    pub fn days_left(&self, today: Date) -> i64 {
        (self.due() - today).whole_days()
    }

    /// Whether the time to think it over has passed.
    pub fn may_be_delivered(&self, now: OffsetDateTime) -> bool {
        self.not_before.is_none_or(|not_before| now >= not_before)
    }
}

/// Whether this copy costs nothing: the first one never does (GDPR, articles 12.5 and 15.3).
pub fn is_free(copies_delivered_before: usize) -> bool {
    copies_delivered_before == 0
}

/// Who has the request made, and so what the package may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asker {
    /// The patient.
    Patient,
    /// The physician whom the patient named for it (L.1111-7).
    Physician,
    /// A parent of a minor: not what the minor keeps confidential (L.1111-5).
    Parent,
    /// The guardian of an adult.
    Guardian,
    /// An heir, for one of the three purposes of the law (L.1110-4, V).
    Heir,
}

impl Asker {
    /// All of them, in the order of the pages.
    pub const ALL: [Self; 5] = [Self::Patient, Self::Physician, Self::Parent, Self::Guardian, Self::Heir];

    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Physician => "physician",
            Self::Parent => "parent",
            Self::Guardian => "guardian",
            Self::Heir => "heir",
        }
    }

    /// The asker of this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|asker| asker.key() == key)
    }

    /// Whether what is kept from legal representatives is kept from this person.
    pub fn is_representative(self) -> bool {
        matches!(self, Self::Parent | Self::Guardian)
    }

    /// Whether a name must be written beside it: everybody but the patient.
    pub fn needs_a_name(self) -> bool {
        self != Self::Patient
    }

    /// Whether a purpose must be written: the law gives heirs three.
    pub fn needs_a_purpose(self) -> bool {
        self == Self::Heir
    }
}

/// How the identity of the person was checked, before anything is prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityProof {
    /// An identity document shown at the desk.
    DocumentShown,
    /// A copy of an identity document with a letter, the address compared with the known one.
    LetterAndCopy,
    /// A qualified electronic identity.
    ElectronicIdentity,
    /// The physician whom the patient named, known by their professional identity.
    KnownPhysician,
}

impl IdentityProof {
    /// All of them, in the order of the pages.
    pub const ALL: [Self; 4] =
        [Self::DocumentShown, Self::LetterAndCopy, Self::ElectronicIdentity, Self::KnownPhysician];

    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::DocumentShown => "document-shown",
            Self::LetterAndCopy => "letter-and-copy",
            Self::ElectronicIdentity => "electronic-identity",
            Self::KnownPhysician => "known-physician",
        }
    }

    /// The proof of this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proof| proof.key() == key)
    }
}

/// When a breach must have been notified, from the moment it became known.
pub fn notify_breach_by(known_at: OffsetDateTime) -> Option<OffsetDateTime> {
    known_at.checked_add(Duration::hours(BREACH_HOURS))
}
