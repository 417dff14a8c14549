//! What a fund answers, in a profile of our own for the simulated one: an acknowledgement of a file, or a payment with,
//! for each invoice, what was asked, what is paid, or why it is rejected.
//!
//! The meaning is that of the real returns (ARL, RSP of NOEMIE), whose positions were not found in a source we could read.
//! One line each, words between bars, a last line that counts lines and cents: a torn file is never half believed.

use std::fmt::Write as _;

const HEAD: &str = "SIMULATED-RETURN|1";

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// Its reference at the fund: the same one is the same answer.
    pub reference: String,
    /// What it says.
    pub body: ReturnBody,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReturnBody {
    /// The file was taken in. That promises no payment.
    Accepted {
        /// The lot.
        lot: u64,
    },
    /// The file was not taken in: nothing of it was looked at.
    Refused {
        /// The lot.
        lot: u64,
        /// Why, as a code.
        code: String,
    },
    /// What became of invoices.
    Settled(Vec<Settled>),
}

/// What became of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Its lot.
    pub lot: u64,
    /// Its number.
    pub invoice: u64,
    /// What was asked, in cents.
    pub asked: u64,
    /// What is paid, in cents, or the code of the rejection.
    pub outcome: Result<u64, String>,
}

/// Why an answer cannot be read. It is not believed in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReturnError {
    /// Not one of ours.
    #[error("no answer of this profile")]
    Profile,
    /// A line is not what it should be.
    #[error("line {0} cannot be read")]
    Line(usize),
    /// Its end is missing, or counts something else.
    #[error("the answer is torn, or does not add up")]
    Torn,
}

/// Lines between the first and the last, and the cents in them.
fn lines(body: &ReturnBody) -> (Vec<String>, u64) {
    match body {
        ReturnBody::Accepted { lot } => (vec![format!("ACCEPTED|{lot}")], 0),
        ReturnBody::Refused { lot, code } => (vec![format!("REFUSED|{lot}|{code}")], 0),
        ReturnBody::Settled(all) => {
            let line = |one: &Settled| match &one.outcome {
                Ok(paid) => format!("PAID|{}|{}|{}|{paid}", one.lot, one.invoice, one.asked),
                Err(code) => format!("REJECTED|{}|{}|{}|{code}", one.lot, one.invoice, one.asked),
            };
            let paid = |one: &Settled| one.outcome.as_ref().copied().unwrap_or(0);
            (all.iter().map(line).collect(), all.iter().map(paid).fold(0, u64::saturating_add))
        }
    }
}

/// The text of an answer.
pub fn write(answer: &Return) -> String {
    let (lines, cents) = lines(&answer.body);
    let mut text = format!("{HEAD}|{}\n", answer.reference);
    for line in &lines {
        text.push_str(line);
        text.push('\n');
    }
    // Writing into a string cannot fail.
    let _ = writeln!(text, "END|{}|{cents}", lines.len());
    text
}

/// Reads an answer.
///
/// # Errors
/// [`ReturnError`]; nothing of it is then believed.
pub fn read(text: &str) -> Result<Return, ReturnError> {
    let all: Vec<&str> = text.strip_suffix('\n').ok_or(ReturnError::Torn)?.split('\n').collect();
    let [first, inside @ .., last] = all.as_slice() else { return Err(ReturnError::Torn) };
    let reference = first.strip_prefix(HEAD).and_then(|rest| rest.strip_prefix('|')).ok_or(ReturnError::Profile)?;
    if !is_word(reference) {
        return Err(ReturnError::Profile);
    }
    let mut settled = Vec::new();
    let mut alone = None;
    for (place, line) in inside.iter().enumerate() {
        let wrong = ReturnError::Line(place + 2);
        match line.split('|').collect::<Vec<_>>().as_slice() {
            ["ACCEPTED", lot] => alone = Some(ReturnBody::Accepted { lot: number(lot).ok_or(wrong)? }),
            ["REFUSED", lot, code] if is_word(code) => {
                alone = Some(ReturnBody::Refused { lot: number(lot).ok_or(wrong)?, code: (*code).to_owned() });
            }
            [what @ ("PAID" | "REJECTED"), lot, invoice, asked, end] => {
                let outcome = match *what {
                    "PAID" => Ok(number(end).ok_or(wrong)?),
                    _ if is_word(end) => Err((*end).to_owned()),
                    _ => return Err(wrong),
                };
                let [Some(lot), Some(invoice), Some(asked)] = [lot, invoice, asked].map(|text| number(text)) else {
                    return Err(wrong);
                };
                settled.push(Settled { lot, invoice, asked, outcome });
            }
            _ => return Err(wrong),
        }
    }
    let body = match alone {
        Some(alone) if inside.len() == 1 => alone,
        Some(_) => return Err(ReturnError::Torn),
        None => ReturnBody::Settled(settled),
    };
    let (counted, cents) = lines(&body);
    if *last != format!("END|{}|{cents}", counted.len()) {
        return Err(ReturnError::Torn);
    }
    Ok(Return { reference: reference.to_owned(), body })
}

/// Digits without a zero before them, twelve at most.
fn number(text: &str) -> Option<u64> {
    let plain =
        text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
