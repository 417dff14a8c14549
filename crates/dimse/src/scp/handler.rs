//! The ports through which this room hands on what it receives.

use super::StoreStatus;
use crate::ae::AeTitle;
use crate::commitment::Commitment;
use async_trait::async_trait;
use bytes::Bytes;
use std::net::SocketAddr;

/// What a peer announces with a C-STORE request. Nothing in it is proven yet: the data set may disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRequest {
    /// The validated calling title.
    pub calling_ae: String,
    /// The validated called title.
    pub called_ae: String,
    /// Where the connection comes from.
    pub peer: SocketAddr,
    /// Affected SOP Class UID (0000,0002), well-formed.
    pub sop_class_uid: String,
    /// Affected SOP Instance UID (0000,1000), well-formed.
    pub sop_instance_uid: String,
    /// The transfer syntax agreed for the presentation context: the data set is encoded in it.
    pub transfer_syntax_uid: String,
    /// Message ID (0000,0110).
    pub message_id: u16,
}

/// Where data sets go.
#[async_trait]
pub trait StoreHandler: Send + Sync + 'static {
    /// Takes one instance, or refuses it before its first byte; a refused data set is read to its end and
    /// the status answered.
    async fn begin(&self, request: StoreRequest) -> Result<Box<dyn Reception>, StoreStatus>;
}

/// One data set on its way in. Dropping it without [`Reception::finish`] is an abort: nothing may remain.
#[async_trait]
pub trait Reception: Send {
    /// Takes the next run of data set bytes. It is owned and shares the read buffer, so that no copy is
    /// needed; holding many of them holds their buffers.
    ///
    /// After an error nothing more is written, the rest of the data set is read and thrown away, and the
    /// status is answered; the association lives on.
    async fn write(&mut self, slice: Bytes) -> Result<(), StoreStatus>;

    /// Ends the data set. Success only when it is on stable storage and visible.
    async fn finish(self: Box<Self>) -> StoreStatus;
}

/// Who hears what a peer commits to, of what it was sent.
#[async_trait]
pub trait CommitmentHandler: Send + Sync + 'static {
    /// One event, of this calling title. False when no such request is known.
    async fn committed(&self, calling: &AeTitle, commitment: Commitment) -> bool;
}

/// What an observer is told about associations: for the security log and the metrics of the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssociationEvent {
    /// An association was opened.
    Opened {
        /// The calling title.
        calling: AeTitle,
        /// The called title.
        called: AeTitle,
        /// Where it comes from.
        peer: SocketAddr,
        /// The user named by the peer (PS3.7 §D.3.3.7), escaped: a claim, never a proof, and worth no right.
        claimed_user: Option<String>,
    },
    /// An association was refused, or a connection closed before it had one.
    Refused {
        /// The calling title as sent, escaped; empty when none was read.
        calling: String,
        /// Where it comes from.
        peer: SocketAddr,
        /// Why, for the operator.
        reason: &'static str,
    },
    /// An association ended.
    Closed {
        /// Where it came from.
        peer: SocketAddr,
        /// How many data sets were stored.
        stored: u64,
        /// How many were refused or failed.
        failed: u64,
        /// Whether it ended by a release.
        released: bool,
    },
}

/// Hears of every association; called in line, so it must be quick.
pub trait Observer: Send + Sync + 'static {
    /// One event.
    fn observe(&self, event: AssociationEvent);
}
