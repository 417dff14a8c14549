//! Recalls: from asked to ready.

use async_trait::async_trait;

/// Recalls: from asked to ready.
#[async_trait]
pub trait Recalls: Send + Sync + 'static {}
