//! An invoice gets its number; a correction is a credit and a new one, and moves what the patient had paid.

use super::books;
use super::rows::{Doing, signed};
use super::scene::Scene;
use crate::RecordError;
use crate::model::*;
use sqlx::SqliteConnection;

fn refused<T>(reason: &'static str) -> Result<T, RecordError> {
    Err(RecordError::Refused { reason })
}

/// Numbers of one year: two digits of the year, then seven in order.
const A_YEAR: u64 = 10_000_000;

/// The invoices that are issued, in order, and the money that moves with them.
pub(super) async fn issued(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    mut new: Invoice,
) -> Result<(Vec<Invoice>, Vec<Payment>), RecordError> {
    adds_up(&new)?;
    let mut number = next(db, scene, &new).await?;
    let Some(corrected) = new.corrects else {
        if new.kind == InvoiceKind::Credit {
            return refused("a credit takes an invoice back");
        }
        alone(db, scene.group, &new, None).await?;
        new.number = number;
        return Ok((vec![new], Vec::new()));
    };
    let old = books::state(db, scene.group, corrected).await?;
    correctable(&old, &new)?;
    if new.kind == InvoiceKind::Credit {
        let mut credit = credit(scene, &old.invoice, &new, number);
        credit.invoice = new.invoice;
        return Ok((vec![credit], Vec::new()));
    }
    alone(db, scene.group, &new, Some(corrected)).await?;
    let credit = credit(scene, &old.invoice, &new, number);
    number += 1;
    new.number = number;
    let moved = moved(scene, &old, &new);
    Ok((vec![credit, new], moved))
}

async fn next(db: &mut SqliteConnection, scene: Scene<'_>, new: &Invoice) -> Result<u64, RecordError> {
    let year = u64::try_from(new.at.year().rem_euclid(100)).unwrap_or(0) * A_YEAR;
    let last: Option<i64> =
        sqlx::query_scalar("SELECT MAX(number) FROM invoice WHERE group_id = ?1 AND number > ?2 AND number < ?3")
            .bind(scene.group.0)
            .bind(signed(year))
            .bind(signed(year + A_YEAR))
            .fetch_one(db)
            .await
            .doing("numbering an invoice")?;
    let next = last.and_then(|last| u64::try_from(last).ok()).unwrap_or(year) + 1;
    // A correction takes two.
    if next + 1 < year + A_YEAR { Ok(next) } else { refused("the numbers of the year are used up") }
}

fn adds_up(new: &Invoice) -> Result<(), RecordError> {
    if new.kind == InvoiceKind::Credit {
        return Ok(());
    }
    let sum = |of: fn(&InvoiceLine) -> i64| new.lines.iter().map(of).sum::<i64>();
    let told = [new.total, new.fund, new.complementary];
    let summed = [sum(|line| line.amount), sum(|line| line.fund), sum(|line| line.complementary)];
    let desk = if new.third_party { new.total - new.fund - new.complementary } else { new.total };
    let positive = new.lines.iter().all(|line| line.amount >= 0 && line.fund >= 0 && line.complementary >= 0);
    match told == summed && desk == new.at_the_desk && !new.lines.is_empty() && positive {
        true => Ok(()),
        false => refused("the totals of the invoice are not the sums of its lines"),
    }
}

fn correctable(old: &InvoiceState, new: &Invoice) -> Result<(), RecordError> {
    if old.invoice.kind == InvoiceKind::Credit || old.credited_by.is_some() {
        return refused("it was taken back already");
    }
    if new.kind != InvoiceKind::Credit && new.kind != old.invoice.kind || new.patient != old.invoice.patient {
        return refused("a correction is of the same kind and patient");
    }
    if new.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
        return refused("a correction has a reason");
    }
    match old.sheet.as_ref().map(|sheet| sheet.stage) {
        // Its fate is not known: a new one could be paid beside it.
        Some(SheetStage::InLot | SheetStage::Accepted) => refused("the fund has not answered for its care sheet yet"),
        Some(SheetStage::Paid) if new.third_party || old.invoice.third_party => {
            refused("the fund has paid its care sheet")
        }
        _ => Ok(()),
    }
}

/// One living invoice for the same care of an exam, and one for its archive.
async fn alone(db: &mut SqliteConnection, group: GroupId, new: &Invoice, but: Option<u64>) -> Result<(), RecordError> {
    let mut others = Vec::new();
    if let Some(exam) = new.exam {
        others.extend(books::states(db, group, books::Which::Exam(exam)).await?);
    }
    if let Some(accession) = &new.accession {
        others.extend(books::states(db, group, books::Which::Order(accession)).await?);
    }
    let living = |other: &InvoiceState| other.invoice.kind == new.kind && other.credited_by.is_none();
    match others.iter().any(|other| living(other) && Some(other.invoice.number) != but) {
        true => refused("this exam has its invoice: correct it"),
        false => Ok(()),
    }
}

/// What takes an invoice back, line by line.
fn credit(scene: Scene<'_>, old: &Invoice, new: &Invoice, number: u64) -> Invoice {
    let less = |line: &InvoiceLine| InvoiceLine {
        amount: -line.amount,
        fund: -line.fund,
        complementary: -line.complementary,
        ..line.clone()
    };
    Invoice {
        number,
        invoice: scene.new_id(),
        kind: InvoiceKind::Credit,
        lines: old.lines.iter().map(less).collect(),
        total: -old.total,
        fund: -old.fund,
        complementary: -old.complementary,
        at_the_desk: -old.at_the_desk,
        due: None,
        corrects: Some(old.number),
        reason: new.reason.clone(),
        by: new.by.clone(),
        at: new.at,
        ..old.clone()
    }
}

/// What the patient had paid for the old invoice counts for the new one, as far as it is owed there.
fn moved(scene: Scene<'_>, old: &InvoiceState, new: &Invoice) -> Vec<Payment> {
    let paid: i64 = old.payments.iter().filter(|p| p.from == "patient").map(|p| p.amount).sum();
    let amount = paid.min(new.at_the_desk);
    if amount <= 0 {
        return Vec::new();
    }
    let payment = |invoice: u64, amount: i64| Payment {
        payment: scene.new_id(),
        invoice,
        from: "patient".into(),
        amount,
        how: "moved".into(),
        reference: None,
        by: new.by.clone(),
        at: new.at,
    };
    vec![payment(old.invoice.number, -amount), payment(new.number, amount)]
}

/// An invoice's row, with its care sheet when it has one; and the end of the one it takes back.
pub(super) async fn write(db: &mut SqliteConnection, scene: Scene<'_>, new: &Invoice) -> Result<(), RecordError> {
    books::put_invoice(db, scene, new).await?;
    if new.kind == InvoiceKind::Credit
        && let Some(old) = new.corrects
    {
        books::move_sheet(db, scene, old, |sheet| sheet.stage = SheetStage::Replaced).await?;
    }
    let Some(due) = new.due.filter(|_| new.kind == InvoiceKind::Care && new.coverage.is_some()) else { return Ok(()) };
    let asked = if new.third_party { new.fund + new.complementary } else { 0 };
    let sheet = CareSheetRow { invoice: new.number, stage: SheetStage::Waiting, lot: None, due, asked, code: None };
    books::put_sheet(db, scene, &sheet).await
}
