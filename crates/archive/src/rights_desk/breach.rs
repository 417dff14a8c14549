//! Breaches: who was touched, taken from the trace.

use super::{RightsDesk, allow, name};
use crate::desk::Who;
use crate::{ArchiveError, csv};
use record::{Breach, ExamId, PatientId, RequestEnd, Role};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use trace::{Kind, LeafIndex, Recorded, Trace};
use uuid::Uuid;

/// Events read at a time.
const PAGE: u32 = 2_000;

/// A person whose data was touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// The record's opaque id; none when the trace names no person.
    pub patient: Option<PatientId>,
    /// The name, where the record knows it.
    pub name: String,
    /// Exams that were touched.
    pub exams: BTreeSet<Uuid>,
    /// Accesses.
    pub accesses: u64,
    /// The first.
    pub first: OffsetDateTime,
    /// The last.
    pub last: OffsetDateTime,
}

/// By person, or by exam or digest where nobody can name the person.
type People = BTreeMap<(Option<PatientId>, Option<String>), Touched>;

/// What the trace says of a breach.
#[derive(Debug, Clone)]
pub struct TouchedBy {
    /// The breach.
    pub breach: Breach,
    /// Until when the authority must have been told.
    pub notify_by: Option<OffsetDateTime>,
    /// Whether that moment has passed.
    pub late: bool,
    /// Who was touched.
    pub people: Vec<Touched>,
}

impl RightsDesk {
    /// Declares a breach.
    pub async fn declare_breach(&self, who: &Who, breach: Breach) -> Result<Uuid, ArchiveError> {
        allow(who, &[Role::DataProtection])?;
        let words = [("what", "breach".to_owned()), ("breach", breach.breach.to_string())];
        self.leaf(who, Kind::Change, None, None, &words).await?;
        let id = breach.breach;
        self.archive.catalogue.breach_put(self.group(), breach).await?;
        self.seal_journal().await;
        Ok(id)
    }

    /// A new opaque id, for a form.
    pub fn new_breach(&self, who: &Who, words: String, known_at: OffsetDateTime) -> Breach {
        Breach {
            breach: self.archive.fresh_uuid(),
            words: words.trim().to_owned(),
            known_at,
            from: known_at,
            until: known_at,
            account: None,
            exam: None,
            by: who.login.clone(),
            end: None,
        }
    }

    /// The exam that has this number, as a form names it.
    pub async fn exam_numbered(&self, who: &Who, number: &str) -> Result<ExamId, ArchiveError> {
        allow(who, &[Role::DataProtection])?;
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let exam = self.archive.catalogue.exam_by_number(self.group(), &digits).await?;
        exam.ok_or(ArchiveError::Record(record::RecordError::NotFound { what: "exam" }))
    }

    /// What was decided of a breach.
    pub async fn end_breach(&self, who: &Who, breach: Uuid, words: String) -> Result<(), ArchiveError> {
        allow(who, &[Role::DataProtection])?;
        let told = [("what", "breach-decided".to_owned()), ("breach", breach.to_string())];
        self.leaf(who, Kind::Change, None, None, &told).await?;
        let end = RequestEnd {
            words: words.trim().to_owned(),
            by: who.login.clone(),
            at: self.archive.clock.now(),
            statement: None,
        };
        self.archive.catalogue.breach_end(self.group(), breach, end).await?;
        self.seal_journal().await;
        Ok(())
    }

    /// The breaches, the latest first, each with its clock.
    pub async fn breaches(&self, who: &Who) -> Result<Vec<TouchedBy>, ArchiveError> {
        allow(who, &[Role::DataProtection])?;
        let breaches = self.archive.catalogue.breaches(self.group(), 100).await?;
        Ok(breaches.into_iter().map(|breach| self.clocked(breach, Vec::new())).collect())
    }

    /// One breach, with everybody it touched. Reading the trace leaves a leaf in it.
    pub async fn breach(&self, who: &Who, breach: Uuid) -> Result<TouchedBy, ArchiveError> {
        allow(who, &[Role::DataProtection])?;
        let breaches = self.archive.catalogue.breaches(self.group(), u32::MAX).await?;
        let found = breaches.into_iter().find(|known| known.breach == breach);
        let found = found.ok_or(ArchiveError::Record(record::RecordError::NotFound { what: "breach" }))?;
        let words = [("what", "breach".to_owned()), ("breach", breach.to_string())];
        self.leaf(who, Kind::ReadTrace, None, None, &words).await?;
        let mut all = People::new();
        for trace in self.packages.traces() {
            self.read(trace, &found, &mut all).await?;
        }
        Ok(self.clocked(found, all.into_values().collect()))
    }

    /// The people of a breach, for a spreadsheet.
    pub async fn breach_table(&self, who: &Who, breach: Uuid) -> Result<String, ArchiveError> {
        let told = self.breach(who, breach).await?;
        let at = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
        let row = |person: Touched| {
            vec![
                person.patient.map(|patient| patient.to_string()).unwrap_or_default(),
                person.name,
                person.exams.iter().map(Uuid::to_string).collect::<Vec<_>>().join(" "),
                person.accesses.to_string(),
                at(person.first),
                at(person.last),
            ]
        };
        let head = ["patient", "nom", "examens", "accès", "premier (UTC)", "dernier (UTC)"];
        Ok(csv::table(&head, told.people.into_iter().map(row)))
    }

    async fn read(&self, trace: &Trace, breach: &Breach, all: &mut People) -> Result<(), ArchiveError> {
        let mut from = trace.first_since(breach.from).await?;
        loop {
            let events = trace.events(from, PAGE).await?;
            let Some(last) = events.last() else { return Ok(()) };
            from = LeafIndex(last.seq.0 + 1);
            for event in events.iter().filter(|event| event.patient.is_some() || event.exam.is_some()) {
                if concerns(breach, event) {
                    self.touch(event, all).await?;
                }
            }
            // A clock put back may write an earlier time after a later one: a day of grace ends the search.
            if events.iter().all(|event| event.time > breach.until + time::Duration::DAY) {
                return Ok(());
            }
        }
    }

    async fn touch(&self, event: &Recorded, all: &mut People) -> Result<(), ArchiveError> {
        // The other side knows nobody: its exams tell whose they are here.
        let group = self.group();
        let of_exam = match event.exam {
            Some(exam) => self.archive.catalogue.exam(group, ExamId(exam)).await.ok().and_then(|detail| detail.patient),
            None => None,
        };
        // The log names people by digest; a leaf without an exam is about a request, which tells whose.
        let request = event.detail.get("request").and_then(|id| Uuid::parse_str(id).ok());
        let named = match request {
            Some(request) => self.archive.catalogue.request(group, request).await.ok().map(|request| request.patient),
            None => None,
        };
        let patient = of_exam.map(|patient| patient.id).or(named);
        let known = match patient {
            Some(patient) => self.archive.catalogue.person(group, patient).await.ok(),
            None => None,
        };
        // Whom nobody can name any more is one line for each exam, or for each digest.
        let patient = known.as_ref().map(|known| known.patient.id);
        let unnamed = event.exam.map(|exam| exam.to_string()).or_else(|| event.patient.clone());
        let key = (patient, unnamed.filter(|_| patient.is_none()));
        let name = known.as_ref().map(name).unwrap_or_default();
        let (first, last) = (event.time, event.time);
        let fresh = Touched { patient, name, exams: BTreeSet::new(), accesses: 0, first, last };
        let touched = all.entry(key).or_insert(fresh);
        touched.accesses += 1;
        touched.exams.extend(event.exam);
        touched.first = touched.first.min(event.time);
        touched.last = touched.last.max(event.time);
        Ok(())
    }

    fn clocked(&self, breach: Breach, people: Vec<Touched>) -> TouchedBy {
        let notify_by = exam::requests::notify_breach_by(breach.known_at);
        let late = breach.end.is_none() && notify_by.is_some_and(|by| self.archive.clock.now() > by);
        TouchedBy { breach, notify_by, late, people }
    }
}

fn concerns(breach: &Breach, event: &Recorded) -> bool {
    let account = |account: &String| event.actor.name.as_ref() == Some(account);
    event.time >= breach.from
        && event.time < breach.until
        && breach.account.as_ref().is_none_or(account)
        && breach.exam.is_none_or(|exam| event.exam == Some(exam.0))
}
