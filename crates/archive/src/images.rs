//! Instances as other systems ask for them: found by UID, looked into, read in part or streamed, wherever they lie.
//!
//! What is held of an instance is its header, kept for a while, and the pieces on their way. An instance may move from
//! the landing log to the vault between two reads: it is then looked for again.

use crate::reader::object_key;
use crate::{Archive, ArchiveError};
use bytes::Bytes;
use dicom::scan::{Limits, Scanned, Span, scan_reader};
use intake::landing::ReadError;
use record::{Located, Location, StoredInstance, UidPath};
use std::collections::{HashMap, VecDeque};
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use vault::{Manifest, ObjectKey, Piece, SealedEntry, VaultError};

/// Bytes of one piece on its way.
const PIECE_BYTES: usize = 256 << 10;
/// Pieces that wait for whoever reads.
const PIECES_WAITING: usize = 4;
/// Scans and manifests kept.
const KEPT: usize = 256;
/// Bytes that may be read at once into memory: a frame, a bulk value.
pub const PART_LIMIT_BYTES: u64 = 512 << 20;
/// Bytes that a deflated data set may be inflated to, to reach a part of it.
const INFLATED_LIMIT_BYTES: u64 = 512 << 20;

/// Pieces of an instance, in order; an error is the last of them, and a stream that ends without one is whole.
pub type Stream = mpsc::Receiver<Result<Bytes, ArchiveError>>;

/// Access to instances. Cheap to clone.
#[derive(Clone)]
pub struct Images {
    archive: Archive,
    scans: Arc<Mutex<Recent<[u8; 32], Arc<Scanned>>>>,
    manifests: Arc<Mutex<Recent<ObjectKey, Arc<Manifest>>>>,
}

/// The latest of what was asked for.
struct Recent<K, V> {
    known: HashMap<K, V>,
    order: VecDeque<K>,
}

impl<K: Copy + Eq + std::hash::Hash, V: Clone> Recent<K, V> {
    fn new() -> Self {
        Self { known: HashMap::new(), order: VecDeque::new() }
    }

    fn keep(&mut self, key: K, value: V) {
        if self.known.insert(key, value).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > KEPT {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }
}

fn kept<K: Copy + Eq + std::hash::Hash, V: Clone>(recent: &Mutex<Recent<K, V>>, key: &K) -> Option<V> {
    recent.lock().unwrap_or_else(PoisonError::into_inner).known.get(key).cloned()
}

trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

impl Images {
    /// Over the archive server.
    pub fn new(archive: Archive) -> Self {
        Self { archive, scans: Arc::new(Mutex::new(Recent::new())), manifests: Arc::new(Mutex::new(Recent::new())) }
    }

    /// The instances of a path that may be seen, in the order of a study. Nothing is traced here.
    ///
    /// # Errors
    /// [`ArchiveError::Record`].
    pub async fn located(&self, path: &UidPath) -> Result<Vec<Located>, ArchiveError> {
        Ok(self.archive.catalogue.located(self.archive.config.group, path).await?)
    }

    /// The header of an instance and where its long values lie.
    ///
    /// # Errors
    /// [`ArchiveError`]; [`ArchiveError::Prepare`] when it cannot be read as DICOM.
    pub async fn scan(&self, instance: &StoredInstance) -> Result<Arc<Scanned>, ArchiveError> {
        if let Some(scanned) = kept(&self.scans, &instance.sha256) {
            return Ok(scanned);
        }
        let scan = |reader: &mut dyn ReadSeek, size: u64| scan_reader(reader, size, &Limits::default());
        let scanned = self.look(instance, scan).await?;
        let scanned = Arc::new(scanned.map_err(|error| ArchiveError::Prepare(error.to_string()))?);
        // A header of megabytes is not worth the place of many small ones.
        if instance.size_bytes < (1 << 30) {
            let mut scans = self.scans.lock().unwrap_or_else(PoisonError::into_inner);
            scans.keep(instance.sha256, scanned.clone());
        }
        Ok(scanned)
    }

    /// The concatenation of pieces, their offsets counted as in `scanned`. Of a deflated data set, which is inflated.
    ///
    /// # Errors
    /// [`ArchiveError::Prepare`] for pieces outside of the instance or too long to be held.
    pub async fn read(
        &self,
        instance: &StoredInstance,
        scanned: &Scanned,
        pieces: &[Span],
    ) -> Result<Bytes, ArchiveError> {
        let total = pieces.iter().try_fold(0u64, |sum, piece| sum.checked_add(piece.len));
        if total.is_none_or(|total| total > PART_LIMIT_BYTES) {
            return Err(ArchiveError::Prepare("a part too long to be held".into()));
        }
        let pieces = pieces.to_vec();
        let cut = if scanned.is_deflated() {
            let start = scanned.dataset_offset();
            let inflated = move |reader: &mut dyn ReadSeek, size: u64| {
                reader.seek(SeekFrom::Start(start))?;
                let mut deflated = Vec::new();
                reader.take(size).read_to_end(&mut deflated)?;
                let limits = Limits { max_inflated_bytes: INFLATED_LIMIT_BYTES, ..Limits::default() };
                let dataset = dicom::scan::inflate(&deflated, &limits).map_err(std::io::Error::other)?;
                let end = dataset.len() as u64;
                gather(&mut std::io::Cursor::new(dataset), end, &pieces)
            };
            self.look(instance, inflated).await?
        } else {
            self.look(instance, move |reader, size| gather(reader, size, &pieces)).await?
        };
        cut.map(Bytes::from).map_err(|error| ArchiveError::Prepare(error.to_string()))
    }

    /// The whole file, or a part of it, piece by piece. The digest of a whole file is compared before its last piece
    /// is said to have been that.
    ///
    /// # Errors
    /// [`ArchiveError`], at once or as the last piece.
    pub async fn stream(&self, instance: &StoredInstance, part: Option<Span>) -> Result<Stream, ArchiveError> {
        let (sender, receiver) = mpsc::channel(PIECES_WAITING);
        if let Some(part) = part {
            let (images, instance) = (self.clone(), instance.clone());
            let last = sender.clone();
            tokio::spawn(async move {
                let sent = images.look(&instance, move |reader, _| send_part(reader, part, &sender)).await;
                let failed = match sent {
                    Ok(Ok(())) => return,
                    Ok(Err(error)) => ArchiveError::Prepare(error.to_string()),
                    Err(error) => error,
                };
                let _ = last.send(Err(failed)).await;
            });
            return Ok(receiver);
        }
        match &instance.location {
            Location::Landing(place) => {
                let place = *place;
                match self.archive.landing.reader(place) {
                    Ok(mut reader) => {
                        tokio::task::spawn_blocking(move || send_all(&mut reader, &sender));
                    }
                    Err(ReadError::Gone) => {
                        let (key, entry) = self.entry(&self.again(instance).await?).await?;
                        self.forward(key, entry, sender).await?;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            Location::Sealed { .. } => {
                let (key, entry) = self.entry(instance).await?;
                self.forward(key, entry, sender).await?;
            }
        }
        Ok(receiver)
    }

    async fn forward(
        &self,
        key: ObjectKey,
        entry: SealedEntry,
        sender: mpsc::Sender<Result<Bytes, ArchiveError>>,
    ) -> Result<(), ArchiveError> {
        let mut pieces = self.archive.vault.stream_entry(key, entry).await?;
        tokio::spawn(async move {
            loop {
                let piece = match pieces.recv().await {
                    Some(Ok(Piece::Bytes(piece))) => Ok(piece),
                    Some(Ok(Piece::End)) => return,
                    Some(Err(error)) => Err(error.into()),
                    None => Err(VaultError::Abandoned("reading an entry").into()),
                };
                let is_last = piece.is_err();
                if sender.send(piece).await.is_err() || is_last {
                    return;
                }
            }
        });
        Ok(())
    }

    /// Lets `work` look around in an instance, on a thread that may wait.
    async fn look<T: Send + 'static>(
        &self,
        instance: &StoredInstance,
        work: impl FnOnce(&mut dyn ReadSeek, u64) -> T + Send + 'static,
    ) -> Result<T, ArchiveError> {
        // `work` can be called once: whether a place is still there is asked before it is handed over.
        let mut instance = std::borrow::Cow::Borrowed(instance);
        if let Location::Landing(place) = &instance.location
            && matches!(self.archive.landing.reader(*place), Err(ReadError::Gone))
        {
            instance = std::borrow::Cow::Owned(self.again(&instance).await?);
        }
        match &instance.location {
            Location::Landing(place) => {
                let work = move |browser: &mut intake::landing::LandedBrowser| {
                    let size = browser.size_bytes();
                    work(browser, size)
                };
                Ok(self.archive.landing.browse(*place, work).await?)
            }
            Location::Sealed { .. } => {
                let (key, entry) = self.entry(&instance).await?;
                let work = move |reader: &mut vault::EntryReader| {
                    let size = reader.size_bytes();
                    work(reader, size)
                };
                Ok(self.archive.vault.browse(key, entry, work).await?)
            }
        }
    }

    /// The same instance, where it lies now.
    async fn again(&self, instance: &StoredInstance) -> Result<StoredInstance, ArchiveError> {
        let path = UidPath { instance: Some(instance.header.sop_instance_uid.clone()), ..UidPath::default() };
        let found = self.located(&path).await?.into_iter().next();
        let gone = ArchiveError::Record(record::RecordError::NotFound { what: "instance" });
        found.map(|located| located.instance).filter(|now| now.sha256 == instance.sha256).ok_or(gone)
    }

    /// Where a sealed instance lies in its object.
    async fn entry(&self, instance: &StoredInstance) -> Result<(ObjectKey, SealedEntry), ArchiveError> {
        let Location::Sealed { object, offset, .. } = &instance.location else {
            return Err(ArchiveError::Refused("an instance is not sealed yet"));
        };
        let key = object_key(object)?;
        let manifest = match kept(&self.manifests, &key) {
            Some(manifest) => manifest,
            None => {
                let manifest = Arc::new(self.archive.vault.manifest(key).await?);
                let mut manifests = self.manifests.lock().unwrap_or_else(PoisonError::into_inner);
                manifests.keep(key, manifest.clone());
                manifest
            }
        };
        let entry = manifest.entries.iter().find(|entry| entry.offset_bytes == *offset);
        let entry = entry.ok_or_else(|| VaultError::Damaged { key, what: "an instance is not in it".into() })?;
        Ok((key, entry.clone()))
    }
}

/// Pieces put together.
fn gather(reader: &mut dyn ReadSeek, size: u64, pieces: &[Span]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    for piece in pieces {
        if piece.offset.checked_add(piece.len).is_none_or(|end| end > size) {
            return Err(std::io::Error::other("a part outside of its instance"));
        }
        reader.seek(SeekFrom::Start(piece.offset))?;
        let before = out.len() as u64;
        reader.take(piece.len).read_to_end(&mut out)?;
        if out.len() as u64 - before != piece.len {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(out)
}

/// Sends a part; whoever asked may have gone away, which is no error.
fn send_part(
    reader: &mut dyn ReadSeek,
    part: Span,
    sender: &mpsc::Sender<Result<Bytes, ArchiveError>>,
) -> std::io::Result<()> {
    reader.seek(SeekFrom::Start(part.offset))?;
    let mut left = part.len;
    while left > 0 {
        let mut piece = vec![0; usize::try_from(left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES)];
        reader.read_exact(&mut piece)?;
        left -= piece.len() as u64;
        if sender.blocking_send(Ok(piece.into())).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Sends a record to its end, where its digests are compared.
fn send_all(reader: &mut impl Read, sender: &mpsc::Sender<Result<Bytes, ArchiveError>>) {
    loop {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        let sent = match reader.take(PIECE_BYTES as u64).read_to_end(&mut piece) {
            Ok(0) => return,
            Ok(_) => sender.blocking_send(Ok(piece.into())).is_ok(),
            Err(error) => {
                let _ = sender.blocking_send(Err(ArchiveError::Prepare(error.to_string())));
                return;
            }
        };
        if !sent {
            return;
        }
    }
}
