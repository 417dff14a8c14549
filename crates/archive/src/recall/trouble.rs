//! Why a recall does not succeed, in the few words a patient and the keeper are told.

use crate::ArchiveError;
use link::RecallStage;
use vault::VaultError;

/// After so long it is given up, and may be asked for again.
pub const GIVE_UP_AFTER: time::Duration = time::Duration::hours(24);

/// Why a recall does not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// What is sealed is not there, or is not what was sealed.
    Damaged,
    /// The archive does not keep it.
    NotArchived,
    /// It is kept off the web.
    Held,
    /// It is on line already.
    OnLine,
    /// Something does not answer.
    Unavailable,
}

impl Trouble {
    /// What an error means for who waits.
    pub(super) fn of(error: &ArchiveError) -> Self {
        match error {
            ArchiveError::Vault(VaultError::NotFound(_) | VaultError::Damaged { .. } | VaultError::Swapped { .. })
            | ArchiveError::Vault(VaultError::WrongIdentity(_)) => Self::Damaged,
            _ => Self::Unavailable,
        }
    }

    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Damaged => "recall-damaged",
            Self::NotArchived => "recall-not-archived",
            Self::Held => "recall-held",
            Self::OnLine => "recall-online",
            Self::Unavailable => "recall-unavailable",
        }
    }

    /// Whether trying again by itself changes nothing.
    pub(super) fn is_final(self) -> bool {
        matches!(self, Self::NotArchived | Self::Held | Self::OnLine)
    }

    pub(super) fn stage(self, trying_again: bool) -> RecallStage {
        RecallStage::Failed { reason: self.key().into(), trying_again }
    }
}
