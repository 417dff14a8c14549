use crate::{ObjectKey, VaultError};
use async_trait::async_trait;
use bytes::Bytes;
use std::ops::Range;

/// A part of an object on its way in or out.
#[derive(Debug)]
pub enum Piece {
    /// The next bytes, in order.
    Bytes(Bytes),
    /// Everything has been sent. A stream that stops without it was cut, and counts for nothing.
    End,
}

/// Pieces in order. The channel is bounded, so a slow side slows the other one.
pub type Pieces = tokio::sync::mpsc::Receiver<Result<Piece, VaultError>>;

/// Where sealed objects are kept. Adapters pass [`crate::contract`].
///
/// There is no way to change or erase an object here, by design.
#[async_trait]
pub trait ObjectStore: Send + Sync + 'static {
    /// Stores a new object and returns its size in bytes. Returns only when bytes and name are on
    /// stable storage; on any error nothing is visible under `key` (unless it was there before).
    ///
    /// `pieces` must close with [`Piece::End`]; without it the object is refused as cut.
    async fn put(&self, key: ObjectKey, pieces: Pieces) -> Result<u64, VaultError>;

    /// The bytes in `range`, exactly; a range past the end is [`VaultError::Damaged`].
    async fn read(&self, key: ObjectKey, range: Range<u64>) -> Result<Bytes, VaultError>;

    /// Size in bytes.
    async fn size(&self, key: ObjectKey) -> Result<u64, VaultError>;

    /// Lets the next reads of an object come from where it is kept, not from this machine's memory of it. An adapter
    /// without such a memory has nothing to do.
    async fn forget(&self, key: ObjectKey) -> Result<(), VaultError> {
        let _ = key;
        Ok(())
    }

    /// At most `limit` keys greater than `after`, in increasing order.
    async fn list(&self, after: Option<ObjectKey>, limit: usize) -> Result<Vec<ObjectKey>, VaultError>;
}
