//! Sealing: what is only in the landing log goes to the vault, as new generations, is read back and compared,
//! and only then may the landing records go.

use crate::{Archive, ArchiveError};
use record::{
    DocumentKind, DocumentSealed, ExamId, Generation, Location, SealedInstance, StoredDocument, StoredInstance,
};
use serde_json::json;
use std::collections::BTreeMap;
use vault::{Entry, Kind, SealRequest};

/// Seals everything of an exam that is not yet.
pub async fn exam(archive: &Archive, exam: ExamId) -> Result<(), ArchiveError> {
    let group = archive.config.group;
    let mut series: BTreeMap<String, Vec<StoredInstance>> = BTreeMap::new();
    for instance in archive.catalogue.unsealed(group, exam).await? {
        series.entry(instance.header.series_instance_uid.clone()).or_default().push(instance);
    }
    for (uid, instances) in series {
        generation(archive, exam, &uid, instances).await?;
    }
    for document in archive.catalogue.documents(group, exam).await? {
        if document.bytes.is_some() {
            seal_document(archive, exam, document).await?;
        }
    }
    crate::journal::ask(archive).await?;
    release_segments(archive).await
}

async fn generation(
    archive: &Archive,
    exam: ExamId,
    series_instance_uid: &str,
    instances: Vec<StoredInstance>,
) -> Result<(), ArchiveError> {
    let group = archive.config.group;
    let number = archive.catalogue.next_generation(group, exam, series_instance_uid).await?;
    let mut entries = Vec::with_capacity(instances.len());
    let mut listed = Vec::with_capacity(instances.len());
    for (position, instance) in instances.iter().enumerate() {
        let Location::Landing(place) = &instance.location else { continue };
        let name = format!("{:06}.dcm", position + 1);
        let mut header = instance.header.clone();
        if !listed.is_empty() {
            // The first image says it for all.
            header.attributes.study.clear();
            header.attributes.series.clear();
        }
        listed.push(json!({
            "name": name, "header": header, "sha256_of_data_set": hex::encode(instance.sha256),
            "received_at": instance.received_at.unix_timestamp(),
        }));
        let (landing, place) = (archive.landing.clone(), *place);
        // The landing log compares its digest at the end of the reading; a difference fails the sealing.
        let open = move || landing.reader(place).map_err(std::io::Error::other);
        entries.push(Entry::from_reader(name, instance.size_bytes, open));
    }
    if entries.is_empty() {
        return Ok(());
    }
    let content = json!({
        "version": 1, "group": group, "exam": exam, "series_instance_uid": series_instance_uid,
        "generation": number, "instances": listed,
    });
    let sealed = archive.vault.seal(SealRequest { kind: Kind::Generation, entries, content }).await?;
    let instances = instances
        .iter()
        .zip(&sealed.entries)
        .map(|(instance, entry)| SealedInstance {
            sop_instance_uid: instance.header.sop_instance_uid.clone(),
            offset: entry.offset_bytes,
            size_bytes: entry.size_bytes,
            sha256: instance.sha256,
        })
        .collect();
    let generation = Generation {
        group,
        exam,
        series_instance_uid: series_instance_uid.to_owned(),
        number,
        object: sealed.key.to_string(),
        size_bytes: sealed.size_bytes,
        sha256: digest(&sealed.sha256)?,
        sealed_at: archive.clock.now(),
        instances,
    };
    Ok(archive.catalogue.record_generation(generation).await?)
}

async fn seal_document(archive: &Archive, exam: ExamId, document: StoredDocument) -> Result<(), ArchiveError> {
    let group = archive.config.group;
    let name = match document.kind {
        DocumentKind::Pdf => "report.pdf",
        DocumentKind::Cda => "report.xml",
        DocumentKind::Text => "report.txt",
    };
    let content = json!({
        "version": 1, "group": group, "exam": exam, "report": document.report, "part": document.part,
        "kind": document.kind,
    });
    let bytes = document.bytes.unwrap_or_default();
    let entries = vec![Entry::from_bytes(name, bytes.into()).expecting(document.sha256)];
    let sealed = archive.vault.seal(SealRequest { kind: Kind::Generation, entries, content }).await?;
    let sealed = DocumentSealed {
        group,
        report: document.report,
        part: document.part,
        object: sealed.key.to_string(),
        object_size_bytes: sealed.size_bytes,
        object_sha256: digest(&sealed.sha256)?,
    };
    Ok(archive.catalogue.document_sealed(sealed).await?)
}

/// The sealed object's digest as the record keeps it.
pub(crate) fn digest(text: &str) -> Result<[u8; 32], ArchiveError> {
    let mut sha256 = [0; 32];
    hex::decode_to_slice(text, &mut sha256)
        .map_err(|_| ArchiveError::Refused("the vault gave a digest that is none"))?;
    Ok(sha256)
}

/// Lets go of the landing segments nothing needs any more.
pub(crate) async fn release_segments(archive: &Archive) -> Result<(), ArchiveError> {
    for segment in archive.landing.closed_segments() {
        if archive.catalogue.segment_in_use(segment.writer, segment.segment).await? {
            continue;
        }
        if let Err(error) = archive.landing.release(segment).await {
            // It stays where it is and is tried again after the next sealing.
            tracing::warn!(%segment, %error, "a landing segment could not be released");
        }
    }
    Ok(())
}
