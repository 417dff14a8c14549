use crate::envelope::{MANIFEST_NAME, Manifest, SealedEntry};
use crate::folder::blocking;
use crate::plain::Plain;
use crate::reader::{EntryReader, ObjectReader, reading};
use crate::{Identity, ObjectKey, ObjectStore, Piece, Pieces, Vault, VaultError};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// The largest entry [`Vault::read_entry`] gives whole: 256 MiB.
pub const WHOLE_ENTRY_LIMIT_BYTES: u64 = 256 << 20;
/// The largest manifest read: 256 MiB, far above a series of a hundred thousand files.
const MANIFEST_LIMIT_BYTES: u64 = 256 << 20;
/// Size of the pieces of [`Vault::stream_entry`].
const PIECE_BYTES: usize = 256 << 10;
/// Pieces that may wait for whoever reads a stream.
const PIECES_WAITING: usize = 4;

impl Vault {
    /// The object's manifest, its key compared. Reads little, whatever the object's size.
    pub async fn manifest(&self, key: ObjectKey) -> Result<Manifest, VaultError> {
        let opening = self.opening(key);
        blocking("reading a manifest", move || opening.manifest()).await
    }

    /// The bytes of one entry, its digest checked before the first byte is given. Takes the
    /// entry's size in memory: for entries of up to [`WHOLE_ENTRY_LIMIT_BYTES`].
    pub async fn read_entry(&self, key: ObjectKey, entry: &SealedEntry) -> Result<Bytes, VaultError> {
        let (opening, entry) = (self.opening(key), entry.clone());
        blocking("reading an entry", move || {
            let length = usize::try_from(entry.size_bytes).ok().filter(|_| entry.size_bytes <= WHOLE_ENTRY_LIMIT_BYTES);
            let length = length.ok_or_else(|| VaultError::damaged(key, format!("entry {} is too long", entry.name)))?;
            let mut bytes = vec![0; length];
            let mut plain = opening.decrypt()?;
            plain.seek(SeekFrom::Start(entry.offset_bytes)).map_err(reading(key))?;
            plain.read_exact(&mut bytes).map_err(reading(key))?;
            compare(key, &entry, Sha256::digest(&bytes).into())?;
            Ok(bytes.into())
        })
        .await
    }

    /// Lets `work` look around in one entry of any size, on a thread that may block. Each 64 KiB chunk it reads is
    /// authenticated; the digest of the whole is not compared.
    pub async fn browse<T: Send + 'static>(
        &self,
        key: ObjectKey,
        entry: SealedEntry,
        work: impl FnOnce(&mut EntryReader) -> T + Send + 'static,
    ) -> Result<T, VaultError> {
        let opening = self.opening(key);
        blocking("looking around in an entry", move || {
            let inner = opening.decrypt()?;
            Ok(work(&mut EntryReader::new(inner, entry.offset_bytes, entry.size_bytes)))
        })
        .await
    }

    /// The bytes of one entry as a stream. Each 64 KiB chunk is authenticated before it is given;
    /// the digest of the whole is compared at the end, so a wrong entry ends with an error instead
    /// of [`Piece::End`].
    pub async fn stream_entry(&self, key: ObjectKey, entry: SealedEntry) -> Result<Pieces, VaultError> {
        let opening = self.opening(key);
        let plain = blocking("opening an entry", move || {
            let mut plain = opening.decrypt()?;
            plain.seek(SeekFrom::Start(entry.offset_bytes)).map_err(reading(key))?;
            Ok((plain, entry))
        });
        let (mut plain, entry) = plain.await?;
        let (sender, pieces) = mpsc::channel(PIECES_WAITING);
        tokio::task::spawn_blocking(move || {
            let last = send_entry(key, &entry, &mut plain, &sender);
            // Whoever asked may have gone away: nobody is left to tell.
            let _ = sender.blocking_send(last.map(|()| Piece::End));
        });
        Ok(pieces)
    }

    /// At most `limit` keys greater than `after`, in increasing order: for a scrub, a rebuild, and
    /// the search for objects that no record names.
    pub async fn keys(&self, after: Option<ObjectKey>, limit: usize) -> Result<Vec<ObjectKey>, VaultError> {
        self.store.list(after, limit).await
    }

    pub(crate) async fn forget(&self, key: ObjectKey) -> Result<(), VaultError> {
        self.store.forget(key).await
    }

    pub(crate) fn opening(&self, key: ObjectKey) -> Opening {
        let (store, identity) = (Arc::clone(&self.store), Arc::clone(&self.identity));
        Opening { store, identity, runtime: Handle::current(), key }
    }
}

/// What is needed to open one object on a blocking thread.
pub(crate) struct Opening {
    store: Arc<dyn ObjectStore>,
    identity: Arc<Identity>,
    runtime: Handle,
    pub(crate) key: ObjectKey,
}

impl Opening {
    pub(crate) fn reader(&self) -> Result<ObjectReader, VaultError> {
        ObjectReader::open(Arc::clone(&self.store), self.runtime.clone(), self.key)
    }

    pub(crate) fn decrypt(&self) -> Result<Plain<ObjectReader>, VaultError> {
        self.decrypt_from(self.reader()?)
    }

    pub(crate) fn decrypt_from<R: Read>(&self, source: R) -> Result<Plain<R>, VaultError> {
        let header = |error| match error {
            age::DecryptError::NoMatchingKeys => VaultError::WrongIdentity(self.key),
            age::DecryptError::Io(error) => reading(self.key)(error),
            other => VaultError::damaged(self.key, format!("its header: {other}")),
        };
        let decryptor = age::Decryptor::new(source).map_err(header)?;
        let plain = decryptor.decrypt(std::iter::once(self.identity.secret() as &dyn age::Identity)).map_err(header)?;
        Ok(Plain::new(plain))
    }

    /// The manifest, found through the ZIP's directory at the end, its key compared.
    pub(crate) fn manifest(&self) -> Result<Manifest, VaultError> {
        self.directory().map(|(manifest, _)| manifest)
    }

    /// The manifest, and what the ZIP's directory says of every entry, by position.
    pub(crate) fn directory(&self) -> Result<(Manifest, Vec<Listed>), VaultError> {
        let damaged = |what: String| VaultError::damaged(self.key, what);
        let zipped = |error: zip::result::ZipError| match error {
            zip::result::ZipError::Io(error) => reading(self.key)(error),
            other => damaged(format!("its ZIP directory: {other}")),
        };
        let mut zip = zip::ZipArchive::new(self.decrypt()?).map_err(zipped)?;
        let mut listed = Vec::with_capacity(zip.len());
        for index in 0..zip.len() {
            let file = zip.by_index_raw(index).map_err(zipped)?;
            let offset_bytes = file.data_start().unwrap_or(u64::MAX);
            let name = file.name().map_err(zipped)?.into_owned();
            listed.push(Listed { name, offset_bytes, size_bytes: file.size(), crc: file.crc32() });
        }
        let mut text = Vec::new();
        let file = zip.by_name(MANIFEST_NAME).map_err(zipped)?;
        file.take(MANIFEST_LIMIT_BYTES).read_to_end(&mut text).map_err(reading(self.key))?;
        let manifest = Manifest::parse(&text).map_err(|what| damaged(format!("its manifest: {what}")))?;
        if manifest.key != self.key {
            return Err(VaultError::Swapped { key: self.key, found: manifest.key });
        }
        Ok((manifest, listed))
    }
}

/// What the ZIP's directory says of an entry.
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) offset_bytes: u64,
    pub(crate) size_bytes: u64,
    pub(crate) crc: u32,
}

/// Compares the digest of an entry with the one sealed.
pub(crate) fn compare(key: ObjectKey, entry: &SealedEntry, found: [u8; 32]) -> Result<(), VaultError> {
    match hex::encode(found) == entry.sha256 {
        true => Ok(()),
        false => Err(VaultError::damaged(key, format!("entry {} has another digest", entry.name))),
    }
}

fn send_entry(
    key: ObjectKey,
    entry: &SealedEntry,
    plain: &mut impl Read,
    out: &mpsc::Sender<Result<Piece, VaultError>>,
) -> Result<(), VaultError> {
    let mut left = entry.size_bytes;
    let mut digest = Sha256::new();
    while left > 0 {
        let mut bytes = vec![0; usize::try_from(left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES)];
        plain.read_exact(&mut bytes).map_err(reading(key))?;
        digest.update(&bytes);
        left -= bytes.len() as u64;
        let sent = out.blocking_send(Ok(Piece::Bytes(bytes.into())));
        sent.map_err(|_| VaultError::Abandoned("reading an entry"))?;
    }
    compare(key, entry, digest.finalize().into())
}
