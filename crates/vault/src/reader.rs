//! An object as the blocking `Read + Seek` that the age and zip readers want.

use crate::plain::Plain;
use crate::{ObjectKey, ObjectStore, VaultError};
use bytes::Bytes;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use tokio::runtime::Handle;

/// First read of a place: an age header and one 64 KiB chunk.
const FIRST_WINDOW_BYTES: u64 = 80 << 10;
/// Reading on doubles the window up to this.
const LARGEST_WINDOW_BYTES: u64 = 2 << 20;

/// Must run on a blocking thread: it waits for the store.
pub(crate) struct ObjectReader {
    store: Arc<dyn ObjectStore>,
    runtime: Handle,
    key: ObjectKey,
    size_bytes: u64,
    position: u64,
    window: Bytes,
    window_start: u64,
}

impl ObjectReader {
    pub(crate) fn open(store: Arc<dyn ObjectStore>, runtime: Handle, key: ObjectKey) -> Result<Self, VaultError> {
        let size_bytes = runtime.block_on(store.size(key))?;
        Ok(Self { store, runtime, key, size_bytes, position: 0, window: Bytes::new(), window_start: 0 })
    }

    pub(crate) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The bytes at the position that are already here.
    fn at_hand(&self) -> &[u8] {
        let inside = self.position.checked_sub(self.window_start).and_then(|n| usize::try_from(n).ok());
        inside.and_then(|n| self.window.get(n..)).unwrap_or(&[])
    }

    fn fetch(&mut self) -> io::Result<()> {
        let reads_on = self.position == self.window_start + self.window.len() as u64 && !self.window.is_empty();
        let length = match reads_on {
            true => (self.window.len() as u64 * 2).min(LARGEST_WINDOW_BYTES),
            false => FIRST_WINDOW_BYTES,
        };
        let end = self.position.saturating_add(length).min(self.size_bytes);
        let read = self.store.read(self.key, self.position..end);
        self.window = self.runtime.block_on(read).map_err(io::Error::other)?;
        self.window_start = self.position;
        Ok(())
    }
}

impl Read for ObjectReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size_bytes {
            return Ok(0);
        }
        if self.at_hand().is_empty() {
            self.fetch()?;
        }
        let read = self.at_hand().read(out)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for ObjectReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size_bytes.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

/// The bytes of one entry, wherever one wants to look.
pub struct EntryReader {
    inner: Plain<ObjectReader>,
    start: u64,
    size_bytes: u64,
    position: u64,
    /// Where `inner` stands, once known.
    stands: Option<u64>,
}

impl EntryReader {
    pub(crate) fn new(inner: Plain<ObjectReader>, start: u64, size_bytes: u64) -> Self {
        Self { inner, start, size_bytes, position: 0, stands: None }
    }

    /// Its length.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl Read for EntryReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size_bytes.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let most = left.min(out.len());
        if most == 0 {
            return Ok(0);
        }
        let place = self.start.checked_add(self.position).ok_or(io::ErrorKind::InvalidInput)?;
        if self.stands != Some(place) {
            self.stands = None;
            self.inner.seek(SeekFrom::Start(place))?;
        }
        let read = self.inner.read(out.get_mut(..most).unwrap_or_default())?;
        self.position += read as u64;
        self.stands = Some(place + read as u64);
        Ok(read)
    }
}

impl Seek for EntryReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size_bytes.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// What an error met while reading an object means: the store's own words if it was the store,
/// damage otherwise.
pub(crate) fn reading(key: ObjectKey) -> impl Fn(io::Error) -> VaultError {
    move |error| match error.downcast::<VaultError>() {
        Ok(from_store) => from_store,
        Err(error) => VaultError::damaged(key, error.to_string()),
    }
}
