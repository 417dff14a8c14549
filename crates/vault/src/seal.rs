use crate::envelope::{Kind, SealedEntry};
use crate::{ObjectKey, Vault, VaultError};
use bytes::Bytes;
use std::io::{self, Read};

type Opener = Box<dyn FnOnce() -> io::Result<Box<dyn Read + Send>> + Send>;

/// A file to seal: its name, its exact size, and how to read it when its turn comes.
pub struct Entry {
    pub(crate) name: String,
    pub(crate) size_bytes: u64,
    pub(crate) sha256: Option<[u8; 32]>,
    pub(crate) open: Opener,
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

/// What to seal as one object.
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
        let _ = (&self.store, &self.identity, request);
        Err(VaultError::Abandoned("sealing"))
    }
}
