//! A fund's answer against what was asked: each line fits a care sheet that waits for it, or is kept aside for a person.

use super::books;
use super::scene::Scene;
use crate::RecordError;
use crate::model::*;
use sqlx::SqliteConnection;

/// The answer with what fits and what does not, and the money it brings. Nothing is paid twice: a sheet that is paid,
/// replaced or unknown takes no payment, nor one of another amount than was asked.
pub(super) async fn settled(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    mut answer: FundReturn,
) -> Result<(FundReturn, Vec<Payment>), RecordError> {
    let mut payments: Vec<Payment> = Vec::new();
    let (mut fitting, mut unmatched) = (Vec::new(), Vec::new());
    for says in std::mem::take(&mut answer.says) {
        // The same invoice twice in one answer: the first line counts.
        let again = fitting.iter().any(|before| subject(before) == subject(&says));
        if again || !fits(db, scene, &says).await? {
            unmatched.push(says);
            continue;
        }
        if let FundSays::Paid { invoice, amount, .. } = &says
            && *amount > 0
        {
            payments.push(Payment {
                payment: scene.new_id(),
                invoice: *invoice,
                from: "fund".into(),
                amount: *amount,
                how: "transfer".into(),
                reference: Some(answer.reference.clone()),
                by: "fund".into(),
                at: answer.at,
            });
        }
        fitting.push(says);
    }
    answer.says = fitting;
    answer.unmatched = unmatched;
    Ok((answer, payments))
}

/// What a line is about: a lot, or an invoice.
fn subject(says: &FundSays) -> (bool, u64) {
    match says {
        FundSays::Accepted { lot } | FundSays::Refused { lot, .. } => (true, *lot),
        FundSays::Paid { invoice, .. } | FundSays::Rejected { invoice, .. } => (false, *invoice),
    }
}

async fn fits(db: &mut SqliteConnection, scene: Scene<'_>, says: &FundSays) -> Result<bool, RecordError> {
    match says {
        FundSays::Accepted { lot } | FundSays::Refused { lot, .. } => {
            let known = books::lot(db, scene.group, *lot).await?;
            // An answer may come before we have noted that the file had left.
            Ok(known.is_some_and(|lot| matches!(lot.stage, LotStage::Made | LotStage::Sent)))
        }
        FundSays::Paid { lot, invoice, .. } | FundSays::Rejected { lot, invoice, .. } => {
            let sheet = books::sheet(db, scene.group, *invoice).await?;
            let sheet = sheet.filter(|sheet| sheet.lot == Some(*lot));
            let waits = |sheet: &CareSheetRow| matches!(sheet.stage, SheetStage::InLot | SheetStage::Accepted);
            let amount = match says {
                FundSays::Paid { amount, .. } => Some(*amount),
                _ => None,
            };
            Ok(sheet.is_some_and(|sheet| waits(&sheet) && amount.is_none_or(|amount| amount == sheet.asked)))
        }
    }
}

/// What follows from the lines that fit.
pub(super) async fn write(db: &mut SqliteConnection, scene: Scene<'_>, answer: &FundReturn) -> Result<(), RecordError> {
    for says in &answer.says {
        match says {
            FundSays::Accepted { lot } => {
                close(db, scene, *lot, LotStage::Accepted, None).await?;
                for invoice in books::sheets_of_lot(db, scene.group, *lot).await? {
                    books::move_sheet(db, scene, invoice, |sheet| {
                        if sheet.stage == SheetStage::InLot {
                            sheet.stage = SheetStage::Accepted;
                        }
                    })
                    .await?;
                }
            }
            FundSays::Refused { lot, code } => {
                close(db, scene, *lot, LotStage::Refused, Some(code)).await?;
                for invoice in books::sheets_of_lot(db, scene.group, *lot).await? {
                    books::move_sheet(db, scene, invoice, |sheet| {
                        if sheet.stage == SheetStage::InLot {
                            sheet.stage = SheetStage::Waiting;
                            sheet.lot = None;
                        }
                    })
                    .await?;
                }
            }
            FundSays::Paid { invoice, .. } => {
                books::move_sheet(db, scene, *invoice, |sheet| sheet.stage = SheetStage::Paid).await?;
            }
            FundSays::Rejected { invoice, code, .. } => {
                books::move_sheet(db, scene, *invoice, |sheet| {
                    sheet.stage = SheetStage::Rejected;
                    sheet.code = Some(code.clone());
                })
                .await?;
            }
        }
    }
    books::put_answer(db, scene, answer).await
}

async fn close(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    number: u64,
    stage: LotStage,
    code: Option<&String>,
) -> Result<(), RecordError> {
    let Some(mut lot) = books::lot(db, scene.group, number).await? else { return Ok(()) };
    lot.stage = stage;
    lot.code = code.cloned();
    books::put_lot(db, scene, &lot).await
}
