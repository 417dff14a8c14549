//! Who else reads a person's record, or stands for them, and how that came to be.

use super::{PatientId, RequestEnd};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// What kind of relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum RelationKind {
    /// A professional of a partner cares for the person, and reads their exams of the group.
    Care {
        /// RPPS.
        rpps: String,
        /// Name, as it was declared.
        name: String,
        /// The partner's structure where they act: FINESS.
        finess: String,
    },
    /// A parent, until the eighteenth birthday at most.
    Parent {
        /// Name.
        name: String,
        /// Where a one-time code is sent.
        email: Option<String>,
    },
    /// A guardian, while the mandate lasts.
    Guardian {
        /// Name.
        name: String,
        /// Where a one-time code is sent.
        email: Option<String>,
        /// The decision it rests on.
        basis: String,
    },
    /// An heir with a purpose that the law knows (article L.1110-4 of the Code de la santé publique). Served at the desk.
    Heir {
        /// Name.
        name: String,
        /// Which purpose.
        purpose: String,
    },
    /// A professional opened the record in an emergency.
    Emergency {
        /// RPPS.
        rpps: String,
        /// Name, as their login said it.
        name: String,
        /// What they typed.
        reason: String,
    },
}

impl RelationKind {
    /// The stable key.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Care { .. } => "care",
            Self::Parent { .. } => "parent",
            Self::Guardian { .. } => "guardian",
            Self::Heir { .. } => "heir",
            Self::Emergency { .. } => "emergency",
        }
    }

    /// The name of whom the person is in relation with.
    pub fn name(&self) -> &str {
        match self {
            Self::Care { name, .. }
            | Self::Parent { name, .. }
            | Self::Guardian { name, .. }
            | Self::Heir { name, .. }
            | Self::Emergency { name, .. } => name,
        }
    }

    /// Where a representative proves who they are.
    pub fn email(&self) -> Option<&str> {
        match self {
            Self::Parent { email, .. } | Self::Guardian { email, .. } => email.as_deref(),
            _ => None,
        }
    }

    /// Whether the diffusion side has to know of it.
    pub fn crosses(&self) -> bool {
        matches!(self, Self::Care { .. } | Self::Parent { .. } | Self::Guardian { .. })
    }
}

/// What a reviewer found of an emergency opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmergencyVerdict {
    /// There was an emergency.
    Justified,
    /// There was none: what follows is not the program's.
    Unjustified,
}

/// The review of an emergency opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyReview {
    /// What was found.
    pub verdict: EmergencyVerdict,
    /// In words.
    pub words: String,
    /// Who (login).
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A relation, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// Opaque id.
    pub relation: Uuid,
    /// With whom.
    pub patient: PatientId,
    /// What.
    pub what: RelationKind,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    /// Until when, exclusive.
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    /// Who declared it (login; `diffusion` for an emergency).
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Ended before its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<RequestEnd>,
    /// Of an emergency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<EmergencyReview>,
}

impl Relation {
    /// When it is over, as far as is known.
    pub fn over_at(&self) -> Option<OffsetDateTime> {
        self.until.into_iter().chain(self.end.as_ref().map(|end| end.at)).min()
    }

    /// Whether it is in force.
    pub fn in_force(&self, now: OffsetDateTime) -> bool {
        self.from <= now && self.over_at().is_none_or(|over| now < over)
    }

    /// Why it cannot be declared, whatever else is known.
    pub fn impossible(&self) -> Option<&'static str> {
        let named = !self.what.name().trim().is_empty();
        match &self.what {
            _ if self.end.is_some() || self.review.is_some() => Some("a relation begins by being declared"),
            _ if self.until.is_some_and(|until| until <= self.from) => Some("it ends before it begins"),
            RelationKind::Care { rpps, finess, .. }
                if exam::ids::Rpps::parse(rpps).is_err() || exam::ids::Finess::parse(finess).is_err() =>
            {
                Some("a care relation names a professional and a structure")
            }
            RelationKind::Care { .. } if self.until.is_none() => Some("a care relation has an end"),
            RelationKind::Guardian { basis, .. } if basis.trim().is_empty() => Some("a guardian has a mandate"),
            RelationKind::Heir { purpose, .. } if purpose.trim().is_empty() => Some("an heir has a purpose"),
            RelationKind::Emergency { reason, .. } if reason.trim().is_empty() => Some("an emergency has a reason"),
            RelationKind::Parent { .. } | RelationKind::Guardian { .. } | RelationKind::Heir { .. } if !named => {
                Some("who stands for a person has a name")
            }
            _ => None,
        }
    }
}
