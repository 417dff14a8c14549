//! The keys of the diffusion side: files of 32 random bytes, outside the database, made at the first start.
//!
//! `master.key` wraps the key of each publication and stub; `code.key` is the HMAC key of codes,
//! numbers and address prefixes. Both belong in backup and escrow (design.md §1).

use crate::DiffusionError;
use ambient::{Random, random_bytes};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use zeroize::Zeroizing;

/// A secret of 256 bits, wiped when dropped.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

/// The two keys of the diffusion side.
pub(crate) struct Keys {
    master: Secret,
    code: Secret,
}

/// What a keyed digest is about, so that no two uses can be confused.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Use {
    Number,
    NumberSalt,
    Code,
    Qr,
    BirthDate,
    Bucket,
    Prefix,
    Rpps,
    Login,
    Contact,
    OneTimeCode,
    Link,
    Traits,
}

impl Use {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Number => b"number\0",
            Self::NumberSalt => b"number-salt\0",
            Self::Code => b"code\0",
            Self::Qr => b"qr\0",
            Self::BirthDate => b"birth-date\0",
            Self::Bucket => b"bucket\0",
            Self::Prefix => b"prefix\0",
            Self::Rpps => b"rpps\0",
            Self::Login => b"login\0",
            Self::Contact => b"contact\0",
            Self::OneTimeCode => b"one-time-code\0",
            Self::Link => b"link\0",
            Self::Traits => b"traits\0",
        }
    }
}

impl Keys {
    /// Reads the key files, or makes them where neither exists. One missing is refused: making a new one would
    /// silently kill every code or every copy.
    pub(crate) fn load_or_make(folder: &Path, random: &dyn Random) -> Result<Self, DiffusionError> {
        let (master, code) = (folder.join("master.key"), folder.join("code.key"));
        match (master.exists(), code.exists()) {
            (false, false) => {
                std::fs::DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(folder)
                    .map_err(DiffusionError::file("making the folder of keys"))?;
                let keys = Self { master: make(&master, random)?, code: make(&code, random)? };
                sync_folder(folder).map_err(DiffusionError::file("making the folder of keys durable"))?;
                Ok(keys)
            }
            (true, true) => Ok(Self { master: read(&master)?, code: read(&code)? }),
            _ => Err(DiffusionError::Keys("one of master.key and code.key is missing; restore it from backup".into())),
        }
    }

    /// The key that wraps other keys.
    pub(crate) fn master(&self) -> &[u8; 32] {
        &self.master
    }

    /// HMAC-SHA-256 under the code key of the parts, each preceded by its length.
    pub(crate) fn digest(&self, what: Use, parts: &[&[u8]]) -> Result<[u8; 32], DiffusionError> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.code.as_slice())
            .map_err(|_| DiffusionError::Keys("the code key has no usable length".into()))?;
        mac.update(what.label());
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Ok(mac.finalize().into_bytes().into())
    }
}

fn make(path: &Path, random: &dyn Random) -> Result<Secret, DiffusionError> {
    let secret: Secret = Zeroizing::new(random_bytes::<32>(random));
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(secret.as_slice())?;
        file.sync_all()
    };
    write().map_err(DiffusionError::file("making a key file"))?;
    Ok(secret)
}

fn read(path: &Path) -> Result<Secret, DiffusionError> {
    let mut secret: Secret = Zeroizing::new([0; 32]);
    let mut file = std::fs::File::open(path).map_err(DiffusionError::file("opening a key file"))?;
    let metadata = file.metadata().map_err(DiffusionError::file("reading a key file"))?;
    if metadata.len() != 32 {
        return Err(DiffusionError::Keys("a key file is not 32 bytes long".into()));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(DiffusionError::Keys("a key file is readable by others; set its mode to 0600".into()));
    }
    file.read_exact(secret.as_mut_slice()).map_err(DiffusionError::file("reading a key file"))?;
    Ok(secret)
}

/// Makes the entries of a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}
