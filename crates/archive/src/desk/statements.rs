//! Who may see what, at the desk: what the person says on paper, recorded by a member of staff; everything in force; and
//! the simulator, which asks the live decision twice.

use super::{Desk, Role, Who};
use crate::rights::{self, the_exam, the_report};
use crate::transmit::structures_of;
use crate::{Archive, ArchiveError};
use exam::ids::{Finess, Rpps};
use exam::requests::{Kind as Asked, State};
use exam::rights::{
    By, Case, Decision, InForce, Item, Items, Known, Named, Origin, Purpose, Says, Seen, Statement, StatementId,
    Subject, Tie, Towards, hidden_from_orderer, over_versions, simulate, standing,
};
use record::{ExamDetail, ExamId, Professional, RequestEnd, RequestStep};
use std::collections::BTreeSet;
use time::{Date, OffsetDateTime};
use trace::{Kind, Outcome};
use uuid::Uuid;

/// Who may record what a person says, and read what is in force.
const RECORDERS: &[Role] = &[Role::Desk, Role::Radiologist, Role::DataProtection];

/// What is to be stated on paper's behalf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// About what.
    pub about: Items,
    /// Towards whom.
    pub to: Towards,
    /// What.
    pub says: Says,
    /// Also towards the physician who ordered the exam, where it is for all.
    pub orderer_too: bool,
    /// What for.
    pub purpose: Purpose,
    /// The request it answers.
    pub request: Option<Uuid>,
}

/// Somebody whose sight is simulated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seer {
    /// Whoever holds the exam's code.
    Code,
    /// The person, strongly identified.
    Patient,
    /// A parent or guardian.
    Representative,
    /// Who ordered it, or is copied on it.
    Listed {
        /// As the order or the report names them.
        name: String,
        /// RPPS.
        rpps: Rpps,
        /// Whether they ordered it.
        ordered: bool,
    },
    /// Another professional.
    Professional(Rpps),
    /// A partner's own system, by its name.
    Partner(String),
    /// A structure's own system.
    Structure(Finess),
}

/// What one of them sees, now and once the draft is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Who.
    pub who: Seer,
    /// The exam.
    pub exam: Seen,
    /// Its report, where there is one.
    pub report: Option<Seen>,
}

/// What the page of an exam's rights shows.
#[derive(Debug, Clone)]
pub struct RightsPage {
    /// The exam.
    pub detail: ExamDetail,
    /// The person's exams: id, title, date, and the report in force.
    pub exams: Vec<(Uuid, String, Option<Date>, Vec<Uuid>)>,
    /// In force, newest first; `settled` false: not yet in force on line.
    pub in_force: Vec<InForce>,
    /// Every statement that bears on the exam, what messages mask included: a decision names one of them.
    pub known: Vec<Statement>,
    /// Open requests that object.
    pub objections: Vec<Uuid>,
    /// Something of the exam is hidden from who ordered it.
    pub hidden_from_orderer: bool,
}

impl Desk {
    /// What is in force about the person of an exam.
    pub async fn rights(&self, who: &Who, exam: ExamId) -> Result<RightsPage, ArchiveError> {
        self.allow(who, RECORDERS)?;
        let detail = self.archive.catalogue.exam(self.group(), exam).await?;
        self.trace(who, Kind::Open, Some(&detail), Outcome::Success, &[("what", "rights".to_owned())]).await?;
        let known = rights::known(self.archive.catalogue.as_ref(), self.group(), &detail).await?;
        let Some(person) = detail.patient.as_ref().map(|patient| patient.id) else {
            return Err(ArchiveError::Refused("whose exam it is, is not certain"));
        };
        let mut exams = Vec::new();
        for line in self.archive.catalogue.exams_of_patient(self.group(), person).await? {
            let versions = match line.id == exam {
                true => rights::report_versions(&detail),
                false => rights::report_versions(&self.archive.catalogue.exam(self.group(), line.id).await?),
            };
            exams.push((line.id.0, line.title, line.date, versions));
        }
        let requests = self.archive.catalogue.requests_of(self.group(), person).await?;
        let objects = requests.iter().filter(|one| one.kind == Asked::Objection && one.state == State::Asked);
        let now = self.archive.clock.now();
        Ok(RightsPage {
            objections: objects.filter(|one| one.identity.is_some()).map(|one| one.request).collect(),
            hidden_from_orderer: kept_from_orderer(&detail, &known, now),
            in_force: standing(&known, now),
            known: known.into_iter().map(|one| one.statement).collect(),
            exams,
            detail,
        })
    }

    /// Records what the person says on paper. It acts here at once, and on line once the other side has it.
    pub async fn state(&self, who: &Who, exam: ExamId, said: Said) -> Result<StatementId, ArchiveError> {
        self.allow(who, RECORDERS)?;
        let detail = self.archive.catalogue.exam(self.group(), exam).await?;
        let person = detail.patient.as_ref().ok_or(ArchiveError::Refused("whose exam it is, is not certain"))?.id;
        if said.says == Says::End || !self.is_theirs(person, &said.about).await? {
            return Err(ArchiveError::Refused("it is not about this person's exams"));
        }
        let request = said.request;
        let id = self.put(who, &detail, person, said).await?;
        if let Some(request) = request {
            let (words, at) = (format!("statement {}", id.sequence), self.archive.clock.now());
            let end = RequestEnd { words, by: who.login.clone(), at, statement: Some(id) };
            self.archive.catalogue.request_step(self.group(), request, RequestStep::Answered(end)).await?;
        }
        self.seal_journal().await;
        Ok(id)
    }

    /// Ends a statement in force, on paper's behalf.
    pub async fn end_statement(&self, who: &Who, exam: ExamId, id: StatementId) -> Result<(), ArchiveError> {
        self.allow(who, RECORDERS)?;
        let detail = self.archive.catalogue.exam(self.group(), exam).await?;
        let person = detail.patient.as_ref().ok_or(ArchiveError::Refused("whose exam it is, is not certain"))?.id;
        let known = rights::known(self.archive.catalogue.as_ref(), self.group(), &detail).await?;
        let in_force = standing(&known, self.archive.clock.now());
        let found = in_force.into_iter().find(|one| one.statement.id == id && !one.ending);
        let Statement { about, to, purpose, .. } =
            found.ok_or(ArchiveError::Refused("no such statement is in force"))?.statement;
        let end = Said { about, to, says: Says::End, orderer_too: false, purpose, request: None };
        self.put(who, &detail, person, end).await?;
        self.seal_journal().await;
        Ok(())
    }

    /// Who can see an exam and why, and what changes if the draft is saved: everybody listed on it, the person, who
    /// stands for them, the partner it goes to, whom statements name, and whoever is asked about.
    pub async fn who_sees(
        &self,
        who: &Who,
        exam: ExamId,
        draft: Option<&Said>,
        more: &[Seer],
    ) -> Result<Vec<Sight>, ArchiveError> {
        self.allow(who, RECORDERS)?;
        let detail = self.archive.catalogue.exam(self.group(), exam).await?;
        let Some(person) = detail.patient.as_ref().map(|patient| patient.id) else { return Ok(Vec::new()) };
        let known = rights::known(self.archive.catalogue.as_ref(), self.group(), &detail).await?;
        let now = self.archive.clock.now();
        // A deny acts at once; what ends one, once both servers have it: that is what is shown.
        let draft = draft.map(|said| Known { statement: statement(said, person.0, &who.login, now), settled: true });
        let mut seers = vec![Seer::Code, Seer::Patient, Seer::Representative];
        seers.extend(listed(&detail));
        seers.extend(partner(&self.archive, &detail));
        let named = known.iter().chain(&draft).flat_map(|one| named_by(&one.statement.to)).collect::<Vec<_>>();
        for one in named.iter().chain(more) {
            let is_listed = |seer: &Seer| {
                matches!((seer, one),
                (Seer::Listed { rpps, .. }, Seer::Professional(other)) if rpps == other)
            };
            if !seers.iter().any(|seer| seer == one || is_listed(seer)) {
                seers.push(one.clone());
            }
        }
        Ok(seers.into_iter().map(|seer| sight(&self.archive, &detail, (&known, draft.as_ref()), seer, now)).collect())
    }

    /// Whether something of an exam is hidden from who ordered it.
    pub(super) async fn hidden_from_orderer(&self, detail: &ExamDetail) -> Result<bool, ArchiveError> {
        let known = rights::known(self.archive.catalogue.as_ref(), self.group(), detail).await?;
        Ok(kept_from_orderer(detail, &known, self.archive.clock.now()))
    }

    async fn put(
        &self,
        who: &Who,
        detail: &ExamDetail,
        person: record::PatientId,
        said: Said,
    ) -> Result<StatementId, ArchiveError> {
        let words = [("what", "statement".to_owned()), ("says", says_key(said.says).to_owned())];
        self.trace(who, Kind::Change, Some(detail), Outcome::Success, &words).await?;
        let statement = statement(&said, person.0, &who.login, self.archive.clock.now());
        Ok(self.archive.catalogue.state(self.group(), statement).await?)
    }

    async fn is_theirs(&self, person: record::PatientId, about: &Items) -> Result<bool, ArchiveError> {
        let exams = self.archive.catalogue.exams_of_patient(self.group(), person).await?;
        match about {
            Items::All | Items::Period { .. } => Ok(true),
            Items::Exam { exam } => Ok(exams.iter().any(|line| line.id.0 == *exam)),
            Items::Report { report } => {
                for line in &exams {
                    let detail = self.archive.catalogue.exam(self.group(), line.id).await?;
                    if rights::report_versions(&detail).contains(report) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}

fn says_key(says: Says) -> &'static str {
    match says {
        Says::Permit => "permit",
        Says::Deny => "deny",
        Says::Designate => "designate",
        Says::End => "end",
    }
}

fn statement(said: &Said, person: Uuid, login: &str, now: OffsetDateTime) -> Statement {
    Statement {
        // Given when it is kept; after all others until then.
        id: StatementId { origin: Origin::Archive, sequence: i64::MAX.unsigned_abs() },
        person,
        by: By::Desk { login: login.to_owned() },
        about: said.about.clone(),
        to: said.to.clone(),
        says: said.says,
        orderer_too: said.orderer_too,
        purpose: said.purpose,
        from: now,
        until: None,
        made_at: now,
    }
}

fn rpps_of(who: &Professional) -> Option<Rpps> {
    who.rpps.as_deref().and_then(|rpps| Rpps::parse(rpps).ok())
}

fn kept_from_orderer(detail: &ExamDetail, known: &[Known], now: OffsetDateTime) -> bool {
    let Some(rpps) = detail.prescriber.as_ref().and_then(rpps_of) else { return false };
    let orderer = Subject::Professional { rpps, structures: BTreeSet::new() };
    let exam = hidden_from_orderer(known, &orderer, &[the_exam(detail)], now);
    let report = the_report(detail, known);
    exam || report.is_some_and(|(item, known)| hidden_from_orderer(&known, &orderer, &[item], now))
}

/// Who ordered it and who is copied on it, each once.
fn listed(detail: &ExamDetail) -> Vec<Seer> {
    let ordered = detail.prescriber.iter().map(|who| (who, true));
    let on_order = detail.order.iter().flat_map(|order| &order.copies);
    let on_report = detail.report.iter().flat_map(|report| &report.copies);
    let mut all: Vec<Seer> = Vec::new();
    for (who, ordered) in ordered.chain(on_order.chain(on_report).map(|who| (who, false))) {
        let Some(rpps) = rpps_of(who) else { continue };
        if !all.iter().any(|seer| matches!(seer, Seer::Listed { rpps: known, .. } if *known == rpps)) {
            let name = format!("{} {}", who.first_name, who.family_name).trim().to_owned();
            all.push(Seer::Listed { name, rpps, ordered });
        }
    }
    all
}

fn partner(archive: &Archive, detail: &ExamDetail) -> Option<Seer> {
    let structure = detail.order.as_ref().and_then(|order| order.structure.as_deref());
    let prescriber = detail.prescriber.as_ref().and_then(|prescriber| prescriber.rpps.as_deref());
    let origin = exam::partner::Origin { structure, prescriber };
    match archive.partners.rules.destination(origin) {
        exam::partner::Destination::Partner(name) => Some(Seer::Partner(name.to_owned())),
        _ => None,
    }
}

/// Whoever it is, by all the subjects that must be allowed: a partner is all of its structures.
fn subjects(archive: &Archive, detail: &ExamDetail, seer: &Seer) -> (Vec<Subject>, BTreeSet<Tie>, Purpose) {
    let professional = |rpps: &Rpps| Subject::Professional { rpps: rpps.clone(), structures: BTreeSet::new() };
    let tied = |tie| BTreeSet::from([tie]);
    match seer {
        Seer::Code => (vec![Subject::Code], tied(Tie::HoldsCode), Purpose::Care),
        Seer::Patient => (vec![Subject::Patient], tied(Tie::OwnRecord), Purpose::Care),
        Seer::Representative => (vec![Subject::Representative], tied(Tie::OwnRecord), Purpose::Care),
        Seer::Listed { rpps, ordered, .. } => {
            let tie = if *ordered { Tie::Ordered } else { Tie::CopiedOn };
            (vec![professional(rpps)], tied(tie), Purpose::Care)
        }
        Seer::Professional(rpps) => {
            let known = listed(detail).into_iter().find_map(|one| match one {
                Seer::Listed { rpps: known, ordered, .. } if known == *rpps => Some(ordered),
                _ => None,
            });
            let ties = known.map(|ordered| if ordered { Tie::Ordered } else { Tie::CopiedOn });
            (vec![professional(rpps)], ties.into_iter().collect(), Purpose::Care)
        }
        Seer::Partner(name) => {
            let structures = structures_of(&archive.partners.rules, name);
            (structures.into_iter().map(Subject::Establishment).collect(), tied(Tie::Ordered), Purpose::Transmission)
        }
        Seer::Structure(finess) => {
            let ordered = detail.order.as_ref().and_then(|order| order.structure.as_deref()) == Some(finess.as_str());
            let ties = ordered.then_some(Tie::Ordered).into_iter().collect();
            (vec![Subject::Establishment(finess.clone())], ties, Purpose::Transmission)
        }
    }
}

fn sight(
    archive: &Archive,
    detail: &ExamDetail,
    (known, draft): (&[Known], Option<&Known>),
    who: Seer,
    now: OffsetDateTime,
) -> Sight {
    let (subjects, ties, purpose) = subjects(archive, detail, &who);
    let ask = |item: Item, known: &[Known], draft: Option<&Known>| {
        let case = |subject: &Subject| Case { subject: subject.clone(), item, ties: ties.clone(), purpose };
        let cases: Vec<Case> = subjects.iter().map(case).collect();
        together(&simulate(known, draft, &cases, now))
    };
    let exam = ask(the_exam(detail), known, draft);
    let report = the_report(detail, known).and_then(|(item, known)| {
        let versions = rights::report_versions(detail);
        let draft = draft.map(|draft| over_versions(std::slice::from_ref(draft), &versions));
        let part = ask(item, &known, draft.as_ref().and_then(|draft| draft.first()))?;
        // A report is not seen where the exam is not.
        exam.map(|exam| Seen { before: worse(exam.before, part.before), after: worse(exam.after, part.after) })
    });
    let nobody = || {
        let none =
            Decision { permit: false, rests_on: exam::rights::Ground::Default(exam::rights::DefaultRule::NoTie) };
        Seen { before: none, after: none }
    };
    Sight { who, exam: exam.unwrap_or_else(nobody), report }
}

/// What holds of all of them: the first refusal, else the first.
fn together(seen: &[Seen]) -> Option<Seen> {
    let first = *seen.first()?;
    let all = |pick: fn(&Seen) -> Decision| seen.iter().map(pick).find(|one| !one.permit);
    Some(Seen {
        before: all(|one| one.before).unwrap_or(first.before),
        after: all(|one| one.after).unwrap_or(first.after),
    })
}

fn worse(exam: Decision, report: Decision) -> Decision {
    if exam.permit { report } else { exam }
}

/// Whom a statement names.
fn named_by(to: &Towards) -> Vec<Seer> {
    let seer = |who: &Named| match who {
        Named::Professional { rpps } => Some(Seer::Professional(rpps.clone())),
        Named::Structure { finess } => Some(Seer::Structure(finess.clone())),
        Named::Invited { .. } => None,
    };
    match to {
        Towards::One { who } => seer(who).into_iter().collect(),
        Towards::EveryoneBut { except } => except.iter().filter_map(seer).collect(),
        Towards::Role { .. } | Towards::Everyone => Vec::new(),
    }
}

/// Somebody to ask about, by their number.
pub fn seer_of(number: &str) -> Option<Seer> {
    let digits: String = number.split_whitespace().collect();
    let professional = Rpps::parse(&digits).ok().map(Seer::Professional);
    professional.or_else(|| Finess::parse(&digits).ok().map(Seer::Structure))
}
