//! What the patient and staff said of an exam: the optional archive, its class.

use async_trait::async_trait;

/// What the patient and staff said of an exam: the optional archive, its class.
#[async_trait]
pub trait Choices: Send + Sync + 'static {}
