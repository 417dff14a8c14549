//! What the desk's pages ask: lists, doubts, staff, sites.

use super::{BirthDate, DoubtId, ExamId, PatientId, PatientIdentifier};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

/// Which exams.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExamQuery {
    /// Words: every one must begin a word of the name, or be an exam number, accession number or
    /// patient identifier. Accents, case and hyphens do not matter.
    pub text: String,
    /// Exam date from, inclusive.
    pub from: Option<Date>,
    /// Exam date to, inclusive.
    pub to: Option<Date>,
    /// Lifecycle state key.
    pub state: Option<String>,
    /// Site key.
    pub site: Option<String>,
    /// Only exams whose identity waits.
    pub waiting: bool,
    /// Only exams whose number is locked.
    pub locked: bool,
    /// Where the previous page ended.
    pub after: Option<PageKey>,
    /// At most this many lines (1–200).
    pub limit: u32,
}

/// Where a page ended. Newest exams first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageKey {
    /// The last line's date.
    pub date: Option<Date>,
    /// The last line's exam.
    pub exam: ExamId,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamLine {
    /// The exam.
    pub id: ExamId,
    /// Exam number.
    pub number: String,
    /// Accession number, may be empty.
    pub accession: String,
    /// The patient, when certain.
    pub patient: Option<PatientId>,
    /// Name as the pages show it: of the patient when certain, else as the images say.
    pub patient_name: String,
    /// Birth date, when known.
    pub birth_date: Option<BirthDate>,
    /// Class key.
    pub class: String,
    /// Title.
    pub title: String,
    /// Exam date.
    pub date: Option<Date>,
    /// State key.
    pub state: String,
    /// Site key.
    pub site: String,
    /// Identity waits.
    pub waiting: bool,
    /// Held off the web.
    pub held: bool,
    /// On the web now.
    pub published: bool,
    /// Was on the web until its time ended.
    pub expired: bool,
    /// Its number is locked after too many failures.
    pub locked: bool,
    /// A validated report is here.
    pub reported: bool,
    /// Instances.
    pub instances: u32,
}

/// A page of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExamPage {
    /// Lines.
    pub lines: Vec<ExamLine>,
    /// Key of the next page, if there is one.
    pub next: Option<PageKey>,
}

/// A patient somebody may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The patient.
    pub patient: PatientId,
    /// Name.
    pub name: String,
    /// Birth date.
    pub birth_date: Option<BirthDate>,
    /// Sex.
    pub sex: Option<String>,
    /// Identifiers.
    pub identifiers: Vec<PatientIdentifier>,
}

/// What is in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoubtKind {
    /// Who an exam belongs to.
    Identity {
        /// What the images say: name, birth date, sex, identifiers (text for a person).
        claimed: Vec<String>,
        /// Who it might be.
        candidates: Vec<Candidate>,
    },
    /// The same SOP Instance UID came with other bytes; the second one is kept aside.
    Conflict {
        /// The UID.
        sop_instance_uid: String,
        /// SHA-256 of the one in the record.
        kept: [u8; 32],
        /// SHA-256 of the one aside.
        aside: [u8; 32],
    },
    /// Images came for an exam that was erased: a new exam, off the web until its hold is released.
    Returned,
    /// A report that belongs to no exam for certain.
    Report {
        /// Exams it might belong to.
        candidates: Vec<ExamId>,
    },
}

/// A line of the work list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Its id.
    pub id: DoubtId,
    /// The exam, when it is about one.
    pub exam: Option<ExamId>,
    /// Reason keys.
    pub reasons: Vec<String>,
    /// What.
    pub kind: DoubtKind,
    /// Since.
    pub since: OffsetDateTime,
}

/// How a person settles a doubt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "decision")]
pub enum Decision {
    /// The exam belongs to this patient.
    Patient {
        /// Who.
        patient: PatientId,
    },
    /// The exam belongs to the very person its images name: a new patient, unless already known.
    AsImages,
    /// The one aside replaces the one in the record.
    AcceptAside,
    /// The one aside is not kept.
    DiscardAside,
    /// The report belongs to this exam.
    Exam {
        /// Which.
        exam: ExamId,
    },
}

/// Figures for the desk's first page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Exams.
    pub exams: u64,
    /// Exams whose identity waits.
    pub waiting: u64,
    /// Exams whose number is locked.
    pub locked: u64,
    /// Doubts of all kinds.
    pub doubts: u64,
    /// Exams on the web.
    pub published: u64,
    /// Instances not yet sealed.
    pub unsealed: u64,
    /// Instances.
    pub instances: u64,
}

/// What a member of staff may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Desk ("accueil").
    Desk,
    /// Radiologist.
    Radiologist,
    /// Administrator: no images by virtue of the role.
    Administrator,
    /// Data-protection officer.
    DataProtection,
}

/// A member of staff.
#[derive(Clone, PartialEq, Eq)]
pub struct Staff {
    /// Login, lower case, unique in the group.
    pub login: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Site key.
    pub site: String,
    /// Password verifier, PHC string.
    pub phc: String,
    /// Since when the account opens nothing.
    pub disabled_at: Option<OffsetDateTime>,
}

impl std::fmt::Debug for Staff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Staff").field("login", &self.login).field("role", &self.role).finish_non_exhaustive()
    }
}

/// A site of the group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Key, e.g. `centre`.
    pub key: String,
    /// Name as patients read it.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// Opening hours in words.
    pub hours: String,
}
