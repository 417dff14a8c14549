//! Bringing an archived exam back to the web: found, verified while it is sent, ready.
//!
//! A recall is asked for on the diffusion side or at the desk; its job runs in a lane of its own ([`lane`]) and never
//! waits behind sealing or publishing. What cannot be done is said with its reason and tried again; after eight minutes
//! it is an alarm.

pub mod estimate;
pub(crate) mod lane;
mod trouble;
mod turns;

use crate::publish::{self, Outcome};
use crate::reader::object_key;
use crate::{Archive, ArchiveError, verdict};
use link::{RecallStage, ToDiffusion};
use record::{ExamDetail, ExamId, Recall, RecallReady, RecallState, RecallStep, StoredInstance};
use std::collections::BTreeSet;
use time::OffsetDateTime;
pub use trouble::{GIVE_UP_AFTER, Trouble};
pub(crate) use turns::Turns;
use uuid::Uuid;

/// The kind of the job; its key is the exam.
pub(crate) const JOB: &str = "recall";
/// Recalls that read and send at the same time; the others wait in line, with an estimate.
pub const AT_ONCE: u32 = 2;

/// Takes a request on: one is open per exam, whoever asks. The diffusion side learns which one it is.
pub(crate) async fn asked(
    archive: &Archive,
    recall: Uuid,
    exam: ExamId,
    by: &str,
    at: OffsetDateTime,
) -> Result<(), ArchiveError> {
    let taken = match archive.catalogue.recall_ask(archive.config.group, recall, exam, by, at).await {
        Ok(taken) => taken,
        Err(record::RecordError::NotFound { .. }) => {
            heard(tell(archive, recall, exam, Trouble::NotArchived.stage(false), at).await);
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let stage = match (&taken.state, &taken.failure) {
        (RecallState::Failed, Some(reason)) => RecallStage::Failed { reason: reason.clone(), trying_again: false },
        _ => RecallStage::Asked,
    };
    heard(tell(archive, taken.recall, exam, stage, taken.at).await);
    Ok(())
}

/// What the diffusion side does not hear now it hears when the job runs.
fn heard(told: Result<(), ArchiveError>) {
    if let Err(error) = told {
        tracing::warn!(%error, "the diffusion side does not hear of a recall");
    }
}

/// Does what is asked for an exam, if anything is. Running it twice is the same as once.
pub(crate) async fn run(archive: &Archive, exam: ExamId, turns: &Turns) -> Result<Outcome, ArchiveError> {
    let detail = archive.catalogue.exam(archive.config.group, exam).await?;
    let Some(recall) = detail.standing.recall.clone().filter(Recall::is_open) else { return Ok(Outcome::Agrees) };
    // Asked at the desk, or asked of a diffusion side that was away: it learns of it here.
    let told = tell(archive, recall.recall, exam, RecallStage::Asked, recall.asked_at).await;
    let done = match told {
        Ok(()) => bring_back(archive, &detail, &recall, turns).await,
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => {
            crate::journal::ask(archive).await?;
            Ok(Outcome::Agrees)
        }
        Err(failure) => failed(archive, &recall, failure).await,
    }
}

/// Why it did not succeed: for the patient and the keeper, and for the log.
struct Failure {
    trouble: Trouble,
    error: ArchiveError,
}

impl<E: Into<ArchiveError>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        Self { trouble: Trouble::of(&error), error }
    }
}

fn refuse(trouble: Trouble, why: &'static str) -> Failure {
    Failure { trouble, error: ArchiveError::Refused(why) }
}

async fn bring_back(archive: &Archive, detail: &ExamDetail, recall: &Recall, turns: &Turns) -> Result<(), Failure> {
    allowed(archive, detail)?;
    let (instances, size_bytes) = found(archive, detail, recall, turns).await?;
    let _turn = turns.take((recall.asked_at, recall.recall), size_bytes, || archive.clock.monotonic()).await;
    let start = archive.clock.monotonic();
    // What was true when it was asked may not be by the time its turn comes.
    let detail = archive.catalogue.exam(archive.config.group, detail.id).await?;
    if !detail.standing.recall.as_ref().is_some_and(|now| now.recall == recall.recall && now.is_open()) {
        return Ok(());
    }
    let detail = publish::suspend(archive, detail).await?;
    allowed(archive, &detail)?;
    let (group, exam) = (archive.config.group, detail.id);
    let sent = publish::send_for_recall(archive, &detail, instances).await?;
    let verified = archive.clock.now();
    archive.catalogue.recall_step(group, recall.recall, RecallStep::Verified, verified).await?;
    tell(archive, recall.recall, exam, RecallStage::Verified, verified).await?;
    let committed = sent.commit(archive).await?;
    let took = archive.clock.monotonic().saturating_sub(start);
    let ready = RecallReady {
        recall: recall.recall,
        publication: committed.publication,
        basis: committed.basis,
        at: committed.at,
        took,
    };
    archive.catalogue.recall_ready(group, exam, ready).await?;
    publish::tell_dates(archive, &archive.catalogue.exam(group, exam).await?).await?;
    publish::look_at_its_end(archive, exam, committed.online_until).await?;
    tracing::info!(%exam, seconds = took.as_secs(), "an exam is back on the web");
    Ok(())
}

/// Whether it may be brought back at all: archived, its time over, and nothing keeps it off the web.
fn allowed(archive: &Archive, detail: &ExamDetail) -> Result<(), Failure> {
    if publish::kept_off(detail) {
        return Err(refuse(Trouble::Held, "the exam is kept off the web"));
    }
    match verdict::of(detail, &archive.config, archive.clock.now()) {
        Some(verdict) if verdict.diffusion.consultable => Err(refuse(Trouble::OnLine, "the exam is on line")),
        Some(verdict) if verdict.kept.is_archived() => Ok(()),
        _ => Err(refuse(Trouble::NotArchived, "the exam is not archived")),
    }
}

/// Every object the record names for the exam is there and is what it says; how long the rest will take is told.
async fn found(
    archive: &Archive,
    detail: &ExamDetail,
    recall: &Recall,
    turns: &Turns,
) -> Result<(Vec<StoredInstance>, u64), Failure> {
    let (group, exam) = (archive.config.group, detail.id);
    let generations = archive.catalogue.generations(group, exam).await?;
    for object in generations.iter().map(|generation| &generation.object).collect::<BTreeSet<_>>() {
        archive.vault.manifest(object_key(object)?).await?;
    }
    let instances = archive.catalogue.instances(group, exam).await?;
    if instances.is_empty() {
        return Err(refuse(Trouble::NotArchived, "the exam has no images"));
    }
    let size_bytes: u64 = instances.iter().map(|instance| instance.size_bytes).sum();
    let under_way = turns.under_way(archive.clock.monotonic());
    let open = archive.catalogue.open_recalls(group).await?;
    let waiting: Vec<u64> = open
        .iter()
        .filter(|other| (other.asked_at, other.recall) < (recall.asked_at, recall.recall))
        .filter(|other| other.failure.is_none() && !under_way.contains_key(&other.recall))
        // Asked at the same moment and not looked at yet: taken for as large as this one.
        .map(|other| other.size_bytes.unwrap_or(size_bytes))
        .collect();
    let latest = archive.catalogue.recall_times(group, estimate::LATEST).await?;
    let pace = estimate::Pace::learned(&latest, &archive.published.latest());
    let under_way: Vec<estimate::UnderWay> = under_way.into_values().collect();
    let at = archive.clock.now();
    let ready_by = at + pace.behind(&under_way, &waiting, size_bytes, AT_ONCE);
    archive.catalogue.recall_step(group, recall.recall, RecallStep::Found { ready_by, size_bytes }, at).await?;
    tell(archive, recall.recall, exam, RecallStage::Found { ready_by }, at).await?;
    Ok((instances, size_bytes))
}

/// Says why, and whether it goes on trying by itself.
async fn failed(archive: &Archive, recall: &Recall, failure: Failure) -> Result<Outcome, ArchiveError> {
    let at = archive.clock.now();
    let given_up = failure.trouble.is_final() || at - recall.asked_at > GIVE_UP_AFTER;
    let reason = failure.trouble.key().to_owned();
    let step = RecallStep::Failed { reason, given_up };
    archive.catalogue.recall_step(archive.config.group, recall.recall, step, at).await?;
    heard(tell(archive, recall.recall, recall.exam, failure.trouble.stage(!given_up), at).await);
    if given_up {
        tracing::error!(exam = %recall.exam, reason = failure.trouble.key(), error = %failure.error, "a recall is given up");
        return Ok(Outcome::Agrees);
    }
    Err(failure.error)
}

async fn tell(
    archive: &Archive,
    recall: Uuid,
    exam: ExamId,
    stage: RecallStage,
    at: OffsetDateTime,
) -> Result<(), ArchiveError> {
    Ok(archive.door.apply(ToDiffusion::Recall { recall, exam: exam.0, stage, at }).await?)
}
