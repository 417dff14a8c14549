//! Large files: an instance too large for memory streams to a file of its own.
//!
//! It is called `.part` until a synced record of a segment names it, and only then `.dcm`: at the next opening, a
//! `.part` file that no record names was never acknowledged and goes.

use super::chunk::{Buffer, Pool};
use super::digest::{Digester, Digests};
use super::folder::{Folder, io_error};
use super::read::Region;
use super::shared::Shared;
use super::writer::{Sealed, refusal_of};
use super::{LandingError, Refusal, disk, eraser};
use std::fs::File;
use std::io;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Bytes of one write.
const PIECE: usize = 1 << 20;

/// A `.part` file; erased when dropped, unless a record names it by then.
pub(super) struct PartFile {
    shared: Arc<Shared>,
    pub number: u64,
    file: Arc<File>,
    named: bool,
}

impl PartFile {
    fn create(shared: &Arc<Shared>) -> io::Result<Self> {
        let number = shared.large_number();
        let file = Arc::new(disk::create(&shared.folder.large_part(number))?);
        Ok(Self { shared: Arc::clone(shared), number, file, named: false })
    }

    /// The file as something that reads and seeks, from its beginning.
    pub fn whole(&self, length: u64) -> Region<&File> {
        Region::new(&self.file, 0, length)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if self.named {
            return;
        }
        if let Err(error) = eraser::large_part(&self.shared.folder, self.number) {
            tracing::warn!(file = self.number, %error, "the file of an aborted reception stays behind");
        }
    }
}

/// Gives the files of synced records their lasting names, durably. Those that could be named leave `Sealed::large`.
pub(super) fn settle<'a>(folder: &Folder, records: impl Iterator<Item = &'a mut Box<Sealed>>) {
    let mut named: Vec<&mut Box<Sealed>> = Vec::new();
    for record in records {
        let Some(part) = record.large.as_ref() else { continue };
        match std::fs::rename(folder.large_part(part.number), folder.large(part.number)) {
            Ok(()) => named.push(record),
            Err(error) => tracing::error!(file = part.number, %error, "a large file could not be named"),
        }
    }
    if named.is_empty() {
        return;
    }
    match disk::sync_folder(folder.large_root()) {
        Ok(()) => named.into_iter().for_each(|record| {
            if let Some(mut part) = record.large.take() {
                part.named = true;
            }
        }),
        Err(error) => tracing::error!(%error, "the names of large files could not be synced"),
    }
}

/// Names a file found as `.part` though a synced record names it: the process died in between.
pub(super) fn settle_again(folder: &Folder, number: u64) -> Result<(), LandingError> {
    let (part, kept) = (folder.large_part(number), folder.large(number));
    if !kept.exists() && part.exists() {
        std::fs::rename(&part, &kept).map_err(io_error("naming", &part))?;
        disk::sync_folder(folder.large_root()).map_err(io_error("syncing", folder.large_root()))?;
    }
    Ok(())
}

/// A large file being received. Pieces are hashed here while a thread writes them.
pub(super) struct LargeWriter {
    part: PartFile,
    pool: Arc<Pool>,
    current: Buffer,
    digester: Option<Digester>,
    writing: Option<JoinHandle<io::Result<()>>>,
    /// Bytes given to the writing thread.
    sent: u64,
}

impl LargeWriter {
    /// Goes on from what was received in memory. Without `dataset_offset` the file is hashed at the end.
    pub async fn begin(shared: &Arc<Shared>, received: Buffer, dataset_offset: Option<u64>) -> Result<Self, Refusal> {
        let shared_too = Arc::clone(shared);
        let part = blocking(move || PartFile::create(&shared_too)).await.map_err(|error| failed(&error))?;
        let mut writer = Self {
            part,
            pool: Arc::clone(&shared.pool),
            current: received,
            digester: dataset_offset.map(Digester::new),
            writing: None,
            sent: 0,
        };
        writer.flush_whole_pages().await?;
        Ok(writer)
    }

    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Refusal> {
        while !bytes.is_empty() {
            let taken = self.current.push(bytes);
            bytes = bytes.get(taken..).unwrap_or_default();
            if !bytes.is_empty() || self.current.len() >= PIECE {
                self.flush_whole_pages().await?;
            }
        }
        Ok(())
    }

    /// Sends what is a whole number of pages, and keeps the rest.
    async fn flush_whole_pages(&mut self) -> Result<(), Refusal> {
        let rest_at = self.current.len() - self.current.len() % super::format::PAGE;
        let rest = self.current.tail(rest_at);
        self.current.truncate(rest_at);
        self.flush().await?;
        self.current.push(&rest);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Refusal> {
        if self.current.len() == 0 {
            return Ok(());
        }
        let mut piece = std::mem::replace(&mut self.current, Buffer::new(&self.pool));
        piece.pad();
        let piece = Arc::new(piece);
        self.written().await?;
        let (file, offset, shown) = (Arc::clone(&self.part.file), self.sent, Arc::clone(&piece));
        self.sent += piece.len() as u64;
        self.writing = Some(tokio::task::spawn_blocking(move || {
            let slices: Vec<&[u8]> = shown.padded_slices().collect();
            disk::write_all(&file, &slices, offset)
        }));
        if let Some(digester) = &mut self.digester {
            piece.slices().for_each(|slice| digester.update(slice));
        }
        Ok(())
    }

    async fn written(&mut self) -> Result<(), Refusal> {
        match self.writing.take() {
            Some(writing) => flatten(writing.await).map_err(|error| failed(&error)),
            None => Ok(()),
        }
    }

    /// The file whole and on stable storage, still `.part`. The digests are `None` when they are yet to be made.
    pub async fn finish(mut self) -> Result<(PartFile, Option<Digests>), Refusal> {
        self.flush().await?;
        self.written().await?;
        let (part, length) = (self.part, self.sent);
        let synced = blocking(move || {
            part.file.set_len(length)?;
            disk::sync(&part.file)?;
            disk::sync_folder(part.shared.folder.large_root())?;
            Ok(part)
        });
        let part = synced.await.map_err(|error| failed(&error))?;
        Ok((part, self.digester.map(Digester::finish)))
    }
}

fn failed(error: &io::Error) -> Refusal {
    tracing::error!(%error, "a large file could not be written");
    refusal_of(error)
}

/// Runs blocking work.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    flatten(tokio::task::spawn_blocking(work).await)
}

fn flatten<T>(joined: Result<io::Result<T>, tokio::task::JoinError>) -> io::Result<T> {
    joined.unwrap_or_else(|error| Err(io::Error::other(error)))
}
