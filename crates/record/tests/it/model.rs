//! The reference: what the record must answer, kept in plain maps.

use record::{Answer, RecallState, ReportStatus, SheetState};
use std::collections::{BTreeMap, BTreeSet};

/// Five exams of three people.
pub const STUDIES: usize = 5;

/// Whose each exam is.
pub fn person(study: usize) -> usize {
    study / 2
}

/// One thing that happens. `at` is never given here: each step has its own minute.
#[derive(Debug, Clone)]
pub enum Op {
    /// Images of one batch: (study, number, content). The same again is a resend; another content a conflict.
    Store(Vec<(usize, u32, u8)>),
    /// A person settles the oldest conflict of an exam.
    Settle(usize, bool),
    /// A patient's name is corrected.
    Correct(usize),
    Order(usize),
    Report(usize, ReportStatus),
    Hold(usize),
    Release(usize),
    Sheet(usize, u8, SheetState),
    Seal(usize),
    Publish(usize),
    Withdraw(usize),
    AskRecall(usize),
    FindRecall(usize),
    EndRecall(usize),
    /// A person says whether the archive of an exam is the patient's choice.
    Class(usize, bool),
    Choose(usize, Answer),
    /// Approved for erasure: out of sight, in its grace.
    Doom(usize),
    TakeOff(usize),
    Erase(usize),
}

/// An operation, and whether the program dies on the way.
#[derive(Debug, Clone)]
pub enum Step {
    Whole(Op),
    /// Killed after so many turns of the operation.
    Killed(Op, u8),
    /// The plug is pulled: what was not synced is gone.
    PowerCut,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    pub content: u8,
    pub sealed: bool,
}

/// What is shown of an exam.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exam {
    pub images: BTreeMap<u32, Image>,
    /// Kept aside, and not settled.
    pub aside: BTreeSet<(u32, u8)>,
    /// Minute of the order in force.
    pub order: Option<i64>,
    /// Minute and status of each version.
    pub reports: Vec<(i64, ReportStatus)>,
    /// Minute of the version in force.
    pub report: Option<i64>,
    pub hold: Option<i64>,
    pub sheets: BTreeMap<u8, SheetState>,
    /// Minute, and whether it was withdrawn.
    pub publication: Option<(i64, bool)>,
    /// Minute it was asked.
    pub recall: Option<(i64, RecallState)>,
    /// Minute of the last word on the name.
    pub name: Option<i64>,
    /// The last word on the class: whether the archive is a choice.
    pub class: Option<bool>,
    /// Minute, and what was said of the archive.
    pub choice: Option<(i64, Answer)>,
    pub doomed: bool,
    /// Nothing else is looked at then.
    pub erased: bool,
}

/// Everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    exams: BTreeMap<usize, Exam>,
    names: BTreeMap<usize, i64>,
    /// Bytes aside that a person has decided on: study, number, content.
    decided: BTreeSet<(usize, u32, u8)>,
}

impl Model {
    /// Exams with images: the others are not shown.
    pub fn shown(&self) -> BTreeMap<usize, Exam> {
        let seen = self.exams.iter().filter(|(_, exam)| !exam.images.is_empty() || exam.erased);
        let named = |study: usize, exam: &Exam| match exam.erased {
            true => Exam { erased: true, ..Exam::default() },
            false => Exam { name: self.names.get(&person(study)).copied(), ..exam.clone() },
        };
        seen.map(|(study, exam)| (*study, named(*study, exam))).collect()
    }

    /// Whether the exam is there for a person or a job to act on.
    pub fn is_shown(&self, study: usize) -> bool {
        self.exams.get(&study).is_some_and(|exam| !exam.images.is_empty() && !exam.doomed)
    }

    pub fn erased(&self, study: usize) -> bool {
        self.exams.get(&study).is_some_and(|exam| exam.erased)
    }

    pub fn doomed(&self, study: usize) -> bool {
        self.exams.get(&study).is_some_and(|exam| exam.doomed)
    }

    pub fn unsealed(&self, study: usize) -> bool {
        self.exams.get(&study).is_some_and(|exam| exam.images.values().any(|image| !image.sealed))
    }

    pub fn published(&self, study: usize) -> bool {
        self.is_shown(study) && matches!(self.exams[&study].publication, Some((_, false)))
    }

    /// The oldest conflict is the one that came first; one is open at a time for each image.
    pub fn aside(&self, study: usize) -> Option<(u32, u8)> {
        self.exams.get(&study).and_then(|exam| exam.aside.first().copied())
    }

    pub fn recalling(&self, study: usize) -> bool {
        let open = |state: &RecallState| !matches!(state, RecallState::Ready | RecallState::Failed);
        self.is_shown(study) && self.exams[&study].recall.is_some_and(|(_, state)| open(&state))
    }

    /// Moves on.
    pub fn apply(&mut self, op: &Op, minute: i64) {
        match op {
            Op::Store(images) => images.iter().for_each(|image| self.store(*image)),
            Op::Correct(person) => {
                self.names.insert(*person, minute);
            }
            Op::Order(study) => self.of(*study).order = Some(minute),
            Op::Report(study, status) => report(self.of(*study), *status, minute),
            op => self.act(op, minute),
        }
    }

    fn of(&mut self, study: usize) -> &mut Exam {
        self.exams.entry(study).or_default()
    }

    /// Images of erased exams are another story (`retention`): they are not sent here.
    pub fn without_erased(&self, op: &Op) -> Op {
        match op {
            Op::Store(images) => Op::Store(images.iter().copied().filter(|(study, ..)| !self.erased(*study)).collect()),
            op => op.clone(),
        }
    }

    fn store(&mut self, (study, number, content): (usize, u32, u8)) {
        let decided = self.decided.contains(&(study, number, content));
        let exam = self.of(study);
        match exam.images.get(&number) {
            None => {
                exam.images.insert(number, Image { content, sealed: false });
                exam.doomed = false;
            }
            // Whoever sends again what a person has decided on is refused again, and the person is not asked again.
            Some(image) if image.content != content && !decided => {
                exam.aside.insert((number, content));
            }
            Some(_) => {}
        }
    }

    /// What needs an exam that is shown.
    fn act(&mut self, op: &Op, minute: i64) {
        let (open, aside) = (|model: &Self, study| model.recalling(study), |model: &Self, study| model.aside(study));
        match *op {
            Op::Settle(study, accept) => {
                let Some((number, content)) = aside(self, study) else { return };
                self.decided.insert((study, number, content));
                let exam = self.of(study);
                exam.aside.remove(&(number, content));
                if accept {
                    exam.images.insert(number, Image { content, sealed: false });
                    exam.doomed = false;
                }
            }
            Op::Hold(study) if self.is_shown(study) => self.of(study).hold = Some(minute),
            Op::Release(study) if self.is_shown(study) => self.of(study).hold = None,
            Op::Sheet(study, slot, state) if self.is_shown(study) => {
                let kept = self.of(study).sheets.entry(slot).or_insert(state);
                if *kept != SheetState::Revoked {
                    *kept = state;
                }
            }
            Op::Seal(study) => self.of(study).images.values_mut().for_each(|image| image.sealed = true),
            Op::Publish(study) if self.is_shown(study) => self.of(study).publication = Some((minute, false)),
            Op::Withdraw(study) if self.published(study) => {
                if let Some((_, withdrawn)) = &mut self.of(study).publication {
                    *withdrawn = true;
                }
            }
            Op::AskRecall(study) if self.is_shown(study) && !open(self, study) => {
                self.of(study).recall = Some((minute, RecallState::Asked));
            }
            Op::FindRecall(study) if open(self, study) => {
                if let Some((_, state)) = &mut self.of(study).recall {
                    *state = RecallState::Found;
                }
            }
            Op::EndRecall(study) if open(self, study) => {
                let exam = self.of(study);
                if let Some((_, state)) = &mut exam.recall {
                    *state = RecallState::Ready;
                }
                exam.publication = Some((minute, false));
            }
            _ => self.end(op, minute),
        }
    }

    /// The choice, and the end of the archive.
    fn end(&mut self, op: &Op, minute: i64) {
        match *op {
            Op::Class(study, optional) if self.is_shown(study) => self.of(study).class = Some(optional),
            Op::Choose(study, answer) if self.is_shown(study) => choose(self.of(study), answer, minute),
            Op::Doom(study) if self.is_shown(study) && !self.unsealed(study) => self.of(study).doomed = true,
            Op::TakeOff(study) if self.doomed(study) => self.of(study).doomed = false,
            Op::Erase(study) if self.doomed(study) => {
                *self.of(study) = Exam { erased: true, ..Exam::default() };
            }
            _ => {}
        }
    }
}

/// An end is never made difficult; a yes is taken back, not declined; the same answer again is the same as once.
fn choose(exam: &mut Exam, answer: Answer, minute: i64) {
    let said = exam.choice.map(|(_, answer)| answer);
    let allowed = match (answer, said) {
        (Answer::TakenBack, said) => matches!(said, Some(Answer::Chosen | Answer::TakenBack)),
        (Answer::Declined, Some(Answer::Chosen)) => false,
        _ => exam.class == Some(true),
    };
    if allowed && said != Some(answer) {
        exam.choice = Some((minute, answer));
    }
}

/// A version taken back takes back all before it; a preliminary one is never in force.
fn report(exam: &mut Exam, status: ReportStatus, minute: i64) {
    exam.reports.push((minute, status));
    match status {
        ReportStatus::Final | ReportStatus::Corrected => exam.report = Some(minute),
        ReportStatus::Deleted => exam.report = None,
        ReportStatus::Preliminary => {}
    }
}
