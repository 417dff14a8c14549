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
    /// The exam shared with them by a share that lives.
    pub shared: Option<Uuid>,
    /// The person whose record is theirs, or for whom they stand.
    pub record_of: Option<Uuid>,
    /// People with whom a care relation is declared.
    pub cares_for: BTreeSet<Uuid>,
    /// The person whose record they would open in an emergency: asked before it is opened.
    pub(crate) emergency_of: Option<Uuid>,
}

impl Viewer {
    fn new(subject: Subject) -> Self {
        let (cares_for, emergency_of) = (BTreeSet::new(), None);
        Self { subject, code_of: None, shared: None, record_of: None, cares_for, emergency_of }
    }

    /// Whoever holds the code of this exam.
    pub fn by_code(exam: Uuid) -> Self {
        Self { code_of: Some(exam), ..Self::new(Subject::Code) }
    }

    /// A parent who holds the code of their child's exam.
    pub fn by_parents_code(exam: Uuid) -> Self {
        Self { code_of: Some(exam), ..Self::new(Subject::Representative) }
    }

    /// The person, strongly identified.
    pub fn patient(person: Uuid) -> Self {
        Self { record_of: Some(person), ..Self::new(Subject::Patient) }
    }

    /// A parent or guardian in force of this person.
    pub fn representative(person: Uuid) -> Self {
        Self { record_of: Some(person), ..Self::new(Subject::Representative) }
    }

    /// Whom an exam was shared with, by the share's opaque id, while it lives.
    pub fn invited(share: Uuid, exam: Uuid) -> Self {
        Self { shared: Some(exam), ..Self::new(Subject::Invited(share)) }
    }

    /// A professional, and where they act now.
    pub fn professional(rpps: Rpps, structures: BTreeSet<Finess>) -> Self {
        Self::new(Subject::Professional { rpps, structures })
    }

    /// The ties that do not depend on what the exam says.
    pub(super) fn ties(&self, exam: Uuid, person: Option<Uuid>) -> BTreeSet<Tie> {
        let all = [
            (self.code_of == Some(exam), Tie::HoldsCode),
            (self.shared == Some(exam), Tie::Shared),
            (person.is_some() && self.record_of == person, Tie::OwnRecord),
            (person.is_some_and(|person| self.cares_for.contains(&person)), Tie::CareDeclared),
            (person.is_some() && self.emergency_of == person, Tie::Emergency),
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

/// Who may be behind a sheet's session, all of whom must be allowed: an invited person sees no more than who invited them,
/// and of a child's sheet nobody can say whether a parent or the child holds it.
pub(crate) fn viewers_of(exam: Uuid, parents: bool, share: Option<Uuid>) -> Vec<Viewer> {
    let parent = parents.then(|| Viewer::by_parents_code(exam));
    let invited = share.map(|share| Viewer::invited(share, exam));
    [Viewer::by_code(exam)].into_iter().chain(parent).chain(invited).collect()
}
