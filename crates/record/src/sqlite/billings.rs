//! The books on SQLite: what is asked of them, and each change as a journalled fact.

use super::books::{self, Which};
use super::catalogue::{fact, reading};
use super::journal::{part, read};
use super::rows::{Columns, Doing, micros};
use super::scene::Scene;
use super::{SqliteCatalogue, settling};
use crate::model::*;
use crate::{Billings, RecordError};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use sqlx::SqliteConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A fact of the books, as the journal keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fact")]
pub(super) enum BookFact {
    Issued { invoices: Vec<Invoice>, moved: Vec<Payment> },
    Payment { payment: Box<Payment> },
    Paper { invoice: u64, by: String, at: i64 },
    Lot { lot: Box<Lot> },
    Sent { lot: u64, at: i64 },
    Return { answer: Box<FundReturn>, payments: Vec<Payment> },
    Notice { invoice: u64, by: String, at: i64 },
}

fn refused<T>(reason: &'static str) -> Result<T, RecordError> {
    Err(RecordError::Refused { reason })
}

#[async_trait]
impl Billings for SqliteCatalogue {
    async fn invoice_issue(&self, group: GroupId, invoice: Invoice) -> Result<Invoice, RecordError> {
        fact!(self, db => {
            let scene = self.scene(group);
            scene.tenant(db).await?;
            match books::by_id(db, group, invoice.invoice).await? {
                Some(known) => known,
                None => {
                    let (invoices, moved) = super::issuing::issued(db, scene, invoice).await?;
                    let last = invoices.last().cloned();
                    state(db, scene, &BookFact::Issued { invoices, moved }).await?;
                    last.ok_or(RecordError::NotFound { what: "invoice" })?
                }
            }
        })
    }

    async fn invoice(&self, group: GroupId, number: u64) -> Result<InvoiceState, RecordError> {
        reading!(self, db => books::state(db, group, number).await?)
    }

    async fn invoices_of(&self, group: GroupId, patient: PatientId) -> Result<Vec<InvoiceState>, RecordError> {
        reading!(self, db => books::states(db, group, Which::Patient(patient)).await?)
    }

    async fn invoices_of_exam(&self, group: GroupId, exam: ExamId) -> Result<Vec<InvoiceState>, RecordError> {
        reading!(self, db => books::states(db, group, Which::Exam(exam)).await?)
    }

    async fn invoices_of_order(&self, group: GroupId, accession: &str) -> Result<Vec<InvoiceState>, RecordError> {
        reading!(self, db => books::states(db, group, Which::Order(accession)).await?)
    }

    async fn invoices_between(
        &self,
        group: GroupId,
        from: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Vec<InvoiceState>, RecordError> {
        reading!(self, db => books::states(db, group, Which::Between(from, until)).await?)
    }

    async fn payment_put(&self, group: GroupId, payment: Payment) -> Result<(), RecordError> {
        fact!(self, db => {
            if !books::payment_is_known(db, group, payment.payment).await? {
                let known = books::state(db, group, payment.invoice).await?;
                let owed = if payment.from == "patient" { known.owed_by_patient() } else { known.owed() };
                let received = known.received();
                if payment.amount == 0 || payment.amount > owed.max(0) || payment.amount < 0 && -payment.amount > received {
                    return refused("more than is owed, or more back than was received");
                }
                state(db, self.scene(group), &BookFact::Payment { payment: Box::new(payment) }).await?;
            }
        })
    }

    async fn care_sheets(&self, group: GroupId, stage: SheetStage) -> Result<Vec<CareSheetRow>, RecordError> {
        reading!(self, db => books::sheets(db, group, stage).await?)
    }

    async fn care_sheet_on_paper(
        &self,
        group: GroupId,
        invoice: u64,
        by: &str,
        at: OffsetDateTime,
    ) -> Result<(), RecordError> {
        fact!(self, db => {
            match books::sheet(db, group, invoice).await?.map(|sheet| sheet.stage) {
                Some(SheetStage::Paper) => {}
                Some(SheetStage::Waiting | SheetStage::InLot) => {
                    let fact = BookFact::Paper { invoice, by: by.to_owned(), at: micros(at) };
                    state(db, self.scene(group), &fact).await?;
                }
                Some(_) => return refused("the fund has answered for this care sheet"),
                None => return Err(RecordError::NotFound { what: "care sheet" }),
            }
        })
    }

    async fn lot_next(&self, group: GroupId) -> Result<u64, RecordError> {
        reading!(self, db => books::next_lot(db, group).await?)
    }

    async fn lot_put(&self, group: GroupId, lot: Lot) -> Result<(), RecordError> {
        fact!(self, db => {
            if lot.number != books::next_lot(db, group).await? || lot.invoices.is_empty() || lot.stage != LotStage::Made {
                return refused("a lot is new, has sheets, and the next number");
            }
            for invoice in &lot.invoices {
                let sheet = books::sheet(db, group, *invoice).await?;
                if sheet.is_none_or(|sheet| sheet.stage != SheetStage::Waiting) {
                    return refused("one of its care sheets does not wait");
                }
            }
            state(db, self.scene(group), &BookFact::Lot { lot: Box::new(lot) }).await?;
        })
    }

    async fn lot_sent(&self, group: GroupId, number: u64, at: OffsetDateTime) -> Result<(), RecordError> {
        fact!(self, db => {
            let known = books::lot(db, group, number).await?.ok_or(RecordError::NotFound { what: "lot" })?;
            if known.stage == LotStage::Made {
                state(db, self.scene(group), &BookFact::Sent { lot: number, at: micros(at) }).await?;
            }
        })
    }

    async fn lots(&self, group: GroupId, limit: u32) -> Result<Vec<Lot>, RecordError> {
        let sql = "SELECT body FROM lot WHERE group_id = ?1 ORDER BY number DESC LIMIT ?2";
        reading!(self, db => {
            let rows = sqlx::query(sql).bind(group.0).bind(limit).fetch_all(db).await.doing("reading lots")?;
            rows.iter().map(|row| row.value("body")).collect::<Result<_, _>>()?
        })
    }

    async fn return_take(&self, group: GroupId, answer: FundReturn) -> Result<ReturnEffect, RecordError> {
        fact!(self, db => {
            let scene = self.scene(group);
            match books::answer(db, group, &answer.reference).await? {
                Some(known) if known.sha256 == answer.sha256 => ReturnEffect::Already,
                Some(_) => return refused("another answer has this reference"),
                None => {
                    let (answer, payments) = settling::settled(db, scene, answer).await?;
                    let fact = BookFact::Return { answer: Box::new(answer.clone()), payments };
                    state(db, scene, &fact).await?;
                    ReturnEffect::Applied(answer)
                }
            }
        })
    }

    async fn returns(&self, group: GroupId, limit: u32) -> Result<Vec<FundReturn>, RecordError> {
        let sql = "SELECT body FROM fund_return WHERE group_id = ?1 ORDER BY at DESC, reference DESC LIMIT ?2";
        reading!(self, db => {
            let rows = sqlx::query(sql).bind(group.0).bind(limit).fetch_all(db).await.doing("reading answers")?;
            rows.iter().map(|row| row.value("body")).collect::<Result<_, _>>()?
        })
    }

    async fn archive_notice(
        &self,
        group: GroupId,
        invoice: u64,
        by: &str,
        at: OffsetDateTime,
    ) -> Result<(), RecordError> {
        fact!(self, db => {
            let known = books::state(db, group, invoice).await?;
            if known.invoice.kind != InvoiceKind::Archive || known.owed() <= 0 {
                return refused("no archive that is unpaid");
            }
            if known.notice_at.is_none() {
                let fact = BookFact::Notice { invoice, by: by.to_owned(), at: micros(at) };
                state(db, self.scene(group), &fact).await?;
            }
        })
    }

    async fn invoice_by_id(&self, group: GroupId, invoice: Uuid) -> Result<Option<InvoiceState>, RecordError> {
        reading!(self, db => {
            match books::by_id(db, group, invoice).await? {
                Some(known) => Some(books::state(db, group, known.number).await?),
                None => None,
            }
        })
    }
}

/// Journals a fact and writes it.
async fn state(db: &mut SqliteConnection, scene: Scene<'_>, fact: &BookFact) -> Result<(), RecordError> {
    scene.journal(db, &value!({ "v": 1, "kind": "books", "books": fact })).await?;
    write(db, scene, fact).await
}

/// Writes a journalled fact again.
pub(crate) async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, body: &Value) -> Result<(), RecordError> {
    write(db, scene, &read(part(body, "books")?)?).await
}

async fn write(db: &mut SqliteConnection, scene: Scene<'_>, fact: &BookFact) -> Result<(), RecordError> {
    match fact {
        BookFact::Issued { invoices, moved } => {
            for invoice in invoices {
                super::issuing::write(db, scene, invoice).await?;
            }
            for payment in moved {
                books::put_payment(db, scene, payment).await?;
            }
            Ok(())
        }
        BookFact::Payment { payment } => books::put_payment(db, scene, payment).await,
        BookFact::Paper { invoice, .. } => {
            books::move_sheet(db, scene, *invoice, |sheet| sheet.stage = SheetStage::Paper).await
        }
        BookFact::Lot { lot } => {
            for invoice in &lot.invoices {
                books::move_sheet(db, scene, *invoice, |sheet| {
                    sheet.stage = SheetStage::InLot;
                    sheet.lot = Some(lot.number);
                })
                .await?;
            }
            books::put_lot(db, scene, lot).await
        }
        BookFact::Sent { lot, at } => {
            let Some(mut known) = books::lot(db, scene.group, *lot).await? else { return Ok(()) };
            known.stage = LotStage::Sent;
            known.sent_at = Some(super::rows::instant(*at)?);
            books::put_lot(db, scene, &known).await
        }
        BookFact::Return { answer, payments } => {
            for payment in payments {
                books::put_payment(db, scene, payment).await?;
            }
            settling::write(db, scene, answer).await
        }
        BookFact::Notice { invoice, by, at } => books::put_notice(db, scene, *invoice, by, *at).await,
    }
}
