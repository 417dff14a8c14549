//! Who asks, and by what they are tied to exams and people besides what the exam says.

use exam::ids::{Finess, Rpps};
use exam::rights::{Subject, Tie};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Someone whose session another part has judged alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// Who.
    pub subject: Subject,
    /// The exam whose code they hold.
    pub code_of: Option<Uuid>,
    /// The person whose record is theirs, or for whom they stand.
    pub record_of: Option<Uuid>,
    /// People with whom a care relation is declared.
    pub cares_for: BTreeSet<Uuid>,
}

impl Viewer {
    fn new(subject: Subject) -> Self {
        Self { subject, code_of: None, record_of: None, cares_for: BTreeSet::new() }
    }

    /// Whoever holds the code of this exam.
    pub fn by_code(exam: Uuid) -> Self {
        Self { code_of: Some(exam), ..Self::new(Subject::Code) }
    }

    /// The person, strongly identified.
    pub fn patient(person: Uuid) -> Self {
        Self { record_of: Some(person), ..Self::new(Subject::Patient) }
    }

    /// A parent or guardian in force of this person.
    pub fn representative(person: Uuid) -> Self {
        Self { record_of: Some(person), ..Self::new(Subject::Representative) }
    }

    /// Whom something was shared with, by the invitation's opaque id.
    pub fn invited(invitation: Uuid) -> Self {
        Self::new(Subject::Invited(invitation))
    }

    /// A professional, and where they act now.
    pub fn professional(rpps: Rpps, structures: BTreeSet<Finess>) -> Self {
        Self::new(Subject::Professional { rpps, structures })
    }

    /// The ties that do not depend on what the exam says.
    pub(super) fn ties(&self, exam: Uuid, person: Option<Uuid>) -> BTreeSet<Tie> {
        let all = [
            (self.code_of == Some(exam), Tie::HoldsCode),
            (person.is_some() && self.record_of == person, Tie::OwnRecord),
            (person.is_some_and(|person| self.cares_for.contains(&person)), Tie::CareDeclared),
        ];
        all.into_iter().filter(|(tied, _)| *tied).map(|(_, tie)| tie).collect()
    }

    /// By what name statements may name them.
    pub(super) fn names(&self) -> Vec<String> {
        match &self.subject {
            Subject::Professional { rpps, structures } => {
                std::iter::once(rpps.to_string()).chain(structures.iter().map(ToString::to_string)).collect()
            }
            Subject::Establishment(finess) => vec![finess.to_string()],
            Subject::Invited(person) => vec![person.to_string()],
            _ => Vec::new(),
        }
    }
}
