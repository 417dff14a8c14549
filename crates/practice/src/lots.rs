//! Care sheets: in lots, signed, sent, answered. Each step is safe to be taken twice, and a step that was not noted is
//! taken again.

use crate::{CARE, Practice, PracticeError};
use archive::desk::{Role, Who};
use billing::Cents;
use billing::b2::{B2Error, CareSheet, LotFile, SheetLine, records, write_lot};
use billing::returns::{self, ReturnBody};
pub use record::{CareSheetRow, Lot, LotStage, SheetStage};
use record::{FundReturn, FundSays, Invoice, InvoiceState, ReturnEffect};
use sha2::{Digest, Sha256};
use time::Date;
use trace::Kind;

/// Care sheets in one lot, at most.
const SHEETS: usize = 200;

/// Why a care sheet is in no lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritten {
    /// Its invoice.
    pub invoice: u64,
    /// What does not fit its record.
    pub why: B2Error,
}

/// Care sheets, lots and answers as they stand.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Whether what signs and carries is simulated; none at all when there is no fund.
    pub simulated: Option<bool>,
    /// By stage, in the order of life.
    pub sheets: Vec<(SheetStage, Vec<CareSheetRow>)>,
    /// The latest lots.
    pub lots: Vec<Lot>,
    /// The latest answers.
    pub returns: Vec<FundReturn>,
    /// Today.
    pub today: Date,
}

/// What one round with the fund did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Lots that left.
    pub sent: u32,
    /// Answers that are in the books now.
    pub taken: u32,
    /// Answers that could not be read: they stay where they are.
    pub unread: u32,
}

impl Practice {
    /// The page of lots.
    pub async fn exchange(&self, who: &Who) -> Result<Exchange, PracticeError> {
        self.allow(who, &[Role::Desk, Role::Radiologist, Role::Administrator])?;
        let group = self.group();
        let mut sheets = Vec::new();
        for stage in SheetStage::ALL {
            sheets.push((stage, self.catalogue.care_sheets(group, stage).await?));
        }
        let (lots, returns) = (self.catalogue.lots(group, 50).await?, self.catalogue.returns(group, 50).await?);
        self.leaf(who, Kind::Query, None, &[("what", "care-sheets".to_owned())]).await?;
        let simulated = self.fund.as_ref().map(|fund| fund.signer.is_simulated());
        Ok(Exchange { simulated, sheets, lots, returns, today: self.today() })
    }

    /// Makes lots of the sheets that wait: those whose patient paid and the others apart. Tells which could not be written.
    pub async fn make_lots(&self, who: &Who) -> Result<(Vec<u64>, Vec<Unwritten>), PracticeError> {
        self.allow(who, CARE)?;
        let Some(fund) = &self.fund else { return Err(PracticeError::Refused("no fund is reached from here")) };
        let waiting = self.catalogue.care_sheets(self.group(), SheetStage::Waiting).await?;
        self.leaf(who, Kind::Change, None, &[("what", "lots".to_owned())]).await?;
        let (mut made, mut unwritten) = (Vec::new(), Vec::new());
        let mut kinds: [Vec<InvoiceState>; 2] = [Vec::new(), Vec::new()];
        for row in waiting {
            let state = self.catalogue.invoice(self.group(), row.invoice).await?;
            let [third_party, paid] = &mut kinds;
            if state.invoice.third_party { third_party.push(state) } else { paid.push(state) }
        }
        for (states, third_party) in kinds.iter().zip([true, false]) {
            for states in states.chunks(SHEETS) {
                let number = self.catalogue.lot_next(self.group()).await?;
                let (file, invoices) = self.file(number, states, third_party, &mut unwritten)?;
                if invoices.is_empty() {
                    continue;
                }
                let signature = fund.signer.sign(&file).await.map_err(|error| {
                    tracing::error!(%error, "a lot was not signed");
                    PracticeError::Refused("the lot was not signed")
                })?;
                let (by, at) = (who.login.clone(), self.clock.now());
                let stage = LotStage::Made;
                let lot = Lot { number, invoices, file, signature, stage, by, at, sent_at: None, code: None };
                self.catalogue.lot_put(self.group(), lot).await?;
                made.push(number);
            }
        }
        Ok((made, unwritten))
    }

    fn file(
        &self,
        lot: u64,
        states: &[InvoiceState],
        third_party: bool,
        unwritten: &mut Vec<Unwritten>,
    ) -> Result<(String, Vec<u64>), PracticeError> {
        let (mut sheets, mut invoices) = (Vec::new(), Vec::new());
        for state in states {
            let (invoice, rank) = (&state.invoice, u64::try_from(sheets.len()).unwrap_or(u64::MAX).saturating_add(1));
            match self.care_sheet(invoice, rank).and_then(|sheet| records(&sheet)) {
                Ok(written) => {
                    sheets.push(written);
                    invoices.push(invoice.number);
                }
                Err(why) => unwritten.push(Unwritten { invoice: invoice.number, why }),
            }
        }
        let partner = self.config.biller.clone();
        let file = write_lot(&LotFile { partner, lot, made_on: self.today(), third_party, sheets });
        let file = file.map_err(|_| PracticeError::Refused("the biller's number is not one"))?;
        Ok((file, invoices))
    }
}

impl Practice {
    /// What stands on the care sheet of an invoice.
    fn care_sheet(&self, invoice: &Invoice, rank: u64) -> Result<CareSheet, B2Error> {
        let rights = invoice.coverage.as_ref().ok_or(B2Error::Value("insured-nir"))?;
        let born = invoice.born.ok_or(B2Error::Value("birth-date"))?;
        let year = u64::try_from(born.year.rem_euclid(100)).unwrap_or(0);
        let rate = |line: &record::InvoiceLine| match (invoice.exemption, rights.coordinated, line.amount) {
            ('0', true, _) => 70,
            ('0', false, _) => 30,
            _ => 100,
        };
        let line = |line: &record::InvoiceLine| SheetLine {
            date: invoice.care_date,
            ccam: line.code.clone(),
            activity: line.activity[0].into(),
            phase: line.activity[1].into(),
            grouping: line.grouping.clone(),
            modifiers: line.modifiers.clone(),
            association: line.association,
            amount: Cents(line.amount),
            rate: rate(line),
            fund: Cents(line.fund),
            complementary: Cents(line.complementary),
        };
        Ok(CareSheet {
            partner: self.config.biller.clone(),
            insured: rights.insured_nir.clone(),
            rank,
            invoice: invoice.number,
            body: [rights.regime.clone(), rights.fund.clone(), rights.centre.clone()],
            nature: if invoice.exemption == '7' { 90 } else { 10 },
            exemption: invoice.exemption,
            born: [year, born.month.unwrap_or(0).into(), born.day.unwrap_or(0).into()],
            birth_rank: rights.birth_rank.into(),
            care_path: if rights.coordinated { 'T' } else { 'H' },
            complementary: rights.complementary.clone().filter(|_| invoice.complementary > 0),
            prescriber: invoice.prescriber.as_ref().and_then(|doctor| doctor.rpps.clone()),
            performer: self.config.performer.clone(),
            lines: invoice.lines.iter().map(line).collect(),
        })
    }

    /// One round with the fund: what is signed leaves, what was answered goes into the books. Killed anywhere, the next
    /// round does what was not noted again: the fund knows a file it has seen, and the books an answer.
    pub async fn round(&self) -> Result<Round, PracticeError> {
        let Some(fund) = &self.fund else { return Ok(Round::default()) };
        let failed = |error: String| {
            tracing::warn!(%error, "the fund is not reached");
            PracticeError::Refused("the fund is not reached")
        };
        let mut round = Round::default();
        let mut lots = self.catalogue.lots(self.group(), 50).await?;
        lots.retain(|lot| lot.stage == LotStage::Made);
        lots.reverse();
        for lot in lots {
            fund.transport.send(&name_of(lot.number), &lot.file).await.map_err(failed)?;
            self.catalogue.lot_sent(self.group(), lot.number, self.clock.now()).await?;
            round.sent += 1;
        }
        for arrived in fund.transport.arrived().await.map_err(failed)? {
            match returns::read(&arrived.text) {
                Ok(answer) => {
                    self.take(answer, &arrived.text).await?;
                    fund.transport.taken(&arrived.name).await.map_err(failed)?;
                    round.taken += 1;
                }
                Err(error) => {
                    tracing::error!(%error, "an answer of the fund cannot be read: it stays where it is");
                    round.unread += 1;
                }
            }
        }
        Ok(round)
    }

    async fn take(&self, answer: returns::Return, text: &str) -> Result<(), PracticeError> {
        let amount = |cents: u64| i64::try_from(cents).unwrap_or(i64::MAX);
        let says = match answer.body {
            ReturnBody::Accepted { lot } => vec![FundSays::Accepted { lot }],
            ReturnBody::Refused { lot, code } => vec![FundSays::Refused { lot, code }],
            ReturnBody::Settled(all) => {
                let one = |one: returns::Settled| match one.outcome {
                    Ok(paid) => FundSays::Paid { lot: one.lot, invoice: one.invoice, amount: amount(paid) },
                    Err(code) => FundSays::Rejected { lot: one.lot, invoice: one.invoice, code },
                };
                all.into_iter().map(one).collect()
            }
        };
        let sha256 = hex::encode(Sha256::digest(text.as_bytes()));
        let (reference, at) = (answer.reference, self.clock.now());
        let answer = FundReturn { reference, sha256, says, unmatched: Vec::new(), at };
        match self.catalogue.return_take(self.group(), answer).await? {
            ReturnEffect::Already => {}
            ReturnEffect::Applied(answer) if answer.unmatched.is_empty() => {}
            ReturnEffect::Applied(answer) => {
                tracing::error!(lines = answer.unmatched.len(), "lines of an answer fit nothing: a person must look");
            }
        }
        Ok(())
    }

    /// A sheet whose transmission failed goes on paper: it is sent electronically no more.
    pub async fn on_paper(&self, who: &Who, invoice: u64) -> Result<InvoiceState, PracticeError> {
        self.allow(who, CARE)?;
        let state = self.catalogue.invoice(self.group(), invoice).await?;
        let words = [("what", "care-sheet-on-paper".to_owned()), ("invoice", invoice.to_string())];
        self.leaf(who, Kind::Print, Some(state.invoice.patient), &words).await?;
        self.catalogue.care_sheet_on_paper(self.group(), invoice, &who.login, self.clock.now()).await?;
        Ok(self.catalogue.invoice(self.group(), invoice).await?)
    }
}

/// The name of a lot's file: no identity.
fn name_of(lot: u64) -> String {
    format!("LOT{lot:06}.B2")
}
