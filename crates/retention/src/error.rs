//! Why a use case did not succeed.

/// Why a use case did not succeed. No personal data in any text.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// The record failed or refuses.
    #[error(transparent)]
    Record(#[from] record::RecordError),
    /// An object could not be erased: its exam is out of sight, and the erasure is tried again.
    #[error("erasing an object from {placement}: {source}")]
    Erase {
        /// Where from.
        placement: String,
        /// Why it failed.
        #[source]
        source: vault::VaultError,
    },
    /// The trace cannot be written: nothing is done.
    #[error("the trace cannot be written: {0}")]
    Trace(#[from] trace::TraceError),
    /// Nothing is planned or erased while it is not certain what time it is.
    #[error("nothing is planned or erased: {0}")]
    Clock(#[from] ambient::ClockDoubt),
    /// What was asked does not fit, or not this role.
    #[error("refused: {0}")]
    Refused(&'static str),
}

impl RetentionError {
    /// Whether what was asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Record(record::RecordError::NotFound { .. }))
    }

    /// Whether it was refused rather than failed.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Record(record::RecordError::Refused { .. }))
    }
}
