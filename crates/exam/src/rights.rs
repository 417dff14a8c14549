//! Who may see what: append-only statements, and the decision that follows from them.
//!
//! A statement says who states, about which of a person's items, towards whom, permit or deny, for what purpose, from
//! when until when (after IHE PCF). It is never changed: a later one by an entitled person about the same items, the same
//! people and the same purpose replaces it ([`in_force`]). [`decide`] ranks those in force and names what it rests on:
//!
//! > a deny naming that person > designation > a deny for all > permit > default

mod decide;
mod simulate;
mod standing;

pub use decide::{Decision, DefaultRule, Ground, decide, in_force, over_versions};
pub use simulate::{Case, Seen, hidden_from_orderer, simulate};
pub use standing::{InForce, standing};

use crate::ids::{Finess, Rpps};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Which server a statement was made on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The archive server: the desk, or a message.
    Archive,
    /// The diffusion server: the patient's space.
    Diffusion,
    /// Neither: it follows from a message, and its number from the report's opaque id.
    Message,
}

/// A statement's name: its server, and its place in that server's sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StatementId {
    /// Where it was made.
    pub origin: Origin,
    /// From 1, in that server's order.
    pub sequence: u64,
}

/// Who states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum By {
    /// The person, strongly identified.
    Person,
    /// A parent or guardian in force, or an heir.
    Representative,
    /// The person or a representative on paper, recorded by this member of staff (login).
    Desk {
        /// Login.
        login: String,
    },
    /// A message of the information system (masking flags).
    Message,
}

impl By {
    /// Whose voice it is: a statement is only replaced by the same voice. What the sender of a report masks is not for
    /// the patient to unmask, nor the other way round.
    fn voice(&self) -> bool {
        matches!(self, Self::Message)
    }
}

/// Which of the person's items.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "items")]
pub enum Items {
    /// Everything, to come included.
    All,
    /// One exam with its reports.
    Exam {
        /// Its opaque id.
        exam: Uuid,
    },
    /// One report, not the images.
    Report {
        /// Its opaque id.
        report: Uuid,
    },
    /// The exams dated from `first` to `last`, both included.
    Period {
        /// First day.
        first: Date,
        /// Last day.
        last: Date,
    },
}

/// Someone named.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "named")]
pub enum Named {
    /// A professional.
    Professional {
        /// RPPS.
        rpps: Rpps,
    },
    /// A structure, and whoever acts there.
    Structure {
        /// FINESS.
        finess: Finess,
    },
    /// A person with whom an exam is shared.
    Invited {
        /// The invitation's opaque id.
        person: Uuid,
    },
}

/// A kind of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The patient, however they came in.
    Patient,
    /// Parents and guardians.
    Representative,
    /// Professionals outside the group, and their structures.
    Professional,
    /// The group's radiologists.
    Radiologist,
    /// Its desk.
    Desk,
    /// Its administrators: no images by virtue of the role.
    Administrator,
    /// Its data-protection officer.
    Officer,
}

/// Towards whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "towards")]
pub enum Towards {
    /// One.
    One {
        /// Who.
        who: Named,
    },
    /// A kind of people.
    Role {
        /// Which.
        role: Role,
    },
    /// Every professional outside the group, every structure, every invited person.
    Everyone,
    /// The same, all but these.
    EveryoneBut {
        /// Who is left out of it.
        except: BTreeSet<Named>,
    },
}

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// They may see it.
    Permit,
    /// They may not, nor learn that it exists.
    Deny,
    /// This professional reads the whole record ("médecin désigné").
    Designate,
    /// Nothing any more: what was said before about these items and people ends.
    End,
}

/// What for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Whatever it is for.
    Any,
    /// Reading in the course of care.
    Care,
    /// Transmission to a partner's own system.
    Transmission,
}

/// One statement. Never changed once made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its name.
    pub id: StatementId,
    /// Whose items: the archive side's opaque id of the person.
    pub person: Uuid,
    /// Who states.
    pub by: By,
    /// About what.
    pub about: Items,
    /// Towards whom.
    pub to: Towards,
    /// What.
    pub says: Says,
    /// A deny for all also counts for the physician who ordered the exam: ticked apart, with a warning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub orderer_too: bool,
    /// What for.
    pub purpose: Purpose,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    /// Until when, exclusive.
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub made_at: OffsetDateTime,
}

impl Statement {
    /// Why it cannot be stated, whatever else is known: a key.
    pub fn impossible(&self) -> Option<&'static str> {
        let named_professional = matches!(self.to, Towards::One { who: Named::Professional { .. } });
        match (&self.says, &self.about) {
            (Says::Designate, about) if !named_professional || *about != Items::All => {
                Some("a designation names one professional and the whole record")
            }
            (_, Items::Period { first, last }) if first > last => Some("the period ends before it begins"),
            _ if self.until.is_some_and(|until| until <= self.from) => Some("it ends before it begins"),
            _ if self.id.sequence == 0 => Some("it has no number"),
            _ => None,
        }
    }
}

/// A statement as one server knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The statement.
    pub statement: Statement,
    /// Both servers have it. Until then it does not end a deny.
    pub settled: bool,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Whoever holds an exam's code.
    Code,
    /// The patient, strongly identified.
    Patient,
    /// A parent or guardian in force, or an heir.
    Representative,
    /// A person with whom something was shared.
    Invited(Uuid),
    /// A professional outside the group.
    Professional {
        /// RPPS.
        rpps: Rpps,
        /// Where they act now.
        structures: BTreeSet<Finess>,
    },
    /// A partner's own system.
    Establishment(Finess),
    /// The group's staff: one of the four staff roles.
    Staff(Role),
}

/// What ties who asks to the item, besides statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tie {
    /// Holds the code of this very exam.
    HoldsCode,
    /// It is their own record, or that of a person they stand for.
    OwnRecord,
    /// Ordered it.
    Ordered,
    /// Is copied on it.
    CopiedOn,
    /// It is shared with them, and the share lives.
    Shared,
    /// A care relation is declared.
    CareDeclared,
    /// Opened the record in an emergency, for an hour.
    Emergency,
    /// Made on the radiologist's or the desk's own site, or a prior of such a patient.
    OwnSite,
}

/// The part of an exam that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// The exam: that it exists, its images, its dates.
    Exam,
    /// One of its reports.
    Report(Uuid),
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// The exam.
    pub exam: Uuid,
    /// Its date, once known.
    pub date: Option<Date>,
    /// Which part.
    pub part: Part,
}
