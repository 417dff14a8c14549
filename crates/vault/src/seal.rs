use crate::envelope::{Kind, MANIFEST_NAME, Manifest, SealedEntry};
use crate::folder::blocking;
use crate::zip_stream::ZipStream;
use crate::{Identity, ObjectKey, Piece, Vault, VaultError};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::sync::Arc;
use tokio::sync::mpsc;

type Opener = Box<dyn FnOnce() -> io::Result<Box<dyn Read + Send>> + Send>;
type Sender = mpsc::Sender<Result<Piece, VaultError>>;

/// Size of the pieces handed to the store.
const PIECE_BYTES: usize = 256 << 10;
/// Pieces that may wait between the cipher and the store.
const PIECES_WAITING: usize = 8;

/// A file to seal: its name, its exact size, and how to read it when its turn comes.
pub struct Entry {
    name: String,
    size_bytes: u64,
    sha256: Option<[u8; 32]>,
    open: Opener,
}

impl Entry {
    /// An entry read by the reader that `open` gives, called once, on a blocking thread.
    pub fn from_reader<F, R>(name: impl Into<String>, size_bytes: u64, open: F) -> Self
    where
        F: FnOnce() -> io::Result<R> + Send + 'static,
        R: Read + Send + 'static,
    {
        let open: Opener = Box::new(move || open().map(|reader| Box::new(reader) as Box<dyn Read + Send>));
        Self { name: name.into(), size_bytes, sha256: None, open }
    }

    /// An entry already in memory.
    pub fn from_bytes(name: impl Into<String>, bytes: Bytes) -> Self {
        let size_bytes = bytes.len() as u64;
        Self::from_reader(name, size_bytes, move || Ok(io::Cursor::new(bytes)))
    }

    /// Refuses to seal unless the bytes read have this digest (the one taken on reception).
    pub fn expecting(mut self, sha256: [u8; 32]) -> Self {
        self.sha256 = Some(sha256);
        self
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).field("size_bytes", &self.size_bytes).finish_non_exhaustive()
    }
}

/// What to seal as one object.
#[derive(Debug)]
pub struct SealRequest {
    /// What it is for.
    pub kind: Kind,
    /// Its files, in order. Names: 1–200 of `[A-Za-z0-9._/-]`, distinct, no `..`, no leading `/`.
    pub entries: Vec<Entry>,
    /// Put into [`crate::Manifest::content`].
    pub content: serde_json::Value,
}

/// A sealed object, durable, read back and compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its key.
    pub key: ObjectKey,
    /// Size of the encrypted object.
    pub size_bytes: u64,
    /// SHA-256 of the encrypted object, 64 hexadecimal digits.
    pub sha256: String,
    /// Its entries, with where each stands.
    pub entries: Vec<SealedEntry>,
}

impl Vault {
    /// Seals an object under a fresh key. Memory stays bounded whatever the size. Returns only
    /// after the object is durable, has been read back past the cache, decrypted, and every digest
    /// compared. On any error nothing counts as sealed.
    pub async fn seal(&self, request: SealRequest) -> Result<Sealed, VaultError> {
        check_names(&request.entries)?;
        let key = ObjectKey::fresh(&*self.random);
        let (sender, pieces) = mpsc::channel(PIECES_WAITING);
        let identity = Arc::clone(&self.identity);
        let packing = tokio::spawn(blocking("packing an object", move || pack(key, request, &identity, sender)));
        // When packing fails its error comes out of the store, which it was sent to.
        let stored_bytes = self.store.put(key, pieces).await?;
        let sealed = packing.await.map_err(|_| VaultError::Abandoned("packing an object"))??;
        if stored_bytes != sealed.size_bytes {
            return Err(VaultError::damaged(key, format!("{stored_bytes} bytes stored of {}", sealed.size_bytes)));
        }
        let found = self.verify(key).await?;
        if found.sha256 != sealed.sha256 || found.manifest.entries != sealed.entries {
            return Err(VaultError::damaged(key, "what was read back is not what was written"));
        }
        Ok(sealed)
    }
}

/// Packs and encrypts into the channel. An error also goes down the channel, so that the store
/// drops what it has.
fn pack(key: ObjectKey, request: SealRequest, identity: &Identity, sender: Sender) -> Result<Sealed, VaultError> {
    let sealed = match pack_all(key, request, identity, sender.clone()) {
        Ok(sealed) => sealed,
        Err(error) => {
            let told = VaultError::Abandoned("packing an object");
            return match sender.blocking_send(Err(error)) {
                Ok(()) => Err(told),
                Err(mpsc::error::SendError(unsent)) => unsent.map_or_else(Err, |_| Err(told)),
            };
        }
    };
    sender.blocking_send(Ok(Piece::End)).map_err(|_| VaultError::Abandoned("storing an object"))?;
    Ok(sealed)
}

fn pack_all(key: ObjectKey, request: SealRequest, identity: &Identity, out: Sender) -> Result<Sealed, VaultError> {
    let packing = |_| VaultError::Abandoned("storing an object");
    let recipient = identity.secret().to_public();
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
        .map_err(|error| VaultError::io("encrypting")(io::Error::other(error)))?;
    let cipher = encryptor.wrap_output(PieceWriter::new(out)).map_err(packing)?;
    let mut zip = ZipStream::new(cipher);
    let mut entries = Vec::with_capacity(request.entries.len());
    for entry in request.entries {
        entries.push(pack_entry(&mut zip, entry)?);
    }
    let manifest = Manifest::new(key, request.kind, entries, request.content);
    let text = serde_json::to_vec_pretty(&manifest)
        .map_err(|error| VaultError::Source { name: MANIFEST_NAME.into(), reason: error.to_string() })?;
    zip.start(MANIFEST_NAME, text.len() as u64).map_err(packing)?;
    zip.write(&text).map_err(packing)?;
    zip.end().map_err(packing)?;
    let writer = zip.finish().and_then(age::stream::StreamWriter::finish).map_err(packing)?;
    let (size_bytes, sha256) = writer.finish().map_err(packing)?;
    Ok(Sealed { key, size_bytes, sha256, entries: manifest.entries })
}

fn pack_entry<W: Write>(zip: &mut ZipStream<W>, entry: Entry) -> Result<SealedEntry, VaultError> {
    let Entry { name, size_bytes, sha256: expected, open } = entry;
    let refuse = |reason: String| VaultError::Source { name: name.clone(), reason };
    let packing = |_| VaultError::Abandoned("storing an object");
    // One byte more than announced is asked for, so that a source that is too long shows.
    let mut source = open().map_err(|e| refuse(e.to_string()))?.take(size_bytes.saturating_add(1));
    let offset_bytes = zip.start(&name, size_bytes).map_err(packing)?;
    let mut digest = Sha256::new();
    let mut read_bytes = 0;
    let mut buffer = vec![0; PIECE_BYTES];
    loop {
        let count = match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(refuse(error.to_string())),
        };
        read_bytes += count as u64;
        if read_bytes > size_bytes {
            return Err(refuse(format!("longer than the {size_bytes} bytes announced")));
        }
        let bytes = buffer.get(..count).unwrap_or_default();
        digest.update(bytes);
        zip.write(bytes).map_err(packing)?;
    }
    if read_bytes < size_bytes {
        return Err(refuse(format!("ends after {read_bytes} of {size_bytes} bytes")));
    }
    let sha256 = <[u8; 32]>::from(digest.finalize());
    if expected.is_some_and(|expected| expected != sha256) {
        return Err(refuse("its digest is not the one expected".into()));
    }
    zip.end().map_err(packing)?;
    Ok(SealedEntry { name, offset_bytes, size_bytes, sha256: hex::encode(sha256) })
}

/// Names that `unzip` extracts under its own folder and nowhere else.
fn check_names(entries: &[Entry]) -> Result<(), VaultError> {
    let mut seen = HashSet::from([MANIFEST_NAME]);
    for Entry { name, .. } in entries {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
        let parts_are_names = name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        if name.len() > 200 || !name.bytes().all(plain) || !parts_are_names || !seen.insert(name) {
            return Err(VaultError::Source { name: name.escape_default().to_string(), reason: "name refused".into() });
        }
    }
    Ok(())
}

/// Hashes, cuts into pieces, and sends; the store's slowness is felt here.
struct PieceWriter {
    out: Sender,
    waiting: Vec<u8>,
    digest: Sha256,
    size_bytes: u64,
}

impl PieceWriter {
    fn new(out: Sender) -> Self {
        Self { out, waiting: Vec::with_capacity(PIECE_BYTES), digest: Sha256::new(), size_bytes: 0 }
    }

    fn send(&mut self) -> io::Result<()> {
        let bytes = std::mem::replace(&mut self.waiting, Vec::with_capacity(PIECE_BYTES));
        let sent = self.out.blocking_send(Ok(Piece::Bytes(bytes.into())));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    /// Sends the rest; returns the size and the digest of everything.
    fn finish(mut self) -> io::Result<(u64, String)> {
        self.send()?;
        Ok((self.size_bytes, hex::encode(self.digest.finalize())))
    }
}

impl Write for PieceWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.digest.update(bytes);
        self.size_bytes += bytes.len() as u64;
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE_BYTES {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
