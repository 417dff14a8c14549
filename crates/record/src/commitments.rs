//! What peers asked us to commit to.

use crate::RecordError;
use crate::model::{GroupId, StoredInstance};
use async_trait::async_trait;
use time::OffsetDateTime;

/// The kind of the jobs that answer a request; their key is [`CommitmentKey`]'s text.
pub const COMMIT_JOB: &str = "commit";

/// Names a request: a transaction is its peer's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitmentKey {
    /// The peer's calling title.
    pub peer: String,
    /// Transaction UID (0008,1195).
    pub transaction_uid: String,
}

impl std::fmt::Display for CommitmentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.transaction_uid, self.peer)
    }
}

impl CommitmentKey {
    /// From the key of a job.
    pub fn parse(text: &str) -> Option<Self> {
        // A UID has no space; a title may.
        let (transaction_uid, peer) = text.split_once(' ')?;
        Some(Self { peer: peer.to_owned(), transaction_uid: transaction_uid.to_owned() })
    }
}

/// A request of a peer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitmentAsked {
    /// Whose, and which.
    pub key: CommitmentKey,
    /// SOP class and instance of each, as the peer names them; empty once it was answered.
    pub instances: Vec<(String, String)>,
    /// When.
    pub asked_at: OffsetDateTime,
    /// When the peer acknowledged the answer.
    pub answered_at: Option<OffsetDateTime>,
}

/// Requests for commitment. Not journalled: after a rebuild a peer that heard nothing asks again.
#[async_trait]
pub trait Commitments: Send + Sync + 'static {
    /// Keeps a request and enqueues its answer, due at once. The same again is asked for again.
    ///
    /// # Errors
    /// [`RecordError::Refused`] when the transaction was used for other instances.
    async fn commitment_asked(&self, group: GroupId, asked: CommitmentAsked) -> Result<(), RecordError>;
    /// A request.
    async fn commitment(&self, group: GroupId, key: &CommitmentKey) -> Result<Option<CommitmentAsked>, RecordError>;
    /// The peer has acknowledged an answer with so many instances kept and not kept.
    async fn commitment_answered(
        &self,
        group: GroupId,
        key: &CommitmentKey,
        counts: (u64, u64),
        at: OffsetDateTime,
    ) -> Result<(), RecordError>;
    /// Those of these instances that are here, in no order.
    async fn instances_named(&self, group: GroupId, uids: &[String]) -> Result<Vec<StoredInstance>, RecordError>;
}
