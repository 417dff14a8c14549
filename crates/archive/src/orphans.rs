//! Objects of the vault that the record does not name: what a crash between sealing and its row leaves behind.
//!
//! [`adopt`], at start, gives such an object its row when it holds exactly what is still to be sealed. Any other that
//! repeats what is sealed elsewhere is harmless, and `verify` says of what; nothing here removes one.

use crate::rebuild::{GenerationContent, generation};
use crate::seal::digest;
use crate::{Archive, ArchiveError};
use record::{DocumentSealed, ExamId, Location, ReportId, StoredInstance};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use vault::{Kind, Manifest, ObjectKey};

/// An object that repeats what the record knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// Its key.
    pub object: String,
    /// The objects that hold the same, or `landing`: its content is still to be sealed.
    pub same_as: BTreeSet<String>,
}

/// What a report's document says of itself when it is sealed.
#[derive(Deserialize)]
struct DocumentContent {
    exam: ExamId,
    report: ReportId,
    part: u32,
}

/// Every object of the vault.
pub(crate) async fn vault_keys(archive: &Archive) -> Result<Vec<ObjectKey>, ArchiveError> {
    let (mut keys, mut after) = (Vec::new(), None);
    loop {
        let page = archive.vault.keys(after, 1000).await?;
        let Some(last) = page.last().copied() else { return Ok(keys) };
        after = Some(last);
        keys.extend(page);
    }
}

/// The objects that the record does not name. The vault is read first: what is sealed meanwhile is in neither list, or
/// in the second.
async fn unnamed(archive: &Archive) -> Result<Vec<ObjectKey>, ArchiveError> {
    let mut keys: BTreeSet<ObjectKey> = vault_keys(archive).await?.into_iter().collect();
    let mut after: Option<String> = None;
    loop {
        let page = archive.catalogue.objects(archive.config.group, after.as_deref(), 1000).await?;
        let Some(last) = page.last() else { return Ok(keys.into_iter().collect()) };
        after = Some(last.object.clone());
        for object in &page {
            if let Ok(key) = object.object.parse() {
                keys.remove(&key);
            }
        }
    }
}

/// What an unnamed object repeats; `None` when any of it is known nowhere else.
pub(crate) async fn explain(archive: &Archive, key: ObjectKey) -> Result<Option<Orphan>, ArchiveError> {
    let Ok(manifest) = archive.vault.manifest(key).await else { return Ok(None) };
    let same_as = match manifest.kind {
        Kind::Journal => journal(archive, &manifest).await?,
        _ => match GenerationContent::deserialize(&manifest.content) {
            Ok(content) => instances(archive, &content).await?,
            Err(_) => document(archive, &manifest).await?,
        },
    };
    Ok(same_as.map(|same_as| Orphan { object: key.to_string(), same_as }))
}

async fn instances(archive: &Archive, content: &GenerationContent) -> Result<Option<BTreeSet<String>>, ArchiveError> {
    let known = of_exam(archive, content.exam).await?;
    let places = content.instances.iter().map(|instance| {
        let known = known.get(&instance.header.sop_instance_uid)?;
        (hex::encode(known.sha256) == instance.sha256_of_data_set).then(|| match &known.location {
            Location::Sealed { object, .. } => object.clone(),
            Location::Landing(_) => "landing".to_owned(),
        })
    });
    let places: Option<BTreeSet<String>> = places.collect();
    Ok(places.filter(|places| !places.is_empty()))
}

async fn of_exam(archive: &Archive, exam: ExamId) -> Result<BTreeMap<String, StoredInstance>, ArchiveError> {
    let known = archive.catalogue.instances(archive.config.group, exam).await?;
    Ok(known.into_iter().map(|instance| (instance.header.sop_instance_uid.clone(), instance)).collect())
}

async fn document(archive: &Archive, manifest: &Manifest) -> Result<Option<BTreeSet<String>>, ArchiveError> {
    let Ok(content) = DocumentContent::deserialize(&manifest.content) else { return Ok(None) };
    let documents = archive.catalogue.documents(archive.config.group, content.exam).await?;
    let known = documents.into_iter().find(|one| one.report == content.report && one.part == content.part);
    let same = known.filter(|known| holds(manifest, &known.sha256));
    Ok(same.map(|known| BTreeSet::from([known.object.unwrap_or_else(|| "landing".to_owned())])))
}

fn holds(manifest: &Manifest, sha256: &[u8; 32]) -> bool {
    matches!(manifest.entries.as_slice(), [only] if only.sha256 == hex::encode(sha256))
}

/// A journal object repeats the record when each of its lines is the record's entry of that number.
async fn journal(archive: &Archive, manifest: &Manifest) -> Result<Option<BTreeSet<String>>, ArchiveError> {
    let Some(first) = manifest.content["first"].as_u64().filter(|first| *first > 0) else { return Ok(None) };
    let lines = crate::rebuild::lines(&archive.vault, manifest).await?;
    let limit = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    let entries = archive.catalogue.journal_after(archive.config.group, first - 1, limit).await?;
    let same = lines.len() == entries.len()
        && lines.iter().zip(&entries).all(|(line, entry)| (line.number, &line.body) == (entry.number, &entry.body));
    Ok(same.then(|| BTreeSet::from(["journal".to_owned()])))
}

/// Gives their row to the objects that hold exactly what is still to be sealed; returns how many. Called at start,
/// before anything is sealed anew.
pub async fn adopt(archive: &Archive) -> Result<usize, ArchiveError> {
    let mut adopted = 0;
    for key in unnamed(archive).await? {
        let Ok(manifest) = archive.vault.manifest(key).await else { continue };
        adopted += usize::from(match GenerationContent::deserialize(&manifest.content) {
            _ if manifest.kind == Kind::Journal => false,
            Ok(content) => adopt_generation(archive, key, &content).await?,
            Err(_) => adopt_document(archive, key, &manifest).await?,
        });
    }
    Ok(adopted)
}

async fn adopt_generation(
    archive: &Archive,
    key: ObjectKey,
    content: &GenerationContent,
) -> Result<bool, ArchiveError> {
    let group = archive.config.group;
    let next = archive.catalogue.next_generation(group, content.exam, &content.series_instance_uid).await?;
    let waiting = instances(archive, content).await?.is_some_and(|places| places.iter().all(|at| at == "landing"));
    if content.group != group || content.generation != next || !waiting {
        return Ok(false);
    }
    // Read back whole: the crash may have come before that.
    let Ok(verified) = archive.vault.verify(key).await else { return Ok(false) };
    let Some((generation, _)) = generation(&verified, archive.clock.now())? else { return Ok(false) };
    archive.catalogue.record_generation(generation).await?;
    Ok(true)
}

async fn adopt_document(archive: &Archive, key: ObjectKey, manifest: &Manifest) -> Result<bool, ArchiveError> {
    let Ok(content) = DocumentContent::deserialize(&manifest.content) else { return Ok(false) };
    let group = archive.config.group;
    let documents = archive.catalogue.documents(group, content.exam).await?;
    let waiting = documents.into_iter().find(|one| {
        one.report == content.report && one.part == content.part && one.bytes.is_some() && holds(manifest, &one.sha256)
    });
    let (Some(waiting), Ok(verified)) = (waiting, archive.vault.verify(key).await) else { return Ok(false) };
    let sealed = DocumentSealed {
        group,
        report: waiting.report,
        part: waiting.part,
        object: key.to_string(),
        object_size_bytes: verified.size_bytes,
        object_sha256: digest(&verified.sha256)?,
    };
    archive.catalogue.document_sealed(sealed).await?;
    Ok(true)
}
