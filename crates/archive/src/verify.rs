//! `negatoscope verify`: everything sealed is decrypted, unzipped, digested, decoded, and compared with the record both ways.

use crate::orphans::{self, Orphan};
use crate::reader::{Manifests, dataset_digest, object_key};
use crate::{Archive, ArchiveError};
use dicom::scan::{Limits, scan_part10, scan_reader};
use intake::landing::header_of;
use record::{ExamId, ExamQuery, InstanceHeader, Location, StoredInstance};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt;
use std::io::{Read, Seek, SeekFrom};
use vault::EntryReader;

/// One thing that does not fit. Opaque ids only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The record names an object the vault does not have, or that cannot be read as sealed.
    Object {
        /// Its key.
        object: String,
        /// What is wrong.
        what: String,
    },
    /// The vault holds an object the record does not name.
    Unknown {
        /// Its key.
        object: String,
    },
    /// What was acknowledged and not sealed yet cannot be read as it was received.
    Landed {
        /// Whose images.
        exam: ExamId,
        /// What is wrong.
        what: String,
    },
    /// The record and an object disagree about an instance.
    Instance {
        /// The object.
        object: String,
        /// Offset of the instance in the opened object.
        offset: u64,
        /// What is wrong.
        what: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object { object, what } => write!(f, "object {object}: {what}"),
            Self::Unknown { object } => write!(f, "object {object} is in the vault and not in the record"),
            Self::Landed { exam, what } => write!(f, "an instance of exam {} not sealed yet: {what}", exam.0),
            Self::Instance { object, offset, what } => write!(f, "object {object}, instance at byte {offset}: {what}"),
        }
    }
}

/// What was checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Objects opened.
    pub objects: u64,
    /// Instances whose header was decoded and compared.
    pub instances: u64,
    /// Those of them that are not sealed yet.
    pub unsealed: u64,
    /// Bytes of sealed objects read.
    pub bytes: u64,
    /// Objects that repeat what others hold: harmless, and left by a crash.
    pub orphans: Vec<Orphan>,
    /// What does not fit.
    pub problems: Vec<Problem>,
}

/// Checks everything; `progress` is called after each object.
pub async fn everything(archive: &Archive, mut progress: impl FnMut(&Report)) -> Result<Report, ArchiveError> {
    let mut report = Report::default();
    // Before the record's names: an object sealed meanwhile is in neither list, or in the second.
    let kept = orphans::vault_keys(archive).await?;
    let mut named = BTreeSet::new();
    let mut after: Option<String> = None;
    loop {
        let page = archive.catalogue.objects(archive.config.group, after.as_deref(), 500).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.object.clone());
        for object in page {
            check_object(archive, &object.object, &hex::encode(object.sha256), &mut report).await?;
            named.insert(object.object);
            progress(&report);
        }
    }
    for key in kept.into_iter().filter(|key| !named.contains(&key.to_string())) {
        match orphans::explain(archive, key).await? {
            Some(orphan) => report.orphans.push(orphan),
            None => report.problems.push(Problem::Unknown { object: key.to_string() }),
        }
    }
    check_instances(archive, &mut report).await?;
    Ok(report)
}

async fn check_object(archive: &Archive, object: &str, sha256: &str, report: &mut Report) -> Result<(), ArchiveError> {
    let key = object_key(object)?;
    let wrong = |what: String| Problem::Object { object: object.to_owned(), what };
    report.objects += 1;
    match archive.vault.verify(key).await {
        Err(error) => report.problems.push(wrong(error.to_string())),
        Ok(verified) => {
            report.bytes += verified.size_bytes;
            if verified.sha256 != sha256 {
                report.problems.push(wrong("it is not the object that was sealed".into()));
            }
        }
    }
    Ok(())
}

/// Every instance of the record is where the record says, and is what was received.
async fn check_instances(archive: &Archive, report: &mut Report) -> Result<(), ArchiveError> {
    let group = archive.config.group;
    let mut query = ExamQuery { limit: 200, ..ExamQuery::default() };
    loop {
        let page = archive.catalogue.exams(group, query.clone()).await?;
        for line in &page.lines {
            check_exam(archive, line.id, report).await?;
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(()),
        }
    }
}

async fn check_exam(archive: &Archive, exam: ExamId, report: &mut Report) -> Result<(), ArchiveError> {
    let mut manifests = Manifests::default();
    for instance in archive.catalogue.instances(archive.config.group, exam).await? {
        report.instances += 1;
        report.unsealed += u64::from(!matches!(instance.location, Location::Sealed { .. }));
        let what = match read(archive, &instance, &mut manifests).await {
            Err(error) => error.to_string(),
            Ok((digest, _)) if digest != Some(instance.sha256) => "its data set is not the one received".into(),
            // The header is read, as any reader in twenty years would.
            Ok((_, Ok(header))) if same_header(header.clone(), &instance.header) => continue,
            Ok((_, Ok(_))) => "its header is not what the record says".into(),
            Ok((_, Err(reason))) => reason,
        };
        report.problems.push(match &instance.location {
            Location::Sealed { object, offset, .. } => {
                Problem::Instance { object: object.clone(), offset: *offset, what }
            }
            Location::Landing(_) => Problem::Landed { exam, what },
        });
    }
    Ok(())
}

/// SHA-256 of a file's data set, and its header or why it cannot be read.
type Reading = (Option<[u8; 32]>, Result<InstanceHeader, String>);

async fn read(
    archive: &Archive,
    instance: &StoredInstance,
    manifests: &mut Manifests,
) -> Result<Reading, ArchiveError> {
    if !archive.is_large(instance) || matches!(instance.location, Location::Landing(_)) {
        let file = archive.instance_bytes(instance, manifests).await?;
        return Ok((dataset_digest(&file), header_of_file(&file)));
    }
    let (key, entry) = archive.entry(instance, manifests).await?;
    Ok(archive.vault.browse(key, entry, in_pieces).await?)
}

/// The same of a file that is not held whole.
fn in_pieces(reader: &mut EntryReader) -> Reading {
    let size_bytes = reader.size_bytes();
    let scanned = match scan_reader(&mut *reader, size_bytes, &Limits::default()) {
        Ok(scanned) => scanned,
        Err(error) => return (None, Err(error.to_string())),
    };
    let header = dicom::header::InstanceHeader::from_scan(&scanned).map_err(|error| error.to_string());
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    if reader.seek(SeekFrom::Start(scanned.dataset_offset())).is_err() {
        return (None, Err("it cannot be read".into()));
    }
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => digest.update(buffer.get(..count).unwrap_or_default()),
            Err(error) => return (None, Err(error.to_string())),
        }
    }
    (Some(digest.finalize().into()), header.map(|header| header_of(&header)))
}

fn header_of_file(file: &[u8]) -> Result<InstanceHeader, String> {
    let scanned = scan_part10(file, &Limits::default()).map_err(|error| error.to_string())?;
    let header = dicom::header::InstanceHeader::from_scan(&scanned).map_err(|error| error.to_string())?;
    Ok(header_of(&header))
}

/// Whether it is a phantom was judged when it came, by the settings of that day. And the record keeps one description for a whole series, of which single images may say something else.
fn same_header(read: InstanceHeader, kept: &InstanceHeader) -> bool {
    let of_series = InstanceHeader {
        modality: kept.modality.clone(),
        series_description: kept.series_description.clone(),
        series_number: kept.series_number,
        series_date: kept.series_date,
        phantom: kept.phantom,
        attributes: kept.attributes.clone(),
        ..read
    };
    of_series == *kept
}
