//! The messages, as data. Dates are ISO 8601; instants are RFC 3339 in UTC.

use exam::rights::Statement;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A message with its place in its sender's sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered<T> {
    /// Sequence number, from 1, without gaps.
    pub number: u64,
    /// The message.
    pub message: T,
}

/// The name of a blob inside a publication: no identity, only its part.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlobName {
    /// The Part 10 files of a series, one after the other, bytes as received.
    Bundle(u32),
    /// The series' metadata: gzip of a JSON array of DICOM JSON data sets, one per instance.
    Metadata(u32),
    /// The series' index: JSON of [`crate::series::SeriesIndex`].
    Index(u32),
    /// A JPEG that stands for the series in a list.
    Thumbnail(u32),
    /// A JPEG of the series' first picture, the size of a screen: shown until the picture itself is there. Copies made
    /// before it was thought of have none.
    Screen(u32),
    /// The report as received (PDF), without code.
    Report,
    /// A page of the report as PNG, from 1.
    ReportPage(u32),
    /// The report's text, UTF-8, for screen readers.
    ReportText,
}

/// A blob as the publication announces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobInfo {
    /// Which one.
    pub name: BlobName,
    /// Length in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
}

/// A birth date as identity papers know it: day or month may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BirthDate {
    /// Year.
    pub year: i32,
    /// Month 1–12, if known.
    pub month: Option<u8>,
    /// Day 1–31, if known.
    pub day: Option<u8>,
}

/// A series as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesSummary {
    /// Position in the exam, from 1; the number used in [`BlobName`].
    pub series: u32,
    /// DICOM modality code.
    pub modality: String,
    /// Series description, may be empty.
    pub description: String,
    /// Number of instances.
    pub instances: u32,
    /// Number of frames over all instances (0 for a series without pixels).
    pub frames: u32,
    /// Whether the browser's viewer can show it.
    pub viewable: bool,
}

/// The report that goes with a publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportSummary {
    /// Opaque id of the report's version.
    pub report: Uuid,
    /// Pages published as [`BlobName::ReportPage`].
    pub pages: u32,
    /// When it was validated.
    #[serde(with = "time::serde::rfc3339")]
    pub validated_at: OffsetDateTime,
    /// Whether it replaces an earlier validated version.
    pub corrected: bool,
    /// Every version of it, this one last: what is said of one is said of all. Empty before version 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Uuid>,
}

impl ReportSummary {
    /// Every version, this one last.
    pub fn all_versions(&self) -> Vec<Uuid> {
        let earlier = self.versions.iter().copied().filter(|version| *version != self.report);
        earlier.chain([self.report]).collect()
    }
}

/// The instant after which nothing is served, and why, in the words of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// The exam's date.
    pub exam_date: Date,
    /// On line until (exclusive): the first instant at which nothing is served.
    #[serde(with = "time::serde::rfc3339")]
    pub online_until: OffsetDateTime,
    /// The key of the reason shown with that date (see `exam::policy`), e.g. `online-24-months`.
    pub online_reason: String,
    /// Last day (inclusive) of the archive's minimum, if archived.
    pub archived_until: Option<Date>,
    /// The key of the reason shown with that date, e.g. `archive-systematic-5-years`, `archive-not-chosen`.
    pub archive_reason: String,
    /// Whether the archive keeps the exam, so that it can be brought back. A message of version 1 says it by
    /// `archived_until` alone: see [`Times::can_come_back`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recallable: Option<bool>,
}

impl Times {
    /// Whether the exam can be brought back from the archive once its time on line is over.
    pub fn can_come_back(&self) -> bool {
        self.recallable.unwrap_or(self.archived_until.is_some())
    }
}

/// How a professional comes to see an exam without anyone saying so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Ordered it (ORC-12, OBR-16).
    Ordered,
    /// Gets a copy of its report.
    CopiedOn,
}

/// A professional whom an exam's order or report names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Professional {
    /// RPPS, 11 digits, valid.
    pub rpps: String,
    /// How.
    pub relation: Relation,
    /// As the order or the report writes it, for the patient who chooses; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// One exam made consultable. Committed as a whole; replaces the exam's earlier publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// [`crate::LINK_VERSION`].
    pub version: u32,
    /// The exam's opaque id.
    pub exam: Uuid,
    /// This publication's opaque id (new at each publication).
    pub publication: Uuid,
    /// The exam number: the selector printed beside the code (digits, no spaces).
    pub number: String,
    /// Name as the patient reads it.
    pub patient_name: String,
    /// Birth date checked at the door.
    pub birth_date: BirthDate,
    /// What: the exam in words, e.g. *Scanner cérébral*.
    pub title: String,
    /// The exam's class key (see `exam::class`).
    pub class: String,
    /// Where: the site's name.
    pub site: String,
    /// Its dates.
    pub times: Times,
    /// Its series, in order.
    pub series: Vec<SeriesSummary>,
    /// Its validated report, when there is one.
    pub report: Option<ReportSummary>,
    /// All blobs.
    pub blobs: Vec<BlobInfo>,
    /// Opaque id of the person whose exam it is: the archive side's, the same for all of that person's exams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Uuid>,
    /// Professionals its order or report names, sorted, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub professionals: Vec<Professional>,
}

/// A code for an exam: made on the archive side, sent once, forgotten there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeGrant {
    /// The sheet it is printed on.
    pub sheet: Uuid,
    /// The exam it opens.
    pub exam: Uuid,
    /// The exam number.
    pub number: String,
    /// Birth date checked with it.
    pub birth_date: BirthDate,
    /// The 13 symbols of the code, normalised (12 and the check symbol).
    pub code: String,
    /// The 128-bit token of the QR, hexadecimal.
    pub qr_token: String,
    /// Dead from this instant on.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
}

impl std::fmt::Debug for CodeGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodeGrant").field("sheet", &self.sheet).field("exam", &self.exam).finish_non_exhaustive()
    }
}

/// The few words of an exam that outlive its web copy: what the expiry page says. No report, no UID, no pixel, and no
/// name: the number and the birth date become keyed digests on arrival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stub {
    /// The exam.
    pub exam: Uuid,
    /// The exam number.
    pub number: String,
    /// Birth date checked at the door.
    pub birth_date: BirthDate,
    /// The exam in words.
    pub title: String,
    /// The site's name.
    pub site: String,
    /// The exam's class key.
    pub class: String,
    /// Its dates.
    pub times: Times,
    /// Every living code of the exam is dead from this instant on.
    #[serde(with = "time::serde::rfc3339")]
    pub codes_until: OffsetDateTime,
    /// Opaque id of the person whose exam it is: the archive side's, the same for all of that person's exams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Uuid>,
    /// Professionals its order or report names, sorted, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub professionals: Vec<Professional>,
    /// Where the person can be sent a one-time code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
}

/// How a contact is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// E-mail.
    Email,
    /// A telephone number.
    Phone,
}

/// An e-mail address or a telephone number of the person an exam is about. Sealed on arrival.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// How it is reached.
    pub channel: Channel,
    /// The address, or the number in international form.
    pub address: String,
    /// Since when it is known.
    #[serde(with = "time::serde::rfc3339")]
    pub recorded_at: OffsetDateTime,
    /// From when a code may be sent there.
    #[serde(with = "time::serde::rfc3339")]
    pub usable_from: OffsetDateTime,
    /// From when not any more: a representative's, whose mandate ends.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    /// Whose it is: a parent or guardian in force rather than the person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub representative: bool,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contact").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// A professional of a partner who reads a person's exams because they care for them: declared at the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CareRelation {
    /// Its opaque id.
    pub relation: Uuid,
    /// The person.
    pub person: Uuid,
    /// The professional: RPPS.
    pub rpps: String,
    /// The partner's structure where they act: FINESS.
    pub finess: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    /// Until when, exclusive. Told again with an earlier instant, it ends there.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
}

/// A professional has opened a person's record in an emergency.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emergency {
    /// Its opaque id.
    pub opening: Uuid,
    /// The person.
    pub person: Uuid,
    /// The professional: RPPS.
    pub rpps: String,
    /// Their name, as their login says it.
    pub name: String,
    /// What they typed.
    pub reason: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Until when, exclusive.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
}

impl std::fmt::Debug for Emergency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emergency").field("opening", &self.opening).finish_non_exhaustive()
    }
}

/// How far a recall has come. The last stage, *ready*, is the commit of the new publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stage")]
pub enum RecallStage {
    /// The archive side has taken it on; also how the diffusion side learns of a recall asked at the desk.
    Asked,
    /// Its objects are found.
    Found {
        /// When it should be ready.
        #[serde(with = "time::serde::rfc3339")]
        ready_by: OffsetDateTime,
    },
    /// Every byte has been read, and its digests agree.
    Verified,
    /// It cannot be done now.
    Failed {
        /// The key of the reason: `recall-damaged`, `recall-not-archived`, `recall-held`, `recall-unavailable`.
        reason: String,
        /// Whether it goes on trying by itself.
        trying_again: bool,
    },
}

/// Who asked for a recall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum RecallBy {
    /// Whoever holds this sheet.
    Sheet {
        /// The sheet.
        sheet: Uuid,
    },
    /// A professional who may see it (from version 3).
    Professional {
        /// RPPS.
        rpps: String,
    },
}

/// From the archive side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ToDiffusion {
    /// Take an exam off the web at once. Its codes stay, unless `codes` says otherwise.
    Withdraw {
        /// The exam.
        exam: Uuid,
        /// Whether its codes die too.
        codes: bool,
    },
    /// A new code.
    Grant(CodeGrant),
    /// The code of this sheet opens nothing from now on.
    Revoke {
        /// The sheet.
        sheet: Uuid,
    },
    /// What an exam's expiry page says from now on, and how long its codes live. It publishes nothing.
    Stub(Stub),
    /// A recall has come this far.
    Recall {
        /// The recall.
        recall: Uuid,
        /// The exam.
        exam: Uuid,
        /// How far.
        stage: RecallStage,
        /// Since when.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// Who may see what. Told before what it bears on; also how the diffusion side learns that the archive side has one
    /// that was made there.
    Statement {
        /// The statement, under the person's present id.
        statement: Statement,
    },
    /// A care relation, as it stands.
    CareRelation {
        /// The relation.
        relation: CareRelation,
    },
    /// The exam is destroyed: its web copy, stub, codes and sessions go, and nothing answers for it any more.
    Forget {
        /// The exam.
        exam: Uuid,
    },
}

/// From the diffusion side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ToArchive {
    /// A hundred failures on one number: its codes must be replaced and the desk told.
    NumberLocked {
        /// The exam.
        exam: Uuid,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// A code was used for the first time or again.
    CodeUsed {
        /// The sheet.
        sheet: Uuid,
        /// Uses so far.
        uses: u64,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// A statement was made there. It is in force there already.
    StatementMade {
        /// The statement.
        statement: Statement,
    },
    /// A record was opened in an emergency: somebody of the group reviews it.
    EmergencyOpened {
        /// The opening.
        emergency: Emergency,
    },
    /// An expired exam is asked back. One open recall per exam, however many ask.
    RecallAsked {
        /// The recall.
        recall: Uuid,
        /// The exam.
        exam: Uuid,
        /// Who asked first.
        by: RecallBy,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
}
