//! The judgement.

use super::{Basis, Viewer};
use crate::database::{micros, uuid_at};
use crate::session::Denied;
use crate::{Diffusion, DiffusionError, Relation, stub};
use exam::ids::{Finess, Rpps};
use exam::rights::{Decision, Item, Known, Named, Part, Purpose, Subject, Tie, Towards, decide, over_versions};
use link::{BlobName, Publication, ReportSummary};
use sqlx::Row;
use std::collections::BTreeSet;
use std::sync::Arc;
use time::Date;
use uuid::Uuid;

/// An exam that somebody may see, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visible {
    /// The exam.
    pub exam: Uuid,
    /// Whose it is, once the archive side has said so.
    pub person: Option<Uuid>,
    /// What that rests on.
    pub decision: Decision,
}

fn tie(relation: Relation) -> Tie {
    match relation {
        Relation::Ordered => Tie::Ordered,
        Relation::CopiedOn => Tie::CopiedOn,
    }
}

/// A part of an exam that is asked for: a report by all its versions, the one shown last.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked<'a> {
    Exam,
    Report(&'a [Uuid]),
}

impl Asked<'_> {
    fn part(self) -> Part {
        match self {
            Self::Report(versions) => versions.last().map_or(Part::Exam, |report| Part::Report(*report)),
            Self::Exam => Part::Exam,
        }
    }

    fn known(self, known: Vec<Known>) -> Vec<Known> {
        match self {
            Self::Report(versions) => over_versions(&known, versions),
            Self::Exam => known,
        }
    }
}

/// What is known here of an exam, as far as rights go.
struct About {
    person: Option<Uuid>,
    date: Option<Date>,
    ties: BTreeSet<Tie>,
}

impl Diffusion {
    /// Judges an exam; nothing when there is no such exam here.
    pub async fn judge_exam(&self, viewer: &Viewer, exam: Uuid) -> Result<Option<Visible>, DiffusionError> {
        self.judge_part(viewer, exam, Asked::Exam).await
    }

    async fn judge_part(
        &self,
        viewer: &Viewer,
        exam: Uuid,
        asked: Asked<'_>,
    ) -> Result<Option<Visible>, DiffusionError> {
        let Some(about) = self.about(viewer, exam).await? else { return Ok(None) };
        let known = asked.known(match about.person {
            Some(person) => self.statements_about(person).await?,
            None => Vec::new(),
        });
        let item = Item { exam, date: about.date, part: asked.part() };
        let decision = decide(&known, &viewer.subject, &item, &about.ties, Purpose::Care, self.now());
        Ok(Some(Visible { exam, person: about.person, decision }))
    }

    /// The right to see an exam at this instant. Hidden and unknown are one answer.
    ///
    /// # Errors
    /// [`Denied::Absent`] for both.
    pub async fn may_view(&self, viewer: &Viewer, exam: Uuid) -> Result<Visible, Denied> {
        let judged = self.judge_exam(viewer, exam).await?;
        judged.filter(|visible| visible.decision.permit).ok_or(Denied::Absent)
    }

    /// The right to see a report of an exam, asked after [`Diffusion::may_view`].
    pub async fn may_view_report(
        &self,
        viewer: &Viewer,
        exam: Uuid,
        report: &ReportSummary,
    ) -> Result<bool, DiffusionError> {
        let judged = self.judge_part(viewer, exam, Asked::Report(&report.all_versions())).await?;
        Ok(judged.is_some_and(|visible| visible.decision.permit))
    }

    /// A publication as all of these may see it together: without its report where it is hidden from one of them.
    pub(crate) async fn as_seen_by(
        &self,
        viewers: &[Viewer],
        publication: Arc<Publication>,
    ) -> Result<Arc<Publication>, DiffusionError> {
        let Some(report) = &publication.report else { return Ok(publication) };
        for viewer in viewers {
            if !self.may_view_report(viewer, publication.exam, report).await? {
                return Ok(Arc::new(without_report(&publication)));
            }
        }
        Ok(publication)
    }

    /// Every exam that somebody may see, hidden ones absent: what lists show and counts count.
    pub async fn visible_to(&self, viewer: &Viewer) -> Result<Vec<Visible>, DiffusionError> {
        let mut visible = Vec::new();
        for exam in self.candidates(viewer).await? {
            let judged = self.judge_exam(viewer, exam).await?;
            visible.extend(judged.filter(|judged| judged.decision.permit));
        }
        Ok(visible)
    }

    /// Why a professional may see an exam by the tie of `mac`: their own, or that of someone they stand in for, who must
    /// not be kept from it either. What was said or declared of the absent in person is not lent: their exams are.
    pub(crate) async fn basis_by(
        &self,
        (own, rpps, structures): (&[u8; 32], &Rpps, BTreeSet<Finess>),
        mac: &[u8; 32],
        exam: Uuid,
        asked: Asked<'_>,
    ) -> Result<Option<Basis>, DiffusionError> {
        let viewer = Viewer::professional(rpps.clone(), structures);
        let Some(mut about) = self.about(&viewer, exam).await? else { return Ok(None) };
        if own != mac {
            about.ties = self.entitled(exam, mac).await?.map(tie).into_iter().collect();
        }
        let known = asked.known(match about.person {
            Some(person) => self.statements_about(person).await?,
            None => Vec::new(),
        });
        let item = Item { exam, date: about.date, part: asked.part() };
        let judged = |subject: &Subject| decide(&known, subject, &item, &about.ties, Purpose::Care, self.now());
        let decision = judged(&viewer.subject);
        if own == mac {
            return Ok(Basis::of(&decision, &known));
        }
        let absent = self.named_by(&known, mac)?.is_none_or(|absent| judged(&absent).permit);
        Ok((decision.permit && absent).then_some(Basis::StandIn))
    }

    /// What an emergency would open of a person's record to this professional: somebody kept from all of it is told what
    /// is told of a person who is not here.
    pub(crate) async fn openable_in_emergency(
        &self,
        rpps: &Rpps,
        structures: BTreeSet<Finess>,
        person: Uuid,
    ) -> Result<Vec<Uuid>, DiffusionError> {
        let mut viewer = Viewer::professional(rpps.clone(), structures);
        viewer.emergency_of = Some(person);
        let visible = self.visible_to(&viewer).await?;
        Ok(visible.into_iter().filter(|one| one.person == Some(person)).map(|one| one.exam).collect())
    }

    /// Whoever has this digest, where a statement names them. Whom none names is like any other professional.
    fn named_by(&self, known: &[Known], mac: &[u8; 32]) -> Result<Option<Subject>, DiffusionError> {
        for one in known {
            if let Towards::One { who: Named::Professional { rpps } } = &one.statement.to
                && self.rpps_mac(rpps)? == *mac
            {
                return Ok(Some(Subject::Professional { rpps: rpps.clone(), structures: BTreeSet::new() }));
            }
        }
        Ok(None)
    }

    async fn about(&self, viewer: &Viewer, exam: Uuid) -> Result<Option<About>, DiffusionError> {
        let doing = || DiffusionError::db("judging who may see an exam");
        let group = self.inner.database.group();
        let row = sqlx::query("SELECT person, stub FROM exam WHERE group_id = ? AND exam = ?")
            .bind(group)
            .bind(exam.as_bytes().as_slice())
            .fetch_optional(self.inner.database.read())
            .await
            .map_err(doing())?;
        let Some(row) = row else { return Ok(None) };
        let person: Option<Vec<u8>> = row.try_get(0).map_err(doing())?;
        let person = person.map(|_| uuid_at(&row, 0)).transpose()?;
        let sealed: Option<Vec<u8>> = row.try_get(1).map_err(doing())?;
        let words = sealed.map(|sealed| stub::open(self.inner.keys.master(), exam, &sealed)).transpose()?;
        let mut ties = viewer.ties(exam, person);
        if let Subject::Professional { rpps, structures } = &viewer.subject {
            ties.extend(self.entitled(exam, &self.rpps_mac(rpps)?).await?.map(tie));
            if let Some(person) = person {
                ties.extend(self.standing_ties(rpps, structures, person).await?);
            }
        }
        Ok(Some(About { person, date: words.map(|words| words.times.exam_date), ties }))
    }

    /// The exams that somebody may have to do with; each is judged by itself.
    async fn candidates(&self, viewer: &Viewer) -> Result<BTreeSet<Uuid>, DiffusionError> {
        let doing = || DiffusionError::db("looking for the exams of a viewer");
        let group = self.inner.database.group();
        let mut found: BTreeSet<Uuid> = viewer.code_of.into_iter().chain(viewer.shared).collect();
        for person in viewer.record_of.iter().chain(&viewer.cares_for).chain(&viewer.emergency_of) {
            let rows = sqlx::query("SELECT exam FROM exam WHERE group_id = ? AND person = ?")
                .bind(group)
                .bind(person.as_bytes().as_slice())
                .fetch_all(self.inner.database.read())
                .await
                .map_err(doing())?;
            for row in &rows {
                found.insert(uuid_at(row, 0)?);
            }
        }
        for name in viewer.names() {
            let rows = sqlx::query(
                "SELECT exam FROM professional_exam WHERE group_id = ?1 AND rpps_mac = ?2
                 UNION SELECT e.exam FROM statement s JOIN exam e ON e.group_id = s.group_id AND e.person = s.person
                 WHERE s.group_id = ?1 AND s.named = ?2
                 UNION SELECT e.exam FROM standing s JOIN exam e ON e.group_id = s.group_id AND e.person = s.person
                 WHERE s.group_id = ?1 AND s.rpps_mac = ?2 AND s.from_at <= ?3 AND s.until_at > ?3",
            )
            .bind(group)
            .bind(self.name_mac(&name)?.to_vec())
            .bind(micros(self.now()))
            .fetch_all(self.inner.database.read())
            .await
            .map_err(doing())?;
            for row in &rows {
                found.insert(uuid_at(row, 0)?);
            }
        }
        Ok(found)
    }
}

/// The publication for who may not know of its report: neither its words nor its bytes.
pub(crate) fn without_report(publication: &Publication) -> Publication {
    let mut publication = publication.clone();
    publication.report = None;
    publication.blobs.retain(|blob| !is_of_report(&blob.name));
    publication
}

/// Whether a blob is the report's.
pub(crate) fn is_of_report(name: &BlobName) -> bool {
    matches!(name, BlobName::Report | BlobName::ReportPage(_) | BlobName::ReportText)
}
