//! Why a use case did not succeed.

use link::LinkError;
use record::RecordError;
use vault::VaultError;

/// Why a use case did not succeed. No personal data in any text.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The record failed or refuses.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The other side failed or refuses.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A landed record cannot be read.
    #[error("reading from the landing log: {0}")]
    Landing(#[from] intake::landing::ReadError),
    /// The trace cannot be written: nothing is served.
    #[error("the trace cannot be written: {0}")]
    Trace(#[from] trace::TraceError),
    /// An image or a report page could not be prepared.
    #[error("preparing for the web: {0}")]
    Prepare(String),
    /// A package of a person's data could not be made or read.
    #[error("making a package: {0}")]
    Package(String),
    /// A sheet could not be made.
    #[error("making the sheet: {0}")]
    Sheet(String),
    /// A sheet could not be delivered: its code was taken back.
    #[error("delivering the sheet: {0}")]
    Outlet(String),
    /// What was asked does not fit what the record holds now.
    #[error("refused: {0}")]
    Refused(&'static str),
}

impl ArchiveError {
    /// Whether what was asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Record(RecordError::NotFound { .. }))
    }
}
