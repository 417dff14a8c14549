//! The whole of an object, read and compared: what sealing ends with and what a scrub does.

use crate::envelope::{MANIFEST_NAME, Manifest, SealedEntry};
use crate::folder::blocking;
use crate::open::{Listed, Opening, compare};
use crate::reader::reading;
use crate::{ObjectKey, Vault, VaultError};
use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// Size of the buffer everything passes through.
const BUFFER_BYTES: usize = 256 << 10;

/// An object found whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// Size of the encrypted object.
    pub size_bytes: u64,
    /// SHA-256 of the encrypted object, 64 hexadecimal digits.
    pub sha256: String,
    /// Its manifest.
    pub manifest: Manifest,
}

impl Vault {
    /// Reads the whole object: decrypts, unzips, compares every size, digest and CRC, and the key.
    /// The error names the first thing that is wrong.
    pub async fn verify(&self, key: ObjectKey) -> Result<Verified, VaultError> {
        let opening = self.opening(key);
        blocking("verifying an object", move || verify(&opening)).await
    }

    /// The same past the cache of this machine: what storage commitment rests on.
    pub async fn verify_past_cache(&self, key: ObjectKey) -> Result<Verified, VaultError> {
        self.forget(key).await?;
        self.verify(key).await
    }
}

fn verify(opening: &Opening) -> Result<Verified, VaultError> {
    let key = opening.key;
    let (manifest, listed) = opening.directory()?;
    compare_directory(key, &manifest, &listed)?;
    let reader = opening.reader()?;
    let size_bytes = reader.size_bytes();
    let mut whole = Hashed { inner: reader, digest: Sha256::new() };
    let mut plain = Plain { key, position: 0, inner: opening.decrypt_from(&mut whole)? };
    for (entry, listed) in manifest.entries.iter().zip(&listed) {
        plain.skip_to(entry.offset_bytes)?;
        let (sha256, crc) = plain.digest(entry.size_bytes)?;
        compare(key, entry, sha256)?;
        if crc != listed.crc {
            return Err(VaultError::damaged(key, format!("entry {} has another CRC", entry.name)));
        }
    }
    plain.drain()?;
    drop(plain);
    io::copy(&mut whole, &mut io::sink()).map_err(reading(key))?;
    Ok(Verified { size_bytes, sha256: hex::encode(whole.digest.finalize()), manifest })
}

/// The ZIP must hold the manifest's entries, in its order and where it says, then the manifest.
fn compare_directory(key: ObjectKey, manifest: &Manifest, listed: &[Listed]) -> Result<(), VaultError> {
    let same = |(entry, listed): (&SealedEntry, &Listed)| {
        entry.name == listed.name && entry.size_bytes == listed.size_bytes && entry.offset_bytes == listed.offset_bytes
    };
    let last = listed.last().is_some_and(|last| last.name == MANIFEST_NAME);
    if !last || listed.len() != manifest.entries.len() + 1 || !manifest.entries.iter().zip(listed).all(same) {
        return Err(VaultError::damaged(key, "its ZIP directory and its manifest differ"));
    }
    Ok(())
}

/// Hashes what is read through it.
struct Hashed<R> {
    inner: R,
    digest: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.digest.update(out.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// The decrypted bytes, front to back.
struct Plain<R> {
    key: ObjectKey,
    position: u64,
    inner: R,
}

impl<R: Read> Plain<R> {
    /// Passes over what stands before `offset_bytes`.
    fn skip_to(&mut self, offset_bytes: u64) -> Result<(), VaultError> {
        let gap = offset_bytes.checked_sub(self.position);
        let gap = gap.ok_or_else(|| VaultError::damaged(self.key, "its entries overlap"))?;
        self.digest(gap).map(|_| ())
    }

    /// SHA-256 and CRC of exactly the next `length_bytes`.
    fn digest(&mut self, length_bytes: u64) -> Result<([u8; 32], u32), VaultError> {
        let (mut sha256, mut crc) = (Sha256::new(), crc32fast::Hasher::new());
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut left = length_bytes;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(BUFFER_BYTES).min(BUFFER_BYTES);
            let count = self.inner.read(buffer.get_mut(..most).unwrap_or_default()).map_err(reading(self.key))?;
            if count == 0 {
                return Err(VaultError::damaged(self.key, format!("it ends at byte {} inside", self.position)));
            }
            let bytes = buffer.get(..count).unwrap_or_default();
            sha256.update(bytes);
            crc.update(bytes);
            left -= count as u64;
            self.position += count as u64;
        }
        Ok((sha256.finalize().into(), crc.finalize()))
    }

    /// Reads what is left, so that every chunk has been authenticated.
    fn drain(&mut self) -> Result<(), VaultError> {
        io::copy(&mut self.inner, &mut io::sink()).map(|_| ()).map_err(reading(self.key))
    }
}
