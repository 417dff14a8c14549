//! The eraser of vault objects, a port of its own: only retention is handed one.

use crate::{ObjectKey, VaultError};
use async_trait::async_trait;

/// What an erasure found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erased {
    /// The object was there and is gone, durably.
    Gone,
    /// There was nothing under this key.
    Absent,
}

/// Destroys objects, for ever.
#[async_trait]
pub trait VaultEraser: Send + Sync + 'static {
    /// Destroys the object; returns only when its name is gone from stable storage. Repeatable.
    async fn erase(&self, key: ObjectKey) -> Result<Erased, VaultError>;
}
