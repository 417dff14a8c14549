//! Invoices, money, care sheets and lots: facts that only grow.

use crate::RecordError;
use crate::model::{
    CareSheetRow, ExamId, FundReturn, GroupId, Invoice, InvoiceState, Lot, PatientId, Payment, ReturnEffect, SheetStage,
};
use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

/// The books. Nothing is ever changed or removed; money and answers are told apart by their ids, so that hearing of one
/// twice is the same as once.
#[async_trait]
pub trait Billings: Send + Sync + 'static {
    /// Gives an invoice its number. With `corrects`, a credit of that one is issued first, and what its patient had paid
    /// is moved to the new one; a credit alone when the new invoice is a credit itself. The same id twice is the same
    /// as once.
    ///
    /// # Errors
    /// [`RecordError::Refused`] when what it corrects is a credit, was taken back, or its care sheet may still be paid;
    /// when its totals are not the sums of its lines; when the same care or archive is on another living invoice.
    async fn invoice_issue(&self, group: GroupId, invoice: Invoice) -> Result<Invoice, RecordError>;
    /// One invoice with what has become of it.
    async fn invoice(&self, group: GroupId, number: u64) -> Result<InvoiceState, RecordError>;
    /// Those of a patient, of records merged with theirs too, in order.
    async fn invoices_of(&self, group: GroupId, patient: PatientId) -> Result<Vec<InvoiceState>, RecordError>;
    /// Those of an exam, in order.
    async fn invoices_of_exam(&self, group: GroupId, exam: ExamId) -> Result<Vec<InvoiceState>, RecordError>;
    /// Those of an order, in order.
    async fn invoices_of_order(&self, group: GroupId, accession: &str) -> Result<Vec<InvoiceState>, RecordError>;
    /// Those issued in a time, in order.
    async fn invoices_between(
        &self,
        group: GroupId,
        from: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Vec<InvoiceState>, RecordError>;
    /// Records money.
    ///
    /// # Errors
    /// [`RecordError::Refused`] for more than is owed, or more back than was received.
    async fn payment_put(&self, group: GroupId, payment: Payment) -> Result<(), RecordError>;
    /// Care sheets in a stage, those that are due first.
    async fn care_sheets(&self, group: GroupId, stage: SheetStage) -> Result<Vec<CareSheetRow>, RecordError>;
    /// A waiting or refused sheet is sent on paper instead.
    async fn care_sheet_on_paper(
        &self,
        group: GroupId,
        invoice: u64,
        by: &str,
        at: OffsetDateTime,
    ) -> Result<(), RecordError>;
    /// The number the next lot must have.
    async fn lot_next(&self, group: GroupId) -> Result<u64, RecordError>;
    /// Keeps a lot: its sheets leave the waiting ones.
    ///
    /// # Errors
    /// [`RecordError::Refused`] when its number is not the next, or one of its sheets does not wait.
    async fn lot_put(&self, group: GroupId, lot: Lot) -> Result<(), RecordError>;
    /// A lot was sent; saying so again changes nothing.
    async fn lot_sent(&self, group: GroupId, number: u64, at: OffsetDateTime) -> Result<(), RecordError>;
    /// Lots, the latest first.
    async fn lots(&self, group: GroupId, limit: u32) -> Result<Vec<Lot>, RecordError>;
    /// Takes a fund's answer, whole, once.
    ///
    /// # Errors
    /// [`RecordError::Refused`] when another answer has its reference.
    async fn return_take(&self, group: GroupId, answer: FundReturn) -> Result<ReturnEffect, RecordError>;
    /// Answers, the latest first.
    async fn returns(&self, group: GroupId, limit: u32) -> Result<Vec<FundReturn>, RecordError>;
    /// A notice that an archive's invoice is unpaid was given; the first time counts.
    async fn archive_notice(
        &self,
        group: GroupId,
        invoice: u64,
        by: &str,
        at: OffsetDateTime,
    ) -> Result<(), RecordError>;
    /// The id that an invoice bears, for those who ask again.
    async fn invoice_by_id(&self, group: GroupId, invoice: Uuid) -> Result<Option<InvoiceState>, RecordError>;
}
