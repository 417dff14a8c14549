//! What goes into a package, exam after exam.

use super::pictures::Gallery;
use super::zip_file::ZipFile;
use super::{Packages, Progress, pages, pictures, reports};
use crate::reader::{Manifests, dataset_digest};
use crate::rights::{self, HandedTo};
use crate::{Archive, ArchiveError, verdict};
use bytes::{Bytes, BytesMut};
use dicom::dicomdir::{self, Listed};
use dicom::header::InstanceHeader;
use dicom::scan::{Limits, scan_part10};
use record::{ArchiveChoice, DataRequest, Destruction, ExamDetail, PatientRecord, StoredInstance};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use time::Date;
use trace::{Actor, Event, Kind, Outcome, Recorded, Role};

/// Accesses told of one exam or person, at most.
const ACCESSES: u32 = 200_000;

/// A package whose pages are all in it.
pub(super) struct Written {
    pub zip: ZipFile,
    pub exams: u32,
}

/// What a package says of one exam.
pub(super) struct ExamPart {
    pub detail: ExamDetail,
    pub online_until: Option<Date>,
    pub archived_until: Option<Date>,
    pub choices: Vec<ArchiveChoice>,
    pub files: u32,
    pub blanked: Vec<String>,
    pub galleries: Vec<Gallery>,
    pub reports: Vec<reports::File>,
    pub destroyed: Option<Destruction>,
}

/// All that the pages tell.
pub(super) struct Told<'a> {
    pub archive: &'a Archive,
    pub request: &'a DataRequest,
    pub person: &'a PatientRecord,
    pub exams: Vec<ExamPart>,
    pub requests: Vec<DataRequest>,
    pub accesses: Vec<Recorded>,
}

/// Writes everything but the digests. The leaf of it is durable before the first byte is read.
pub(super) async fn write(packages: &Packages, request: &DataRequest, part: PathBuf) -> Result<Written, ArchiveError> {
    let archive = packages.archive();
    let group = archive.config.group;
    let person = archive.catalogue.person(group, request.patient).await?;
    let words = [("what", "prepare-export".to_owned()), ("request", request.request.to_string())];
    archive
        .trace
        .append(Event {
            kind: Kind::Download,
            patient: Some(person.patient.id.to_string()),
            exam: None,
            actor: Actor { role: Role::System, label: "negatoscope".into(), name: None },
            outcome: Outcome::Success,
            detail: words.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        })
        .await?;
    let mut zip = ZipFile::create(part).await?;
    let mut exams = Vec::new();
    let mut listed = Vec::new();
    let mut progress = Progress { exams: u32::try_from(person.exams.len()).unwrap_or(u32::MAX), ..Progress::default() };
    for line in &person.exams {
        packages.note(request.request, Some(progress));
        let detail = archive.catalogue.exam(group, line.id).await?;
        let theirs = rights::handed_to(archive, &detail, request.asker.is_representative()).await?;
        if theirs.exam {
            let number = exams.len() + 1;
            let told;
            (zip, told) = Box::pin(exam(archive, zip, (number, theirs), detail, &mut listed)).await?;
            progress.files += told.files;
            exams.push(told);
        }
        progress.exams_done += 1;
    }
    packages.note(request.request, Some(progress));
    if !listed.is_empty() {
        let directory = dicomdir::write(&listed, &format!("2.25.{}", request.request.as_u128()));
        zip = zip.add("DICOMDIR".into(), directory.into()).await?;
    }
    let accesses = accesses(packages, &person, &exams).await?;
    let requests = archive.catalogue.requests_of(group, person.patient.id).await?;
    let count = u32::try_from(exams.iter().filter(|exam| exam.files > 0).count()).unwrap_or(u32::MAX);
    let told = Told { archive, request, person: &person, exams, requests, accesses };
    for (name, text) in pages::all(&told) {
        zip = zip.add(name, text.into()).await?;
    }
    Ok(Written { zip, exams: count })
}

async fn exam(
    archive: &Archive,
    mut zip: ZipFile,
    (number, theirs): (usize, HandedTo),
    detail: ExamDetail,
    listed: &mut Vec<Listed>,
) -> Result<(ZipFile, ExamPart), ArchiveError> {
    let group = archive.config.group;
    let verdict = verdict::of(&detail, &archive.config, archive.clock.now());
    let mut told = ExamPart {
        online_until: verdict.as_ref().and_then(|verdict| verdict.diffusion.last_day),
        archived_until: verdict.as_ref().and_then(|verdict| verdict.times.archived_until),
        choices: archive.catalogue.choices(group, detail.id).await?,
        destroyed: archive.catalogue.destruction(group, detail.id).await?,
        files: 0,
        blanked: Vec::new(),
        galleries: Vec::new(),
        reports: Vec::new(),
        detail,
    };
    let instances = match told.destroyed {
        Some(_) => Vec::new(),
        None => archive.catalogue.instances(group, told.detail.id).await?,
    };
    let mut manifests = Manifests::default();
    for (series, instances) in in_series(instances).into_iter().enumerate() {
        let mut gallery = Gallery::of(number, series + 1, &instances);
        for (index, instance) in instances.iter().enumerate() {
            let file = archive.instance_bytes(instance, &mut manifests).await?;
            let path = vec![
                "DICOM".into(),
                format!("E{number:04}"),
                format!("S{:04}", series + 1),
                format!("I{:05}", index + 1),
            ];
            let name = path.join("/");
            let header = checked(instance, &file)?;
            let (file, blanked) = blank(file);
            if blanked {
                told.blanked.push(name.clone());
            }
            zip = zip.add(name, file.clone()).await?;
            zip = pictures::add(archive, zip, &mut gallery, instance, file).await?;
            listed.extend(header.map(|header| Listed { path, header }));
            told.files += 1;
        }
        told.galleries.push(gallery);
    }
    if theirs.report {
        (zip, told.reports) = reports::add(archive, zip, number, &told.detail).await?;
    }
    Ok((zip, told))
}

/// The header, once the bytes are known to be those received.
fn checked(instance: &StoredInstance, file: &Bytes) -> Result<Option<InstanceHeader>, ArchiveError> {
    if dataset_digest(file).is_some_and(|digest| digest != instance.sha256) {
        return Err(ArchiveError::Package("an image is not the one received".into()));
    }
    let scanned = scan_part10(file, &Limits::default()).ok();
    Ok(scanned.and_then(|scanned| InstanceHeader::from_scan(&scanned).ok()))
}

/// A preamble that would make the file something else as well is blanked, and said.
fn blank(file: Bytes) -> (Bytes, bool) {
    if !dicom::part10::preamble(&file).is_some_and(dicom::part10::preamble_suspicious) {
        return (file, false);
    }
    let mut bytes = BytesMut::from(file.as_ref());
    dicom::part10::zero_preamble(&mut bytes);
    (bytes.freeze(), true)
}

/// By series, in the order the record gives them.
fn in_series(instances: Vec<StoredInstance>) -> Vec<Vec<StoredInstance>> {
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    let mut series: Vec<Vec<StoredInstance>> = Vec::new();
    for instance in instances {
        let next = series.len();
        let position = *positions.entry(instance.header.series_instance_uid.clone()).or_insert(next);
        match series.get_mut(position) {
            Some(known) => known.push(instance),
            None => series.push(vec![instance]),
        }
    }
    series
}

/// Who has looked, the oldest first: at the person's exams on every log, and at the person where the log names one. What
/// concerns an exam kept from the asker is not told.
async fn accesses(
    packages: &Packages,
    person: &PatientRecord,
    exams: &[ExamPart],
) -> Result<Vec<Recorded>, ArchiveError> {
    let told: BTreeSet<_> = exams.iter().map(|exam| exam.detail.id.0).collect();
    let mut all = Vec::new();
    for trace in packages.traces() {
        let mut of_log: BTreeMap<u64, Recorded> = BTreeMap::new();
        let mut events = Vec::new();
        for patient in &person.known_as {
            events.extend(trace.events_of_patient(&patient.to_string(), ACCESSES).await?);
        }
        for exam in &told {
            events.extend(trace.events_of_exam(*exam, ACCESSES).await?);
        }
        let shown = |event: &Recorded| event.exam.is_none_or(|exam| told.contains(&exam));
        of_log.extend(events.into_iter().filter(shown).map(|event| (event.seq.0, event)));
        all.extend(of_log.into_values());
    }
    all.sort_by_key(|event| event.time);
    Ok(all)
}
