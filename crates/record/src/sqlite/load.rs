//! Reads everything that bears on a study: the studies that share a number with it, what messages say
//! of them, and what is known of the people they name.

use super::rows::{Columns, Doing, instant};
use crate::RecordError;
use crate::component::{Claim, Component, Fact};
use crate::grouping::Study;
use crate::identity;
use crate::model::{FactBody, GroupId};
use crate::settings::Settings;
use ::exam::identity::{Identifier, MessageKey, PatientFact, PatientSource};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::collections::{BTreeMap, BTreeSet};

/// Beyond this many studies a shared number is a station's mistake (a constant accession number):
/// what else carries it is left out.
const MOST_STUDIES: usize = 32;

/// What ties facts to studies, and whether its rows were already read.
#[derive(Default)]
struct Frontier {
    todo: BTreeSet<(Key, String)>,
    seen: BTreeSet<(Key, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Study,
    Accession,
    Placer,
}

impl Frontier {
    fn add(&mut self, key: Key, value: Option<&str>) {
        let Some(value) = value else { return };
        if key == Key::Study && self.studies() >= MOST_STUDIES {
            return;
        }
        let entry = (key, value.to_owned());
        if !self.seen.contains(&entry) {
            self.todo.insert(entry);
        }
    }

    fn studies(&self) -> usize {
        self.seen.iter().chain(&self.todo).filter(|(key, _)| *key == Key::Study).count()
    }

    fn has(&self, study: &str) -> bool {
        self.seen.contains(&(Key::Study, study.to_owned()))
    }

    fn next(&mut self) -> Option<(Key, String)> {
        let next = self.todo.pop_first()?;
        self.seen.insert(next.clone());
        Some(next)
    }
}

/// Reads the component of this study.
pub(crate) async fn component(
    db: &mut SqliteConnection,
    group: GroupId,
    settings: &Settings,
    seed: &str,
) -> Result<Component, RecordError> {
    let mut frontier = Frontier::default();
    frontier.add(Key::Study, Some(seed));
    let mut claims: BTreeMap<i64, Claim> = BTreeMap::new();
    let mut facts: BTreeMap<i64, Fact> = BTreeMap::new();
    while let Some((key, value)) = frontier.next() {
        for (id, claim) in claims_by(db, group, key, &value).await? {
            frontier.add(Key::Study, Some(&claim.study_uid));
            frontier.add(Key::Accession, claim.accession.as_deref());
            claims.insert(id, claim);
        }
        for fact in facts_by(db, group, key, &value).await? {
            frontier.add(Key::Study, fact.study_uid.as_deref());
            frontier.add(Key::Accession, fact.accession.as_deref());
            frontier.add(Key::Placer, fact.placer.as_deref());
            facts.insert(fact.fact, fact);
        }
    }
    let mut component = Component {
        // A study left out above is left out whole: never judged by half of what its images say.
        claims: claims.into_values().filter(|claim| claim.instances > 0 && frontier.has(&claim.study_uid)).collect(),
        facts: facts.into_values().collect(),
        ..Component::default()
    };
    component.facts.sort_by(|a, b| a.message.cmp(&b.message));
    component.studies = studies(&component, settings);
    let named = named(&component, settings);
    people(db, group, settings, named, &mut component).await?;
    Ok(component)
}

fn studies(component: &Component, settings: &Settings) -> BTreeMap<String, Study> {
    let mut studies: BTreeMap<String, Study> = BTreeMap::new();
    for claim in &component.claims {
        let study = studies.entry(claim.study_uid.clone()).or_default();
        study.accessions.extend(claim.accession.clone());
        study.images.push(claim.body.image(&claim.study_uid, settings));
    }
    for fact in &component.facts {
        if let (Some(uid), Some(accession)) = (&fact.study_uid, &fact.accession)
            && let Some(study) = studies.get_mut(uid)
        {
            study.told.insert(accession.clone());
        }
    }
    studies
}

/// Every number that the component's images and messages name.
fn named(component: &Component, settings: &Settings) -> BTreeSet<Identifier> {
    let images = component.studies.values().flat_map(|study| &study.images).flat_map(|image| &image.patient_ids);
    let mut named: BTreeSet<Identifier> = images.filter_map(|id| id.identifier(&settings.default_issuer)).collect();
    for fact in &component.facts {
        named.extend(identity::identifiers(identity::patient_of(&fact.body).0, settings));
    }
    named
}

/// Follows numbers through messages and merges until nothing new is named.
pub(crate) async fn people(
    db: &mut SqliteConnection,
    group: GroupId,
    settings: &Settings,
    named: BTreeSet<Identifier>,
    component: &mut Component,
) -> Result<(), RecordError> {
    let mut todo = named;
    let mut seen = BTreeSet::new();
    let mut told: BTreeMap<i64, Fact> = BTreeMap::new();
    while let Some(id) = todo.pop_first() {
        if !seen.insert(id.clone()) {
            continue;
        }
        for fact in facts_naming(db, group, &id).await? {
            todo.extend(identity::identifiers(identity::patient_of(&fact.body).0, settings));
            for merge in identity::merges(&fact.message, &fact.body, settings) {
                todo.extend([merge.survivor, merge.merged]);
            }
            told.insert(fact.fact, fact);
        }
    }
    component.told = told.into_values().collect();
    component.told.sort_by(|a, b| a.message.cmp(&b.message));
    for fact in &component.told {
        component.merges.extend(identity::merges(&fact.message, &fact.body, settings));
        component.patients.extend(patient_fact(fact, settings));
    }
    Ok(())
}

fn patient_fact(fact: &Fact, settings: &Settings) -> Option<PatientFact> {
    let (patient, source) = identity::patient_of(&fact.body);
    let cancelled = matches!(&fact.body, FactBody::Order(order) if order.cancelled);
    if cancelled && source == PatientSource::OrderOrReport {
        return None;
    }
    Some(PatientFact {
        message: fact.message.clone(),
        source,
        ids: identity::claimed(&identity::identifiers(patient, settings)),
        traits: identity::traits(&patient.traits),
    })
}

async fn claims_by(
    db: &mut SqliteConnection,
    group: GroupId,
    key: Key,
    value: &str,
) -> Result<Vec<(i64, Claim)>, RecordError> {
    let sql = match key {
        Key::Study => "SELECT * FROM claim WHERE group_id = ?1 AND study_uid = ?2",
        Key::Accession => "SELECT * FROM claim WHERE group_id = ?1 AND accession = ?2 LIMIT 1000",
        Key::Placer => return Ok(Vec::new()),
    };
    let rows = sqlx::query(sql).bind(group.0).bind(value).fetch_all(db).await.doing("reading what images say")?;
    rows.iter().map(|row| Ok((row.col("claim")?, claim(row)?))).collect()
}

fn claim(row: &SqliteRow) -> Result<Claim, RecordError> {
    Ok(Claim {
        study_uid: row.col("study_uid")?,
        accession: row.col("accession")?,
        body: row.value("body")?,
        instances: row.number("instances")?,
        unsealed: row.number("unsealed")?,
        last_arrival: row.col("last_arrival")?,
    })
}

async fn facts_by(db: &mut SqliteConnection, group: GroupId, key: Key, value: &str) -> Result<Vec<Fact>, RecordError> {
    let sql = match key {
        Key::Study => "SELECT * FROM fact WHERE group_id = ?1 AND study_uid = ?2",
        Key::Accession => "SELECT * FROM fact WHERE group_id = ?1 AND accession = ?2",
        Key::Placer => "SELECT * FROM fact WHERE group_id = ?1 AND placer = ?2",
    };
    let rows = sqlx::query(sql).bind(group.0).bind(value).fetch_all(db).await.doing("reading what messages say")?;
    rows.iter().map(fact).collect()
}

async fn facts_naming(db: &mut SqliteConnection, group: GroupId, id: &Identifier) -> Result<Vec<Fact>, RecordError> {
    let rows = sqlx::query(
        "SELECT fact.* FROM fact_patient JOIN fact USING (group_id, fact)
         WHERE fact_patient.group_id = ?1 AND issuer = ?2 AND value = ?3",
    )
    .bind(group.0)
    .bind(&id.issuer)
    .bind(&id.value)
    .fetch_all(db)
    .await
    .doing("reading what messages say of a patient")?;
    rows.iter().map(fact).collect()
}

pub(crate) fn fact(row: &SqliteRow) -> Result<Fact, RecordError> {
    Ok(Fact {
        fact: row.col("fact")?,
        message: MessageKey { time: instant(row.col("said_at")?)?, control_id: row.col("control_id")? },
        accession: row.col("accession")?,
        study_uid: row.col("study_uid")?,
        placer: row.col("placer")?,
        report_id: row.id_or_none("report_id")?,
        body: row.value("body")?,
    })
}
