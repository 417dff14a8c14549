//! The other side of the link, in memory.

use async_trait::async_trait;
use bytes::Bytes;
use link::{BlobName, CodeGrant, DiffusionDoor, LinkError, Numbered, Publication, Stub, ToArchive, ToDiffusion};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Mutex;
use uuid::Uuid;

/// A call that can be told to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Begin,
    /// The put of the n-th slice from now, from 0.
    Put(u32),
    Commit,
    Grant,
    Revoke,
    Withdraw,
}

#[derive(Default)]
pub struct DoorState {
    pub blobs: BTreeMap<(Uuid, BlobName), Vec<u8>>,
    pub begun: Vec<Uuid>,
    pub committed: Vec<Publication>,
    /// What patients see.
    pub visible: BTreeMap<Uuid, Publication>,
    pub grants: Vec<CodeGrant>,
    pub revoked: Vec<Uuid>,
    /// Everything else, as it was said.
    pub told: Vec<ToDiffusion>,
    pub withdrawn: Vec<Uuid>,
    /// Withdrawn with their codes.
    pub suspended: Vec<Uuid>,
    pub to_archive: Vec<Numbered<ToArchive>>,
    pub polled_after: Vec<u64>,
    pub failing: Option<Call>,
}

#[derive(Default)]
pub struct FakeDoor {
    state: Mutex<DoorState>,
    /// Whoever holds it for writing keeps every slice outside.
    pub gate: tokio::sync::RwLock<()>,
}

impl FakeDoor {
    pub fn look<T>(&self, look: impl FnOnce(&DoorState) -> T) -> T {
        look(&self.state.lock().unwrap())
    }

    /// Fails this call from now on; `None`: all succeed.
    pub fn fail(&self, call: impl Into<Option<Call>>) {
        self.state.lock().unwrap().failing = call.into();
    }

    pub fn say(&self, message: ToArchive) {
        let mut state = self.state.lock().unwrap();
        let number = state.to_archive.len() as u64 + 1;
        state.to_archive.push(Numbered { number, message });
    }

    pub fn commits(&self) -> usize {
        self.look(|state| state.committed.len())
    }

    pub fn last(&self) -> Publication {
        self.look(|state| state.committed.last().cloned().expect("nothing was committed"))
    }

    pub fn blob(&self, publication: &Publication, name: BlobName) -> Vec<u8> {
        self.look(|state| state.blobs[&(publication.publication, name)].clone())
    }

    /// The dates and words told by themselves, oldest first.
    pub fn stubs(&self) -> Vec<Stub> {
        let stub = |told: &ToDiffusion| match told {
            ToDiffusion::Stub(stub) => Some(stub.clone()),
            _ => None,
        };
        self.look(|state| state.told.iter().filter_map(stub).collect())
    }

    pub fn is_visible(&self, exam: Uuid) -> bool {
        self.look(|state| state.visible.contains_key(&exam))
    }

    fn unless_failing(&self, call: Call) -> Result<std::sync::MutexGuard<'_, DoorState>, LinkError> {
        let state = self.state.lock().unwrap();
        if state.failing == Some(call) { Err(unavailable()) } else { Ok(state) }
    }
}

fn unavailable() -> LinkError {
    LinkError::Unavailable("told to fail".into())
}

#[async_trait]
impl DiffusionDoor for FakeDoor {
    async fn begin(&self, _: Uuid, publication: Uuid) -> Result<(), LinkError> {
        self.unless_failing(Call::Begin)?.begun.push(publication);
        Ok(())
    }

    async fn put(&self, publication: Uuid, blob: BlobName, offset: u64, bytes: Bytes) -> Result<(), LinkError> {
        let _open = self.gate.read().await;
        let mut state = self.unless_failing(Call::Put(0))?;
        if let Some(Call::Put(left)) = &mut state.failing {
            *left -= 1;
        }
        if !state.begun.contains(&publication) {
            return Err(LinkError::Refused("never begun".into()));
        }
        let kept = state.blobs.entry((publication, blob)).or_default();
        if kept.len() as u64 != offset {
            return Err(LinkError::Refused("not where the blob ends".into()));
        }
        kept.extend_from_slice(&bytes);
        Ok(())
    }

    async fn commit(&self, publication: Publication) -> Result<(), LinkError> {
        let mut state = self.unless_failing(Call::Commit)?;
        let put = state.blobs.keys().filter(|(of, _)| *of == publication.publication).count();
        if put != publication.blobs.len() {
            return Err(LinkError::Refused("blobs were put that are not announced".into()));
        }
        for info in &publication.blobs {
            let kept = state.blobs.get(&(publication.publication, info.name.clone()));
            let kept = kept.ok_or_else(|| LinkError::Refused("a blob is missing".into()))?;
            if kept.len() as u64 != info.size_bytes || hex::encode(Sha256::digest(kept)) != info.sha256 {
                return Err(LinkError::Refused("a blob is not the announced one".into()));
            }
        }
        state.visible.insert(publication.exam, publication.clone());
        state.committed.push(publication);
        Ok(())
    }

    async fn apply(&self, message: ToDiffusion) -> Result<(), LinkError> {
        match message {
            ToDiffusion::Withdraw { exam, codes } => {
                let mut state = self.unless_failing(Call::Withdraw)?;
                if codes {
                    state.suspended.push(exam);
                }
                state.visible.remove(&exam);
                state.withdrawn.push(exam);
            }
            ToDiffusion::Grant(grant) => self.unless_failing(Call::Grant)?.grants.push(grant),
            ToDiffusion::Revoke { sheet } => self.unless_failing(Call::Revoke)?.revoked.push(sheet),
            told => self.state.lock().unwrap().told.push(told),
        }
        Ok(())
    }

    async fn poll(&self, after: u64, limit: u32) -> Result<Vec<Numbered<ToArchive>>, LinkError> {
        let mut state = self.state.lock().unwrap();
        state.polled_after.push(after);
        let new = state.to_archive.iter().filter(|message| message.number > after);
        Ok(new.take(limit as usize).cloned().collect())
    }
}
