//! Gives synced records to the register, in the log's order, and answers those who wait.

use super::shared::Shared;
use super::writer::Answer;
use super::{Applied, Landed, Place, Position, Refusal, Register, Verdict};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Records given to the register in one transaction, at most, unless one commit of the log had more.
const BATCH: usize = 128;
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// One commit of the log.
pub(super) struct Batch {
    pub items: Vec<Item>,
    /// The end of the last record.
    pub position: Position,
}

/// A synced record and who waits for it.
pub(super) struct Item {
    pub landed: Landed,
    pub reply: oneshot::Sender<Result<Answer, Refusal>>,
}

pub(super) struct Applier {
    pub shared: Arc<Shared>,
    pub register: Arc<dyn Register>,
    pub writer: u32,
}

impl Applier {
    /// Applies until the writer is gone.
    pub async fn run(self, mut batches: mpsc::UnboundedReceiver<Batch>) {
        while let Some(batch) = batches.recv().await {
            let (mut items, mut position) = (batch.items, batch.position);
            while items.len() < BATCH {
                let Ok(more) = batches.try_recv() else { break };
                items.extend(more.items);
                position = more.position;
            }
            if !self.apply(items, position, &batches).await {
                return;
            }
        }
    }

    /// False when the register still fails while the log closes: the next opening replays.
    async fn apply(&self, items: Vec<Item>, position: Position, batches: &mpsc::UnboundedReceiver<Batch>) -> bool {
        let (landed, mut replies): (Vec<Landed>, Vec<_>) =
            items.into_iter().map(|item| (item.landed, item.reply)).unzip();
        let places: Vec<Place> = landed.iter().map(|landed| landed.place).collect();
        let mut pause = FIRST_PAUSE;
        loop {
            match self.receive(&landed, position).await {
                Ok(verdicts) => {
                    self.done(position);
                    for ((reply, place), verdict) in replies.into_iter().zip(places).zip(verdicts) {
                        let _ = reply.send(Ok(Answer { place, verdict }));
                    }
                    return true;
                }
                Err(error) => {
                    // Durable, but not visible: not a success. The records stay first in line, and arrivals are
                    // refused meanwhile, so that nothing piles up.
                    tracing::error!(writer = self.writer, %error, "landed records could not be received");
                    self.shared.state().stuck.insert(self.writer);
                    for reply in replies.drain(..) {
                        let _ = reply.send(Err(Refusal::Unavailable));
                    }
                    if batches.is_closed() {
                        return false;
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn receive(&self, landed: &[Landed], position: Position) -> Result<Vec<Verdict>, super::RegisterError> {
        let applied = Applied { writer: self.writer, position };
        let verdicts = self.register.receive(landed, applied).await?;
        if verdicts.len() == landed.len() {
            Ok(verdicts)
        } else {
            Err(super::RegisterError("one verdict for each record was expected".into()))
        }
    }

    fn done(&self, position: Position) {
        let mut state = self.shared.state();
        state.stuck.remove(&self.writer);
        state.applied.insert(self.writer, position);
    }
}
