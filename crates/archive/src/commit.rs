//! Storage commitment: each instance that a peer names is looked for, read again past the cache, and only then
//! committed to. It never waits for sealing: the landing log counts as a placement.
//!
//! A request is a row and a job before its peer hears that it was taken. The job judges and says the outcome until the
//! peer acknowledges it; each time the bytes are read again, so that what is said is true when it is said.

use crate::reader::object_key;
use crate::{Archive, ArchiveError};
use async_trait::async_trait;
use record::{COMMIT_JOB, CommitmentAsked, CommitmentKey, Location, StoredInstance};
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use vault::{ObjectKey, Verified};
use work::Job;

/// How long a runner may keep a request before another may take it.
const LEASE: Duration = Duration::from_secs(15 * 60);
/// Requests under way at once.
const AT_ONCE: u32 = 8;

/// Why an instance is not committed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotKept {
    /// It is not here.
    Absent,
    /// It is here, of another SOP class.
    OtherClass,
    /// It is here and could not be read back as it was received.
    Unreadable,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// SOP class and instance of what is kept, in the peer's order.
    pub kept: Vec<(String, String)>,
    /// What is not, and why.
    pub failed: Vec<((String, String), NotKept)>,
}

/// Says the outcome to the peer.
#[async_trait]
pub trait Reporter: Send + Sync + 'static {
    /// Returns once the peer has acknowledged it; else why not, without personal data.
    async fn report(&self, key: &CommitmentKey, judged: &Judged) -> Result<(), String>;
}

/// Answers requests until `stop` turns true; looks again each time `wake` completes. What is under way then is given up:
/// the next start says it again.
pub async fn run<F>(
    archive: Archive,
    reporter: Arc<dyn Reporter>,
    mut stop: watch::Receiver<bool>,
    mut wake: impl FnMut() -> F,
) where
    F: Future<Output = ()> + Send,
{
    let mut running = JoinSet::new();
    while !*stop.borrow() {
        if let Err(error) = begin(&archive, &reporter, &mut running).await {
            tracing::error!(%error, "the requests for commitment cannot be read");
        }
        tokio::select! {
            () = wake() => {}
            Some(ended) = running.join_next() => said(ended),
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

/// Answers what is due now, and says how many requests there were.
pub async fn once(archive: &Archive, reporter: &Arc<dyn Reporter>) -> Result<usize, ArchiveError> {
    let mut running = JoinSet::new();
    let count = begin(archive, reporter, &mut running).await?;
    while let Some(ended) = running.join_next().await {
        said(ended);
    }
    Ok(count)
}

/// Begins what is due, beside what is under way: a peer that is away keeps nobody else waiting.
async fn begin(
    archive: &Archive,
    reporter: &Arc<dyn Reporter>,
    running: &mut JoinSet<Result<(), ArchiveError>>,
) -> Result<usize, ArchiveError> {
    let room = AT_ONCE.saturating_sub(u32::try_from(running.len()).unwrap_or(AT_ONCE));
    if room == 0 {
        return Ok(0);
    }
    let jobs = archive.catalogue.lease(&[COMMIT_JOB], archive.clock.now(), room, LEASE).await?;
    let count = jobs.len();
    for job in jobs {
        let (archive, reporter) = (archive.clone(), Arc::clone(reporter));
        running.spawn(async move { finish(&archive, reporter.as_ref(), &job).await });
    }
    Ok(count)
}

fn said(ended: Result<Result<(), ArchiveError>, tokio::task::JoinError>) {
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the end of a commitment could not be written"),
        Err(error) => tracing::error!(%error, "a commitment ended abnormally; its lease will end by itself"),
    }
}

async fn finish(archive: &Archive, reporter: &dyn Reporter, job: &Job) -> Result<(), ArchiveError> {
    match answer(archive, reporter, &job.key).await {
        Ok(()) => archive.catalogue.job_done(job).await?,
        Err(reason) => {
            tracing::warn!(attempt = job.attempt, %reason, "a commitment was not acknowledged and is said again");
            archive.catalogue.job_failed(job, archive.clock.now(), &reason).await?;
        }
    }
    Ok(())
}

async fn answer(archive: &Archive, reporter: &dyn Reporter, key: &str) -> Result<(), String> {
    let key = CommitmentKey::parse(key).ok_or("a job names no request")?;
    let (group, text) = (archive.config.group, |error: record::RecordError| error.to_string());
    let Some(asked) = archive.catalogue.commitment(group, &key).await.map_err(text)? else { return Ok(()) };
    if asked.answered_at.is_some() {
        return Ok(());
    }
    let judged = judge(archive, &asked).await.map_err(|error| error.to_string())?;
    reporter.report(&key, &judged).await?;
    let counts = (judged.kept.len() as u64, judged.failed.len() as u64);
    archive.catalogue.commitment_answered(group, &key, counts, archive.clock.now()).await.map_err(text)
}

/// Reads again every instance that is asked for.
pub async fn judge(archive: &Archive, asked: &CommitmentAsked) -> Result<Judged, ArchiveError> {
    let uids: Vec<String> = asked.instances.iter().map(|(_, uid)| uid.clone()).collect();
    let here = archive.catalogue.instances_named(archive.config.group, &uids).await?;
    let here: BTreeMap<&str, &StoredInstance> =
        here.iter().map(|one| (one.header.sop_instance_uid.as_str(), one)).collect();
    let mut objects = Objects::default();
    let mut judged = Judged { kept: Vec::new(), failed: Vec::new() };
    for (class, uid) in &asked.instances {
        let named = (class.clone(), uid.clone());
        let verdict = match here.get(uid.as_str()) {
            None => Err(NotKept::Absent),
            Some(instance) if instance.header.sop_class_uid != *class => Err(NotKept::OtherClass),
            Some(instance) => reread(archive, instance, &mut objects).await,
        };
        match verdict {
            Ok(()) => judged.kept.push(named),
            Err(why) => judged.failed.push((named, why)),
        }
    }
    Ok(judged)
}

/// Objects read whole for this request: its instances most often share a few.
#[derive(Default)]
struct Objects(HashMap<ObjectKey, Option<Verified>>);

/// Reads an instance again, where it lies now. Sealed meanwhile, its place in the landing log may be gone: it is looked
/// for once more.
async fn reread(archive: &Archive, instance: &StoredInstance, objects: &mut Objects) -> Result<(), NotKept> {
    let Location::Landing(place) = &instance.location else { return reopen(archive, instance, objects).await };
    let Err(error) = archive.landing.verify(*place).await else { return Ok(()) };
    let uid = [instance.header.sop_instance_uid.clone()];
    let again = archive.catalogue.instances_named(archive.config.group, &uid).await;
    match again.map(|mut found| found.pop()) {
        Ok(Some(moved)) if matches!(moved.location, Location::Sealed { .. }) => reopen(archive, &moved, objects).await,
        _ => {
            tracing::error!(%error, "an instance that was to be committed to cannot be read back");
            Err(NotKept::Unreadable)
        }
    }
}

async fn reopen(archive: &Archive, instance: &StoredInstance, objects: &mut Objects) -> Result<(), NotKept> {
    let Location::Sealed { object, offset, .. } = &instance.location else { return Err(NotKept::Unreadable) };
    let key = object_key(object).map_err(|_| NotKept::Unreadable)?;
    if let std::collections::hash_map::Entry::Vacant(vacant) = objects.0.entry(key) {
        let verified = archive.vault.verify_past_cache(key).await;
        if let Err(error) = &verified {
            tracing::error!(%error, "an object with instances that were to be committed to cannot be read back");
        }
        vacant.insert(verified.ok());
    }
    let entries = objects.0.get(&key).and_then(Option::as_ref).map(|verified| verified.manifest.entries.as_slice());
    let found = entries.unwrap_or_default().iter().any(|entry| entry.offset_bytes == *offset);
    if found { Ok(()) } else { Err(NotKept::Unreadable) }
}
