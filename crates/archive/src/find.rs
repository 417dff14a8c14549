//! Queries and what they retrieve, for the doors of the radiologists and their systems: C-FIND, C-MOVE, C-GET, DICOMweb.
//!
//! A door makes a [`dicom::matching::Query`], asks [`find`] page by page, and takes from each answer what was asked
//! ([`Query::answer`] for C-FIND; all of [`record::Found::attributes`] holds the defaults of QIDO-RS). What the archive does
//! not know of itself there, the door adds: Retrieve AE Title, Instance Availability (`ONLINE`: what is found is here),
//! Retrieve URL. For bytes: [`select`], then [`leaves`], then
//! [`Reading::file`] instance by instance.

use crate::reader::Manifests;
use crate::{Archive, ArchiveError};
use bytes::Bytes;
use dicom::attributes::Level;
use dicom::matching::Query;
use record::{ExamId, FindPage, FoundInstance, FoundPage, StoredInstance};
use std::collections::{BTreeMap, BTreeSet};
use trace::{Actor, Event, Kind, LeafIndex, Outcome, commitment};

/// Answers of one page, whatever is asked: the leaf of a page names no more.
pub const MOST_ANSWERS: u32 = 1000;
/// Instances selected at once.
pub const MOST_INSTANCES: u32 = 1000;

/// Who asks, and by which door.
#[derive(Debug, Clone)]
pub struct Asker {
    /// As the trace names them. A name claimed in a user identity or an AE title is a claim: it stands in the trace and
    /// gives no right.
    pub actor: Actor,
    /// `c-find`, `qido-rs`, …
    pub door: &'static str,
}

/// A page of answers. The trace has its leaf, with a commitment to the exams shown, before they are returned; a query of
/// one page is one leaf. A page without answers that is not the first has none.
///
/// # Errors
/// [`ArchiveError`] when record or trace fail: then nothing is shown.
pub async fn find(archive: &Archive, asker: &Asker, query: &Query, page: FindPage) -> Result<FoundPage, ArchiveError> {
    let page = FindPage { limit: page.limit.clamp(1, MOST_ANSWERS), ..page };
    let found = archive.catalogue.find(archive.config.group, query, page).await?;
    if found.found.is_empty() && page.after > 0 {
        return Ok(found);
    }
    let shown: Vec<uuid::Uuid> = found.found.iter().flat_map(|one| &one.exams).map(|exam| exam.0).collect();
    let detail = [
        ("what", asker.door.to_owned()),
        ("level", query.level.code().to_lowercase()),
        ("answers", found.found.len().to_string()),
        ("exams", commitment(&shown)),
    ];
    record(archive, asker, Kind::Query, None, &detail).await?;
    Ok(found)
}

/// Instances that a retrieve asks for, page by page after entry `after`: `query` is at instance level and names what is
/// wanted by its UIDs. Nothing is traced yet: see [`leaves`].
///
/// # Errors
/// [`ArchiveError`] when the record fails.
pub async fn select(archive: &Archive, query: &Query, after: u64) -> Result<Vec<FoundInstance>, ArchiveError> {
    debug_assert_eq!(query.level, Level::Instance);
    Ok(archive.catalogue.found_instances(archive.config.group, query, after, MOST_INSTANCES).await?)
}

/// Everything that is selected, as [`select`] gives it: what a retrieve counts before it sends. At most a million.
///
/// # Errors
/// [`ArchiveError`] when the record fails, or when there is more.
pub async fn select_all(archive: &Archive, query: &Query) -> Result<Vec<FoundInstance>, ArchiveError> {
    let mut all: Vec<FoundInstance> = Vec::new();
    loop {
        let page = select(archive, query, all.last().map_or(0, |last| last.entry)).await?;
        let last = page.len() < MOST_INSTANCES as usize;
        all.extend(page);
        if last {
            return Ok(all);
        }
        if all.len() > 1_000_000 {
            return Err(ArchiveError::Refused("more instances than can be sent at once"));
        }
    }
}

/// The leaves of a retrieve, one for each exam, before its first byte: `kind` is [`Kind::Send`] to another system,
/// [`Kind::Download`] or [`Kind::ViewImages`] to whoever asks. `to` names the destination.
///
/// # Errors
/// [`ArchiveError`] when the trace fails: then nothing may be sent.
pub async fn leaves(
    archive: &Archive,
    asker: &Asker,
    kind: Kind,
    exams: &BTreeSet<ExamId>,
    to: &str,
) -> Result<BTreeMap<ExamId, LeafIndex>, ArchiveError> {
    let mut leaves = BTreeMap::new();
    for exam in exams {
        let detail = [("what", asker.door.to_owned()), ("to", to.chars().take(64).collect())];
        leaves.insert(*exam, record(archive, asker, kind, Some(*exam), &detail).await?);
    }
    Ok(leaves)
}

/// Reads instances one after the other; keeps what it knows of the objects they lie in.
pub struct Reading {
    archive: Archive,
    manifests: Manifests,
}

impl Reading {
    /// Begins.
    pub fn new(archive: &Archive) -> Self {
        Self { archive: archive.clone(), manifests: Manifests::default() }
    }

    /// The Part 10 file, as received; checked against its digest while it is read.
    ///
    /// # Errors
    /// [`ArchiveError`] when it cannot be read.
    pub async fn file(&mut self, instance: &StoredInstance) -> Result<Bytes, ArchiveError> {
        self.archive.instance_bytes(instance, &mut self.manifests).await
    }
}

async fn record(
    archive: &Archive,
    asker: &Asker,
    kind: Kind,
    exam: Option<ExamId>,
    detail: &[(&str, String)],
) -> Result<LeafIndex, ArchiveError> {
    let patient = match exam {
        Some(exam) => archive.catalogue.exam(archive.config.group, exam).await?.patient.map(|one| one.id.to_string()),
        None => None,
    };
    let event = Event {
        kind,
        patient,
        exam: exam.map(|exam| exam.0),
        actor: asker.actor.clone(),
        outcome: Outcome::Success,
        detail: detail.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    };
    Ok(archive.trace.append(event).await?)
}
