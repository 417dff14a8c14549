//! What the person, strongly identified, says of who may see their record: hidden, objected to, entrusted to a physician;
//! everything in force; each ended.

use crate::database::uuid_at;
use crate::session::Living;
use crate::traced::actor_of;
use crate::{Denied, Diffusion, DiffusionError, SessionToken, Viewer, stub};
use exam::ids::Rpps;
use exam::rights::{
    By, Case, InForce, Item, Items, Known, Part, Purpose, Says, Statement, StatementId, Subject, Tie, Towards,
    over_versions, simulate, standing,
};
use link::{Relation, ReportSummary};
use sqlx::Row;
use std::collections::BTreeSet;
use time::Date;
use uuid::Uuid;

/// Statements of one person that are in force at the same time.
const MOST_IN_FORCE: usize = 200;

/// What is to be stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// About what.
    pub about: Items,
    /// Towards whom.
    pub to: Towards,
    /// What; never [`Says::End`], which [`Diffusion::end_choice`] makes.
    pub says: Says,
    /// Also towards the physician who ordered the exam, where it is for all.
    pub orderer_too: bool,
    /// What for.
    pub purpose: Purpose,
}

/// A professional whom an exam on line names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedWith {
    /// RPPS.
    pub rpps: Rpps,
    /// As the order or report writes it; may be empty.
    pub name: String,
    /// Whether they ordered the exam; else they are copied on it.
    pub ordered: bool,
}

/// An exam that the person may choose about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoosableExam {
    /// The exam.
    pub exam: Uuid,
    /// In words.
    pub title: String,
    /// Where.
    pub site: String,
    /// Its date.
    pub date: Date,
    /// Its report, every version, where one is on line and not hidden from the person.
    pub report: Vec<Uuid>,
    /// Who is named with it, where it is on line.
    pub named: Vec<NamedWith>,
}

/// What the page of choices shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// The exam of the session.
    pub here: Uuid,
    /// The person's exams, newest first.
    pub exams: Vec<ChoosableExam>,
    /// What the person has said, newest first.
    pub in_force: Vec<InForce>,
}

impl Choices {
    /// By what name a professional is known here.
    pub fn name_of(&self, rpps: &Rpps) -> Option<&str> {
        let named = self.exams.iter().flat_map(|exam| &exam.named);
        named.filter(|one| one.rpps == *rpps && !one.name.is_empty()).map(|one| one.name.as_str()).next()
    }
}

/// Somebody who will not see an exam any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loses {
    /// The exam.
    pub exam: Uuid,
    /// Who.
    pub who: NamedWith,
}

impl Diffusion {
    /// What the person may choose about, and what is in force.
    ///
    /// # Errors
    /// [`Denied::NotStrong`] without the second factor, or for a person invited.
    pub async fn choices(&self, token: &SessionToken) -> Result<Choices, Denied> {
        let session = self.strong_session(token).await?;
        let person = self.person_of(&session).await?;
        let known = self.statements_about(person).await?;
        let exams = self.choosable(&session, person).await?;
        Ok(Choices { here: session.exam, exams, in_force: standing(&known, self.now()) })
    }

    /// Who, of those named with the exams, would not see them any more: the same decision as the live one.
    ///
    /// # Errors
    /// As [`Diffusion::choices`].
    pub async fn foresee_choice(&self, token: &SessionToken, draft: &Draft) -> Result<Vec<Loses>, Denied> {
        let session = self.strong_session(token).await?;
        let person = self.person_of(&session).await?;
        let known = self.statements_about(person).await?;
        let drafted = Known { statement: self.statement_of(&session, person, draft), settled: true };
        let mut lose = Vec::new();
        for exam in self.choosable(&session, person).await? {
            let (before, after) = match exam.report.as_slice() {
                [] => (known.clone(), drafted.clone()),
                versions => {
                    let with = over_versions(std::slice::from_ref(&drafted), versions);
                    (over_versions(&known, versions), with.into_iter().next().unwrap_or_else(|| drafted.clone()))
                }
            };
            for who in &exam.named {
                let cases = cases(&exam, who);
                let seen = simulate(&before, Some(&after), &cases, self.now());
                if seen.iter().any(|one| one.changes() && one.before.permit) {
                    lose.push(Loses { exam: exam.exam, who: who.clone() });
                }
            }
        }
        Ok(lose)
    }

    /// States it: in force at once here, and told to the archive side.
    ///
    /// # Errors
    /// As [`Diffusion::choices`]; [`Denied::Absent`] about what is not the person's;
    /// [`DiffusionError::Statement`] when it cannot be stated.
    pub async fn choose(&self, token: &SessionToken, draft: &Draft) -> Result<StatementId, Denied> {
        let session = self.strong_session(token).await?;
        let person = self.person_of(&session).await?;
        let exams = self.choosable(&session, person).await?;
        let theirs = match &draft.about {
            Items::Exam { exam } => exams.iter().any(|one| one.exam == *exam),
            Items::Report { report } => exams.iter().any(|one| one.report.contains(report)),
            Items::All | Items::Period { .. } => true,
        };
        if !theirs || draft.says == Says::End {
            return Err(Denied::Absent);
        }
        if standing(&self.statements_about(person).await?, self.now()).len() >= MOST_IN_FORCE {
            return Err(DiffusionError::Statement("too many are in force").into());
        }
        let statement = self.statement_of(&session, person, draft);
        Ok(self.state(statement, actor_of(&session)).await?)
    }

    /// Ends a statement in force, by one that ends it. What is hidden stays so until the archive side has it too.
    ///
    /// # Errors
    /// As [`Diffusion::choices`]; [`Denied::Absent`] for what is not in force.
    pub async fn end_choice(&self, token: &SessionToken, id: StatementId) -> Result<(), Denied> {
        let session = self.strong_session(token).await?;
        let person = self.person_of(&session).await?;
        let standing = standing(&self.statements_about(person).await?, self.now());
        let found = standing.into_iter().find(|one| one.statement.id == id).ok_or(Denied::Absent)?;
        if found.ending {
            return Ok(());
        }
        let Statement { about, to, purpose, .. } = found.statement;
        let draft = Draft { about, to, says: Says::End, orderer_too: false, purpose };
        let end = self.statement_of(&session, person, &draft);
        self.state(end, actor_of(&session)).await?;
        Ok(())
    }

    fn statement_of(&self, session: &Living, person: Uuid, draft: &Draft) -> Statement {
        let now = self.now();
        Statement {
            // Given when it is made.
            id: StatementId { origin: exam::rights::Origin::Diffusion, sequence: u64::MAX },
            person,
            by: if session.parents { By::Representative } else { By::Person },
            about: draft.about.clone(),
            to: draft.to.clone(),
            says: draft.says,
            orderer_too: draft.orderer_too,
            purpose: draft.purpose,
            from: now,
            until: None,
            made_at: now,
        }
    }

    /// Whose exam the session is about, once the archive side has said so.
    async fn person_of(&self, session: &Living) -> Result<Uuid, Denied> {
        let doing = || DiffusionError::db("looking for whose an exam is");
        let row = sqlx::query("SELECT person FROM exam WHERE group_id = ? AND exam = ? AND person IS NOT NULL")
            .bind(self.inner.database.group())
            .bind(session.exam.as_bytes().as_slice())
            .fetch_optional(self.inner.database.read())
            .await
            .map_err(doing())?;
        Ok(uuid_at(&row.ok_or(Denied::Absent)?, 0)?)
    }

    async fn choosable(&self, session: &Living, person: Uuid) -> Result<Vec<ChoosableExam>, DiffusionError> {
        let viewer = if session.parents { Viewer::representative(person) } else { Viewer::patient(person) };
        let mut exams = Vec::new();
        for visible in self.visible_to(&viewer).await? {
            exams.extend(self.choosable_exam(&viewer, visible.exam).await?);
        }
        exams.sort_by_key(|one| std::cmp::Reverse((one.date, one.exam)));
        Ok(exams)
    }

    async fn choosable_exam(&self, viewer: &Viewer, exam: Uuid) -> Result<Option<ChoosableExam>, DiffusionError> {
        let doing = || DiffusionError::db("listing a person's exams");
        let row = sqlx::query("SELECT visible, stub FROM exam WHERE group_id = ? AND exam = ? AND stub IS NOT NULL")
            .bind(self.inner.database.group())
            .bind(exam.as_bytes().as_slice())
            .fetch_optional(self.inner.database.read())
            .await
            .map_err(doing())?;
        let Some(row) = row else { return Ok(None) };
        let sealed: Vec<u8> = row.try_get(1).map_err(doing())?;
        let words = stub::open(self.inner.keys.master(), exam, &sealed)?;
        let on_line = row.try_get::<Option<Vec<u8>>, _>(0).map_err(doing())?.is_some();
        let copy = if on_line { self.open_copy(uuid_at(&row, 0)?).await } else { Err(DiffusionError::Gone) };
        let (report, named) = match copy {
            Ok(copy) => {
                let seen = self.as_seen_by(std::slice::from_ref(viewer), copy.publication.clone()).await?;
                let report = seen.report.as_ref().map(ReportSummary::all_versions).unwrap_or_default();
                (report, named_with(&copy.publication.professionals))
            }
            Err(DiffusionError::Gone) => (Vec::new(), Vec::new()),
            Err(error) => return Err(error),
        };
        let (title, site, date) = (words.title, words.site, words.times.exam_date);
        Ok(Some(ChoosableExam { exam, title, site, date, report, named }))
    }
}

fn named_with(professionals: &[link::Professional]) -> Vec<NamedWith> {
    let known = professionals.iter().filter_map(|one| Some((Rpps::parse(&one.rpps).ok()?, one)));
    known
        .map(|(rpps, one)| NamedWith { rpps, name: one.name.clone(), ordered: one.relation == Relation::Ordered })
        .collect()
}

/// The exam, and its report.
fn cases(exam: &ChoosableExam, who: &NamedWith) -> Vec<Case> {
    let subject = Subject::Professional { rpps: who.rpps.clone(), structures: BTreeSet::new() };
    let ties = BTreeSet::from([if who.ordered { Tie::Ordered } else { Tie::CopiedOn }]);
    let parts = [Part::Exam].into_iter().chain(exam.report.last().map(|report| Part::Report(*report)));
    let item = |part| Item { exam: exam.exam, date: Some(exam.date), part };
    parts
        .map(|part| Case { subject: subject.clone(), item: item(part), ties: ties.clone(), purpose: Purpose::Care })
        .collect()
}
