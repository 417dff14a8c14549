//! Invoices, money, care sheets, lots, and what funds answer: as they are kept. Amounts are cents.

use super::{BirthDate, Coverage, ExamId, PatientId, Professional};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// What an invoice is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InvoiceKind {
    /// Acts of the nomenclature.
    Care,
    /// The archive at the patient's charge: outside the nomenclature, never on a care sheet.
    Archive,
    /// Takes back another one, whole.
    Credit,
}

impl InvoiceKind {
    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Care => "care",
            Self::Archive => "archive",
            Self::Credit => "credit",
        }
    }
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// The act's code; empty outside the nomenclature.
    pub code: String,
    /// Activity and phase of the act.
    pub activity: [u8; 2],
    /// In words.
    pub label: String,
    /// `ADI`, `ADE`, …
    pub grouping: String,
    /// Letters.
    pub modifiers: String,
    /// Association code.
    pub association: Option<u8>,
    /// What is charged.
    pub amount: i64,
    /// The fund's part.
    pub fund: i64,
    /// The complementary cover's part.
    pub complementary: i64,
    /// The rules that made it, in words.
    pub rules: Vec<String>,
}

/// An invoice. Once it has a number nothing of it changes: a correction is a credit and a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// Nine digits: two of the year, then in order. 0 before it has one.
    pub number: u64,
    /// Opaque id: the same one is the same invoice.
    pub invoice: Uuid,
    /// What for.
    pub kind: InvoiceKind,
    /// Whose.
    pub patient: PatientId,
    /// Their name, as it is printed.
    pub patient_name: String,
    /// Their birth date, as far as it is known.
    pub born: Option<BirthDate>,
    /// For which exam.
    pub exam: Option<ExamId>,
    /// For which order.
    pub accession: Option<String>,
    /// The day of care.
    pub care_date: Date,
    /// Lines.
    pub lines: Vec<InvoiceLine>,
    /// What is charged.
    pub total: i64,
    /// The fund's part.
    pub fund: i64,
    /// The complementary cover's part.
    pub complementary: i64,
    /// What the patient pays at the desk.
    pub at_the_desk: i64,
    /// The fund is asked.
    pub third_party: bool,
    /// The exemption's code on the care sheet.
    pub exemption: char,
    /// The rights it was made with; without them there is no care sheet.
    pub coverage: Option<Coverage>,
    /// Who ordered the exam.
    pub prescriber: Option<Professional>,
    /// The last day on which its care sheet is in time.
    pub due: Option<Date>,
    /// The one it takes back, or replaces.
    pub corrects: Option<u64>,
    /// Why it was corrected.
    pub reason: Option<String>,
    /// Who issued it (login).
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// Money that came for an invoice, or went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Opaque id: the same one is the same money.
    pub payment: Uuid,
    /// For which invoice.
    pub invoice: u64,
    /// From whom: `patient`, `fund`, `complementary`.
    pub from: String,
    /// How much; less than zero when it went back.
    pub amount: i64,
    /// How: `cash`, `card`, `cheque`, `transfer`, `moved`.
    pub how: String,
    /// The fund's reference.
    pub reference: Option<String>,
    /// Who recorded it (login).
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// How far a care sheet has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SheetStage {
    /// Waits for a lot.
    Waiting,
    /// In a lot.
    InLot,
    /// Its lot was taken in.
    Accepted,
    /// Paid, or settled without payment when the patient had paid.
    Paid,
    /// Rejected: the invoice must be corrected.
    Rejected,
    /// Its invoice was corrected: another sheet stands for it.
    Replaced,
    /// Sent as a paper duplicate.
    Paper,
}

impl SheetStage {
    /// All, in the order of life.
    pub const ALL: [Self; 7] =
        [Self::Waiting, Self::InLot, Self::Accepted, Self::Paid, Self::Rejected, Self::Replaced, Self::Paper];

    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::InLot => "in-lot",
            Self::Accepted => "accepted",
            Self::Paid => "paid",
            Self::Rejected => "rejected",
            Self::Replaced => "replaced",
            Self::Paper => "paper",
        }
    }
}

/// The care sheet of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CareSheetRow {
    /// The invoice.
    pub invoice: u64,
    /// How far it has come.
    pub stage: SheetStage,
    /// Its lot, once it was in one.
    pub lot: Option<u64>,
    /// The last day on which it is in time.
    pub due: Date,
    /// What the fund is to pay the practice.
    pub asked: i64,
    /// The code of its rejection.
    pub code: Option<String>,
}

/// How far a lot has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LotStage {
    /// Made and signed, to be sent.
    Made,
    /// Sent.
    Sent,
    /// Taken in.
    Accepted,
    /// Not taken in: its sheets wait for another lot.
    Refused,
}

impl LotStage {
    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Sent => "sent",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }
}

/// A lot of care sheets with the bytes that are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// From 1.
    pub number: u64,
    /// The invoices, in order.
    pub invoices: Vec<u64>,
    /// The file: records of 128 bytes.
    pub file: String,
    /// Its signature, as the signer gave it.
    pub signature: String,
    /// How far it has come.
    pub stage: LotStage,
    /// Who made it (login).
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub sent_at: Option<OffsetDateTime>,
    /// Why it was refused, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// What a fund says of a file or of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "says")]
pub enum FundSays {
    /// The file was taken in.
    Accepted {
        /// The lot.
        lot: u64,
    },
    /// The file was not.
    Refused {
        /// The lot.
        lot: u64,
        /// Why.
        code: String,
    },
    /// An invoice is paid.
    Paid {
        /// Its lot.
        lot: u64,
        /// Its number.
        invoice: u64,
        /// How much.
        amount: i64,
    },
    /// An invoice is rejected.
    Rejected {
        /// Its lot.
        lot: u64,
        /// Its number.
        invoice: u64,
        /// Why.
        code: String,
    },
}

/// An answer of a fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundReturn {
    /// Its reference there.
    pub reference: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// What it says.
    pub says: Vec<FundSays>,
    /// Lines that fitted nothing here: a payment of what was paid, of an unknown invoice, of another amount.
    #[serde(default)]
    pub unmatched: Vec<FundSays>,
    /// When it was read.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReturnEffect {
    /// It counts.
    Applied(FundReturn),
    /// It counted already.
    Already,
}

/// An invoice with what has become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceState {
    /// The invoice.
    pub invoice: Invoice,
    /// Money that came for it.
    pub payments: Vec<Payment>,
    /// Its care sheet.
    pub sheet: Option<CareSheetRow>,
    /// The credit that takes it back.
    pub credited_by: Option<u64>,
    /// When a notice that it is unpaid was given.
    pub notice_at: Option<OffsetDateTime>,
}

impl InvoiceState {
    /// What was received less what was given back.
    pub fn received(&self) -> i64 {
        self.payments.iter().map(|payment| payment.amount).sum()
    }

    /// What is still owed, by anybody. An invoice that was taken back owes nothing; a credit never does.
    pub fn owed(&self) -> i64 {
        match (self.invoice.kind, self.credited_by) {
            (InvoiceKind::Credit, _) => 0,
            (_, Some(_)) => -self.received(),
            _ => self.invoice.total - self.received(),
        }
    }

    /// What the patient still owes at the desk.
    pub fn owed_by_patient(&self) -> i64 {
        let paid: i64 = self.payments.iter().filter(|p| p.from == "patient").map(|p| p.amount).sum();
        match (self.invoice.kind, self.credited_by) {
            (InvoiceKind::Credit, _) => 0,
            (_, Some(_)) => -paid,
            _ => self.invoice.at_the_desk - paid,
        }
    }
}
