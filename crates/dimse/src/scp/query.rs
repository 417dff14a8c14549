//! The port of query and retrieve (PS3.4 annex C): what peers ask, and who answers.

use super::StoreStatus;
use crate::ae::AeTitle;
use async_trait::async_trait;
use bytes::Bytes;
use std::net::SocketAddr;
use tokio::io::AsyncRead;

/// From which level a model begins (PS3.4 §C.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// Patient Root.
    Patient,
    /// Study Root.
    Study,
}

/// What a SOP class of annex C does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// C-FIND.
    Find,
    /// C-MOVE.
    Move,
    /// C-GET.
    Get,
}

/// The SOP classes offered (PS3.4 §C.6.1.3, §C.6.2.3); the retired Patient/Study Only model is not.
pub const SOP_CLASSES: [(&str, Root, Service); 6] = [
    ("1.2.840.10008.5.1.4.1.2.1.1", Root::Patient, Service::Find),
    ("1.2.840.10008.5.1.4.1.2.1.2", Root::Patient, Service::Move),
    ("1.2.840.10008.5.1.4.1.2.1.3", Root::Patient, Service::Get),
    ("1.2.840.10008.5.1.4.1.2.2.1", Root::Study, Service::Find),
    ("1.2.840.10008.5.1.4.1.2.2.2", Root::Study, Service::Move),
    ("1.2.840.10008.5.1.4.1.2.2.3", Root::Study, Service::Get),
];

/// What a SOP class is here, when it is one of [`SOP_CLASSES`].
pub fn service(uid: &str) -> Option<(Root, Service)> {
    SOP_CLASSES.iter().find(|(class, _, _)| *class == uid).map(|(_, root, service)| (*root, *service))
}

/// A query or a retrieve, and whose it is.
#[derive(Debug, Clone)]
pub struct QueryRequest {
    /// The validated calling title.
    pub calling: AeTitle,
    /// The validated called title: ours.
    pub called: AeTitle,
    /// Where the connection comes from.
    pub peer: SocketAddr,
    /// The user that the peer claims to be, escaped: a claim, worth no right.
    pub claimed_user: Option<String>,
    /// The model.
    pub root: Root,
    /// The identifier, as sent.
    pub identifier: Bytes,
    /// In which of the two little endian transfer syntaxes it is, and its answers are to be.
    pub transfer_syntax_uid: String,
    /// Whether a range of date and time is one of instants (PS3.4 §C.5.1.1.2), as agreed.
    pub combined: bool,
    /// Whether names may be matched by likeness, as agreed.
    pub fuzzy: bool,
    /// Where it is to go, of a C-MOVE; ourselves (the calling peer) of a C-GET.
    pub destination: Option<AeTitle>,
}

/// The answers of a C-FIND, one after the other. Dropped when the peer cancels.
#[async_trait]
pub trait Answers: Send {
    /// The next identifier, encoded; `None` at the end.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreStatus>;
    /// Whether keys that wanted something are not supported: pending answers say FF01 (PS3.4 table C.4-1).
    fn ignores_keys(&self) -> bool;
}

/// An instance to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retrieved {
    /// Its SOP class.
    pub sop_class_uid: String,
    /// Its SOP instance.
    pub sop_instance_uid: String,
    /// How it is kept.
    pub transfer_syntax_uid: String,
}

/// The data set of an instance.
pub struct DataSet {
    /// Its length in bytes.
    pub length: u64,
    /// Its bytes; an end before that length, or an error, ends the association that it goes over.
    pub bytes: Box<dyn AsyncRead + Send + Unpin>,
}

/// What a retrieve sends. Dropped when it is done or cancelled.
#[async_trait]
pub trait Retrieval: Send {
    /// All of it, in order.
    fn instances(&self) -> &[Retrieved];
    /// Opens one for sending, in a transfer syntax that may be another than its own. `None` when it cannot be read, or
    /// not be had in that form: the sub-operation has failed, the others go on.
    async fn open(&mut self, index: usize, transfer_syntax_uid: &str) -> Option<DataSet>;
}

/// Answers queries and gives what is retrieved.
#[async_trait]
pub trait QueryHandler: Send + Sync + 'static {
    /// Begins a C-FIND, or refuses it (PS3.4 table C.4-1).
    async fn find(&self, request: QueryRequest) -> Result<Box<dyn Answers>, StoreStatus>;
    /// Begins a C-MOVE or C-GET, or refuses it (PS3.4 tables C.4-2 and C.4-3). What is to be traced is, when this returns.
    async fn retrieve(&self, request: QueryRequest) -> Result<Box<dyn Retrieval>, StoreStatus>;
    /// `host:port` of a destination of C-MOVE; `None` when it is not known.
    fn address(&self, destination: &AeTitle) -> Option<String>;
}
