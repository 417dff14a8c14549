//! Publishing: what is on the web is made to agree with what the record says now.
//!
//! [`reconcile`] decides what should be there, compares it (by a digest of everything it is made from) with what is,
//! and sends or withdraws the difference. Running it twice is the same as once.

mod again;
mod end;
mod large;
mod person;
mod professionals;
mod report;
mod series;
mod tell;

use crate::verdict::{self, Verdict};
use crate::{Archive, ArchiveError};
use intake::completeness::{Completeness, Evidence, judge};
use link::{BirthDate, BlobInfo, LINK_VERSION, Publication, ReportSummary, SeriesSummary, Times, ToDiffusion};
use record::{ExamDetail, ExamId, Identity, Location, PatientTraits, RecallTime, StoredInstance};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// When to look again at an exam with a large file that is not sealed yet: it is read in pieces out of the vault only.
const LARGE_IS_SEALED: Duration = Duration::from_secs(5);

/// What became of a reconciliation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The web agrees with the record.
    Agrees,
    /// The exam may not be complete before this instant: look again then.
    NotBefore(OffsetDateTime),
}

/// What should be on the web for an exam.
enum Wanted {
    Nothing,
    Later(OffsetDateTime),
    Exam(Verdict),
    /// Its time on line is over: only a recall brings it back.
    Over,
}

/// Makes the web agree with the record for one exam.
pub async fn reconcile(archive: &Archive, exam: ExamId) -> Result<Outcome, ArchiveError> {
    let group = archive.config.group;
    let detail = archive.catalogue.exam(group, exam).await?;
    if detail.standing.doom.as_ref().is_some_and(|doom| doom.destroyed_at.is_some()) {
        return forget(archive, &detail).await;
    }
    let detail = suspend(archive, detail).await?;
    // A deny is there before anything it bears on.
    crate::rights::tell(archive, &detail).await?;
    let published = detail.publication.as_ref().filter(|row| row.withdrawn_at.is_none());
    match wanted(archive, &detail) {
        Wanted::Nothing => {
            if published.is_some() {
                archive.door.apply(ToDiffusion::Withdraw { exam: exam.0, codes: false }).await?;
                archive.catalogue.publication_withdrawn(group, exam, archive.clock.now()).await?;
                tell::forgotten(archive, exam).await?;
            }
            tell::dates(archive, &detail).await?;
            Ok(Outcome::Agrees)
        }
        // What is already on the web is not touched while new images are still arriving.
        Wanted::Later(instant) => Ok(Outcome::NotBefore(instant)),
        Wanted::Exam(verdict) => {
            let online_until = verdict.diffusion.online_until;
            let instances = archive.catalogue.instances(group, exam).await?;
            if instances.iter().any(|one| archive.is_large(one) && matches!(one.location, Location::Landing(_))) {
                return Ok(Outcome::NotBefore(archive.clock.now() + LARGE_IS_SEALED));
            }
            let basis = basis(archive, &detail, &instances)?;
            // Dates that moved over an end do not bring the bytes back: the other side has erased them.
            let over = tell::ended(archive, exam).await?;
            if over || published.is_none_or(|row| row.basis != basis) {
                send(archive, &detail, verdict, instances, basis).await?;
            }
            tell::dates(archive, &archive.catalogue.exam(group, exam).await?).await?;
            crate::issue::after_publication(archive, exam).await?;
            look_at_its_end(archive, exam, online_until).await?;
            Ok(Outcome::Agrees)
        }
        Wanted::Over => {
            end::note(archive, &detail).await?;
            tell::dates(archive, &detail).await?;
            Ok(Outcome::Agrees)
        }
    }
}

/// Whether something else than its dates keeps the exam off the web: nobody's for certain, a phantom, a person's hold, a
/// confidential order, no images, or no birth date, without which the door cannot be opened.
pub(crate) fn kept_off(detail: &ExamDetail) -> bool {
    let certain = matches!(detail.identity, Identity::Certain(_)) && detail.patient.is_some();
    let birth_date = detail.patient.as_ref().and_then(|patient| patient.traits.birth_date);
    !certain
        || detail.phantom
        || detail.hold.is_some()
        || detail.instances == 0
        || person::confidential(detail)
        || detail.standing.doom.is_some()
        || birth_date.is_none()
}

/// Of a destroyed exam the other side keeps nothing: neither copy, nor stub, nor code.
async fn forget(archive: &Archive, detail: &ExamDetail) -> Result<Outcome, ArchiveError> {
    archive.door.apply(ToDiffusion::Forget { exam: detail.id.0 }).await?;
    if detail.publication.as_ref().is_some_and(|row| row.withdrawn_at.is_none()) {
        archive.catalogue.publication_withdrawn(archive.config.group, detail.id, archive.clock.now()).await?;
    }
    Ok(Outcome::Agrees)
}

fn wanted(archive: &Archive, detail: &ExamDetail) -> Wanted {
    let now = archive.clock.now();
    if kept_off(detail) {
        return Wanted::Nothing;
    }
    let Some(verdict) = verdict::of(detail, &archive.config, now) else { return Wanted::Nothing };
    if !verdict.diffusion.consultable {
        return if verdict.diffusion.last_day.is_some() { Wanted::Over } else { Wanted::Nothing };
    }
    let evidence = Evidence {
        last_arrival: detail.last_arrival_at,
        instances_arrived: u64::from(detail.instances),
        instances_announced: detail.announced,
        report_arrived: detail.report.is_some(),
    };
    match judge(&evidence, &archive.config.quiet, now) {
        Completeness::Complete { .. } => Wanted::Exam(verdict),
        Completeness::Due { at, .. } => Wanted::Later(at),
        Completeness::Empty => Wanted::Nothing,
    }
}

/// A digest of everything a publication is made from. Its dates, its number and the birth date are not in it: they are
/// told by themselves ([`tell`]), and move no bytes.
fn basis(archive: &Archive, detail: &ExamDetail, instances: &[StoredInstance]) -> Result<[u8; 32], ArchiveError> {
    let files: Vec<_> = instances.iter().map(|i| (&i.header.series_instance_uid, hex::encode(i.sha256))).collect();
    let report = report::published(detail).map(|report| (report.id, report.version));
    let name = detail.patient.as_ref().map(|patient| (patient.id, shown_name(&patient.traits)));
    let made_from = json!({
        "version": 2, "files": files, "report": report, "patient": name, "title": detail.title,
        "class": detail.class, "site": site_name(archive, detail),
    });
    let text = serde_json::to_vec(&made_from).map_err(|error| ArchiveError::Prepare(error.to_string()))?;
    Ok(Sha256::digest(text).into())
}

async fn send(
    archive: &Archive,
    detail: &ExamDetail,
    verdict: Verdict,
    instances: Vec<StoredInstance>,
    basis: [u8; 32],
) -> Result<(), ArchiveError> {
    let (start, size_bytes) = (archive.clock.monotonic(), instances.iter().map(|one| one.size_bytes).sum());
    person::claim(archive, detail).await?;
    let publication = archive.fresh_uuid();
    archive.door.begin(detail.id.0, publication).await?;
    let parts = put_all(archive, detail, publication, instances).await?;
    let Some(message) = message(archive, detail, publication, verdict.times, parts) else { return Ok(()) };
    unchanged(archive, detail.id, &basis).await?;
    archive.door.commit(message).await?;
    // A recall of it will be much the same work.
    archive.published.note(RecallTime { size_bytes, took: archive.clock.monotonic().saturating_sub(start) });
    let now = archive.clock.now();
    Ok(archive.catalogue.publication_recorded(archive.config.group, detail.id, publication, basis, now).await?)
}

/// What a publication announces beside its dates and whose it is.
struct Parts {
    series: Vec<SeriesSummary>,
    report: Option<ReportSummary>,
    blobs: Vec<BlobInfo>,
}

/// Everything of an exam goes over, its images first; nothing of it shows before the commit.
async fn put_all(
    archive: &Archive,
    detail: &ExamDetail,
    publication: Uuid,
    instances: Vec<StoredInstance>,
) -> Result<Parts, ArchiveError> {
    let (mut series, mut blobs) = (Vec::new(), Vec::new());
    for (number, instances) in in_series(instances).into_iter().enumerate() {
        let sent = series::send(archive, publication, number as u32 + 1, &instances).await?;
        series.push(sent.summary);
        blobs.extend(sent.blobs);
    }
    let report = report::send(archive, detail, publication, &mut blobs).await?;
    Ok(Parts { series, report, blobs })
}

/// The message that makes it visible; `None` while nobody knows whose it is.
fn message(
    archive: &Archive,
    detail: &ExamDetail,
    publication: Uuid,
    times: Times,
    parts: Parts,
) -> Option<Publication> {
    let traits = &detail.patient.as_ref()?.traits;
    let birth_date = traits.birth_date?;
    Some(Publication {
        version: LINK_VERSION,
        exam: detail.id.0,
        publication,
        number: detail.number.clone(),
        patient_name: shown_name(traits),
        birth_date: BirthDate { year: birth_date.year, month: birth_date.month, day: birth_date.day },
        title: detail.title.clone(),
        class: detail.class.clone(),
        site: site_name(archive, detail),
        times,
        series: parts.series,
        report: parts.report,
        blobs: parts.blobs,
        person: Some(detail.patient.as_ref()?.id.0),
        professionals: professionals::of(detail),
    })
}

/// Sending takes its time, in which a person may have put a hold, or a message have taken the certainty away.
async fn unchanged(archive: &Archive, exam: ExamId, sent: &[u8; 32]) -> Result<(), ArchiveError> {
    let group = archive.config.group;
    let detail = archive.catalogue.exam(group, exam).await?;
    let instances = archive.catalogue.instances(group, exam).await?;
    let same = match wanted(archive, &detail) {
        Wanted::Exam(_) => basis(archive, &detail, &instances)? == *sent,
        Wanted::Nothing | Wanted::Later(_) | Wanted::Over => false,
    };
    if same { Ok(()) } else { Err(ArchiveError::Refused("the exam changed while it was being sent")) }
}

/// The instances by series, in the order the record gives them.
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

/// The name as the patient reads it: first name, then used name, else birth name.
fn shown_name(traits: &PatientTraits) -> String {
    let first = traits.used_first_name.as_deref().unwrap_or_else(|| traits.first_names.split(' ').next().unwrap_or(""));
    let family = traits.used_name.as_deref().unwrap_or(&traits.birth_name);
    format!("{first} {family}").trim().to_owned()
}

pub(crate) fn site_name(archive: &Archive, detail: &ExamDetail) -> String {
    if detail.site.is_empty() { archive.config.site.name.clone() } else { detail.site.clone() }
}

pub(crate) use again::send_for_recall;
pub(crate) use end::{END, look_at_its_end};
pub(crate) use person::{claim, suspend};
pub(crate) use report::{pdf as report_pdf, shown as shown_report};
pub(crate) use tell::dates as tell_dates;
