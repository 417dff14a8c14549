//! An exam as publishing and the pages see it.

use super::{
    Accession, DocumentKind, ExamId, GroupId, KnownContact, Masks, OrderFact, PatientId, PatientIdentifier,
    PatientTraits, Professional, ReportId, ReportStatus, SheetId, Standing,
};
use exam::ExamClass;
use exam::retention::ExamFacts;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Who an exam belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Certain.
    Certain(PatientId),
    /// A person must look; the reasons' keys (`exam::identity`).
    Waiting(Vec<String>),
}

/// A patient of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// Opaque id.
    pub id: PatientId,
    /// Identifiers, those of merged records included.
    pub identifiers: Vec<PatientIdentifier>,
    /// Traits.
    pub traits: PatientTraits,
    /// How the person is reached, as the last message that says it has it.
    pub contacts: Vec<KnownContact>,
}

/// A version of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportVersion {
    /// Opaque id.
    pub id: ReportId,
    /// From 1, in the order in which they were said, per exam.
    pub version: u32,
    /// Status.
    pub status: ReportStatus,
    /// Masks.
    pub masks: Masks,
    /// Title.
    pub title: Option<String>,
    /// When it was validated.
    pub validated_at: OffsetDateTime,
    /// Who signed it.
    pub author: Option<Professional>,
    /// Who is copied on it.
    pub copies: Vec<Professional>,
    /// Kinds and sizes of its documents, by part.
    pub documents: Vec<DocumentInfo>,
}

/// A document's kind and size, without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentInfo {
    /// Kind.
    pub kind: DocumentKind,
    /// Length in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
}

/// A series in the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesLine {
    /// Series Instance UID.
    pub series_instance_uid: String,
    /// Study Instance UID.
    pub study_instance_uid: String,
    /// Modality, may be empty.
    pub modality: String,
    /// Description, may be empty.
    pub description: String,
    /// Series number.
    pub number: Option<i32>,
    /// Instances.
    pub instances: u32,
}

/// A person keeps an exam off the web.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Who (login).
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since.
    pub at: OffsetDateTime,
}

/// What the diffusion side last committed for an exam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicationRow {
    /// The publication's opaque id.
    pub publication: Uuid,
    /// Digest of everything it was made from: the same digest needs no new publication.
    pub basis: [u8; 32],
    /// When it was committed.
    pub at: OffsetDateTime,
    /// When it was taken back, if it was.
    pub withdrawn_at: Option<OffsetDateTime>,
}

/// State of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetState {
    /// Its code was sent over the link; the paper is not yet out.
    Reserved,
    /// Printed or returned.
    Issued,
    /// Opens nothing any more.
    Revoked,
}

/// A sheet: the paper that carries a code. The code itself is never in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Opaque id.
    pub id: SheetId,
    /// The exam it opens.
    pub exam: ExamId,
    /// The version of the report it was stamped on, if any.
    pub report: Option<ReportId>,
    /// State.
    pub state: SheetState,
    /// When it took this state.
    pub at: OffsetDateTime,
    /// Who (login, or `system`).
    pub by: String,
    /// How it left: `desk`, `folder`, `oru`…
    pub how: String,
    /// Why it was revoked: a key, e.g. `identity-changed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Whom an exam's web copy and codes were made for, as they were known then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffusedFor {
    /// The patient.
    pub patient: PatientId,
    /// Their traits.
    pub traits: PatientTraits,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The record that patient's was merged into since.
    #[serde(skip)]
    pub merged_into: Option<PatientId>,
}

impl DiffusedFor {
    /// Whether that is the same person as this patient, perhaps corrected or merged since.
    pub fn is(&self, patient: &Patient) -> bool {
        let same_record = self.patient == patient.id || self.merged_into == Some(patient.id);
        let (before, after) = (crate::identity::traits(&self.traits), crate::identity::traits(&patient.traits));
        same_record && exam::identity::may_be_corrected(&before, &after)
    }
}

/// What the diffusion side was last told of an exam's dates and words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Digest of all of it.
    pub digest: [u8; 32],
    /// Until when it is on line, as told.
    pub online_until: OffsetDateTime,
}

/// Everything about one exam, as of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamDetail {
    /// The group.
    pub group: GroupId,
    /// Opaque id.
    pub id: ExamId,
    /// The exam number printed beside the code: random digits, unique in the group.
    pub number: String,
    /// Accession number, if it has one.
    pub accession: Option<Accession>,
    /// Study Instance UIDs, sorted.
    pub study_instance_uids: Vec<String>,
    /// Who.
    pub identity: Identity,
    /// The patient, when certain.
    pub patient: Option<Patient>,
    /// The order, when there is one (cancelled ones excluded).
    pub order: Option<OrderFact>,
    /// Who prescribed it, from the order, else from the images.
    pub prescriber: Option<Professional>,
    /// Class key (`exam::class`).
    pub class: String,
    /// Why that class: the reason's key.
    pub class_reason: String,
    /// The exam's date, once anything says it.
    pub date: Option<Date>,
    /// What, in words.
    pub title: String,
    /// Lifecycle state key (`exam::lifecycle`).
    pub state: String,
    /// The site's key, may be empty.
    pub site: String,
    /// A phantom or test exam.
    pub phantom: bool,
    /// Series, by number then UID.
    pub series: Vec<SeriesLine>,
    /// Instances in all.
    pub instances: u32,
    /// Instances not yet sealed.
    pub unsealed: u32,
    /// How many instances modalities say they made for it: `None` when no step speaks of it, `u64::MAX` while one is
    /// in progress.
    pub announced: Option<u64>,
    /// When the last image arrived.
    pub last_arrival_at: Option<OffsetDateTime>,
    /// The validated report in force.
    pub report: Option<ReportVersion>,
    /// Every version, preliminary and deleted ones included, oldest first.
    pub report_history: Vec<ReportVersion>,
    /// Since when its number is locked at the door, after too many failures: its sheets must be replaced.
    pub locked_at: Option<OffsetDateTime>,
    /// Kept off the web.
    pub hold: Option<Hold>,
    /// On the web.
    pub publication: Option<PublicationRow>,
    /// Whom its web copy and codes were made for, once there was any.
    pub diffused_for: Option<DiffusedFor>,
    /// Its time on the web is over: what was published, or came too late, is not there by its dates alone.
    pub expired: bool,
    /// Sheets, oldest first.
    pub sheets: Vec<Sheet>,
    /// What people decided and asked.
    pub standing: Standing,
}

impl ExamDetail {
    /// What the verdicts of `exam` need to know of it; `None` while its date is unknown.
    pub fn facts(&self) -> Option<ExamFacts> {
        let class = ExamClass::from_key(&self.class).unwrap_or(ExamClass::Other);
        let mut facts = ExamFacts::new(if self.phantom { ExamClass::Phantom } else { class }, self.date?);
        if let Some(patient) = &self.patient {
            facts.birth = patient.traits.birth_date;
            facts.death = patient.traits.died_on;
        }
        facts.choice = self.standing.choice();
        facts.holds = self.standing.open_holds();
        facts.recall_ready_at = self.standing.recall.as_ref().and_then(|recall| recall.ready_at);
        facts.last_visit = self.standing.last_visit;
        Some(facts)
    }
}
