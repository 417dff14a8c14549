//! Which orders and reports speak of an exam.

use super::facts::{Accession, ClaimedId, ExamIdentityFacts, Identifier, MessageKey, OrderFact, ReportFact, Traits};
use super::people::People;
use super::resolve::{Doubt, Resolution, resolve, vouch};
use std::collections::BTreeSet;

/// An order or a report, seen by what it says of the exam and the patient.
#[derive(Clone, Copy)]
pub(super) struct Saying<'a> {
    pub(super) message: &'a MessageKey,
    pub(super) placer: Option<&'a Accession>,
    pub(super) accession: Option<&'a Accession>,
    pub(super) study_uid: Option<&'a str>,
    pub(super) patient_ids: &'a [ClaimedId],
    pub(super) traits: &'a Traits,
    pub(super) is_order: bool,
}

impl<'a> From<&'a OrderFact> for Saying<'a> {
    fn from(order: &'a OrderFact) -> Self {
        Self {
            message: &order.message,
            placer: order.placer.as_ref(),
            accession: order.accession.as_ref(),
            study_uid: order.study_uid.as_deref(),
            patient_ids: &order.patient_ids,
            traits: &order.traits,
            is_order: true,
        }
    }
}

impl<'a> From<&'a ReportFact> for Saying<'a> {
    fn from(report: &'a ReportFact) -> Self {
        Self {
            message: &report.message,
            placer: report.placer.as_ref(),
            accession: report.accession.as_ref(),
            study_uid: report.study_uid.as_deref(),
            patient_ids: &report.patient_ids,
            traits: &report.traits,
            is_order: false,
        }
    }
}

impl Saying<'_> {
    /// The patients it names: none when no number of it is known, several when it contradicts itself.
    pub(super) fn patients(&self, people: &People, default_issuer: &str) -> BTreeSet<Identifier> {
        let ids = self.patient_ids.iter().filter_map(|id| id.identifier(default_issuer));
        ids.flat_map(|id| people.owners(&id)).collect()
    }
}

/// How firmly a saying is tied to the exam.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tie {
    /// By the study UID.
    Study,
    /// By an accession or placer number, which somebody else may share.
    Number,
}

/// The sayings about this exam, with their tie. A report may also be tied through the placer number of
/// a tied order. One that names another study is not about this exam, whatever numbers it shares.
pub(super) fn tied<'a>(facts: &'a ExamIdentityFacts, default_issuer: &str) -> Vec<(Saying<'a>, Tie)> {
    let own: BTreeSet<Identifier> = own_accessions(facts, default_issuer);
    let tie = |saying: &Saying<'_>, placers: &BTreeSet<Identifier>| match saying.study_uid {
        Some(uid) => facts.study_uids.contains(uid).then_some(Tie::Study),
        None => {
            let number = |n: Option<&Accession>, among: &BTreeSet<Identifier>| {
                n.and_then(|n| n.identifier(default_issuer)).is_some_and(|n| among.contains(&n))
            };
            (number(saying.accession, &own) || number(saying.placer, placers)).then_some(Tie::Number)
        }
    };
    let none = BTreeSet::new();
    let orders: Vec<_> = facts.orders.iter().map(Saying::from).filter_map(|s| Some((s, tie(&s, &none)?))).collect();
    let placers = orders.iter().filter_map(|(order, _)| order.placer?.identifier(default_issuer)).collect();
    let reports = facts.reports.iter().map(Saying::from).filter_map(|s| Some((s, tie(&s, &placers)?)));
    let reports: Vec<_> = reports.collect();
    orders.into_iter().chain(reports).collect()
}

pub(super) fn own_accessions(facts: &ExamIdentityFacts, default_issuer: &str) -> BTreeSet<Identifier> {
    let own = facts.images.iter().filter(|claim| facts.study_uids.contains(&claim.study_uid));
    own.filter_map(|claim| claim.accession.as_ref()?.identifier(default_issuer)).collect()
}

/// Whether a report goes with an exam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attachment {
    /// It does.
    Attached,
    /// It does not: another study, or another patient who shares the number.
    NotThisExam,
    /// It seems to, but the exam's identity is in doubt: it waits with the exam.
    Waiting(BTreeSet<Doubt>),
}

/// Whether `report` (one of `facts.reports`) goes with the exam of `facts`.
pub fn attachment(report: &ReportFact, facts: &ExamIdentityFacts, default_issuer: &str) -> Attachment {
    let saying = Saying::from(report);
    let mut with_it = facts.clone();
    with_it.reports.push(report.clone());
    let tie =
        tied(&with_it, default_issuer).iter().find(|(s, _)| !s.is_order && s.message == saying.message).map(|t| t.1);
    let Some(tie) = tie else { return Attachment::NotThisExam };
    let people = People::of(&with_it, default_issuer);
    match resolve(&with_it, default_issuer) {
        Resolution::Certain { patient, .. } => {
            let named = saying.patients(&people, default_issuer);
            let known = people.get(&patient).cloned().unwrap_or_default();
            let nobody = named.is_empty() && (tie == Tie::Study || vouch(saying.traits, &known.traits));
            let agrees = nobody || named.contains(&patient);
            if agrees { Attachment::Attached } else { Attachment::NotThisExam }
        }
        Resolution::Waiting { reasons } => Attachment::Waiting(reasons),
    }
}
