//! The only door between the archive side and the diffusion side.
//!
//! This room must not know either side: it holds the messages both understand, as versioned data,
//! and the port through which they pass. In one process the port is a direct call; between two
//! machines it is HTTPS opened by the archive side, with the same contract tests.
//!
//! The archive side pushes blobs and then one [`Publication`] that names them; nothing is visible
//! on the diffusion side before that message is committed. Codes travel once, as [`CodeGrant`].
//!
//! Start with [`DiffusionDoor`].

pub mod message;
pub mod series;

use async_trait::async_trait;
use bytes::Bytes;
use uuid::Uuid;

pub use message::*;

/// The version of the messages in this crate. Pinned examples stand in `formats/link/`.
pub const LINK_VERSION: u32 = 3;

/// The oldest version still understood.
pub const OLDEST_LINK_VERSION: u32 = 1;

/// Why a message did not take effect.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The other side cannot be reached or is not ready: try again later.
    #[error("diffusion side unavailable: {0}")]
    Unavailable(String),
    /// The other side understood and refuses: trying again changes nothing.
    #[error("diffusion side refused: {0}")]
    Refused(String),
}

/// What the archive side may ask of the diffusion side. Every call may be repeated safely.
#[async_trait]
pub trait DiffusionDoor: Send + Sync + 'static {
    /// Opens (or re-opens) room for a publication's blobs. A second publication of the same exam
    /// replaces the first only when it is committed.
    async fn begin(&self, exam: Uuid, publication: Uuid) -> Result<(), LinkError>;
    /// Appends `bytes` to the named blob at `offset`; durable only with the commit.
    async fn put(&self, publication: Uuid, blob: BlobName, offset: u64, bytes: Bytes) -> Result<(), LinkError>;
    /// Makes the publication visible, atomically, once all its blobs are durable and of the
    /// announced length and digest.
    async fn commit(&self, publication: Publication) -> Result<(), LinkError>;
    /// Everything that is not bytes.
    async fn apply(&self, message: ToDiffusion) -> Result<(), LinkError>;
    /// What the diffusion side has to say, after sequence number `after`, oldest first.
    async fn poll(&self, after: u64, limit: u32) -> Result<Vec<Numbered<ToArchive>>, LinkError>;
}
