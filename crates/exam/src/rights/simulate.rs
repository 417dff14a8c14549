//! Who can see this, and why; what changes if this draft is saved.

use super::{Decision, Item, Known, Purpose, Subject, Tie, decide};
use std::collections::BTreeSet;
use time::OffsetDateTime;

/// Somebody and something to ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Who.
    pub subject: Subject,
    /// What.
    pub item: Item,
    /// What ties them to it.
    pub ties: BTreeSet<Tie>,
    /// What for.
    pub purpose: Purpose,
}

/// One case, before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// As it is decided now.
    pub before: Decision,
    /// As it would be decided with the draft.
    pub after: Decision,
}

impl Seen {
    /// Whether what can be seen changes; the reason alone may change too.
    pub fn changes(&self) -> bool {
        self.before.permit != self.after.permit
    }
}

/// The same decision as the live one, asked twice: as things are, and with the draft beside them. A draft that is not
/// yet settled ends no deny, as in life.
pub fn simulate(known: &[Known], draft: Option<&Known>, cases: &[Case], now: OffsetDateTime) -> Vec<Seen> {
    let with: Vec<Known> = known.iter().chain(draft).cloned().collect();
    let judged = |known: &[Known], case: &Case| decide(known, &case.subject, &case.item, &case.ties, case.purpose, now);
    cases.iter().map(|case| Seen { before: judged(known, case), after: judged(&with, case) }).collect()
}

/// Whether something of an exam is hidden from the professional who ordered it: its radiologist is told.
pub fn hidden_from_orderer(known: &[Known], orderer: &Subject, items: &[Item], now: OffsetDateTime) -> bool {
    let ties = BTreeSet::from([Tie::Ordered]);
    items.iter().any(|item| !decide(known, orderer, item, &ties, Purpose::Care, now).permit)
}
