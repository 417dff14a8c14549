//! What the archive side sends, as [`link::DiffusionDoor`]: begin, put, commit, messages, poll.

use crate::copies::{Arrived, CopyKey, Incoming, PutError};
use crate::eraser::erase_bytes;
use crate::keys::Secret;
use crate::{Diffusion, DiffusionError, temporary};
use ambient::random_bytes;
use async_trait::async_trait;
use bytes::Bytes;
use link::{BlobName, DiffusionDoor, LinkError, Numbered, Publication, ToArchive, ToDiffusion};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Publications on their way in at the same time.
const MOST_INCOMING: usize = 256;

/// By publication: when it was last written to, as a count, and what is here of it.
type Arrivals = HashMap<Uuid, (u64, Arc<tokio::sync::Mutex<Incoming>>)>;

/// The publications on their way in.
#[derive(Default)]
pub(crate) struct Arriving {
    all: Mutex<Arrivals>,
    /// One `begin` at a time, so that two never share a folder.
    beginning: tokio::sync::Mutex<()>,
}

impl Arriving {
    /// The arrival of a publication, marked as the latest written to.
    fn find(&self, publication: Uuid) -> Option<Arc<tokio::sync::Mutex<Incoming>>> {
        self.with(|all| {
            let latest = all.values().map(|(touched, _)| *touched).max().unwrap_or_default();
            all.get_mut(&publication).map(|(touched, incoming)| {
                *touched = latest + 1;
                Arc::clone(incoming)
            })
        })
    }

    /// Adds an arrival; when there are too many, the one not written to for longest gives way and is returned.
    fn add(&self, publication: Uuid, incoming: Incoming) -> Option<Uuid> {
        self.with(|all| {
            let latest = all.values().map(|(touched, _)| *touched).max().unwrap_or_default();
            let oldest = all.iter().min_by_key(|(_, (touched, _))| *touched).map(|(id, _)| *id);
            let evicted = oldest.filter(|_| all.len() >= MOST_INCOMING);
            if let Some(evicted) = &evicted {
                all.remove(evicted);
            }
            all.insert(publication, (latest + 1, Arc::new(tokio::sync::Mutex::new(incoming))));
            evicted
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Arrivals) -> T) -> T {
        act(&mut self.all.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl DiffusionDoor for Diffusion {
    async fn begin(&self, exam: Uuid, publication: Uuid) -> Result<(), LinkError> {
        if self.committed(publication).await.map_err(unavailable)?.is_some() {
            return Ok(());
        }
        let _one_at_a_time = self.inner.arriving.beginning.lock().await;
        if let Some((_, earlier)) = self.inner.arriving.with(|all| all.remove(&publication)) {
            earlier.lock().await.close();
        }
        let secret = Secret::new(random_bytes::<32>(self.inner.ports.random.as_ref()));
        let key = CopyKey::new(publication, secret);
        let copies = self.inner.copies.clone();
        let incoming = blocking(move || {
            let tidy = DiffusionError::file("clearing an earlier arrival");
            temporary::discard_incoming(&copies, publication).map_err(tidy)?;
            Incoming::begin(copies.incoming_of(publication), exam, key)
        })
        .await
        .map_err(unavailable)?;
        if let Some(evicted) = self.inner.arriving.add(publication, incoming) {
            self.forget(evicted).await;
        }
        Ok(())
    }

    async fn put(&self, publication: Uuid, blob: BlobName, offset: u64, bytes: Bytes) -> Result<(), LinkError> {
        let Some(incoming) = self.inner.arriving.find(publication) else {
            return match self.committed(publication).await.map_err(unavailable)? {
                Some(_) => Ok(()),
                None => Err(LinkError::Unavailable("not begun here; begin again".into())),
            };
        };
        let mut incoming = incoming.lock_owned().await;
        let put = tokio::task::spawn_blocking(move || incoming.put(blob, offset, &bytes)).await;
        match put {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error @ (PutError::Gap { .. } | PutError::TooMany))) => Err(LinkError::Refused(error.to_string())),
            Ok(Err(PutError::Closed)) => Err(LinkError::Unavailable(PutError::Closed.to_string())),
            Ok(Err(error)) => {
                // A file that took part of the bytes cannot be trusted: the whole arrival starts again.
                self.forget(publication).await;
                Err(LinkError::Unavailable(error.to_string()))
            }
            Err(_) => Err(unavailable(DiffusionError::Task)),
        }
    }

    async fn commit(&self, publication: Publication) -> Result<(), LinkError> {
        let id = publication.publication;
        let document = serde_json::to_vec(&publication).map_err(|error| LinkError::Refused(error.to_string()))?;
        let announced: [u8; 32] = Sha256::digest(&document).into();
        if let Some(known) = self.committed(id).await.map_err(unavailable)? {
            return if known == announced {
                Ok(())
            } else {
                Err(LinkError::Refused("this publication was committed with other words".into()))
            };
        }
        self.acceptable(&publication)?;
        let Some(incoming) = self.inner.arriving.find(id) else {
            return Err(LinkError::Unavailable("not begun here; begin again".into()));
        };
        let incoming = incoming.lock_owned().await;
        let done = self.commit_arrived(incoming, &publication, announced).await;
        self.forget(id).await;
        done
    }

    async fn apply(&self, message: ToDiffusion) -> Result<(), LinkError> {
        match message {
            ToDiffusion::Withdraw { exam, codes } => self.withdraw(exam, codes).await.map_err(unavailable),
            ToDiffusion::Grant(grant) => self.take_code(&grant).await,
            ToDiffusion::Revoke { sheet } => self.revoke(sheet).await.map_err(unavailable),
            ToDiffusion::Stub(stub) => self.take_stub(stub).await.map_err(unavailable),
            ToDiffusion::Recall { recall, exam, stage, at } => {
                self.take_stage(recall, exam, &stage, at).await.map_err(unavailable)
            }
            ToDiffusion::Statement { statement } => self.take_statement(&statement).await.map_err(unavailable),
            ToDiffusion::CareRelation { relation } => self.take_relation(&relation).await.map_err(unavailable),
            ToDiffusion::Forget { exam } => self.forget_exam(exam).await.map_err(unavailable),
        }
    }

    async fn poll(&self, after: u64, limit: u32) -> Result<Vec<Numbered<ToArchive>>, LinkError> {
        self.outbox_after(after, limit).await.map_err(unavailable)
    }
}

impl Diffusion {
    fn acceptable(&self, publication: &Publication) -> Result<(), LinkError> {
        if !(link::OLDEST_LINK_VERSION..=link::LINK_VERSION).contains(&publication.version) {
            return Err(LinkError::Refused(format!("version {} of the link is not known here", publication.version)));
        }
        if publication.times.online_until <= self.now() {
            return Err(LinkError::Refused("its time on line is already over".into()));
        }
        Ok(())
    }

    async fn commit_arrived(
        &self,
        mut incoming: tokio::sync::OwnedMutexGuard<Incoming>,
        publication: &Publication,
        announced: [u8; 32],
    ) -> Result<(), LinkError> {
        if incoming.exam != publication.exam {
            return Err(LinkError::Refused("begun for another exam".into()));
        }
        let (incoming, arrived) = blocking(move || {
            let arrived = incoming.finish()?;
            Ok((incoming, arrived))
        })
        .await
        .map_err(unavailable)?;
        same_as_announced(&arrived, publication)?;
        let (copies, id) = (self.inner.copies.clone(), publication.publication);
        blocking(move || {
            erase_bytes(&copies, id).map_err(DiffusionError::file("clearing an earlier arrival"))?;
            copies.shelve(id).map_err(DiffusionError::file("moving a publication to its shelf"))
        })
        .await
        .map_err(unavailable)?;
        let replaced = self.make_visible(&incoming.key, publication, announced, &arrived).await.map_err(unavailable)?;
        if let Some(replaced) = replaced {
            self.erase_bytes_of(replaced).await;
        }
        Ok(())
    }

    async fn forget(&self, publication: Uuid) {
        self.inner.arriving.with(|all| all.remove(&publication));
        let copies = self.inner.copies.clone();
        let done = tokio::task::spawn_blocking(move || temporary::discard_incoming(&copies, publication)).await;
        if !matches!(done, Ok(Ok(()))) {
            tracing::warn!("a temporary folder stays until the next start");
        }
    }

    /// Erases bytes whose key is gone. A failure is a leftover for the sweep.
    pub(crate) async fn erase_bytes_of(&self, publication: Uuid) {
        if let Err(error) = self.erase_bytes_now(publication).await {
            tracing::warn!(%error, "bytes without a key stay until the next sweep");
        }
    }

    /// The same, saying whether it was done.
    pub(crate) async fn erase_bytes_now(&self, publication: Uuid) -> Result<(), DiffusionError> {
        self.inner.open_copies.forget(publication);
        let copies = self.inner.copies.clone();
        blocking(move || erase_bytes(&copies, publication).map_err(DiffusionError::file("erasing a web copy"))).await?;
        self.inner.database.empty_log().await?;
        self.note_bytes_gone(publication).await
    }
}

fn same_as_announced(arrived: &[Arrived], publication: &Publication) -> Result<(), LinkError> {
    let here: BTreeMap<&BlobName, &Arrived> = arrived.iter().map(|blob| (&blob.name, blob)).collect();
    if here.len() != publication.blobs.len() {
        return Err(LinkError::Refused(format!(
            "{} blobs are here, {} are announced",
            here.len(),
            publication.blobs.len()
        )));
    }
    for blob in &publication.blobs {
        match here.get(&blob.name) {
            None => return Err(LinkError::Refused(format!("{:?} is announced and not here", blob.name))),
            Some(here) if here.size_bytes != blob.size_bytes => {
                return Err(LinkError::Refused(format!("{:?} has another length than announced", blob.name)));
            }
            Some(here) if !here.sha256.eq_ignore_ascii_case(&blob.sha256) => {
                return Err(LinkError::Refused(format!("{:?} has another digest than announced", blob.name)));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

pub(crate) fn unavailable(error: DiffusionError) -> LinkError {
    LinkError::Unavailable(error.to_string())
}

/// Runs disk and cipher work off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DiffusionError> + Send + 'static,
) -> Result<T, DiffusionError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| DiffusionError::Task)?
}
