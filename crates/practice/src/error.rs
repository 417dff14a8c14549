//! Why a use case did not succeed.

/// Why a use case did not succeed. No personal data in any text.
#[derive(Debug, thiserror::Error)]
pub enum PracticeError {
    /// The record failed or refuses.
    #[error(transparent)]
    Record(#[from] record::RecordError),
    /// The trace cannot be written: nothing is done.
    #[error("the trace cannot be written: {0}")]
    Trace(#[from] trace::TraceError),
    /// What was done cannot be billed so.
    #[error(transparent)]
    Billing(#[from] billing::invoice::BillingError),
    /// A field of a form is missing or is not what it should be.
    #[error("the field {0} is not right")]
    Field(&'static str),
    /// What was asked does not fit what the record holds now.
    #[error("refused: {0}")]
    Refused(&'static str),
}

impl PracticeError {
    /// Whether what was asked contradicts what is there.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Record(record::RecordError::Refused { .. }))
    }

    /// Whether what was asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Record(record::RecordError::NotFound { .. }))
    }
}
