//! What people ask of their data, at the desk: each act leaves its leaf first.

mod breach;

pub use breach::{Touched, TouchedBy};

use crate::desk::{Who, actor};
use crate::package::{Packages, Progress};
use crate::{Archive, ArchiveError, csv};
use exam::requests::{Asker, Clocks, IdentityProof, Kind, State, Urgency, is_free};
use record::{DataRequest, ExamId, IdentityCheck, PatientId, PatientRecord, RequestEnd, RequestStep, Role};
use std::collections::BTreeMap;
use time::format_description::well_known::Rfc3339;
use trace::{Event, Kind as Act, Outcome};
use uuid::Uuid;

/// The rights desk. Cheap to clone.
#[derive(Clone)]
pub struct RightsDesk {
    archive: Archive,
    packages: Packages,
}

/// A request with its clocks, as of now.
#[derive(Debug, Clone)]
pub struct RequestLine {
    /// The request.
    pub request: DataRequest,
    /// Whose, in words.
    pub patient_name: String,
    /// Its clocks.
    pub clocks: Clocks,
    /// How it stands against them.
    pub urgency: Urgency,
    /// Whole days left; below zero when it is late.
    pub days_left: i64,
    /// Whether the time to think it over has passed.
    pub may_be_delivered: bool,
    /// How far its package has come, while it is made.
    pub progress: Option<Progress>,
}

/// One request, with what the desk must know to answer it.
#[derive(Debug, Clone)]
pub struct RequestShown {
    /// The request.
    pub line: RequestLine,
    /// Who.
    pub person: PatientRecord,
    /// Whether this copy costs nothing.
    pub free: bool,
}

/// A new request.
#[derive(Debug, Clone)]
pub struct Asking {
    /// What.
    pub kind: Kind,
    /// Who asks.
    pub asker: Asker,
    /// Their name, when it is not the patient.
    pub name: Option<String>,
    /// What was asked, in their words.
    pub asked: String,
    /// How their identity was checked, if it was already.
    pub identity: Option<IdentityProof>,
}

/// Open requests in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestCounts {
    /// Open.
    pub open: usize,
    /// In their last days.
    pub soon: usize,
    /// Past their last day.
    pub late: usize,
}

/// A package on its way out.
pub struct PackageFile {
    /// A file name without identity.
    pub file_name: String,
    /// Length in bytes.
    pub size_bytes: u64,
    /// Its bytes.
    pub file: tokio::fs::File,
}

const HANDLERS: &[Role] = &[Role::Desk, Role::DataProtection];

impl RightsDesk {
    /// The rights desk over the archive server.
    pub fn new(archive: Archive, packages: Packages) -> Self {
        Self { archive, packages }
    }

    /// Figures for the desk's first page; nothing for roles that do not handle requests.
    pub async fn counts(&self, who: &Who) -> Result<RequestCounts, ArchiveError> {
        if !HANDLERS.contains(&who.role) {
            return Ok(RequestCounts::default());
        }
        let open = self.archive.catalogue.requests_open(self.group()).await?;
        let mut counts = RequestCounts { open: open.len(), ..RequestCounts::default() };
        for request in open {
            match self.judged(request, String::new()).urgency {
                Urgency::Late => counts.late += 1,
                Urgency::Soon => counts.soon += 1,
                Urgency::InTime => {}
            }
        }
        Ok(counts)
    }

    /// The open requests, those that press first.
    pub async fn open(&self, who: &Who) -> Result<Vec<RequestLine>, ArchiveError> {
        allow(who, HANDLERS)?;
        let open = self.archive.catalogue.requests_open(self.group()).await?;
        self.leaf(who, Act::Query, None, None, &[("requests", open.len().to_string())]).await?;
        let mut lines = Vec::with_capacity(open.len());
        for request in open {
            let person = self.archive.catalogue.person(self.group(), request.patient).await?;
            lines.push(self.judged(request, name(&person)));
        }
        lines.sort_by_key(|line| (std::cmp::Reverse(line.urgency), line.clocks.due(), line.request.asked_at));
        Ok(lines)
    }

    /// One request.
    pub async fn show(&self, who: &Who, request: Uuid) -> Result<RequestShown, ArchiveError> {
        allow(who, HANDLERS)?;
        let request = self.archive.catalogue.request(self.group(), request).await?;
        let person = self.archive.catalogue.person(self.group(), request.patient).await?;
        let words = [("what", "request".to_owned()), ("request", request.request.to_string())];
        self.leaf(who, Act::Open, Some(person.patient.id), None, &words).await?;
        let earlier = self.archive.catalogue.requests_of(self.group(), request.patient).await?;
        let delivered = |other: &&DataRequest| other.kind == Kind::Access && other.state == State::Delivered;
        let before = earlier.iter().filter(delivered).filter(|other| other.request != request.request).count();
        Ok(RequestShown { line: self.judged(request, name(&person)), person, free: is_free(before) })
    }

    /// Records a request of the person whose exam this is.
    pub async fn ask(&self, who: &Who, exam: ExamId, asking: Asking) -> Result<Uuid, ArchiveError> {
        allow(who, HANDLERS)?;
        let group = self.group();
        let detail = self.archive.catalogue.exam(group, exam).await?;
        let patient = detail.patient.ok_or(ArchiveError::Refused("nobody knows whose exam it is"))?.id;
        let (request, now) = (self.archive.fresh_uuid(), self.archive.clock.now());
        let words = [
            ("what", "data-request".to_owned()),
            ("request", request.to_string()),
            ("kind", asking.kind.key().to_owned()),
        ];
        self.leaf(who, Act::Choose, Some(patient), None, &words).await?;
        let filled = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let identity = asking.identity.map(|how| IdentityCheck { how, by: who.login.clone(), at: now });
        let recorded = DataRequest {
            request,
            patient,
            kind: asking.kind,
            asker: asking.asker,
            name: asking.name.and_then(filled),
            asked: asking.asked.trim().to_owned(),
            newest: self.newest(patient).await?,
            asked_at: now,
            by: who.login.clone(),
            state: State::Asked,
            identity,
            package: None,
            package_erased_at: None,
            end: None,
        };
        self.archive.catalogue.request_put(group, recorded).await?;
        self.seal_journal().await;
        Ok(request)
    }

    /// The newest information about a person: the date of an exam, or of a report.
    async fn newest(&self, patient: PatientId) -> Result<Option<time::Date>, ArchiveError> {
        let person = self.archive.catalogue.person(self.group(), patient).await?;
        let mut newest = None;
        for line in &person.exams {
            let detail = self.archive.catalogue.exam(self.group(), line.id).await?;
            let zone = self.archive.config.zone;
            let reports = detail.report_history.iter().map(|version| zone.date_of(version.validated_at));
            newest = newest.max(detail.date).max(reports.max());
        }
        Ok(newest)
    }

    /// The identity of whoever asks was checked.
    pub async fn identity(&self, who: &Who, request: Uuid, how: IdentityProof) -> Result<(), ArchiveError> {
        let check = IdentityCheck { how, by: who.login.clone(), at: self.archive.clock.now() };
        self.step(who, request, "identity-checked", RequestStep::Identity(check)).await
    }

    /// Asks for the package to be made, or made again.
    pub async fn prepare(&self, who: &Who, request: Uuid) -> Result<(), ArchiveError> {
        allow(who, HANDLERS)?;
        let known = self.archive.catalogue.request(self.group(), request).await?;
        if known.kind != Kind::Access || !known.state.is_open() || known.identity.is_none() {
            return Err(ArchiveError::Refused("a package is made for an open request whose identity is checked"));
        }
        let words = [("what", "prepare-export".to_owned()), ("request", request.to_string())];
        self.leaf(who, Act::Change, Some(known.patient), None, &words).await?;
        self.packages.ask(request).await
    }

    /// The package, to be handed over now: one leaf for each exam it tells of, before its first byte.
    pub async fn download(&self, who: &Who, request: Uuid) -> Result<PackageFile, ArchiveError> {
        allow(who, HANDLERS)?;
        let known = self.archive.catalogue.request(self.group(), request).await?;
        if known.state != State::Prepared {
            return Err(ArchiveError::Refused("the package is not ready, or was handed over"));
        }
        self.may_be_delivered(&known)?;
        let (file, size_bytes) = self.packages.file(&known).await?;
        let person = self.archive.catalogue.person(self.group(), known.patient).await?;
        let words = [("what", "data-export".to_owned()), ("request", request.to_string())];
        self.leaf(who, Act::Download, Some(person.patient.id), None, &words).await?;
        for line in &person.exams {
            self.leaf(who, Act::Download, Some(person.patient.id), Some(line.id), &words).await?;
        }
        Ok(PackageFile { file_name: format!("dossier-{}.zip", known.request.simple()), size_bytes, file })
    }

    /// It was handed over: to whom, how. The package is erased.
    pub async fn deliver(&self, who: &Who, request: Uuid, words: String) -> Result<(), ArchiveError> {
        self.may_be_delivered(&self.archive.catalogue.request(self.group(), request).await?)?;
        self.step(who, request, "delivered", RequestStep::Delivered(self.end(who, words))).await
    }

    /// It was answered: what was done.
    pub async fn answer(&self, who: &Who, request: Uuid, words: String) -> Result<(), ArchiveError> {
        self.step(who, request, "answered", RequestStep::Answered(self.end(who, words))).await
    }

    /// It is refused, for this reason.
    pub async fn refuse(&self, who: &Who, request: Uuid, words: String) -> Result<(), ArchiveError> {
        self.step(who, request, "refused", RequestStep::Refused(self.end(who, words))).await
    }

    /// Every request, for the officer's register.
    pub async fn register(&self, who: &Who) -> Result<String, ArchiveError> {
        allow(who, &[Role::DataProtection])?;
        self.leaf(who, Act::Query, None, None, &[("what", "register-of-requests".to_owned())]).await?;
        let (mut rows, mut last): (Vec<Vec<String>>, Option<DataRequest>) = (Vec::new(), None);
        loop {
            let page = self.archive.catalogue.requests_after(self.group(), last.as_ref(), 200).await?;
            rows.extend(page.iter().map(|request| self.row(request)));
            match page.into_iter().next_back() {
                Some(end) => last = Some(end),
                None => return Ok(csv::table(REGISTER, rows)),
            }
        }
    }

    fn row(&self, request: &DataRequest) -> Vec<String> {
        let at = |at: time::OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
        let clocks = request.clocks(self.archive.config.zone);
        let end = request.end.as_ref();
        vec![
            request.request.to_string(),
            request.patient.to_string(),
            request.kind.key().into(),
            request.asker.key().into(),
            request.name.clone().unwrap_or_default(),
            request.asked.clone(),
            at(request.asked_at),
            request.by.clone(),
            clocks.law.map(|(day, _)| day.to_string()).unwrap_or_default(),
            clocks.gdpr.to_string(),
            request.identity.as_ref().map(|check| check.how.key().to_owned()).unwrap_or_default(),
            request.identity.as_ref().map(|check| check.by.clone()).unwrap_or_default(),
            request.state.key().into(),
            end.map(|end| at(end.at)).unwrap_or_default(),
            end.map(|end| end.by.clone()).unwrap_or_default(),
            end.map(|end| end.words.clone()).unwrap_or_default(),
        ]
    }

    fn end(&self, who: &Who, words: String) -> RequestEnd {
        RequestEnd {
            words: words.trim().to_owned(),
            by: who.login.clone(),
            at: self.archive.clock.now(),
            statement: None,
        }
    }

    fn may_be_delivered(&self, request: &DataRequest) -> Result<(), ArchiveError> {
        match request.clocks(self.archive.config.zone).may_be_delivered(self.archive.clock.now()) {
            true => Ok(()),
            false => Err(ArchiveError::Refused("forty-eight hours have not passed")),
        }
    }

    async fn step(&self, who: &Who, request: Uuid, what: &str, step: RequestStep) -> Result<(), ArchiveError> {
        allow(who, HANDLERS)?;
        let known = self.archive.catalogue.request(self.group(), request).await?;
        let words = [("what", format!("request-{what}")), ("request", request.to_string())];
        self.leaf(who, Act::Change, Some(known.patient), None, &words).await?;
        self.archive.catalogue.request_step(self.group(), request, step).await?;
        self.seal_journal().await;
        Ok(())
    }

    fn judged(&self, request: DataRequest, patient_name: String) -> RequestLine {
        let (zone, now) = (self.archive.config.zone, self.archive.clock.now());
        let (clocks, today) = (request.clocks(zone), zone.date_of(now));
        RequestLine {
            patient_name,
            urgency: clocks.urgency(zone.date_of(request.asked_at), today),
            days_left: clocks.days_left(today),
            may_be_delivered: clocks.may_be_delivered(now),
            progress: self.packages.progress(request.request),
            clocks,
            request,
        }
    }

    async fn seal_journal(&self) {
        if let Err(error) = crate::journal::ask(&self.archive).await {
            tracing::warn!(%error, "the journal could not be asked for");
        }
    }

    fn group(&self) -> record::GroupId {
        self.archive.config.group
    }

    async fn leaf(
        &self,
        who: &Who,
        kind: Act,
        patient: Option<PatientId>,
        exam: Option<ExamId>,
        words: &[(&str, String)],
    ) -> Result<(), ArchiveError> {
        let detail: BTreeMap<_, _> = words.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let (patient, exam) = (patient.map(|patient| patient.to_string()), exam.map(|exam| exam.0));
        let event = Event { kind, patient, exam, actor: actor(who), outcome: Outcome::Success, detail };
        self.archive.trace.append(event).await?;
        Ok(())
    }
}

const REGISTER: &[&str] = &[
    "demande",
    "patient",
    "nature",
    "demandeur",
    "nom",
    "demande en clair",
    "reçue",
    "enregistrée par",
    "délai loi",
    "délai RGPD",
    "identité",
    "vérifiée par",
    "état",
    "close",
    "close par",
    "réponse",
];

fn allow(who: &Who, roles: &[Role]) -> Result<(), ArchiveError> {
    if roles.contains(&who.role) { Ok(()) } else { Err(ArchiveError::Refused("this role may not do that")) }
}

fn name(person: &PatientRecord) -> String {
    let traits = &person.patient.traits;
    format!("{} {}", traits.birth_name, traits.first_names)
}
