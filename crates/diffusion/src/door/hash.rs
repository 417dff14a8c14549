//! The work an attempt costs: one Argon2id, the same for everybody, a few at a time.

use crate::keys::{Keys, Use};
use crate::{Argon2Cost, DiffusionError};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Computes verifiers, `slots` at a time, for at most `queue` attempts in the room.
pub(crate) struct Hasher {
    cost: Argon2Cost,
    slots: Semaphore,
    room: Arc<Semaphore>,
    made: AtomicU64,
}

impl Hasher {
    pub(crate) fn new(cost: Argon2Cost) -> Self {
        let (slots, queue) = (cost.slots.max(1), cost.queue.max(1));
        Self { cost, slots: Semaphore::new(slots), room: Arc::new(Semaphore::new(queue)), made: AtomicU64::new(0) }
    }

    /// A place in the room, or none when it is full.
    pub(crate) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.room).try_acquire_owned().ok()
    }

    /// How many hashes have been computed since the start.
    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// Argon2id (RFC 9106) over the keyed digest of number and code; the salt is derived from the number, known or
    /// not, so that one hash is compared with every code of the number.
    pub(crate) async fn verifier(&self, keys: &Keys, number: &str, code: &str) -> Result<[u8; 32], DiffusionError> {
        let secret = keys.digest(Use::Code, &[number.as_bytes(), code.as_bytes()])?;
        let salt = keys.digest(Use::NumberSalt, &[number.as_bytes()])?;
        let params = Params::new(self.cost.memory_kib, self.cost.passes, self.cost.lanes, Some(32))
            .map_err(|error| DiffusionError::Keys(format!("argon2 parameters: {error}")))?;
        let _slot = self.slots.acquire().await.map_err(|_| DiffusionError::Task)?;
        self.made.fetch_add(1, Ordering::Relaxed);
        crate::accept::blocking(move || {
            let mut out = [0; 32];
            let salt = salt.split_at(16).0;
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_into(&secret, salt, &mut out)
                .map_err(|error| DiffusionError::Keys(format!("argon2: {error}")))?;
            Ok(out)
        })
        .await
    }
}
