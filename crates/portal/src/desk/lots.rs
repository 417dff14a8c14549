//! Care sheets: those that wait, lots, what the fund answered, what must be corrected.

use super::billing::euros;
use super::frame::{Words, page};
use super::place::Path;
use super::{DeskPages, Staff, failed_practice};
use archive::desk::{Role, Who};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use practice::PracticeError;
use practice::lots::{CareSheetRow, Exchange, Lot, SheetStage, Unwritten};
use time::Date;

pub(super) async fn show(State(pages): State<DeskPages>, Staff(who): Staff, words: Words) -> Response {
    shown(&pages, &who, &words, &[]).await
}

async fn shown(pages: &DeskPages, who: &Who, words: &Words, unwritten: &[Unwritten]) -> Response {
    let found = match pages.practice.exchange(who).await {
        Ok(found) => found,
        Err(error) => return failed_practice(&error),
    };
    let body = html! {
        h1 { (words.t("desk-sheets-care")) }
        @match found.simulated {
            Some(true) => p .amber { strong { (words.t("desk-sheet-simulated")) } },
            Some(false) => {},
            None => p .amber { (words.t("desk-sheet-no-fund")) },
        }
        @for one in unwritten { p .error role="alert" { (words.with("desk-sheet-unwritten", &[("number", one.invoice.to_string())])) " " (one.why) } }
        (counts(words, &found))
        @if found.simulated.is_some() && who.role != Role::Administrator {
            form method="post" action="/feuilles/lots" { button accesskey="l" { (words.t("desk-lot-make")) } }
        }
        (rejected(words, &found))
        (stage(words, &found, SheetStage::Waiting))
        (lots(words, &found.lots))
        (answers(words, &found))
        @for wanted in [SheetStage::InLot, SheetStage::Accepted] { (stage(words, &found, wanted)) }
    };
    page(pages, words, Some(who), "desk-sheets-care", body).into_response()
}

fn of(found: &Exchange, wanted: SheetStage) -> &[CareSheetRow] {
    found.sheets.iter().find(|(stage, _)| *stage == wanted).map(|(_, rows)| rows.as_slice()).unwrap_or_default()
}

fn counts(words: &Words, found: &Exchange) -> Markup {
    html! { dl .facts { @for (stage, rows) in &found.sheets {
        dt { (words.t(&format!("desk-sheet-stage-{}", stage.key()))) }
        dd .number id={ "etat-" (stage.key()) } { (rows.len()) " — " (euros(words, rows.iter().map(|row| row.asked).sum())) }
    } } }
}

/// What is late says so in a word.
fn due(words: &Words, row: &CareSheetRow, today: Date) -> Markup {
    html! { (words.date(row.due)) @if row.due < today { " " span .chip.red { span aria-hidden="true" { "▲ " } (words.t("desk-sheet-late")) } } }
}

fn rejected(words: &Words, found: &Exchange) -> Markup {
    let rows = of(found, SheetStage::Rejected);
    html! { @if !rows.is_empty() {
        h2 { (words.t("desk-sheet-stage-rejected")) }
        p .help { (words.t("desk-sheet-rejected-help")) }
        ul .history #rejets { @for row in rows { li {
            a href={ "/factures/" (row.invoice) } .number { (row.invoice) } " — " (row.code.as_deref().unwrap_or_default()) " — "
            (euros(words, row.asked))
        } } }
    } }
}

fn stage(words: &Words, found: &Exchange, wanted: SheetStage) -> Markup {
    let rows = of(found, wanted);
    html! { @if !rows.is_empty() {
        h2 { (words.t(&format!("desk-sheet-stage-{}", wanted.key()))) }
        table {
            thead { tr { @for key in ["desk-bill-one", "desk-sheet-due", "desk-sheet-asked", "desk-sheet-paper"] { th scope="col" { (words.t(key)) } } } }
            tbody { @for row in rows { tr {
                th scope="row" { a href={ "/factures/" (row.invoice) } .number { (row.invoice) } }
                td { (due(words, row, found.today)) } td .number { (euros(words, row.asked)) }
                td { @if matches!(wanted, SheetStage::Waiting | SheetStage::InLot) {
                    form method="post" action={ "/feuilles/" (row.invoice) "/papier" } target="_blank" { button .quiet { (words.t("desk-sheet-print")) } }
                } }
            } } }
        }
    } }
}

fn lots(words: &Words, lots: &[Lot]) -> Markup {
    html! { @if !lots.is_empty() {
        h2 { (words.t("desk-lots")) }
        ul .history { @for lot in lots { li {
            (words.with("desk-lot-line", &[("number", lot.number.to_string()), ("count", lot.invoices.len().to_string())]))
            " — " (words.t(&format!("desk-lot-{}", lot.stage.key()))) " — " (words.instant(lot.at))
            @if let Some(code) = &lot.code { " — " (code) }
        } } }
    } }
}

fn answers(words: &Words, found: &Exchange) -> Markup {
    html! { @if !found.returns.is_empty() {
        h2 { (words.t("desk-returns")) }
        ul .history { @for answer in &found.returns { li {
            (answer.reference) " — " (words.instant(answer.at)) " — "
            (words.with("desk-return-lines", &[("count", answer.says.len().to_string())]))
            @if !answer.unmatched.is_empty() { " " span .chip.red { span aria-hidden="true" { "▲ " }
                (words.with("desk-return-unmatched", &[("count", answer.unmatched.len().to_string())])) } }
        } } }
    } }
}

pub(super) async fn make(State(pages): State<DeskPages>, Staff(who): Staff, words: Words) -> Response {
    match pages.practice.make_lots(&who).await {
        Ok((_, unwritten)) if unwritten.is_empty() => axum::response::Redirect::to("/feuilles").into_response(),
        Ok((_, unwritten)) => shown(&pages, &who, &words, &unwritten).await,
        Err(error) => failed_practice(&error),
    }
}

/// The paper duplicate, to be printed now.
pub(super) async fn paper(State(pages): State<DeskPages>, Staff(who): Staff, Path(invoice): Path<u64>) -> Response {
    let made = match pages.practice.on_paper(&who, invoice).await {
        Ok(state) => practice::paper::duplicate(&state),
        Err(error) => return failed_practice(&error),
    };
    match made {
        Ok(pdf) => {
            let disposition = format!("inline; filename=\"duplicata-{invoice}.pdf\"");
            ([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, disposition)], pdf).into_response()
        }
        Err(_) => failed_practice(&PracticeError::Refused("the duplicate cannot be drawn")),
    }
}
