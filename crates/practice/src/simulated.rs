//! A simulated fund: it reads a lot as a fund would, adds it up again, and answers. Its rules are few and known, so that a
//! practice can be tried whole. It is no approved anything.

use crate::ports::SheetSigner;
use async_trait::async_trait;
use billing::b2::{Record, RecordKind, read_lot, totals};
use billing::returns::{Return, ReturnBody, Settled};
use exam::ids::Nir;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The fund nobody knows: `999`.
const UNKNOWN_FUND: u64 = 999;

/// Signs with nothing but a digest.
#[derive(Debug, Clone, Copy, Default)]
pub struct SimulatedSigner;

#[async_trait]
impl SheetSigner for SimulatedSigner {
    fn is_simulated(&self) -> bool {
        true
    }

    async fn sign(&self, file: &str) -> Result<String, String> {
        Ok(format!("SIMULATED-{}", hex::encode(Sha256::digest(file.as_bytes()))))
    }
}

/// The answers to a file: an acknowledgement and, when it was taken in, what became of each sheet. `paid` are the invoices
/// paid before; those of this file are added. The same file gives the same answers.
pub fn answers(file: &str, paid: &mut BTreeSet<u64>) -> Vec<Return> {
    let lot = match read_lot(file) {
        Ok(lot) => lot,
        Err(_) => {
            let digest = hex::encode(Sha256::digest(file.as_bytes()));
            let reference = format!("ACK-{}", digest.get(..16).unwrap_or_default());
            // Without a number nobody could tell which lot is meant: 0 is none.
            return vec![Return { reference, body: ReturnBody::Refused { lot: 0, code: "FILE".into() } }];
        }
    };
    let reference = |what: &str| format!("{what}-{}-{}", lot.partner, lot.lot);
    let mut settled = Vec::new();
    for sheet in &lot.sheets {
        let sums = totals(sheet);
        let asked = sums.fees_fund + sums.hospital_fund + sums.complementary_fees + sums.complementary_hospital;
        let asked = if lot.third_party { asked } else { 0 };
        let invoice = sheet.first().map(|head| head.number("invoice")).unwrap_or_default();
        let outcome = match rejection(sheet) {
            Some(code) => Err(code.to_owned()),
            None if !paid.insert(invoice) => Err("PAID-BEFORE".to_owned()),
            None => Ok(asked),
        };
        settled.push(Settled { lot: lot.lot, invoice, asked, outcome });
    }
    vec![
        Return { reference: reference("ACK"), body: ReturnBody::Accepted { lot: lot.lot } },
        Return { reference: reference("PAY"), body: ReturnBody::Settled(settled) },
    ]
}

/// Why a sheet is rejected.
fn rejection(sheet: &[Record]) -> Option<&'static str> {
    let head = sheet.first()?;
    let nir = format!("{}{:02}", head.text("insured-nir"), head.number("insured-key"));
    let acts = || sheet.iter().filter(|record| record.kind == RecordKind::Act);
    let wrong_amount = |act: &Record| {
        let exact = act.number("base") * act.number("rate");
        act.number("fund-amount") != (exact + 50) / 100
    };
    match () {
        () if head.number("fund") == UNKNOWN_FUND => Some("FUND-UNKNOWN"),
        () if Nir::parse(&nir).is_err() => Some("INSURED-UNKNOWN"),
        () if acts().any(|act| ![30, 70, 100].contains(&act.number("rate"))) => Some("RATE"),
        () if acts().any(wrong_amount) => Some("AMOUNT"),
        () => None,
    }
}
