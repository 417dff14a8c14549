//! The rows of the books.

use super::rows::{Columns, Doing, id_bytes, instant, json, micros, signed, unsigned};
use super::scene::Scene;
use crate::RecordError;
use crate::model::*;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use time::OffsetDateTime;
use uuid::Uuid;

/// Which invoices.
pub(super) enum Which<'a> {
    Number(u64),
    Patient(PatientId),
    Exam(ExamId),
    Order(&'a str),
    Between(OffsetDateTime, OffsetDateTime),
}

pub(super) async fn state(db: &mut SqliteConnection, group: GroupId, number: u64) -> Result<InvoiceState, RecordError> {
    let mut found = states(db, group, Which::Number(number)).await?;
    found.pop().ok_or(RecordError::NotFound { what: "invoice" })
}

/// Invoices in order, each with what has become of it.
pub(super) async fn states(
    db: &mut SqliteConnection,
    group: GroupId,
    which: Which<'_>,
) -> Result<Vec<InvoiceState>, RecordError> {
    let mut sql: QueryBuilder<Sqlite> = QueryBuilder::new("SELECT body FROM invoice WHERE group_id = ");
    sql.push_bind(group.0);
    match which {
        Which::Number(number) => sql.push(" AND number = ").push_bind(signed(number)),
        Which::Exam(exam) => sql.push(" AND exam_id = ").push_bind(id_bytes(exam.0)),
        Which::Order(accession) => sql.push(" AND accession = ").push_bind(accession.to_owned()),
        Which::Between(from, until) => {
            sql.push(" AND at >= ").push_bind(micros(from)).push(" AND at < ").push_bind(micros(until))
        }
        Which::Patient(patient) => {
            let id = id_bytes(patient.0);
            sql.push(" AND patient_id IN (SELECT patient_id FROM patient WHERE group_id = ").push_bind(group.0);
            sql.push(" AND ").push_bind(id.clone()).push(" IN (patient_id, merged_into) UNION ");
            sql.push("SELECT merged_into FROM patient WHERE group_id = ").push_bind(group.0);
            sql.push(" AND patient_id = ").push_bind(id).push(")")
        }
    };
    sql.push(" ORDER BY number");
    let rows = sql.build().fetch_all(&mut *db).await.doing("reading invoices")?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        all.push(with_what_followed(db, group, row.value("body")?).await?);
    }
    Ok(all)
}

async fn with_what_followed(
    db: &mut SqliteConnection,
    group: GroupId,
    invoice: Invoice,
) -> Result<InvoiceState, RecordError> {
    let number = signed(invoice.number);
    let payments = sqlx::query("SELECT body FROM payment WHERE group_id = ?1 AND invoice = ?2 ORDER BY at, payment_id")
        .bind(group.0)
        .bind(number)
        .fetch_all(&mut *db)
        .await
        .doing("reading payments")?;
    let credited: Option<i64> =
        sqlx::query_scalar("SELECT credit FROM invoice_credit WHERE group_id = ?1 AND invoice = ?2")
            .bind(group.0)
            .bind(number)
            .fetch_optional(&mut *db)
            .await
            .doing("reading a credit")?;
    let notice: Option<i64> = sqlx::query_scalar("SELECT at FROM archive_notice WHERE group_id = ?1 AND invoice = ?2")
        .bind(group.0)
        .bind(number)
        .fetch_optional(&mut *db)
        .await
        .doing("reading a notice")?;
    Ok(InvoiceState {
        payments: payments.iter().map(|row| row.value("body")).collect::<Result<_, _>>()?,
        sheet: sheet(db, group, invoice.number).await?,
        credited_by: credited.map(unsigned).transpose()?,
        notice_at: notice.map(instant).transpose()?,
        invoice,
    })
}

pub(super) async fn by_id(db: &mut SqliteConnection, group: GroupId, id: Uuid) -> Result<Option<Invoice>, RecordError> {
    let row = sqlx::query("SELECT body FROM invoice WHERE group_id = ?1 AND invoice_id = ?2")
        .bind(group.0)
        .bind(id_bytes(id))
        .fetch_optional(db)
        .await
        .doing("reading an invoice")?;
    row.map(|row| row.value("body")).transpose()
}

/// An invoice's row: written once.
pub(super) async fn put_invoice(db: &mut SqliteConnection, scene: Scene<'_>, new: &Invoice) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO invoice (group_id, number, invoice_id, patient_id, exam_id, accession, kind, at, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )
    .bind(scene.group.0)
    .bind(signed(new.number))
    .bind(id_bytes(new.invoice))
    .bind(id_bytes(new.patient.0))
    .bind(new.exam.map(|exam| id_bytes(exam.0)))
    .bind(&new.accession)
    .bind(new.kind.key())
    .bind(micros(new.at))
    .bind(json(new)?)
    .execute(&mut *db)
    .await
    .doing("writing an invoice")?;
    if new.kind == InvoiceKind::Credit
        && let Some(old) = new.corrects
    {
        sqlx::query("INSERT INTO invoice_credit (group_id, invoice, credit) VALUES (?1, ?2, ?3)")
            .bind(scene.group.0)
            .bind(signed(old))
            .bind(signed(new.number))
            .execute(db)
            .await
            .doing("writing a credit")?;
    }
    Ok(())
}

pub(super) async fn payment_is_known(db: &mut SqliteConnection, group: GroupId, id: Uuid) -> Result<bool, RecordError> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM payment WHERE group_id = ?1 AND payment_id = ?2)")
        .bind(group.0)
        .bind(id_bytes(id))
        .fetch_one(db)
        .await
        .doing("looking for a payment")
}

pub(super) async fn put_payment(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    payment: &Payment,
) -> Result<(), RecordError> {
    sqlx::query("INSERT INTO payment (group_id, payment_id, invoice, at, body) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(scene.group.0)
        .bind(id_bytes(payment.payment))
        .bind(signed(payment.invoice))
        .bind(micros(payment.at))
        .bind(json(payment)?)
        .execute(db)
        .await
        .doing("writing a payment")?;
    Ok(())
}

pub(super) async fn sheet(
    db: &mut SqliteConnection,
    group: GroupId,
    invoice: u64,
) -> Result<Option<CareSheetRow>, RecordError> {
    let row = sqlx::query("SELECT body FROM care_sheet WHERE group_id = ?1 AND invoice = ?2")
        .bind(group.0)
        .bind(signed(invoice))
        .fetch_optional(db)
        .await
        .doing("reading a care sheet")?;
    row.map(|row| row.value("body")).transpose()
}

pub(super) async fn sheets(
    db: &mut SqliteConnection,
    group: GroupId,
    stage: SheetStage,
) -> Result<Vec<CareSheetRow>, RecordError> {
    let rows = sqlx::query("SELECT body FROM care_sheet WHERE group_id = ?1 AND stage = ?2 ORDER BY due, invoice")
        .bind(group.0)
        .bind(stage.key())
        .fetch_all(db)
        .await
        .doing("reading care sheets")?;
    rows.iter().map(|row| row.value("body")).collect()
}

pub(super) async fn sheets_of_lot(
    db: &mut SqliteConnection,
    group: GroupId,
    lot: u64,
) -> Result<Vec<u64>, RecordError> {
    let numbers: Vec<i64> =
        sqlx::query_scalar("SELECT invoice FROM care_sheet WHERE group_id = ?1 AND lot = ?2 ORDER BY invoice")
            .bind(group.0)
            .bind(signed(lot))
            .fetch_all(db)
            .await
            .doing("reading the care sheets of a lot")?;
    numbers.into_iter().map(unsigned).collect()
}

/// Changes a care sheet that is there.
pub(super) async fn move_sheet(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    invoice: u64,
    change: impl FnOnce(&mut CareSheetRow),
) -> Result<(), RecordError> {
    let Some(mut known) = sheet(db, scene.group, invoice).await? else { return Ok(()) };
    change(&mut known);
    put_sheet(db, scene, &known).await
}

pub(super) async fn put_sheet(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    sheet: &CareSheetRow,
) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO care_sheet (group_id, invoice, stage, lot, due, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (group_id, invoice) DO UPDATE SET stage = excluded.stage, lot = excluded.lot, body = excluded.body",
    )
    .bind(scene.group.0)
    .bind(signed(sheet.invoice))
    .bind(sheet.stage.key())
    .bind(sheet.lot.map(signed))
    .bind(sheet.due.to_string())
    .bind(json(sheet)?)
    .execute(db)
    .await
    .doing("writing a care sheet")?;
    Ok(())
}

pub(super) async fn next_lot(db: &mut SqliteConnection, group: GroupId) -> Result<u64, RecordError> {
    let last: Option<i64> = sqlx::query_scalar("SELECT MAX(number) FROM lot WHERE group_id = ?1")
        .bind(group.0)
        .fetch_one(db)
        .await
        .doing("numbering a lot")?;
    unsigned(last.unwrap_or(0) + 1)
}

pub(super) async fn lot(db: &mut SqliteConnection, group: GroupId, number: u64) -> Result<Option<Lot>, RecordError> {
    let row = sqlx::query("SELECT body FROM lot WHERE group_id = ?1 AND number = ?2")
        .bind(group.0)
        .bind(signed(number))
        .fetch_optional(db)
        .await
        .doing("reading a lot")?;
    row.map(|row| row.value("body")).transpose()
}

pub(super) async fn put_lot(db: &mut SqliteConnection, scene: Scene<'_>, lot: &Lot) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO lot (group_id, number, stage, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (group_id, number) DO UPDATE SET stage = excluded.stage, body = excluded.body",
    )
    .bind(scene.group.0)
    .bind(signed(lot.number))
    .bind(lot.stage.key())
    .bind(json(lot)?)
    .execute(db)
    .await
    .doing("writing a lot")?;
    Ok(())
}

pub(super) async fn answer(
    db: &mut SqliteConnection,
    group: GroupId,
    reference: &str,
) -> Result<Option<FundReturn>, RecordError> {
    let row = sqlx::query("SELECT body FROM fund_return WHERE group_id = ?1 AND reference = ?2")
        .bind(group.0)
        .bind(reference)
        .fetch_optional(db)
        .await
        .doing("reading an answer")?;
    row.map(|row| row.value("body")).transpose()
}

pub(super) async fn put_answer(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    answer: &FundReturn,
) -> Result<(), RecordError> {
    sqlx::query("INSERT INTO fund_return (group_id, reference, at, body) VALUES (?1, ?2, ?3, ?4)")
        .bind(scene.group.0)
        .bind(&answer.reference)
        .bind(micros(answer.at))
        .bind(json(answer)?)
        .execute(db)
        .await
        .doing("writing an answer")?;
    Ok(())
}

pub(super) async fn put_notice(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    invoice: u64,
    by: &str,
    at: i64,
) -> Result<(), RecordError> {
    sqlx::query("INSERT INTO archive_notice (group_id, invoice, at, by) VALUES (?1, ?2, ?3, ?4)")
        .bind(scene.group.0)
        .bind(signed(invoice))
        .bind(at)
        .bind(by)
        .execute(db)
        .await
        .doing("writing a notice")?;
    Ok(())
}
