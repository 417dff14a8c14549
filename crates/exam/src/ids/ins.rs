//! The national health identity (INS): a NIR or a NIA together with the authority that gives it.

use super::{IdError, Nir};
use serde::{Deserialize, Serialize};

const WHAT: &str = "ins";
const ROOT: &str = "1.2.250.1.213.1.4.";

/// Which authority gave the national health identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InsKind {
    /// The person's NIR, 1.2.250.1.213.1.4.8.
    Nir,
    /// A NIA (waiting for a NIR), 1.2.250.1.213.1.4.9.
    Nia,
    /// Test identities, 1.2.250.1.213.1.4.10.
    Test,
    /// Demonstration identities, 1.2.250.1.213.1.4.11.
    Demo,
}

impl InsKind {
    /// The kind whose OID this is.
    pub fn of_oid(oid: &str) -> Option<Self> {
        match oid.strip_prefix(ROOT)? {
            "8" => Some(Self::Nir),
            "9" => Some(Self::Nia),
            "10" => Some(Self::Test),
            "11" => Some(Self::Demo),
            _ => None,
        }
    }

    /// The authority's OID.
    pub fn oid(self) -> &'static str {
        match self {
            Self::Nir => "1.2.250.1.213.1.4.8",
            Self::Nia => "1.2.250.1.213.1.4.9",
            Self::Test => "1.2.250.1.213.1.4.10",
            Self::Demo => "1.2.250.1.213.1.4.11",
        }
    }

    /// Whether identities of this kind belong to real people.
    pub fn is_real(self) -> bool {
        matches!(self, Self::Nir | Self::Nia)
    }
}

/// A national health identity: the *patient's*, never the insured person's of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ins {
    /// Which authority.
    pub kind: InsKind,
    /// The number and its key.
    pub nir: Nir,
}

impl Ins {
    /// An identity from a value and its authority's OID.
    pub fn parse(value: &str, oid: &str) -> Result<Self, IdError> {
        let kind = InsKind::of_oid(oid).ok_or(IdError::Authority { what: WHAT })?;
        Ok(Self { kind, nir: Nir::parse(value)? })
    }
}
