//! Who may see what: the statements of `exam::rights`, as facts.

use crate::RecordError;
use crate::model::{GroupId, PatientId};
use async_trait::async_trait;
use exam::rights::{Known, Statement, StatementId};

/// A statement, and whether the other side has it under the name the person bears now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStatement {
    /// The statement, as it was made.
    pub statement: Statement,
    /// The patient it was last told under.
    pub told_for: Option<PatientId>,
}

impl StoredStatement {
    /// As the decision needs it. What was made on the other side is known to both; what was made here, once it is told.
    /// The person is the one of today, merged records being one person.
    pub fn known(&self, person: PatientId) -> Known {
        let settled = self.told_for.is_some() || self.statement.id.origin == exam::rights::Origin::Diffusion;
        Known { statement: Statement { person: person.0, ..self.statement.clone() }, settled }
    }
}

/// Statements are only added. Each is journalled in its transaction.
#[async_trait]
pub trait Statements: Send + Sync + 'static {
    /// Keeps a statement, once by its id; enqueues `publish` for the person's exams, so that the other side hears of it.
    /// A statement of this server's own is given the next number of its sequence: its own is not looked at. Returns its
    /// id.
    ///
    /// # Errors
    /// [`RecordError::Refused`] when it cannot be stated, or when its id is another statement's.
    async fn state(&self, group: GroupId, statement: Statement) -> Result<StatementId, RecordError>;
    /// Every statement about a patient, those about records merged into it included, oldest first.
    async fn statements(&self, group: GroupId, person: PatientId) -> Result<Vec<StoredStatement>, RecordError>;
    /// The other side has it, under this patient.
    async fn statement_told(&self, group: GroupId, id: StatementId, person: PatientId) -> Result<(), RecordError>;
    /// The other side may have lost some: all are told again, with the next exam of each person that is published.
    async fn statements_untold(&self, group: GroupId) -> Result<(), RecordError>;
}
