//! The ZIP of a package, written to a file, with the digest of each entry for `SHA256SUMS`.

use super::key::PackageKey;
use crate::ArchiveError;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// From this length on an entry needs eight bytes for it.
const LARGE: usize = 0xFFFF_0000;

/// A package being written.
pub(super) struct ZipFile {
    /// On the heap: it goes through many hands, and is large.
    inner: Box<Inner>,
    path: PathBuf,
}

struct Inner {
    zip: ZipWriter<BufWriter<File>>,
    sums: String,
}

fn failed(error: impl std::fmt::Display) -> ArchiveError {
    ArchiveError::Package(error.to_string())
}

/// Off the tasks that serve others: disks may be slow.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ArchiveError> + Send + 'static,
) -> Result<T, ArchiveError> {
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}

impl ZipFile {
    /// Begins a file that only we may read; one that a killed program left is written over.
    pub(super) async fn create(path: PathBuf) -> Result<Self, ArchiveError> {
        aside(move || {
            let file =
                File::options().write(true).create(true).truncate(true).mode(0o600).open(&path).map_err(failed)?;
            let inner = Inner { zip: ZipWriter::new(BufWriter::with_capacity(1 << 20, file)), sums: String::new() };
            Ok(Self { inner: Box::new(inner), path })
        })
        .await
    }

    /// Adds an entry, named in ASCII.
    pub(super) async fn add(self, name: String, bytes: Bytes) -> Result<Self, ArchiveError> {
        let Self { mut inner, path } = self;
        let inner = aside(move || {
            inner.put(&name, &bytes)?;
            inner.sums.push_str(&format!("{}  {name}\n", hex::encode(Sha256::digest(&bytes))));
            Ok(inner)
        })
        .await?;
        Ok(Self { inner, path })
    }

    /// Signs the digests, ends the ZIP and makes it durable under its name. Returns its length and digest.
    pub(super) async fn finish(self, key: &PackageKey, target: PathBuf) -> Result<(u64, String), ArchiveError> {
        let Self { mut inner, path } = self;
        let (signature, pem) = (key.sign(inner.sums.as_bytes()), key.public_pem());
        aside(move || {
            let sums = std::mem::take(&mut inner.sums);
            inner.put("SHA256SUMS", sums.as_bytes())?;
            inner.put("SHA256SUMS.sig", &signature)?;
            inner.put("CLE-PUBLIQUE.pem", pem.as_bytes())?;
            let mut buffered = inner.zip.finish().map_err(failed)?;
            buffered.flush().map_err(failed)?;
            buffered.get_ref().sync_all().map_err(failed)?;
            let told = digest(&path)?;
            std::fs::rename(&path, &target).map_err(failed)?;
            let folder = target.parent().unwrap_or(Path::new("."));
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
            Ok(told)
        })
        .await
    }
}

impl Inner {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(bytes.len() >= LARGE)
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(0o600);
        self.zip.start_file(name, options).map_err(failed)?;
        self.zip.write_all(bytes).map_err(failed)
    }
}

/// Read back from the file: what is told is what lies there.
fn digest(path: &Path) -> Result<(u64, String), ArchiveError> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path).map_err(failed)?);
    let (mut sha256, mut size, mut piece) = (Sha256::new(), 0u64, vec![0; 1 << 20]);
    loop {
        let read = file.read(&mut piece).map_err(failed)?;
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else {
            return Ok((size, hex::encode(sha256.finalize())));
        };
        sha256.update(bytes);
        size += read as u64;
    }
}
