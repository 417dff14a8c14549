//! The journal: the numbered facts of the record, sealed like images, so that vault and journal alone tell everything.

use crate::seal::digest;
use crate::{Archive, ArchiveError};
use bytes::Bytes;
use record::NamedObject;
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use vault::{Entry, Kind, SealRequest};
use work::NewJob;

/// Entries in one object, at most.
const BATCH: u32 = 5_000;

/// The kind and the only key of the job: its lease keeps two runners from sealing the same entries twice.
pub(crate) const JOB: &str = "journal";

/// Asks for the journal to be sealed.
pub async fn ask(archive: &Archive) -> Result<(), ArchiveError> {
    let now = archive.clock.now();
    let job = NewJob { group: archive.config.group.0, kind: JOB.into(), key: JOB.into(), asked_at: now, due_at: now };
    Ok(archive.catalogue.enqueue(job).await?)
}

/// Seals all entries that are not yet. Run by one runner at a time.
pub async fn seal(archive: &Archive) -> Result<(), ArchiveError> {
    let group = archive.config.group;
    loop {
        let after = archive.catalogue.journal_sealed(group).await?;
        let entries = archive.catalogue.journal_after(group, after, BATCH).await?;
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(()) };
        let (first, last) = (first.number, last.number);
        let mut lines = Vec::new();
        for entry in &entries {
            let at = entry.at.format(&Rfc3339).map_err(|error| ArchiveError::Prepare(error.to_string()))?;
            let line = json!({ "number": entry.number, "at": at, "body": entry.body });
            serde_json::to_writer(&mut lines, &line).map_err(|error| ArchiveError::Prepare(error.to_string()))?;
            lines.push(b'\n');
        }
        let content = json!({ "version": 1, "group": group, "first": first, "last": last });
        let entries = vec![Entry::from_bytes("journal.jsonl", Bytes::from(lines))];
        let sealed = archive.vault.seal(SealRequest { kind: Kind::Journal, entries, content }).await?;
        let object = NamedObject {
            object: sealed.key.to_string(),
            size_bytes: sealed.size_bytes,
            sha256: digest(&sealed.sha256)?,
            exam: None,
        };
        archive.catalogue.journal_sealed_up_to(group, last, object).await?;
    }
}
