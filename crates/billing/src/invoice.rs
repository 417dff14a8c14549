//! From acts to an invoice: modifiers, association, co-payment. Each line says which rules made it.
//!
//! Sources: CCAM, general provisions, article III-3 B (association: two acts, 100 % and 50 %); the national convention
//! (modifiers Y and Z); Code de la sécurité sociale (co-payment).

use crate::money::{Cents, Share};
use crate::nomenclature::{Act, ActKey, Family, Grid, Nomenclature, percent};
use std::collections::{BTreeMap, BTreeSet};
use time::{Date, Month};

/// Acts that are paid for one session, supplements apart.
const AT_MOST: usize = 2;
/// A line holds four modifiers at most (record 4M of the care sheet).
const MODIFIERS: usize = 4;
/// Share of the fund in the coordinated pathway, and outside it.
const COORDINATED: Share = Share::percent(70);
const OUTSIDE: Share = Share::percent(30);

/// Why no invoice was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BillingError {
    /// Nothing to bill.
    #[error("no act")]
    Nothing,
    /// Unknown, or not in force on the day of care.
    #[error("act {0} is not in the nomenclature on the day of care")]
    Unknown(String),
    /// The fund pays nothing for it.
    #[error("act {0} is not covered: it is charged outside the nomenclature")]
    NotCovered(String),
    /// Never together.
    #[error("acts {0} and {1} are never billed together")]
    Pair(String, String),
    /// The same act twice.
    #[error("act {0} stands twice")]
    Twice(String),
    /// Not allowed with this act, or not known on the day of care.
    #[error("modifier {modifier} does not go with act {code}")]
    Modifier {
        /// The act.
        code: String,
        /// The modifier.
        modifier: char,
    },
    /// More than four.
    #[error("act {0} has more than four modifiers")]
    Modifiers(String),
    /// A third act.
    #[error("more than two acts in one session")]
    TooMany,
    /// A supplement alone.
    #[error("a supplement needs an act")]
    SupplementAlone,
    /// Exempt as prevention, and the act is none.
    #[error("act {0} is not exempt as prevention")]
    NotPrevention(String),
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Performed {
    /// Which act.
    pub act: ActKey,
    /// Letters, in any order.
    pub modifiers: BTreeSet<char>,
}

/// Why the patient pays no share (record 4, exemption).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exemption {
    /// None.
    None,
    /// Long-lasting illness under a protocol.
    LongIllness,
    /// The insured person is exempt.
    Insured,
    /// Prevention: organised screening.
    Prevention,
    /// A care above the threshold of the nomenclature.
    Threshold,
}

impl Exemption {
    /// The code of the care sheet.
    pub fn code(self) -> char {
        match self {
            Self::None => '0',
            Self::LongIllness => '4',
            Self::Insured => '5',
            Self::Prevention => '7',
            Self::Threshold => 'C',
        }
    }
}

/// A modifier with an amount in euros, as the site's table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The letter.
    pub letter: char,
    /// The first day of care it applies to.
    pub from: Date,
    /// The first day it no longer applies to; open when `None`.
    pub until: Option<Date>,
    /// What it adds.
    pub amount: Cents,
}

/// The circumstances of the care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Care {
    /// The day.
    pub date: Date,
    /// The performer's grid.
    pub grid: Grid,
    /// Within the coordinated pathway.
    pub coordinated: bool,
    /// Of the whole invoice.
    pub exemption: Exemption,
    /// The patient's birth date, for the modifier of small children.
    pub born: Option<Date>,
    /// Complementary cover pays the share of the patient.
    pub complementary: bool,
    /// The fund is asked, the patient pays nothing to it.
    pub third_party: bool,
    /// Modifiers in euros.
    pub fixed: Vec<Fixed>,
}

/// A rule that made a line what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The tariff of the nomenclature on the day of care.
    Tariff(Cents),
    /// A modifier in per cent.
    Percent(char, Share),
    /// A modifier in euros.
    Fixed(char, Cents),
    /// The dearest act before modifiers: whole.
    First,
    /// The second act: half.
    Second,
    /// Supplement, guidance or reformat: whole.
    OnTop,
    /// What the fund pays.
    Covered(Share),
    /// Exempt from co-payment.
    Exempt(Exemption),
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The act.
    pub act: ActKey,
    /// `ADI`, `ADE`, …
    pub grouping: String,
    /// In the order they are printed.
    pub modifiers: String,
    /// Association code, when there is one.
    pub association: Option<u8>,
    /// What is charged.
    pub amount: Cents,
    /// The fund's part.
    pub fund: Cents,
    /// The complementary cover's part.
    pub complementary: Cents,
    /// Why.
    pub rules: Vec<Rule>,
}

impl Line {
    /// What is left to the patient.
    pub fn patient(&self) -> Cents {
        self.amount - self.fund - self.complementary
    }
}

/// An invoice before it has a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Acts first, the dearest first; then what goes on top.
    pub lines: Vec<Line>,
    /// What is charged.
    pub total: Cents,
    /// The fund's part.
    pub fund: Cents,
    /// The complementary cover's part.
    pub complementary: Cents,
    /// What the patient pays at the desk.
    pub at_the_desk: Cents,
}

/// Prices what was done in one session. The order in which acts are given does not matter.
pub fn quote(table: &Nomenclature, performed: &[Performed], care: &Care) -> Result<Quote, BillingError> {
    let known = known(table, performed, care)?;
    let (on_top, mut acts): (Vec<_>, Vec<_>) = known.into_iter().partition(|(_, act)| act.family == Family::Supplement);
    if acts.is_empty() {
        return Err(if on_top.is_empty() { BillingError::Nothing } else { BillingError::SupplementAlone });
    }
    if acts.len() > AT_MOST {
        return Err(BillingError::TooMany);
    }
    // Dearest before modifiers; of the same price the one first in the nomenclature.
    acts.sort_by_key(|(done, act)| (std::cmp::Reverse(price(act, care)), done.act.clone()));
    let associated = acts.len() > 1;
    let mut lines = Vec::new();
    for (place, (done, act)) in acts.iter().enumerate() {
        let (share, rule) = if place == 0 { (Share::WHOLE, Rule::First) } else { (Share::percent(50), Rule::Second) };
        let code = associated.then_some(if place == 0 { 1 } else { 2 });
        lines.push(line(done, act, care, (code, share, associated.then_some(rule)))?);
    }
    for (done, act) in &on_top {
        let code = associated.then_some(1);
        lines.push(line(done, act, care, (code, Share::WHOLE, Some(Rule::OnTop)))?);
    }
    let sum = |of: fn(&Line) -> Cents| lines.iter().map(of).sum::<Cents>();
    let (total, fund, complementary) = (sum(|l| l.amount), sum(|l| l.fund), sum(|l| l.complementary));
    let at_the_desk = if care.third_party { total - fund - complementary } else { total };
    Ok(Quote { lines, total, fund, complementary, at_the_desk })
}

fn price(act: &Act, care: &Care) -> Cents {
    let [contracted, other] = act.price.unwrap_or_default();
    if care.grid == Grid::Contracted { contracted } else { other }
}

fn known<'a>(
    table: &'a Nomenclature,
    performed: &'a [Performed],
    care: &Care,
) -> Result<Vec<(&'a Performed, &'a Act)>, BillingError> {
    let mut known: BTreeMap<&ActKey, (&Performed, &Act)> = BTreeMap::new();
    // In one order, so that the first refusal is always the same.
    let sorted: BTreeSet<&Performed> = performed.iter().collect();
    if let Some(twice) = performed.iter().find(|done| performed.iter().filter(|other| other == done).count() > 1) {
        return Err(BillingError::Twice(twice.act.code.clone()));
    }
    for done in sorted {
        let code = || done.act.code.clone();
        let act = table.act(&done.act, care.date).ok_or_else(|| BillingError::Unknown(code()))?;
        if act.price.is_none() {
            return Err(BillingError::NotCovered(code()));
        }
        if known.insert(&done.act, (done, act)).is_some() {
            return Err(BillingError::Twice(code()));
        }
        if care.exemption == Exemption::Prevention && !act.prevention {
            return Err(BillingError::NotPrevention(code()));
        }
    }
    let codes: BTreeSet<&str> = known.keys().map(|key| key.code.as_str()).collect();
    if let Some((one, other)) = Nomenclature::forbidden(&codes) {
        return Err(BillingError::Pair(one.into(), other.into()));
    }
    Ok(known.into_values().collect())
}

fn line(
    done: &Performed,
    act: &Act,
    care: &Care,
    (association, share, why): (Option<u8>, Share, Option<Rule>),
) -> Result<Line, BillingError> {
    let code = || done.act.code.clone();
    if done.modifiers.len() > MODIFIERS {
        return Err(BillingError::Modifiers(code()));
    }
    let tariff = price(act, care);
    let mut rules = vec![Rule::Tariff(tariff)];
    let (mut shares, mut added, mut letters) = (Share::WHOLE.0, Cents(0), String::new());
    for &modifier in &done.modifiers {
        let refused = || BillingError::Modifier { code: code(), modifier };
        if !act.family.modifiers().contains(modifier) || modifier == 'E' && !small_child(care) {
            return Err(refused());
        }
        if let Some(more) = percent(modifier, care.date) {
            shares = shares.saturating_add(more.0);
            rules.push(Rule::Percent(modifier, more));
        } else {
            let amount = fixed(modifier, care).ok_or_else(refused)?;
            added += amount;
            rules.push(Rule::Fixed(modifier, amount));
        }
        letters.push(modifier);
    }
    rules.extend(why);
    // The association halves the tariff with its per cents, not what is added in euros.
    let amount = tariff.times(&[Share(shares), share]) + added;
    let (covered, rule) = covered(care);
    rules.push(rule);
    let fund = amount.times(&[covered]);
    let complementary = if care.complementary { amount - fund } else { Cents(0) };
    let grouping = act.grouping.clone();
    Ok(Line { act: done.act.clone(), grouping, modifiers: letters, association, amount, fund, complementary, rules })
}

fn fixed(letter: char, care: &Care) -> Option<Cents> {
    let in_force =
        |row: &&Fixed| row.letter == letter && row.from <= care.date && row.until.is_none_or(|until| care.date < until);
    care.fixed.iter().find(in_force).map(|row| row.amount)
}

fn covered(care: &Care) -> (Share, Rule) {
    match care.exemption {
        Exemption::None if care.coordinated => (COORDINATED, Rule::Covered(COORDINATED)),
        Exemption::None => (OUTSIDE, Rule::Covered(OUTSIDE)),
        exempt => (Share::WHOLE, Rule::Exempt(exempt)),
    }
}

/// Before the fifth birthday; a child of 29 February has it on 28 February in other years.
fn small_child(care: &Care) -> bool {
    let Some(born) = care.born else { return false };
    let year = born.year() + 5;
    let birthday = Date::from_calendar_date(year, born.month(), born.day())
        .or_else(|_| Date::from_calendar_date(year, Month::February, 28));
    birthday.is_ok_and(|birthday| care.date < birthday)
}
