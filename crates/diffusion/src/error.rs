//! What can go wrong in this room, in words for the operator. None carries personal data.

/// Why a use case of the diffusion side failed.
#[derive(Debug, thiserror::Error)]
pub enum DiffusionError {
    /// The database refused.
    #[error("{doing}: {source}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A later program has brought the database further than this one knows; nothing was changed.
    #[error(
        "the diffusion database was written by a newer program (migration {0}): start that one, or restore a backup of before"
    )]
    Newer(i64),
    /// A file of the web copies or the keys could not be read or written.
    #[error("{doing}: {source}")]
    File {
        /// What was being done.
        doing: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Bytes at rest are not the bytes that were published.
    #[error("a web copy is damaged: {0}")]
    Damaged(&'static str),
    /// The key files do not fit what they should open.
    #[error("keys: {0}")]
    Keys(String),
    /// The named thing is not there (any more).
    #[error("not there")]
    Gone,
    /// The range asked for lies outside the blob.
    #[error("range outside the blob")]
    Range,
    /// The trace could not be written, so nothing was served.
    #[error("trace: {0}")]
    Trace(String),
    /// An image could not be rendered.
    #[error("rendering: {0}")]
    Rendering(String),
    /// The receiver of a download left, or stood still too long.
    #[error("the receiver left")]
    Left,
    /// The clock that erasers ask refuses.
    #[error("nothing is erased: {0}")]
    Clock(#[from] ambient::ClockDoubt),
    /// What was to be stated cannot be.
    #[error("not to be stated: {0}")]
    Statement(&'static str),
    /// A background task ended abnormally.
    #[error("a background task failed")]
    Task,
    /// A stored document does not read back.
    #[error("stored document: {0}")]
    Document(String),
}

impl DiffusionError {
    pub(crate) fn db(doing: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Database { doing, source }
    }

    pub(crate) fn file(doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { doing, source }
    }
}
