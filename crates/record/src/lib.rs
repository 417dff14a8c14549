//! The catalogue of the archive side: every fact that arrived or was decided, and what follows from
//! them for each exam.
//!
//! This room must not know where bytes live: it keeps opaque places in the landing log and opaque
//! object keys of the vault, so that placement changes without a migration. It never holds a code.
//!
//! Facts come in through [`Catalogue::receive`] (images) and [`Catalogue::apply`] (HL7 messages).
//! Inside the same transaction the identity of each exam they touch is computed again from all
//! facts, jobs are enqueued and the journal gets its numbered entry; so the order of arrival never
//! matters and a killed process leaves all or nothing.
//!
//! Start with [`Catalogue`]; the shapes are in [`model`].

mod billings;
pub mod catalogue;
mod choices;
mod commitments;
mod component;
mod derive;
mod finds;
mod grouping;
mod identity;
mod locates;
pub mod model;
mod practices;
mod prescribers;
mod recalls;
mod relations;
mod reports;
mod requests;
mod reservations;
mod retentions;
mod settings;
pub mod sqlite;
mod statements;
mod steps;
mod transmissions;
mod words;

pub use billings::Billings;
pub use catalogue::Catalogue;
pub use choices::Choices;
pub use commitments::{COMMIT_JOB, CommitmentAsked, CommitmentKey, Commitments};
pub use finds::{FindPage, Finds, Found, FoundInstance, FoundPage};
pub use locates::{Located, Locates, UidPath};
pub use model::*;
pub use practices::{NUMBER_GIVEN, Practices};
pub use prescribers::Prescribers;
pub use recalls::Recalls;
pub use relations::{Relations, StoredRelation};
pub use requests::Requests;
pub use reservations::{Ordered, RESERVE_JOB, Reservations};
pub use retentions::Retentions;
pub use settings::Settings;
pub use sqlite::SqliteCatalogue;
pub use statements::{Statements, StoredStatement};
pub use steps::Steps;
pub use transmissions::Transmissions;

/// Why the catalogue could not answer.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The database failed; nothing of the call took effect.
    #[error("the record's database failed while {doing}: {source}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// The engine's error.
        #[source]
        source: sqlx::Error,
    },
    /// A later program has brought the record further than this one knows; nothing was changed.
    #[error("the record was written by a newer program (migration {0}): start that one, or restore a backup of before")]
    Newer(i64),
    /// A job could not be written or read.
    #[error("the record's jobs failed")]
    Work(#[from] work::WorkError),
    /// No such row in this group.
    #[error("{what} not found")]
    NotFound {
        /// Which kind of thing: `exam`, `doubt`, `sheet`, `staff`.
        what: &'static str,
    },
    /// The request contradicts what the record holds; nothing changed.
    #[error("refused: {reason}")]
    Refused {
        /// Why, for an operator; without personal data.
        reason: &'static str,
    },
    /// A stored row cannot be read back: the database is damaged or of a newer version.
    #[error("a stored {what} cannot be read")]
    Damaged {
        /// Which column or shape.
        what: &'static str,
    },
    /// Another process holds this record open for writing.
    #[error("the record is already open in another process")]
    InUse,
}
