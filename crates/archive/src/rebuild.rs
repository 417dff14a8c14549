//! The record made again from vault and journal alone. Codes and sessions are not in them: sheets are issued again.

use crate::ArchiveError;
use crate::seal::digest;
use record::{Catalogue, ExamId, Generation, GroupId, InstanceHeader, JournalEntry, NamedObject, SealedInstance};
use serde::Deserialize;
use std::collections::BTreeSet;
use time::OffsetDateTime;
use vault::{Kind, Manifest, ObjectKey, Vault, Verified};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Journal entries applied.
    pub entries: u64,
    /// Generations named again.
    pub generations: u64,
    /// Objects of a generation that another object is: what a crash between sealing and its row left.
    pub orphans: Vec<String>,
    /// Objects that could not be read, with the reason.
    pub unreadable: Vec<(String, String)>,
}

/// A line of a journal object.
#[derive(Deserialize)]
pub(crate) struct Line {
    pub(crate) number: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) at: OffsetDateTime,
    pub(crate) body: serde_json::Value,
}

/// What a generation says of itself when it is sealed.
#[derive(Deserialize)]
pub(crate) struct GenerationContent {
    pub(crate) group: GroupId,
    pub(crate) exam: ExamId,
    pub(crate) series_instance_uid: String,
    pub(crate) generation: u32,
    pub(crate) instances: Vec<InstanceContent>,
}

/// One of its instances.
#[derive(Deserialize)]
pub(crate) struct InstanceContent {
    name: String,
    pub(crate) header: InstanceHeader,
    pub(crate) sha256_of_data_set: String,
}

/// Fills an empty record, to which the landing log has told nothing yet: its records come afterwards, and find their
/// exams by the names the journal gave them.
pub async fn run(
    catalogue: &dyn Catalogue,
    vault: &Vault,
    group: GroupId,
    now: OffsetDateTime,
) -> Result<Rebuilt, ArchiveError> {
    let mut rebuilt = Rebuilt::default();
    let (mut journals, mut generations) = (Vec::new(), Vec::new());
    let mut after = None;
    loop {
        let page = vault.keys(after, 500).await?;
        let Some(last) = page.last().copied() else { break };
        after = Some(last);
        for key in page {
            match vault.verify(key).await {
                Err(error) => rebuilt.unreadable.push((key.to_string(), error.to_string())),
                Ok(verified) if verified.manifest.kind == Kind::Journal => journals.push(verified),
                Ok(verified) => generations.push(verified),
            }
        }
    }
    journals.sort_by_key(|journal| journal.manifest.content["first"].as_u64());
    let mut named = BTreeSet::new();
    for journal in &journals {
        for line in lines(vault, &journal.manifest).await? {
            named.extend(line.body["generation"]["object"].as_str().map(str::to_owned));
            let entry = JournalEntry { group, number: line.number, at: line.at, body: line.body };
            catalogue.restore_journal(entry).await?;
            rebuilt.entries += 1;
        }
        name_journal(catalogue, group, journal).await?;
    }
    let mut restored = BTreeSet::new();
    for (generation, headers) in in_order(&generations, &named, now)? {
        if !restored.insert((generation.series_instance_uid.clone(), generation.number)) {
            rebuilt.orphans.push(generation.object);
        } else {
            catalogue.restore_generation(generation, headers).await?;
            rebuilt.generations += 1;
        }
    }
    Ok(rebuilt)
}

/// By series and number. Of two objects for one number, the one that the journal names comes first, else the one with
/// more images: nothing leaves the landing log before the row, so that a later sealing holds all of an earlier one.
fn in_order(
    sealed: &[Verified],
    named: &BTreeSet<String>,
    now: OffsetDateTime,
) -> Result<Vec<(Generation, Vec<InstanceHeader>)>, ArchiveError> {
    let mut all = Vec::new();
    for sealed in sealed {
        all.extend(generation(sealed, now)?);
    }
    all.sort_by_key(|(one, _)| {
        let last = (!named.contains(&one.object), std::cmp::Reverse(one.instances.len()), one.object.clone());
        (one.series_instance_uid.clone(), one.number, last)
    });
    Ok(all)
}

/// What is sealed need not be sealed again.
pub(crate) async fn name_journal(
    catalogue: &dyn Catalogue,
    group: GroupId,
    journal: &Verified,
) -> Result<(), ArchiveError> {
    let Some(last) = journal.manifest.content["last"].as_u64() else { return Ok(()) };
    let object = NamedObject {
        object: journal.manifest.key.to_string(),
        size_bytes: journal.size_bytes,
        sha256: digest(&journal.sha256)?,
        exam: None,
    };
    Ok(catalogue.journal_sealed_up_to(group, last, object).await?)
}

pub(crate) async fn lines(vault: &Vault, manifest: &Manifest) -> Result<Vec<Line>, ArchiveError> {
    let mut lines = Vec::new();
    for entry in &manifest.entries {
        let bytes = vault.read_entry(manifest.key, entry).await?;
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line =
                serde_json::from_slice(line).map_err(|_| ArchiveError::Refused("a journal line cannot be read"))?;
            lines.push(line);
        }
    }
    Ok(lines)
}

pub(crate) fn generation(
    sealed: &Verified,
    now: OffsetDateTime,
) -> Result<Option<(Generation, Vec<InstanceHeader>)>, ArchiveError> {
    let key: ObjectKey = sealed.manifest.key;
    // A report's document has no series: the journal names it.
    let Ok(content) = GenerationContent::deserialize(&sealed.manifest.content) else { return Ok(None) };
    let mut instances = Vec::new();
    let mut headers = Vec::new();
    for instance in content.instances {
        let entry = sealed.manifest.entries.iter().find(|entry| entry.name == instance.name);
        let entry = entry.ok_or(ArchiveError::Refused("a manifest names an instance it does not hold"))?;
        let mut sha256 = [0; 32];
        hex::decode_to_slice(&instance.sha256_of_data_set, &mut sha256)
            .map_err(|_| ArchiveError::Refused("a manifest's digest is none"))?;
        instances.push(SealedInstance {
            sop_instance_uid: instance.header.sop_instance_uid.clone(),
            offset: entry.offset_bytes,
            size_bytes: entry.size_bytes,
            sha256,
        });
        headers.push(instance.header);
    }
    let generation = Generation {
        group: content.group,
        exam: content.exam,
        series_instance_uid: content.series_instance_uid,
        number: content.generation,
        object: key.to_string(),
        size_bytes: sealed.size_bytes,
        sha256: digest(&sealed.sha256)?,
        sealed_at: now,
        instances,
    };
    Ok(Some((generation, headers)))
}
