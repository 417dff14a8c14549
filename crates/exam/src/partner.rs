//! Which partner an order comes from: a partner establishment receives what it prescribed (P13).

use crate::ids::{Finess, Rpps};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Who orders for a partner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerRule {
    /// The partner's name, unique.
    pub partner: String,
    /// Its ordering structures (ORC-21): FINESS numbers, or the codes that information systems send instead.
    pub structures: Vec<String>,
    /// Its prescribers by RPPS, for orders that name no structure.
    pub prescribers: Vec<String>,
}

/// The rules as one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerRules {
    /// One per partner.
    pub partners: Vec<PartnerRule>,
    /// Structures that are known and are no partner's: the group's own sites, surgeries in town.
    pub others: Vec<String>,
}

/// What an order says of where it comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The ordering structure, if the order names one.
    pub structure: Option<&'a str>,
    /// The prescriber's RPPS, if it is known.
    pub prescriber: Option<&'a str>,
}

/// Where an exam goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination<'a> {
    /// To this partner.
    Partner(&'a str),
    /// To none.
    Nobody,
    /// No rule names this structure: a person must say.
    Unknown(&'a str),
}

/// Why a table of rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// Two rules have one name, or none.
    #[error("partner {0:?} has no name of its own")]
    Name(String),
    /// Two rules name the same structure or prescriber.
    #[error("{0:?} is named by two rules")]
    Twice(String),
    /// A rule names nobody.
    #[error("partner {0:?} has neither structures nor prescribers")]
    Empty(String),
}

impl PartnerRules {
    /// Refuses rules under which an order could go to two places.
    ///
    /// # Errors
    /// [`RulesError`], with the name in question.
    pub fn check(&self) -> Result<(), RulesError> {
        let (mut names, mut seen) = (BTreeSet::new(), BTreeSet::new());
        for rule in &self.partners {
            if rule.partner.trim().is_empty() || !names.insert(&rule.partner) {
                return Err(RulesError::Name(rule.partner.clone()));
            }
            if rule.structures.is_empty() && rule.prescribers.is_empty() {
                return Err(RulesError::Empty(rule.partner.clone()));
            }
        }
        let structures = self.partners.iter().flat_map(|rule| &rule.structures).chain(&self.others);
        let prescribers = self.partners.iter().flat_map(|rule| &rule.prescribers);
        let keys = structures.map(|text| structure(text)).chain(prescribers.map(|text| prescriber(text)));
        for key in keys {
            if !seen.insert(key.clone()) {
                return Err(RulesError::Twice(key));
            }
        }
        Ok(())
    }

    /// Where an exam goes that was ordered so. The structure decides; the prescriber only where none is named, since the
    /// same person orders for several.
    pub fn destination<'a>(&'a self, origin: Origin<'a>) -> Destination<'a> {
        if let Some(named) = origin.structure.map(str::trim).filter(|text| !text.is_empty()) {
            let wanted = structure(named);
            let is = |text: &String| structure(text) == wanted;
            return match self.partners.iter().find(|rule| rule.structures.iter().any(is)) {
                Some(rule) => Destination::Partner(&rule.partner),
                None if self.others.iter().any(is) => Destination::Nobody,
                // Without any partner nobody waits for anything.
                None if self.partners.is_empty() => Destination::Nobody,
                None => Destination::Unknown(named),
            };
        }
        let wanted = origin.prescriber.map(prescriber);
        let is = |text: &String| Some(prescriber(text)) == wanted;
        match self.partners.iter().find(|rule| rule.prescribers.iter().any(is)) {
            Some(rule) => Destination::Partner(&rule.partner),
            None => Destination::Nobody,
        }
    }
}

/// A structure as it is compared: its FINESS where it is one, however written; else the code, capitals and blanks apart.
fn structure(text: &str) -> String {
    let finess = Finess::from_struct_id_nat(text).or_else(|_| Finess::parse(text));
    finess.map(|finess| finess.billing_form()).unwrap_or_else(|_| text.trim().to_uppercase())
}

/// A prescriber as they are compared.
fn prescriber(text: &str) -> String {
    Rpps::parse(text).map(|rpps| rpps.to_string()).unwrap_or_else(|_| text.trim().to_owned())
}
