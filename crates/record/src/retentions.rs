//! Holds, lists of erasure, certificates, adopted batches.

use async_trait::async_trait;

/// Holds, lists of erasure, certificates, adopted batches.
#[async_trait]
pub trait Retentions: Send + Sync + 'static {}
