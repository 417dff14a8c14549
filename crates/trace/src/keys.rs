//! The log's own keys: the secret one in a file of its own, the public ones, newest first, beside the data.

use crate::note::{ED25519, Named, is_name, text, write_file};
use crate::tree::Hash;
use crate::{Checkpoint, PublicKey, TraceError};
use ambient::{Random, random_bytes};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const PUBLIC_FILE: &str = "trace-key.pub";
const PREFIX: &str = "PRIVATE+KEY+ED25519+";

/// The log's secret key.
pub(crate) struct SecretKey {
    public: PublicKey,
    key: SigningKey,
}

impl SecretKey {
    /// Reads the key, or makes it at the first start, durably, mode 0600.
    pub(crate) fn load_or_create(path: &Path, origin: &str, random: &dyn Random) -> Result<Self, TraceError> {
        if !is_name(origin) {
            return Err(TraceError::Key("the origin may not be empty or contain spaces or '+'".into()));
        }
        let key = load_or_create(path, random)?;
        Ok(Self { public: PublicKey(Named::new(origin, ED25519, key.verifying_key())), key })
    }

    /// A signed checkpoint.
    pub(crate) fn sign(&self, size: u64, root: &Hash) -> String {
        let text = text(&self.public.0.name, size, root);
        let line = self.public.0.line(&self.key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n{line}")
    }

    pub(crate) fn public(&self) -> &PublicKey {
        &self.public
    }
}

/// Reads an Ed25519 key, or makes it, durably, mode 0600. A key that others may read is refused.
pub(crate) fn load_or_create(path: &Path, random: &dyn Random) -> Result<SigningKey, TraceError> {
    let failed = |error: io::Error| TraceError::Key(format!("{}: {error}", path.display()));
    if !path.try_exists().map_err(failed)? {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let text = format!("{PREFIX}{}\n", STANDARD.encode(random_bytes::<32>(random)));
        write_file(path, text.as_bytes(), 0o600).map_err(failed)?;
    }
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(TraceError::Key(format!("others than its owner may read it (mode {:o})", mode & 0o777)));
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    let seed = text.trim().strip_prefix(PREFIX).and_then(|seed| STANDARD.decode(seed).ok());
    let seed: Option<Hash> = seed.and_then(|seed| seed.try_into().ok());
    seed.map(|seed| SigningKey::from_bytes(&seed)).ok_or_else(|| TraceError::Key("unreadable".into()))
}

/// Removes the secret key that the first version kept among the data, once another one signs.
pub(crate) fn forget_old(keys: &Path, current: &Path) -> Result<(), TraceError> {
    let old = keys.join("trace-key");
    if old == current || !old.exists() {
        return Ok(());
    }
    fs::remove_file(&old).map_err(|error| TraceError::Key(format!("{}: {error}", old.display())))
}

/// The public keys a log has been signed with, newest first, as auditors read them beside the data.
#[derive(Debug, Clone)]
pub struct PublicKeys(pub(crate) Vec<PublicKey>);

impl PublicKeys {
    /// Reads them; none when the log was never opened.
    pub fn load(keys: &Path) -> Result<Self, TraceError> {
        let text = match fs::read_to_string(keys.join(PUBLIC_FILE)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self(Vec::new())),
            text => text.map_err(|error| TraceError::Key(format!("{PUBLIC_FILE}: {error}")))?,
        };
        let keys: Option<Vec<PublicKey>> = text.lines().map(PublicKey::parse).collect();
        keys.map(Self).ok_or_else(|| TraceError::Key(format!("{PUBLIC_FILE} holds something that is no key")))
    }

    /// The key that signs now.
    pub fn newest(&self) -> Option<&PublicKey> {
        self.0.first()
    }

    /// The checkpoint in a note that any of them signed.
    pub fn open(&self, note: &str) -> Option<Checkpoint> {
        self.0.iter().find_map(|key| key.open(note))
    }

    /// Puts a key first, durably. Says whether another one was.
    pub(crate) fn put_first(&mut self, key: &PublicKey, keys: &Path) -> Result<bool, TraceError> {
        if self.newest() == Some(key) {
            return Ok(false);
        }
        let changed = !self.0.is_empty();
        self.0.retain(|known| known != key);
        self.0.insert(0, key.clone());
        let failed = |error: io::Error| TraceError::Key(format!("{PUBLIC_FILE}: {error}"));
        fs::create_dir_all(keys).map_err(failed)?;
        let text: String = self.0.iter().map(|key| format!("{key}\n")).collect();
        write_file(&keys.join(PUBLIC_FILE), text.as_bytes(), 0o644).map_err(failed)?;
        Ok(changed)
    }
}
