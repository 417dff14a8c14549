//! The key that signs packages: Ed25519 (RFC 8032), kept beside the vault's.

use crate::ArchiveError;
use ambient::{Random, random_bytes};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The secret key's file in the folder of keys.
const FILE_NAME: &str = "package-key";
/// Before the 32 bytes of an Ed25519 public key in a SubjectPublicKeyInfo (RFC 8410 §4).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Signs what is handed over. Never printed.
pub struct PackageKey(SigningKey);

impl PackageKey {
    /// Reads the key (base64 of 32 bytes, mode 0600), or makes it, durably, on the first start.
    pub fn load_or_create(keys: &Path, random: &dyn Random) -> Result<Self, ArchiveError> {
        let failed = |error: io::Error| ArchiveError::Package(format!("the key of packages: {error}"));
        let path = keys.join(FILE_NAME);
        if !path.try_exists().map_err(failed)? {
            fs::create_dir_all(keys).map_err(failed)?;
            let text = format!("{}\n", STANDARD.encode(random_bytes::<32>(random)));
            create(keys, &path, text.as_bytes()).map_err(failed)?;
        }
        if fs::metadata(&path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(ArchiveError::Package("others than its owner may read the key of packages: chmod 600".into()));
        }
        let text = fs::read_to_string(&path).map_err(failed)?;
        let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let bytes = bytes.ok_or_else(|| ArchiveError::Package("the key of packages is damaged".into()))?;
        Ok(Self(SigningKey::from_bytes(&bytes)))
    }

    /// The signature of these bytes: 64 bytes.
    pub(super) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.sign(bytes).to_bytes().to_vec()
    }

    /// The public key, as OpenSSL reads it.
    pub fn public_pem(&self) -> String {
        let der = [SPKI.as_slice(), self.0.verifying_key().as_bytes()].concat();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
    }
}

fn create(keys: &Path, path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::File::open(keys)?.sync_all()
}

impl std::fmt::Debug for PackageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PackageKey")
    }
}
