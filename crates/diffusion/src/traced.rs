//! Trace first, bytes second: the only way to a [`Served`].

use crate::session::Living;
use crate::{Basis, Denied, Diffusion, DiffusionError, Grant, Holder, OpenedWith, SessionToken};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use trace::{Actor, Event, Kind, Outcome, Recorded, Role};
use uuid::Uuid;

/// The most lines *who has looked* shows.
const MOST_CONSULTATIONS: u32 = 1000;

/// The kind of act a trace entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// The exam was opened at the door.
    Open,
    /// The exam's page was shown.
    List,
    /// Images were viewed.
    ViewImages,
    /// The report was read.
    ReadReport,
    /// The report was downloaded.
    DownloadReport,
    /// The DICOM files were downloaded.
    DownloadDicom,
    /// The images were downloaded as pictures.
    DownloadImages,
    /// The list of consultations was read.
    ReadTrace,
    /// The exam was asked back from the archive.
    Recall,
    /// A one-time code was typed.
    Prove,
    /// The exam was shared with a person.
    Share,
    /// A share was ended.
    EndShare,
    /// The record was opened in an emergency.
    Emergency,
    /// An attempt at the door was refused.
    Refusal,
    /// Something else, recorded by another part of the service.
    Other,
}

impl Act {
    fn kind(self) -> Kind {
        match self {
            Self::Open | Self::Emergency | Self::Other => Kind::Open,
            Self::List => Kind::List,
            Self::ViewImages => Kind::ViewImages,
            Self::ReadReport => Kind::ReadReport,
            Self::DownloadReport | Self::DownloadDicom | Self::DownloadImages => Kind::Download,
            Self::ReadTrace => Kind::ReadTrace,
            Self::Recall => Kind::Recall,
            Self::Prove => Kind::Login,
            Self::Share | Self::EndShare => Kind::Choose,
            Self::Refusal => Kind::Refusal,
        }
    }

    fn what(self) -> Option<&'static str> {
        match self {
            Self::DownloadReport => Some("report"),
            Self::DownloadDicom => Some("dicom"),
            Self::DownloadImages => Some("images"),
            Self::Share => Some("share"),
            Self::EndShare => Some("share-ended"),
            Self::Emergency => Some("emergency"),
            _ => None,
        }
    }

    /// The act as it is told to somebody who may not know of the report.
    fn without_report(self) -> Self {
        match self {
            Self::ReadReport | Self::DownloadReport => Self::List,
            other => other,
        }
    }

    fn of(recorded: &Recorded) -> Self {
        match (recorded.kind, recorded.detail.get("what").map(String::as_str)) {
            (Kind::Open, Some("emergency")) => Self::Emergency,
            (Kind::Open, _) => Self::Open,
            (Kind::List, _) => Self::List,
            (Kind::ViewImages, _) => Self::ViewImages,
            (Kind::ReadReport, _) => Self::ReadReport,
            (Kind::Download, Some("report")) => Self::DownloadReport,
            (Kind::Download, Some("dicom")) => Self::DownloadDicom,
            (Kind::Download, Some("images")) => Self::DownloadImages,
            (Kind::ReadTrace, _) => Self::ReadTrace,
            (Kind::Recall, _) => Self::Recall,
            (Kind::Login, _) => Self::Prove,
            (Kind::Choose, Some("share")) => Self::Share,
            (Kind::Choose, Some("share-ended")) => Self::EndShare,
            (Kind::Refusal, _) => Self::Refusal,
            _ => Self::Other,
        }
    }
}

/// What a reading under way depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Opened {
    /// Judged at each request by its door.
    Judged,
    /// A sheet, and the exam it opens.
    Sheet(Uuid, Uuid),
    /// A professional's session, by its digest, on an exam.
    Professional([u8; 32], Uuid),
}

/// A publication of which an act is durably traced: bytes are served for this alone, and only while the
/// publication is on line at the moment of the reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Served {
    publication: Uuid,
    leaf: u64,
    /// What opened it: a download under way is cut when it dies.
    opened: Opened,
    /// The share it was opened with: likewise.
    share: Option<Uuid>,
    /// Whether the report may be read.
    report: bool,
}

impl Served {
    /// Back from what a door carried through a request: the two values of an earlier [`Diffusion::serve`]. For short
    /// readings of images, whose session is judged at each request.
    pub fn resumed(publication: Uuid, leaf: u64) -> Self {
        Self { publication, leaf, opened: Opened::Judged, share: None, report: false }
    }

    /// The publication.
    pub fn publication(self) -> Uuid {
        self.publication
    }

    /// The index of the trace entry.
    pub fn leaf(self) -> u64 {
        self.leaf
    }

    pub(crate) fn opened(self) -> Opened {
        self.opened
    }

    pub(crate) fn share(self) -> Option<Uuid> {
        self.share
    }

    pub(crate) fn may_read_report(self) -> bool {
        self.report
    }
}

/// One line of *who has looked*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consultation {
    /// When.
    pub at: OffsetDateTime,
    /// What was done.
    pub act: Act,
    /// By whom.
    pub by: ConsultedBy,
    /// The index of the trace entry.
    pub leaf: u64,
    /// Of a professional: why they could.
    pub basis: Option<Basis>,
}

/// Who looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsultedBy {
    /// The holder of a sheet.
    Sheet {
        /// Whether it is the sheet of the session that asks.
        own: bool,
        /// Whether its QR was scanned rather than its code typed.
        qr: bool,
    },
    /// A person the patient invited.
    Invited,
    /// Somebody who typed or scanned something that did not open.
    Unknown,
    /// Somebody the trace names, or a role and a place.
    Named(String),
}

impl Diffusion {
    /// Traces an act under a grant, durably; one entry per session, exam and act in fifteen minutes.
    /// Where the trace cannot be written, nothing is served.
    pub async fn serve(&self, grant: &Grant, act: Act) -> Result<Served, DiffusionError> {
        let takes_away = matches!(act, Act::DownloadReport | Act::DownloadDicom | Act::DownloadImages);
        if takes_away && !grant.may_download {
            return Err(DiffusionError::Gone);
        }
        let (actor, opened) = match &grant.holder {
            Holder::Sheet { sheet, with } => (actor(*sheet, *with, grant.share), Opened::Sheet(*sheet, grant.exam)),
            Holder::Professional { actor, .. } => (actor.clone(), Opened::Professional(grant.session, grant.exam)),
        };
        let mut event = event_of(grant.exam, act, actor, Outcome::Success);
        if let Holder::Professional { basis, .. } = &grant.holder {
            event.detail.insert("as".to_owned(), basis.word().to_owned());
        }
        let session = hex::encode(grant.session);
        let admitted = self.inner.gate.admit(&session, event).await.map_err(not_traced)?;
        let publication = grant.publication.publication;
        if let Some(share) = grant.share {
            self.note_share_used(share, grant.exam).await?;
        }
        Ok(Served {
            publication,
            leaf: admitted.leaf.0,
            opened,
            share: grant.share,
            report: grant.publication.report.is_some(),
        })
    }

    /// Who has looked at the exam of a session, newest first. Reading it is itself traced.
    pub async fn who_looked(&self, token: &SessionToken) -> Result<Vec<Consultation>, Denied> {
        let session = self.patients_session(token).await?;
        let actor = actor_of(&session);
        let event = event_of(session.exam, Act::ReadTrace, actor, Outcome::Success);
        self.inner.gate.admit(&hex::encode(session.digest), event).await.map_err(not_traced)?;
        let events = self.inner.ports.trace.events_of_exam(session.exam, MOST_CONSULTATIONS).await;
        let events = events.map_err(not_traced)?;
        // What the program erased by itself is certified in the same log; nobody looked.
        let looked = events.iter().filter(|recorded| recorded.kind != Kind::Erase);
        let mut looked: Vec<Consultation> = looked.map(|recorded| consultation(recorded, session.sheet)).collect();
        if self.report_kept_from(&session).await? {
            looked.iter_mut().for_each(|line| line.act = line.act.without_report());
        }
        Ok(looked)
    }
}

pub(crate) fn not_traced(error: trace::TraceError) -> DiffusionError {
    DiffusionError::Trace(error.to_string())
}

/// Who acts in a session.
pub(crate) fn actor_of(session: &Living) -> Actor {
    actor(session.sheet, session.opened_with, session.share)
}

fn actor(sheet: Uuid, with: OpenedWith, share: Option<Uuid>) -> Actor {
    match share {
        Some(share) => Actor { role: Role::Invited, label: format!("share:{}", share.simple()), name: None },
        None => sheet_actor(sheet, with),
    }
}

/// The holder of a sheet, by the sheet's opaque id.
pub(crate) fn sheet_actor(sheet: Uuid, with: OpenedWith) -> Actor {
    let how = match with {
        OpenedWith::Code | OpenedWith::Invitation => "sheet",
        OpenedWith::Qr => "sheet-qr",
    };
    Actor { role: Role::Patient, label: format!("{how}:{}", sheet.simple()), name: None }
}

pub(crate) fn event_of(exam: Uuid, act: Act, actor: Actor, outcome: Outcome) -> Event {
    let detail: BTreeMap<String, String> =
        act.what().map(|what| ("what".to_owned(), what.to_owned())).into_iter().collect();
    Event { kind: act.kind(), patient: None, exam: Some(exam), actor, outcome, detail }
}

fn consultation(recorded: &Recorded, own_sheet: Uuid) -> Consultation {
    let label = recorded.actor.label.as_str();
    let sheet = match label.split_once(':') {
        Some(("sheet", id)) => Some((id, false)),
        Some(("sheet-qr", id)) => Some((id, true)),
        _ => None,
    };
    let by = match sheet {
        Some((id, qr)) => ConsultedBy::Sheet { own: id == own_sheet.simple().to_string(), qr },
        None if recorded.actor.role == Role::Invited => ConsultedBy::Invited,
        None if recorded.kind == Kind::Refusal => ConsultedBy::Unknown,
        None => ConsultedBy::Named(recorded.actor.name.clone().unwrap_or_else(|| label.to_owned())),
    };
    let basis = recorded.detail.get("as").and_then(|word| Basis::of_word(word));
    Consultation { at: recorded.time, act: Act::of(recorded), by, leaf: recorded.seq.0, basis }
}
