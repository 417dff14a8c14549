//! The books: invoices that never change, money told once, care sheets through lots and answers.

use crate::fixture::*;
use record::*;
use serde_json::Value;
use std::collections::BTreeSet;
use time::Duration;
use time::macros::date;
use uuid::Uuid;

async fn marie(bench: &Bench) -> PatientId {
    bench.apply(adt(1, patient("7", "DUPONT", "MARIE", 1950))).await;
    bench.catalogue.patients_found(G, PatientQuery { text: "7".into(), born: None, limit: 1 }).await.unwrap()[0].id
}

fn coverage(patient: PatientId) -> Coverage {
    Coverage {
        patient,
        insured_nir: "279035121518989".into(),
        insured_name: None,
        birth_rank: 1,
        regime: "01".into(),
        fund: "351".into(),
        centre: "0001".into(),
        exemption: CoverageExemption::None,
        coordinated: true,
        complementary: None,
        until: None,
        by: "anne".into(),
        at: NOON,
    }
}

/// A chest radiograph: 24.05, of which the fund pays 16.84.
fn invoice(patient: PatientId, n: u8, accession: &str) -> Invoice {
    let line = InvoiceLine {
        code: "ZBQK002".into(),
        activity: [1, 0],
        label: "Thorax".into(),
        grouping: "ADI".into(),
        modifiers: "Z".into(),
        association: None,
        amount: 2405,
        fund: 1684,
        complementary: 0,
        rules: vec!["tariff:2128".into()],
    };
    Invoice {
        number: 0,
        invoice: Uuid::from_bytes([n; 16]),
        kind: InvoiceKind::Care,
        patient,
        patient_name: "DUPONT MARIE".into(),
        born: None,
        exam: None,
        accession: Some(accession.into()),
        care_date: date!(2026 - 11 - 25),
        lines: vec![line],
        total: 2405,
        fund: 1684,
        complementary: 0,
        at_the_desk: 721,
        third_party: true,
        exemption: '0',
        coverage: Some(coverage(patient)),
        prescriber: None,
        due: Some(date!(2026 - 12 - 04)),
        corrects: None,
        reason: None,
        by: "anne".into(),
        at: NOON,
    }
}

fn corrected(patient: PatientId, n: u8, accession: &str, old: u64) -> Invoice {
    Invoice { corrects: Some(old), reason: Some("rejet".into()), ..invoice(patient, n, accession) }
}

fn paid(n: u8, invoice: u64, amount: i64) -> Payment {
    Payment {
        payment: Uuid::from_bytes([n; 16]),
        invoice,
        from: "patient".into(),
        amount,
        how: "card".into(),
        reference: None,
        by: "anne".into(),
        at: NOON,
    }
}

fn lot(number: u64, invoices: &[u64]) -> Lot {
    Lot {
        number,
        invoices: invoices.to_vec(),
        file: "x".into(),
        signature: "y".into(),
        stage: LotStage::Made,
        by: "anne".into(),
        at: NOON,
        sent_at: None,
        code: None,
    }
}

fn answer(reference: &str, says: Vec<FundSays>) -> FundReturn {
    FundReturn { reference: reference.into(), sha256: format!("{says:?}"), says, unmatched: Vec::new(), at: NOON }
}

fn fund_paid(invoice: u64, amount: i64) -> FundSays {
    FundSays::Paid { lot: 1, invoice, amount }
}

fn rejected(invoice: u64) -> FundSays {
    FundSays::Rejected { lot: 1, invoice, code: "NIR".into() }
}

async fn stage(bench: &Bench, number: u64) -> SheetStage {
    bench.catalogue.invoice(G, number).await.unwrap().sheet.unwrap().stage
}

async fn refused<T: std::fmt::Debug>(done: impl Future<Output = Result<T, RecordError>>) {
    let done = done.await;
    assert!(matches!(done, Err(RecordError::Refused { .. })), "{done:?}");
}

#[tokio::test]
async fn numbers_follow_each_other_without_a_gap_and_the_same_form_twice_is_one_invoice() {
    let bench = bench().await;
    let marie = marie(&bench).await;
    let c = &bench.catalogue;
    assert_eq!(c.invoice_issue(G, invoice(marie, 1, "A1")).await.unwrap().number, 260_000_001);
    assert_eq!(c.invoice_issue(G, invoice(marie, 1, "A1")).await.unwrap().number, 260_000_001);
    refused(c.invoice_issue(G, invoice(marie, 2, "A1"))).await;
    let wrong = Invoice { total: 2406, ..invoice(marie, 3, "A2") };
    refused(c.invoice_issue(G, wrong)).await;
    assert_eq!(c.invoice_issue(G, invoice(marie, 4, "A2")).await.unwrap().number, 260_000_002);
    let next_year = Invoice { at: NOON + Duration::days(60), ..invoice(marie, 5, "A3") };
    assert_eq!(c.invoice_issue(G, next_year).await.unwrap().number, 270_000_001);
    assert_eq!(c.invoices_of(G, marie).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_correction_is_a_credit_and_a_new_number_and_moves_what_the_patient_had_paid() {
    let bench = bench().await;
    let marie = marie(&bench).await;
    let c = &bench.catalogue;
    let old = c.invoice_issue(G, invoice(marie, 1, "A1")).await.unwrap();
    c.payment_put(G, paid(9, old.number, 721)).await.unwrap();
    c.payment_put(G, paid(9, old.number, 721)).await.unwrap();
    refused(c.payment_put(G, paid(8, old.number, 1))).await;
    let new = c.invoice_issue(G, corrected(marie, 2, "A1", old.number)).await.unwrap();
    assert_eq!(new.number, old.number + 2);
    let states = c.invoices_of_order(G, "A1").await.unwrap();
    let told: Vec<_> = states.iter().map(|s| (s.invoice.kind, s.invoice.total, s.received(), s.owed())).collect();
    use InvoiceKind::*;
    assert_eq!(told, [(Care, 2405, 0, 0), (Credit, -2405, 0, 0), (Care, 2405, 721, 1684)]);
    assert_eq!(states[0].invoice, old, "what was issued is as it was");
    assert_eq!(
        (stage(&bench, old.number).await, stage(&bench, new.number).await),
        (SheetStage::Replaced, SheetStage::Waiting)
    );
    refused(c.invoice_issue(G, corrected(marie, 3, "A1", old.number))).await;
    let no_reason = Invoice { reason: None, ..corrected(marie, 4, "A1", new.number) };
    refused(c.invoice_issue(G, no_reason)).await;
    let credit = Invoice { kind: Credit, ..corrected(marie, 5, "A1", new.number) };
    assert_eq!(c.invoice_issue(G, credit).await.unwrap().total, -2405);
    let left = c.invoice(G, new.number).await.unwrap();
    assert_eq!((left.owed(), left.owed_by_patient()), (-721, -721), "the patient is to be refunded");
    c.payment_put(G, paid(7, new.number, -721)).await.unwrap();
    refused(c.payment_put(G, paid(6, new.number, -1))).await;
    assert_eq!(c.invoice(G, new.number).await.unwrap().owed(), 0);
}

#[tokio::test]
async fn an_answer_counts_once_and_what_does_not_fit_is_never_money() {
    let bench = bench().await;
    let marie = marie(&bench).await;
    let c = &bench.catalogue;
    for n in 1..=3 {
        c.invoice_issue(G, invoice(marie, n, &format!("A{n}"))).await.unwrap();
    }
    let [one, two, three] = [260_000_001, 260_000_002, 260_000_003];
    refused(c.lot_put(G, lot(2, &[one]))).await;
    c.lot_put(G, lot(1, &[one, two])).await.unwrap();
    refused(c.lot_put(G, lot(2, &[two, three]))).await;
    refused(c.invoice_issue(G, corrected(marie, 9, "A1", one))).await;
    c.lot_sent(G, 1, NOON).await.unwrap();
    c.lot_sent(G, 1, NOON).await.unwrap();
    c.return_take(G, answer("ACK-1", vec![FundSays::Accepted { lot: 1 }])).await.unwrap();
    assert_eq!((stage(&bench, one).await, stage(&bench, three).await), (SheetStage::Accepted, SheetStage::Waiting));
    let says =
        vec![fund_paid(one, 1684), fund_paid(one, 1684), rejected(two), fund_paid(three, 1684), fund_paid(99, 5)];
    let effect = c.return_take(G, answer("PAY-1", says.clone())).await.unwrap();
    let ReturnEffect::Applied(taken) = effect else { panic!("{effect:?}") };
    assert_eq!((taken.says.len(), taken.unmatched.len()), (2, 3));
    assert_eq!(c.return_take(G, answer("PAY-1", says)).await.unwrap(), ReturnEffect::Already);
    refused(c.return_take(G, answer("PAY-1", vec![fund_paid(one, 1)]))).await;
    // The same money under another reference, and another amount for another sheet.
    let again = c.return_take(G, answer("PAY-2", vec![fund_paid(one, 1684), fund_paid(two, 1)])).await.unwrap();
    assert!(matches!(again, ReturnEffect::Applied(taken) if taken.says.is_empty() && taken.unmatched.len() == 2));
    assert_eq!(c.invoice(G, one).await.unwrap().received(), 1684);
    assert_eq!((stage(&bench, one).await, stage(&bench, two).await), (SheetStage::Paid, SheetStage::Rejected));
    refused(c.invoice_issue(G, corrected(marie, 9, "A1", one))).await;
    let new = c.invoice_issue(G, corrected(marie, 8, "A2", two)).await.unwrap();
    c.lot_put(G, lot(2, &[three, new.number])).await.unwrap();
    let late = FundSays::Paid { lot: 1, invoice: two, amount: 1684 };
    let late = c.return_take(G, answer("PAY-3", vec![late])).await.unwrap();
    assert!(matches!(late, ReturnEffect::Applied(taken) if taken.says.is_empty()), "the replaced one is paid no more");
}

#[tokio::test]
async fn a_refused_file_brings_its_sheets_back_and_paper_is_for_those_nobody_answered() {
    let bench = bench().await;
    let marie = marie(&bench).await;
    let c = &bench.catalogue;
    for n in 1..=2 {
        c.invoice_issue(G, invoice(marie, n, &format!("A{n}"))).await.unwrap();
    }
    c.lot_put(G, lot(1, &[260_000_001, 260_000_002])).await.unwrap();
    c.care_sheet_on_paper(G, 260_000_002, "anne", NOON).await.unwrap();
    let refusal = FundSays::Refused { lot: 1, code: "FILE".into() };
    c.return_take(G, answer("ACK-1", vec![refusal])).await.unwrap();
    assert_eq!(stage(&bench, 260_000_001).await, SheetStage::Waiting);
    assert_eq!(stage(&bench, 260_000_002).await, SheetStage::Paper, "what went on paper is not sent again");
    c.lot_put(G, lot(2, &[260_000_001])).await.unwrap();
    let says = vec![FundSays::Paid { lot: 2, invoice: 260_000_001, amount: 1684 }];
    c.return_take(G, answer("PAY-2", says)).await.unwrap();
    refused(c.care_sheet_on_paper(G, 260_000_001, "anne", NOON)).await;
    let lots: Vec<_> = c.lots(G, 9).await.unwrap().into_iter().map(|lot| (lot.number, lot.stage)).collect();
    assert_eq!(lots, [(2, LotStage::Made), (1, LotStage::Refused)]);
}

/// Each kind of fact of the desk and the books, once at least.
async fn a_day(old: &Bench) -> PatientId {
    let marie = marie(old).await;
    let c = &old.catalogue;
    c.coverage_put(G, coverage(marie)).await.unwrap();
    for n in 1..=3 {
        c.invoice_issue(G, invoice(marie, n, &format!("A{n}"))).await.unwrap();
    }
    c.payment_put(G, paid(9, 260_000_001, 721)).await.unwrap();
    c.lot_put(G, lot(1, &[260_000_001, 260_000_002])).await.unwrap();
    c.lot_sent(G, 1, NOON).await.unwrap();
    c.return_take(G, answer("PAY-1", vec![rejected(260_000_001), fund_paid(260_000_002, 1684)])).await.unwrap();
    c.invoice_issue(G, corrected(marie, 8, "A1", 260_000_001)).await.unwrap();
    c.care_sheet_on_paper(G, 260_000_003, "anne", NOON).await.unwrap();
    let line = InvoiceLine { amount: 3000, fund: 0, code: String::new(), ..invoice(marie, 1, "A1").lines[0].clone() };
    let archive = Invoice {
        kind: InvoiceKind::Archive,
        lines: vec![line],
        total: 3000,
        fund: 0,
        at_the_desk: 3000,
        third_party: false,
        coverage: None,
        due: None,
        ..invoice(marie, 20, "A9")
    };
    let archive = c.invoice_issue(G, archive).await.unwrap();
    c.archive_notice(G, archive.number, "anne", NOON).await.unwrap();
    marie
}

#[tokio::test]
async fn books_made_again_from_the_journal_say_the_same_to_the_cent() {
    let old = bench().await;
    let marie = a_day(&old).await;
    let c = &old.catalogue;
    let new = bench().await;
    for entry in c.journal_after(G, 0, 1000).await.unwrap() {
        new.catalogue.restore_journal(entry).await.unwrap();
    }
    assert_eq!(new.catalogue.invoices_of(G, marie).await.unwrap(), c.invoices_of(G, marie).await.unwrap());
    assert_eq!(new.catalogue.lots(G, 9).await.unwrap(), c.lots(G, 9).await.unwrap());
    assert_eq!(new.catalogue.returns(G, 9).await.unwrap(), c.returns(G, 9).await.unwrap());
    assert_eq!(new.catalogue.lot_next(G).await.unwrap(), 2);
    for stage in SheetStage::ALL {
        let sheets = new.catalogue.care_sheets(G, stage).await.unwrap();
        assert_eq!(sheets, c.care_sheets(G, stage).await.unwrap(), "{stage:?}");
    }
}

const PINNED: &str = include_str!("../../../../formats/record/journal-practice-v1.json");

/// The names of a value's fields, whatever they hold; of a list, those of its first.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::Array(all) => all.first().map_or(Value::Null, shape),
        _ => Value::Null,
    }
}

#[tokio::test]
async fn the_facts_of_the_desk_and_the_books_have_their_pinned_shape_and_are_read_for_ever() {
    let pinned: Vec<Value> = serde_json::from_str(PINNED).unwrap();
    let today = bench().await;
    a_day(&today).await;
    let written = today.catalogue.journal_after(G, 0, 1000).await.unwrap();
    let shapes = |all: &[Value]| all.iter().map(|body| shape(body).to_string()).collect::<BTreeSet<_>>();
    let bodies: Vec<Value> = written.iter().map(|entry| entry.body.clone()).collect();
    assert_eq!(shapes(&bodies), shapes(&pinned), "a new shape is a new version with its own pinned file");
    let old = bench().await;
    for (number, body) in (1..).zip(pinned) {
        old.catalogue.restore_journal(JournalEntry { group: G, number, at: NOON, body }).await.unwrap();
    }
    let paid = old.catalogue.invoice(G, 260_000_002).await.unwrap();
    assert_eq!((paid.received(), paid.owed(), paid.owed_by_patient()), (1684, 721, 721));
    assert_eq!(stage(&old, 260_000_001).await, SheetStage::Replaced);
    assert!(old.catalogue.invoice(G, 260_000_006).await.unwrap().notice_at.is_some());
}
