//! What the holder of a session takes away to check the log of accesses without us.

use crate::traced::{event_of, not_traced, sheet_actor};
use crate::{Act, Denied, Diffusion, SessionToken};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use trace::{Checkpoint, LeafIndex, Outcome};

/// The most events of one exam that are proved at once, the latest.
const MOST_PROOFS: u32 = 1000;

/// What a reader must already know to check a proof: the log's public keys and its witnesses' (C2SP `signed-note`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceKeys {
    /// Of the log.
    pub log: String,
    /// Of its witnesses.
    pub witnesses: Vec<String>,
    /// How many of them make a checkpoint *confirmed*.
    pub needed: usize,
}

impl Diffusion {
    /// The proof (C2SP `tlog-proof`) of one event of the session's exam; `None` when the exam has no such event.
    /// Reading the log is itself traced.
    pub async fn proof_of(&self, token: &SessionToken, leaf: u64) -> Result<Option<String>, Denied> {
        let leaves = self.own_leaves(token).await?;
        match leaves.contains(&LeafIndex(leaf)) {
            true => Ok(Some(self.proof_text(LeafIndex(leaf)).await?)),
            false => Ok(None),
        }
    }

    /// The proofs of every event of the session's exam, one after the other, oldest first.
    pub async fn proofs(&self, token: &SessionToken) -> Result<String, Denied> {
        let leaves = self.own_leaves(token).await?;
        let mut text = String::new();
        for leaf in leaves.into_iter().rev() {
            text += &self.proof_text(leaf).await?;
        }
        Ok(text)
    }

    /// A receipt: the signed checkpoint of the log as it is now, to hold later ones against.
    pub async fn receipt(&self, token: &SessionToken) -> Result<String, Denied> {
        self.own_leaves(token).await?;
        let trace = &self.inner.ports.trace;
        Ok(trace.checkpoint().await.map_err(not_traced)?.unwrap_or_default())
    }

    /// That the log has grown from a receipt of `old` events to what it is now; `None` when it never had that many.
    pub async fn growth_since(&self, token: &SessionToken, old: u64) -> Result<Option<String>, Denied> {
        let now = self.receipt(token).await?;
        let size = Checkpoint::unverified(&now).map_or(0, |checkpoint| checkpoint.size);
        if old == 0 || old > size {
            return Ok(None);
        }
        let path = self.inner.ports.trace.growth(old, size).await.map_err(not_traced)?;
        let path: String = path.iter().map(|hash| STANDARD.encode(hash) + "\n").collect();
        Ok(Some(format!("negatoscope/tlog-growth@v1\nold {old}\n{path}\n{now}")))
    }

    /// The keys that proofs are checked with.
    pub fn trace_keys(&self) -> TraceKeys {
        let trace = &self.inner.ports.trace;
        let (witnesses, needed) = trace.witnesses();
        TraceKeys {
            log: trace.key().to_string(),
            witnesses: witnesses.iter().map(ToString::to_string).collect(),
            needed: *needed,
        }
    }

    /// The leaves of the session's exam, newest first, the reading traced.
    async fn own_leaves(&self, token: &SessionToken) -> Result<Vec<LeafIndex>, Denied> {
        let session = self.patients_session(token).await?;
        let actor = sheet_actor(session.sheet, session.opened_with);
        let event = event_of(session.exam, Act::ReadTrace, actor, Outcome::Success);
        self.inner.gate.admit(&hex::encode(session.digest), event).await.map_err(not_traced)?;
        let events = self.inner.ports.trace.events_of_exam(session.exam, MOST_PROOFS).await.map_err(not_traced)?;
        Ok(events.iter().map(|event| event.seq).collect())
    }

    async fn proof_text(&self, leaf: LeafIndex) -> Result<String, Denied> {
        Ok(self.inner.ports.trace.proof(leaf).await.map_err(not_traced)?.to_text())
    }
}
