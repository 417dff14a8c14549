//! The lane of recalls: their jobs never wait behind others, and what the diffusion side asks is heard while the others
//! run.

use super::{AT_ONCE, JOB, Turns};
use crate::runner::{finish, listen};
use crate::{Archive, ArchiveError};
use exam::policy::RECALL_LATE_AFTER;
use record::ExamId;
use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

/// How long a lane may keep a job: short, so that after a crash the next start goes on within the ten minutes. One that
/// takes longer is still under way here and is not begun twice.
const LEASE: Duration = Duration::from_secs(4 * 60);
/// Recalls found and waiting for their turn.
const MOST: u32 = 64;

/// What is under way.
#[derive(Default)]
struct Lane {
    running: JoinSet<String>,
    keys: BTreeSet<String>,
    /// Late ones that were said.
    said: BTreeSet<Uuid>,
}

/// Runs recalls until `stop` turns true, and those under way to their end.
pub(crate) async fn run<F>(archive: Archive, mut stop: watch::Receiver<bool>, mut wake: impl FnMut() -> F)
where
    F: Future<Output = ()> + Send,
{
    let turns = Arc::new(Turns::new(AT_ONCE as usize));
    let mut lane = Lane::default();
    while !*stop.borrow() {
        if let Err(error) = lane.look(&archive, &turns).await {
            tracing::error!(%error, "the recalls cannot be read");
        }
        tokio::select! {
            () = wake() => {}
            Some(ended) = lane.running.join_next() => lane.ended(ended),
            changed = stop.changed() => if changed.is_err() { break },
        }
    }
    while let Some(ended) = lane.running.join_next().await {
        lane.ended(ended);
    }
}

impl Lane {
    async fn look(&mut self, archive: &Archive, turns: &Arc<Turns>) -> Result<(), ArchiveError> {
        listen(archive).await?;
        let room = MOST.saturating_sub(u32::try_from(self.keys.len()).unwrap_or(MOST));
        if room > 0 {
            for job in archive.catalogue.lease(&[JOB], archive.clock.now(), room, LEASE).await? {
                if !self.keys.insert(job.key.clone()) {
                    continue;
                }
                let (archive, turns) = (archive.clone(), Arc::clone(turns));
                self.running.spawn(async move {
                    let key = job.key.clone();
                    finish(&archive, job, &turns).await;
                    key
                });
            }
        }
        alarm(archive, &mut self.said).await
    }

    fn ended(&mut self, ended: Result<String, tokio::task::JoinError>) {
        match ended {
            Ok(key) => drop(self.keys.remove(&key)),
            Err(error) => {
                tracing::error!(%error, "a recall ended abnormally; its lease will end by itself");
                if self.running.is_empty() {
                    self.keys.clear();
                }
            }
        }
    }
}

/// Says each late recall once, as an error; the keeper's page says it as long as it lasts.
pub(crate) async fn alarm(archive: &Archive, said: &mut BTreeSet<Uuid>) -> Result<(), ArchiveError> {
    let now = archive.clock.now();
    let open = archive.catalogue.open_recalls(archive.config.group).await?;
    said.retain(|known| open.iter().any(|recall| recall.recall == *known));
    for recall in open.iter().filter(|recall| now - recall.asked_at > RECALL_LATE_AFTER) {
        if said.insert(recall.recall) {
            let ExamId(exam) = recall.exam;
            let reason = recall.failure.as_deref().unwrap_or("recall-slow");
            tracing::error!(%exam, reason, "a recall takes longer than eight minutes: somebody must look");
        }
    }
    Ok(())
}
