//! Runs the jobs the record asks for, and takes what the diffusion side has to say.

use crate::publish::{self, Outcome};
use crate::{Archive, ArchiveError, journal, recall, reserve, rights, seal, transmit};
use link::{RecallBy, ToArchive};
use record::{ExamId, RESERVE_JOB, RecordError, SheetId};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::watch;
use trace::{Actor, Event, Kind, Role};
use uuid::Uuid;
use work::{Job, NewJob};

/// How long a runner may keep a job before another may take it.
const LEASE: Duration = Duration::from_secs(15 * 60);
/// Jobs under way at once.
const AT_ONCE: u32 = 4;
/// The kinds this server runs, recalls excepted, which have a lane of their own.
const KINDS: &[&str] = &["seal", "publish", RESERVE_JOB, publish::END, journal::JOB];
/// All of them, recalls first.
const ALL_KINDS: &[&str] = &[recall::JOB, "seal", "publish", RESERVE_JOB, publish::END, journal::JOB];

/// Runs due jobs until `stop` turns true; asks again each time `wake` completes (a short pause in life, the test's own
/// signal in tests). Recalls run beside the others, and so does what partners receive.
pub async fn run<F>(archive: Archive, stop: watch::Receiver<bool>, wake: impl FnMut() -> F + Clone + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::join!(
        bulk(archive.clone(), stop.clone(), wake.clone()),
        recall::lane::run(archive.clone(), stop.clone(), wake.clone()),
        transmit::lane::run(archive, stop, wake),
    );
}

async fn bulk<F>(archive: Archive, mut stop: watch::Receiver<bool>, mut wake: impl FnMut() -> F)
where
    F: Future<Output = ()> + Send,
{
    match crate::orphans::adopt(&archive).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "objects sealed before a crash have their rows again"),
        Err(error) => tracing::warn!(%error, "objects without a row could not be looked for"),
    }
    let mut latest = None;
    while !*stop.borrow() {
        follow_clock(&archive, &mut latest).await;
        match due(&archive, KINDS).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::error!(%error, "the jobs cannot be read"),
        }
        tokio::select! {
            () = wake() => {}
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

/// At the start, and whenever the clock has been set back since the last look, what it put off while it ran ahead is
/// brought back: a job that failed then would else wait for years.
async fn follow_clock(archive: &Archive, latest: &mut Option<OffsetDateTime>) {
    let now = archive.clock.now();
    if latest.is_none_or(|latest| now < latest) {
        match archive.catalogue.bring_jobs_back(now, LEASE).await {
            Ok(0) => {}
            Ok(jobs) => tracing::warn!(jobs, "the clock was ahead: the jobs it put off are due again"),
            Err(error) => {
                tracing::error!(%error, "the jobs that a clock put off could not be brought back");
                return;
            }
        }
    }
    *latest = Some(now);
}

/// Hears the other side, runs the jobs that are due now, and says how many there were.
pub async fn once(archive: &Archive) -> Result<usize, ArchiveError> {
    listen(archive).await?;
    due(archive, ALL_KINDS).await
}

async fn due(archive: &Archive, kinds: &[&str]) -> Result<usize, ArchiveError> {
    let jobs = archive.catalogue.lease(kinds, archive.clock.now(), AT_ONCE, LEASE).await?;
    let count = jobs.len();
    let turns = Arc::new(recall::Turns::new(recall::AT_ONCE as usize));
    let mut running = tokio::task::JoinSet::new();
    for job in jobs {
        let (archive, turns) = (archive.clone(), Arc::clone(&turns));
        running.spawn(async move { finish(&archive, job, &turns).await });
    }
    while let Some(result) = running.join_next().await {
        if let Err(error) = result {
            tracing::error!(%error, "a job ended abnormally; its lease will end by itself");
        }
    }
    Ok(count)
}

/// Runs a job and writes its end.
pub(crate) async fn finish(archive: &Archive, job: Job, turns: &recall::Turns) {
    let now = archive.clock.now();
    let ended = match act(archive, &job, turns).await {
        Ok(Outcome::Agrees) => archive.catalogue.job_done(&job).await,
        Ok(Outcome::NotBefore(due_at)) => {
            let again =
                NewJob { group: job.group, kind: job.kind.clone(), key: job.key.clone(), asked_at: now, due_at };
            match archive.catalogue.enqueue(again).await {
                Ok(()) => archive.catalogue.job_done(&job).await,
                Err(error) => Err(error),
            }
        }
        Err(error) => {
            tracing::warn!(kind = job.kind, attempt = job.attempt, %error, "a job failed and is tried again");
            archive.catalogue.job_failed(&job, now, &error.to_string()).await
        }
    };
    if let Err(error) = ended {
        tracing::error!(%error, "the end of a job could not be written; its lease will end by itself");
    }
}

async fn act(archive: &Archive, job: &Job, turns: &recall::Turns) -> Result<Outcome, ArchiveError> {
    if job.kind == journal::JOB {
        return journal::seal(archive).await.map(|()| Outcome::Agrees);
    }
    if job.kind == RESERVE_JOB {
        reserve::reconcile(archive, &job.key).await?;
        return journal::ask(archive).await.map(|()| Outcome::Agrees);
    }
    let exam = ExamId(Uuid::parse_str(&job.key).map_err(|_| ArchiveError::Refused("a job names no exam"))?);
    match job.kind.as_str() {
        "seal" => seal::exam(archive, exam).await.map(|()| Outcome::Agrees),
        recall::JOB => recall::run(archive, exam, turns).await,
        "publish" | publish::END => {
            let planned = transmit::plan::plan(archive, exam).await?;
            let outcome = first(publish::reconcile(archive, exam).await?, planned);
            // What was published, withdrawn or decided just before is in the journal too.
            journal::ask(archive).await?;
            Ok(outcome)
        }
        _ => Err(ArchiveError::Refused("no such kind of job")),
    }
}

/// Looks again at the earlier of two instants.
fn first(a: Outcome, b: Outcome) -> Outcome {
    match (a, b) {
        (Outcome::NotBefore(a), Outcome::NotBefore(b)) => Outcome::NotBefore(a.min(b)),
        (Outcome::Agrees, other) | (other, Outcome::Agrees) => other,
    }
}

/// Takes the diffusion side's messages, each once.
pub(crate) async fn listen(archive: &Archive) -> Result<(), ArchiveError> {
    let group = archive.config.group;
    let mut cursor = archive.catalogue.link_cursor(group).await?;
    let messages = match archive.door.poll(cursor, 100).await {
        Ok(messages) => messages,
        Err(error) => {
            tracing::warn!(%error, "the diffusion side does not answer");
            return Ok(());
        }
    };
    for message in messages {
        match message.message {
            ToArchive::NumberLocked { exam, at } => {
                tracing::warn!(%exam, "too many failures on one exam number: its codes must be replaced");
                match archive.catalogue.number_locked(group, ExamId(exam), at).await {
                    // An exam the record has lost must not stop what comes after it.
                    Err(RecordError::NotFound { .. }) => {}
                    told => told?,
                }
            }
            ToArchive::EmergencyOpened { emergency } => rights::emergency_opened(archive, emergency).await?,
            ToArchive::StatementMade { statement } => rights::made_there(archive, statement).await?,
            ToArchive::CodeUsed { sheet, uses, at } => note_use(archive, SheetId(sheet), uses, at).await?,
            ToArchive::RecallAsked { recall, exam, by, at } => {
                let by = match by {
                    RecallBy::Sheet { .. } => "sheet".to_owned(),
                    RecallBy::Professional { rpps } => format!("professional:{rpps}"),
                };
                recall::asked(archive, recall, ExamId(exam), &by, at).await?;
            }
        }
        cursor = cursor.max(message.number);
        archive.catalogue.set_link_cursor(group, cursor).await?;
    }
    Ok(())
}

/// A sheet opened its exam on the other side: this side's trace tells staff so, for the person it was made for. Told
/// twice, it is noted twice.
async fn note_use(archive: &Archive, sheet: SheetId, uses: u64, at: OffsetDateTime) -> Result<(), ArchiveError> {
    let group = archive.config.group;
    let Some(known) = archive.catalogue.sheet_by_id(group, sheet).await? else { return Ok(()) };
    let detail = archive.catalogue.exam(group, known.exam).await?;
    let at = at.format(&Rfc3339).map_err(|error| ArchiveError::Prepare(error.to_string()))?;
    let words = [("what", "code-used".to_owned()), ("uses", uses.to_string()), ("at", at)];
    let event = Event {
        kind: Kind::Open,
        patient: detail.diffused_for.map(|made_for| made_for.patient.to_string()),
        exam: Some(known.exam.0),
        actor: Actor { role: Role::Patient, label: format!("sheet:{}", sheet.0.simple()), name: None },
        outcome: trace::Outcome::Success,
        detail: words.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    };
    archive.trace.append(event).await?;
    Ok(())
}
