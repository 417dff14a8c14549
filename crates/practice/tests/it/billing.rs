//! From an appointment to money: invoices, lots, answers, corrections; and what a kill between two steps changes.

use crate::people::{order, registered, rights};
use crate::rig::*;
use practice::PracticeError;
use practice::archive_charge::ends_at;
use practice::invoices::{Invoice, InvoiceForm, InvoiceKind, Subject};
use practice::lots::SheetStage;
use practice::people::CoverageForm;
use record::{Coverage, InvoiceState, PatientId};
use time::Duration;
use time::macros::date;
use uuid::Uuid;

fn form(n: u8) -> InvoiceForm {
    InvoiceForm {
        acts: vec![("zbqk002".into(), "z".into())],
        third_party: true,
        prevention: false,
        form: Uuid::from_bytes([n; 16]),
    }
}

async fn booked(rig: &Rig, patient: PatientId, minute: i64) -> Subject {
    Subject::Appointment(rig.practice.order(&rig.who, patient, &order(minute)).await.unwrap().appointment)
}

async fn covered(rig: &Rig, form: CoverageForm) -> PatientId {
    let patient = registered(rig).await;
    rig.practice.cover(&rig.who, patient, &form).await.unwrap();
    patient
}

async fn owed(rig: &Rig) -> i64 {
    let day = date!(2026 - 11 - 25);
    let figures = rig.practice.figures(&rig.who, day, day).await.unwrap();
    assert_eq!(figures.charged, figures.received + figures.owed, "the books balance");
    figures.owed
}

#[tokio::test]
async fn the_form_proposes_what_was_ordered_and_each_line_says_its_rules() {
    let rig = rig().await;
    let patient = covered(&rig, CoverageForm { complementary: "0123456789".into(), ..rights() }).await;
    let subject = booked(&rig, patient, 0).await;
    let about = rig.practice.billable(&rig.who, subject).await.unwrap();
    assert_eq!((about.act.as_deref(), about.modifiers.as_str()), (Some("ZBQK002"), "Z"));
    let two = InvoiceForm { acts: vec![("NAQK015".into(), "Z".into()), ("ZBQK002".into(), "Z".into())], ..form(1) };
    let invoice = rig.practice.issue(&rig.who, subject, &two, None).await.unwrap();
    assert_eq!((invoice.total, invoice.fund, invoice.complementary, invoice.at_the_desk), (3532, 2473, 1059, 0));
    let rules = ["tariff:1995", "percent:Z:1300", "second", "covered:7000"];
    assert_eq!(invoice.lines[1].rules, rules);
    assert_eq!(invoice.due, Some(date!(2026 - 12 - 04)), "eight working days");
    let again = rig.practice.issue(&rig.who, subject, &two, None).await.unwrap();
    assert_eq!(again.number, invoice.number, "the form sent twice");
    let other = rig.practice.issue(&rig.who, subject, &form(2), None).await;
    assert!(other.is_err_and(|error| error.is_refusal()), "one living invoice for one exam");
}

#[tokio::test]
async fn what_the_rules_refuse_is_said_by_its_rule_and_nothing_gets_a_number() {
    let rig = rig().await;
    let patient = registered(&rig).await;
    let subject = booked(&rig, patient, 0).await;
    let unknown = rig.practice.issue(&rig.who, subject, &form(1), None).await;
    assert!(unknown.is_err_and(|error| error.is_refusal()), "the fund is asked without rights");
    let wrong = InvoiceForm { acts: vec![("QEQK001".into(), "Z".into())], third_party: false, ..form(1) };
    let wrong = rig.practice.issue(&rig.who, subject, &wrong, None).await;
    assert!(matches!(wrong, Err(PracticeError::Billing(_))));
    let paid = InvoiceForm { third_party: false, ..form(1) };
    let invoice = rig.practice.issue(&rig.who, subject, &paid, None).await.unwrap();
    assert_eq!((invoice.number, invoice.at_the_desk, invoice.due), (260_000_001, 2405, None));
    rig.practice.pay(&rig.who, invoice.number, 2405, ("patient", "card"), Uuid::from_bytes([9; 16])).await.unwrap();
    let more = rig.practice.pay(&rig.who, invoice.number, 1, ("patient", "card"), Uuid::from_bytes([8; 16])).await;
    assert!(more.is_err());
    assert_eq!(owed(&rig).await, 0);
}

/// Three sheets, one of them of a fund nobody knows.
async fn three(rig: &Rig) -> Vec<Invoice> {
    let mut all = Vec::new();
    for (n, body) in [(1, "01 351 0001"), (2, "01 999 0001"), (3, "01 351 0001")] {
        let patient = covered(rig, CoverageForm { body: body.into(), ..rights() }).await;
        let subject = booked(rig, patient, i64::from(n) * 20).await;
        all.push(rig.practice.issue(&rig.who, subject, &form(n), None).await.unwrap());
    }
    all
}

async fn stages(rig: &Rig, stage: SheetStage) -> Vec<u64> {
    let sheets = rig.practice.exchange(&rig.who).await.unwrap().sheets;
    let found = sheets.into_iter().find(|(known, _)| *known == stage);
    found.map(|(_, rows)| rows.into_iter().map(|row| row.invoice).collect()).unwrap_or_default()
}

async fn finish(rig: &Rig) {
    // Whatever was left undone is done by the rounds that follow.
    *rig.fund.left.lock().unwrap() = None;
    for _ in 0..3 {
        rig.practice.round().await.unwrap();
        rig.fund.work();
    }
    rig.practice.round().await.unwrap();
}

async fn corrected(rig: &Rig, old: &Invoice) {
    rig.practice.cover(&rig.who, old.patient, &rights()).await.unwrap();
    let subject = Subject::Invoice(old.number);
    let new = rig.practice.issue(&rig.who, subject, &form(77), Some((old.number, "caisse inconnue".into()))).await;
    assert_eq!(new.unwrap().corrects, Some(old.number));
}

#[tokio::test]
async fn killed_between_any_two_steps_nothing_is_lost_and_nothing_is_paid_twice() {
    for killed in 0..12 {
        let rig = rig().await;
        let invoices = three(&rig).await;
        rig.practice.make_lots(&rig.who).await.unwrap();
        *rig.fund.left.lock().unwrap() = Some(killed);
        for _ in 0..3 {
            let _ = rig.practice.round().await;
            rig.fund.work();
        }
        finish(&rig).await;
        let numbers: Vec<u64> = invoices.iter().map(|invoice| invoice.number).collect();
        assert_eq!(stages(&rig, SheetStage::Paid).await, [numbers[0], numbers[2]], "killed after {killed} steps");
        assert_eq!(stages(&rig, SheetStage::Rejected).await, [numbers[1]], "killed after {killed} steps");
        corrected(&rig, &invoices[1]).await;
        rig.practice.make_lots(&rig.who).await.unwrap();
        *rig.fund.left.lock().unwrap() = Some(killed);
        let _ = rig.practice.round().await;
        rig.fund.work();
        finish(&rig).await;
        assert_eq!(stages(&rig, SheetStage::Paid).await.len(), 3);
        // Each patient owes their share at the desk; the fund owes nothing.
        assert_eq!(owed(&rig).await, 3 * (2405 - 1684), "killed after {killed} steps");
    }
}

#[tokio::test]
async fn an_answer_read_again_and_the_same_lot_sent_again_change_nothing() {
    let rig = rig().await;
    three(&rig).await;
    rig.practice.make_lots(&rig.who).await.unwrap();
    rig.practice.round().await.unwrap();
    rig.fund.work();
    let answers = rig.fund.answers.lock().unwrap().clone();
    rig.practice.round().await.unwrap();
    let before = owed(&rig).await;
    for _ in 0..2 {
        rig.fund.answers.lock().unwrap().extend(answers.clone());
        rig.practice.round().await.unwrap();
    }
    assert_eq!(owed(&rig).await, before);
    // A torn answer is not believed, and stays for a person.
    let torn = answers.values().next().unwrap().trim_end().to_owned();
    rig.fund.answers.lock().unwrap().insert("torn".into(), torn);
    assert_eq!(rig.practice.round().await.unwrap().unread, 1);
    assert_eq!(owed(&rig).await, before);
}

#[tokio::test]
async fn a_sheet_that_does_not_fit_its_record_waits_and_is_named_while_the_others_leave() {
    let mut rig = rig().await;
    three(&rig).await;
    let mut config = (*rig.practice.config).clone();
    config.performer = "DUPONT".into();
    let whole = rig.practice.config.clone();
    rig.practice.config = std::sync::Arc::new(config);
    let (made, unwritten) = rig.practice.make_lots(&rig.who).await.unwrap();
    assert_eq!((made.len(), unwritten.len()), (0, 3));
    rig.practice.config = whole;
    let (made, unwritten) = rig.practice.make_lots(&rig.who).await.unwrap();
    assert_eq!((made, unwritten.len()), (vec![1], 0));
    let pdf = practice::paper::duplicate(&rig.practice.on_paper(&rig.who, 260_000_001).await.unwrap()).unwrap();
    assert!(pdf.starts_with(b"%PDF"));
    assert_eq!(stages(&rig, SheetStage::Paper).await, [260_000_001]);
}

/// An archive's invoice, unpaid.
fn archive_invoice(patient: PatientId) -> Invoice {
    let coverage: Option<Coverage> = None;
    Invoice {
        number: 260_000_009,
        invoice: Uuid::from_bytes([9; 16]),
        kind: InvoiceKind::Archive,
        patient,
        patient_name: String::new(),
        born: None,
        exam: None,
        accession: None,
        care_date: date!(2026 - 11 - 25),
        lines: Vec::new(),
        total: 3000,
        fund: 0,
        complementary: 0,
        at_the_desk: 3000,
        third_party: false,
        exemption: '0',
        coverage,
        prescriber: None,
        due: None,
        corrects: None,
        reason: None,
        by: "anne".into(),
        at: NOON,
    }
}

#[test]
fn an_unpaid_archive_ends_thirty_days_after_its_notice_and_a_refunded_one_after_its_credit() {
    let invoice = archive_invoice(PatientId(Uuid::from_bytes([1; 16])));
    let state = |notice_at, credited_by| InvoiceState {
        invoice: invoice.clone(),
        payments: Vec::new(),
        sheet: None,
        credited_by,
        notice_at,
    };
    assert_eq!(ends_at(&state(None, None), None), None, "without a notice nothing runs");
    assert_eq!(ends_at(&state(Some(NOON), None), None), Some(NOON + Duration::days(30)));
    assert_eq!(ends_at(&state(None, Some(260_000_010)), Some(NOON)), Some(NOON + Duration::days(30)));
    let care = Invoice { kind: InvoiceKind::Care, ..invoice.clone() };
    assert_eq!(ends_at(&InvoiceState { invoice: care, ..state(Some(NOON), None) }, None), None);
}
