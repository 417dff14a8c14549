//! What an exam is, from everything known of it: pure, so that arrival order never matters.

use crate::component::{Claim, Component, Fact};
use crate::identity;
use crate::model::{
    Accession, BirthDate, FactBody, InstanceHeader, OrderFact, PatientTraits, Professional, ReportFact,
};
use crate::reports::{self, Version};
use crate::settings::Settings;
use ::exam::identity::{self as rule, Attachment, ExamIdentityFacts, Identifier, Resolution};
use ::exam::{ClassFacts, ExamClass, classify};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use time::Date;

/// A series' row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SeriesBody {
    pub modality: String,
    pub description: String,
    pub number: Option<i32>,
    pub date: Option<Date>,
}

impl From<&InstanceHeader> for SeriesBody {
    fn from(header: &InstanceHeader) -> Self {
        Self {
            modality: header.modality.clone().unwrap_or_default(),
            description: header.series_description.clone().unwrap_or_default(),
            number: header.series_number,
            date: header.series_date,
        }
    }
}

/// What follows for one exam.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExamBody {
    pub accession: Option<Accession>,
    pub studies: BTreeSet<String>,
    /// Why the identity waits; empty when it is certain.
    pub reasons: BTreeSet<String>,
    /// As the images say it, until the patient is certain.
    pub name: String,
    pub birth: Option<BirthDate>,
    pub sex: Option<String>,
    pub class: String,
    pub class_reason: String,
    pub title: String,
    pub date: Option<Date>,
    pub phantom: bool,
    /// The journal's number of the order.
    pub order: Option<i64>,
    pub prescriber: Option<Professional>,
    pub site: String,
    pub reported: bool,
    /// The patient's traits, once certain.
    pub patient: Option<PatientTraits>,
    /// The patient's numbers, once certain: the exam is found by them.
    pub numbers: BTreeSet<String>,
}

/// One exam of a component, and how the identity rule sees it.
pub(crate) struct Unit {
    pub studies: BTreeSet<String>,
    pub facts: ExamIdentityFacts,
    pub resolution: Resolution,
}

/// A report with all its versions.
pub(crate) struct Report<'a> {
    pub speaks: &'a Fact,
    pub taken_back: bool,
    pub versions: Vec<&'a Fact>,
}

impl Component {
    /// The orders in force: the last message of each order, unless it cancels it.
    pub(crate) fn orders(&self) -> Vec<(&Fact, &OrderFact)> {
        let mut last: BTreeMap<[Option<&str>; 3], (&Fact, &OrderFact)> = BTreeMap::new();
        for fact in &self.facts {
            if let FactBody::Order(order) = &fact.body {
                let placer = fact.placer.as_deref();
                let accession = fact.accession.as_deref().filter(|_| placer.is_none());
                let study = fact.study_uid.as_deref().filter(|_| placer.is_none() && accession.is_none());
                last.insert([placer, accession, study], (fact, order));
            }
        }
        let mut orders: Vec<_> = last.into_values().filter(|(_, order)| !order.cancelled).collect();
        orders.sort_by(|a, b| a.0.message.cmp(&b.0.message));
        orders
    }

    /// The reports, each with its versions in the order in which they were said.
    pub(crate) fn reports(&self) -> Vec<Report<'_>> {
        let facts: Vec<&Fact> = self.facts.iter().filter(|fact| matches!(fact.body, FactBody::Report(_))).collect();
        let versions: Vec<Version<'_>> = facts.iter().filter_map(|fact| version(fact)).collect();
        let report = |speaker: reports::Speaker| {
            Some(Report {
                speaks: facts.get(speaker.index)?,
                taken_back: speaker.taken_back,
                versions: speaker.versions.iter().filter_map(|&index| facts.get(index).copied()).collect(),
            })
        };
        reports::speakers(&versions).into_iter().filter_map(report).collect()
    }

    /// How the identity rule sees the exam of these studies.
    pub(crate) fn unit(&self, studies: &BTreeSet<String>, decisions: Vec<rule::Decision>, settings: &Settings) -> Unit {
        let own: BTreeSet<&String> =
            studies.iter().filter_map(|uid| self.studies.get(uid)).flat_map(|s| &s.accessions).collect();
        let bears = |(uid, study): &(&String, &crate::grouping::Study)| {
            studies.contains(*uid) || study.accessions.iter().any(|accession| own.contains(accession))
        };
        let facts = ExamIdentityFacts {
            study_uids: studies.clone(),
            images: self.studies.iter().filter(bears).flat_map(|(_, study)| study.images.clone()).collect(),
            orders: self.orders().into_iter().map(|(fact, _)| order_saying(fact, settings)).collect(),
            reports: self.reports().iter().filter(|r| !r.taken_back).map(|r| saying(r.speaks, settings)).collect(),
            patients: self.patients.clone(),
            merges: self.merges.clone(),
            decisions,
        };
        let resolution = rule::resolve(&facts, &settings.default_issuer);
        Unit { studies: studies.clone(), facts, resolution }
    }

    pub(crate) fn claims_of<'a>(&'a self, studies: &'a BTreeSet<String>) -> impl Iterator<Item = &'a Claim> {
        self.claims.iter().filter(|claim| studies.contains(&claim.study_uid))
    }
}

pub(crate) fn version(fact: &Fact) -> Option<Version<'_>> {
    let FactBody::Report(report) = &fact.body else { return None };
    let own = report.patient.identifiers.iter().find(|id| identity::is_local(id));
    Some(Version { number: report.number.as_deref(), patient: own.map(|id| id.value.as_str()), status: report.status })
}

/// What an order or a report says of exam and patient.
pub(crate) fn saying(fact: &Fact, settings: &Settings) -> rule::ReportFact {
    let (patient, _) = identity::patient_of(&fact.body);
    let ids = identity::identifiers(patient, settings);
    rule::ReportFact {
        message: fact.message.clone(),
        placer: fact.placer.as_deref().and_then(identity::accession),
        accession: fact.accession.as_deref().and_then(identity::accession),
        study_uid: fact.study_uid.clone(),
        patient_ids: identity::claimed(&ids),
        traits: identity::traits(&patient.traits),
    }
}

fn order_saying(fact: &Fact, settings: &Settings) -> rule::OrderFact {
    let said = saying(fact, settings);
    rule::OrderFact {
        message: said.message,
        placer: said.placer,
        accession: said.accession,
        study_uid: said.study_uid,
        patient_ids: said.patient_ids,
        traits: said.traits,
    }
}

impl Unit {
    /// Whether an order or a report goes with this exam.
    pub(crate) fn attachment(&self, fact: &Fact, settings: &Settings) -> Attachment {
        rule::attachment(&saying(fact, settings), &self.facts, &settings.default_issuer)
    }

    pub(crate) fn patient(&self) -> Option<&Identifier> {
        match &self.resolution {
            Resolution::Certain { patient, .. } => Some(patient),
            Resolution::Waiting { .. } => None,
        }
    }

    /// Everything the exam's row says. `reports` are those given to it, in the order they were said.
    pub(crate) fn body(
        &self,
        component: &Component,
        series: &[SeriesBody],
        reports: &[Fact],
        declared: Option<ExamClass>,
        settings: &Settings,
    ) -> ExamBody {
        let attached = |(fact, _): &(&Fact, &OrderFact)| self.attachment(fact, settings) != Attachment::NotThisExam;
        let orders: Vec<(&Fact, &OrderFact)> = component.orders().into_iter().filter(attached).collect();
        let order = orders.last().map(|(_, order)| *order);
        let report = in_force(reports);
        let claims: Vec<&Claim> = component.claims_of(&self.studies).collect();
        let marked = claims.iter().any(|claim| claim.body.phantom);
        let phantom = declared.map_or(marked, |class| class == ExamClass::Phantom);
        let modalities: BTreeSet<String> =
            series.iter().map(|s| s.modality.clone()).filter(|m| !m.is_empty()).collect();
        let (class, reason) = classify(&class_facts(&orders, report, phantom, modalities.clone(), declared));
        let claimed =
            claims.iter().map(|claim| &claim.body.claim).min_by_key(|claim| (claim.name.is_none(), &claim.name));
        let ordered_by = order.and_then(|order| order.prescriber.clone());
        let reported_by = || report.and_then(|report| report.prescriber.clone());
        ExamBody {
            accession: accession(&claims, order, settings),
            studies: self.studies.clone(),
            reasons: self.reasons(),
            name: claimed.and_then(|claim| claim.name.clone()).unwrap_or_default(),
            birth: claimed.and_then(|claim| claim.birth_date),
            sex: claimed.and_then(|claim| claim.sex.clone()),
            class: class.key().to_owned(),
            class_reason: key_of(&reason),
            title: title(&claims, order, &modalities),
            date: date(&claims, series, order),
            phantom,
            order: orders.last().map(|(fact, _)| fact.fact),
            prescriber: ordered_by.or_else(reported_by).or_else(|| referring(&claims)),
            site: order.and_then(|order| order.site.clone()).unwrap_or_else(|| settings.default_site.clone()),
            reported: report.is_some(),
            patient: None,
            numbers: BTreeSet::new(),
        }
    }

    fn reasons(&self) -> BTreeSet<String> {
        match &self.resolution {
            Resolution::Certain { .. } => BTreeSet::new(),
            Resolution::Waiting { reasons } => reasons.iter().map(|doubt| doubt.key().to_owned()).collect(),
        }
    }
}

fn in_force(reports: &[Fact]) -> Option<&ReportFact> {
    let versions: Vec<_> = reports.iter().filter_map(version).collect();
    match &reports.get(reports::in_force(&versions)?)?.body {
        FactBody::Report(report) => Some(report),
        _ => None,
    }
}

fn class_facts(
    orders: &[(&Fact, &OrderFact)],
    report: Option<&ReportFact>,
    phantom: bool,
    modalities: BTreeSet<String>,
    declared: Option<ExamClass>,
) -> ClassFacts {
    // An order that does not say is not an order that says no.
    let said = |flag: fn(&OrderFact) -> bool| orders.iter().any(|(_, order)| flag(order)).then_some(true);
    ClassFacts {
        declared,
        phantom,
        screening: said(|order| order.screening).or(report.filter(|report| report.screening).map(|_| true)),
        cancer_followup: said(|order| order.breast_follow_up),
        acts: orders.iter().filter_map(|(_, order)| order.act_code.clone()).collect(),
        site_acts: BTreeMap::new(),
        modalities,
    }
}

fn accession(claims: &[&Claim], order: Option<&OrderFact>, settings: &Settings) -> Option<Accession> {
    let of_images = claims.iter().filter_map(|claim| claim.accession.as_deref()).min();
    let told = order.and_then(|order| order.accession.as_ref());
    let told = told.and_then(|told| settings.number_key(Some(&told.number), told.issuer.as_deref()));
    let key = of_images.map(str::to_owned).or(told)?;
    let (issuer, number) = key.split_once('\u{1f}')?;
    let issuer = Some(issuer.to_owned()).filter(|issuer| *issuer != settings.default_issuer);
    Some(Accession { number: number.to_owned(), issuer })
}

fn title(claims: &[&Claim], order: Option<&OrderFact>, modalities: &BTreeSet<String>) -> String {
    let ordered = order.and_then(|order| order.act_label.clone()).filter(|label| !label.is_empty());
    let described = || claims.iter().filter_map(|claim| claim.body.study_description.clone()).min();
    let listed = || modalities.iter().cloned().collect::<Vec<_>>().join(" ");
    ordered.or_else(described).unwrap_or_else(listed)
}

fn date(claims: &[&Claim], series: &[SeriesBody], order: Option<&OrderFact>) -> Option<Date> {
    let study = claims.iter().filter_map(|claim| claim.body.study_date).min();
    let series = || series.iter().filter_map(|series| series.date).min();
    study.or_else(series).or_else(|| order.and_then(|order| order.scheduled_at).map(time::OffsetDateTime::date))
}

fn referring(claims: &[&Claim]) -> Option<Professional> {
    let name = claims.iter().filter_map(|claim| claim.body.referring_physician.as_deref()).min()?;
    let (family, first) = identity::name_parts(name);
    Some(Professional { family_name: family?, first_name: first.unwrap_or_default(), ..Professional::default() })
}

/// The stable key of a value that serialises to one word.
fn key_of<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
