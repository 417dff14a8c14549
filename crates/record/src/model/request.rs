//! What people ask of their data, and what was answered; breaches.

use super::{ExamId, ExamLine, Patient, PatientId};
use exam::Zone;
use exam::requests::{Asker, Clocks, IdentityProof, Kind, State, clocks};
use exam::rights::StatementId;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// How the identity of the person who asks was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityCheck {
    /// How.
    pub how: IdentityProof,
    /// Who checked it (login).
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A package that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Length in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the ZIP, hexadecimal.
    pub sha256: String,
    /// Exams whose images are in it.
    pub exams: u32,
    /// Who asked for it (login).
    pub by: String,
    /// When it was ready.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// The end of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestEnd {
    /// To whom and how it was handed over, what was done, or the reason of the refusal.
    pub words: String,
    /// Who (login).
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The statement that an objection led to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<StatementId>,
}

/// A request, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataRequest {
    /// Opaque id.
    pub request: Uuid,
    /// Whose data.
    pub patient: PatientId,
    /// What is asked.
    pub kind: Kind,
    /// Who asks.
    pub asker: Asker,
    /// Their name, when it is not the patient: the physician named for it, the parent, the guardian, the heir.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What was asked, in their words; for an heir the purpose too.
    pub asked: String,
    /// The newest information the record held about the patient when it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Date>,
    /// When it was received.
    #[serde(with = "time::serde::rfc3339")]
    pub asked_at: OffsetDateTime,
    /// Who recorded it (login).
    pub by: String,
    /// How far it has come.
    pub state: State,
    /// The check of identity, without which nothing is prepared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityCheck>,
    /// The package, once there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Package>,
    /// When the package was erased.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub package_erased_at: Option<OffsetDateTime>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<RequestEnd>,
}

impl DataRequest {
    /// Its clocks.
    pub fn clocks(&self, zone: Zone) -> Clocks {
        clocks(self.kind, self.asked_at, self.newest, zone)
    }

    /// Whether a package of it lies in the folder of packages.
    pub fn has_package(&self) -> bool {
        self.package.is_some() && self.package_erased_at.is_none()
    }
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestStep {
    /// The identity of the person was checked.
    Identity(IdentityCheck),
    /// Its package is ready.
    Prepared(Package),
    /// The package was handed over.
    Delivered(RequestEnd),
    /// It was answered: what was done.
    Answered(RequestEnd),
    /// It was refused, for a reason.
    Refused(RequestEnd),
    /// Its package waited too long and is to be fetched no more.
    Lapsed(#[serde(with = "time::serde::rfc3339")] OffsetDateTime),
    /// Its package is erased.
    Erased(#[serde(with = "time::serde::rfc3339")] OffsetDateTime),
}

/// A person of the record: who, and their exams, those whose images are erased included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientRecord {
    /// The surviving record, when this one was merged.
    pub patient: Patient,
    /// Exams, newest first.
    pub exams: Vec<ExamLine>,
    /// The ids of this record and of those merged into it: what the trace knows the person by.
    pub known_as: Vec<PatientId>,
}

/// A breach, as an officer declared it: what of the trace is asked, and since when it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// Opaque id.
    pub breach: Uuid,
    /// What happened, in a person's words.
    pub words: String,
    /// When it became known: the seventy-two hours run from here.
    #[serde(with = "time::serde::rfc3339")]
    pub known_at: OffsetDateTime,
    /// The accesses from this instant on.
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    /// The accesses before this instant.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    /// Those of this account alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Those of this exam alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exam: Option<ExamId>,
    /// Who declared it (login).
    pub by: String,
    /// What was decided: notified, or why not, once it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<RequestEnd>,
}
