//! Signed checkpoints: C2SP `tlog-checkpoint` in C2SP `signed-note`, Ed25519.

use crate::TraceError;
use crate::tree::Hash;
use ambient::{Random, random_bytes};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

const SECRET_FILE: &str = "trace-key";
const PUBLIC_FILE: &str = "trace-key.pub";
/// The signature type of Ed25519 in `signed-note`.
const ED25519: u8 = 1;

/// What a checkpoint says: a log, a size, the root at that size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// The root of the tree of that size.
    pub root: [u8; 32],
}

/// The log's public key, as auditors and witnesses keep it: `name+keyid+base64`.
#[derive(Debug, Clone)]
pub struct PublicKey {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

/// The log's secret key.
pub(crate) struct SecretKey {
    public: PublicKey,
    key: SigningKey,
}

impl PublicKey {
    fn new(name: &str, key: VerifyingKey) -> Self {
        let digest =
            Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(key.as_bytes()).finalize();
        let [a, b, c, d, ..] = <[u8; 32]>::from(digest);
        Self { name: name.into(), id: [a, b, c, d], key }
    }

    /// Reads `name+keyid+base64`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().splitn(3, '+');
        let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
        let key = STANDARD.decode(key).ok()?;
        let (&ED25519, key) = key.split_first()? else { return None };
        let public = Self::new(name, VerifyingKey::from_bytes(key.try_into().ok()?).ok()?);
        (hex::encode(public.id) == id).then_some(public)
    }

    /// Reads the public key kept beside the secret one.
    pub fn load(keys: &Path) -> Result<Self, TraceError> {
        let text = fs::read_to_string(keys.join(PUBLIC_FILE)).map_err(|e| TraceError::Key(e.to_string()))?;
        Self::parse(&text).ok_or_else(|| TraceError::Key(format!("{PUBLIC_FILE} is not a key")))
    }

    /// The checkpoint in a signed note, if this key signed it. Other signatures are passed over.
    pub fn open(&self, note: &str) -> Option<Checkpoint> {
        let (text, signatures) = note.split_once("\n\n")?;
        let text = format!("{text}\n");
        let prefix = format!("\u{2014} {} ", self.name);
        let signed = signatures.lines().filter_map(|line| STANDARD.decode(line.strip_prefix(&prefix)?).ok());
        let ours = signed.filter_map(|bytes| bytes.strip_prefix(&self.id).and_then(|s| Signature::from_slice(s).ok()));
        let valid = ours.take(8).any(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok());
        valid.then(|| parse(&text)).flatten().filter(|checkpoint| checkpoint.origin == self.name)
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), STANDARD.encode(key))
    }
}

fn parse(text: &str) -> Option<Checkpoint> {
    let mut lines = text.lines();
    let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
    let root: Hash = STANDARD.decode(root).ok()?.try_into().ok()?;
    Some(Checkpoint { origin: origin.into(), size: size.parse().ok()?, root })
}

impl SecretKey {
    /// Reads the key, or makes it on the first start, durably, mode 0600, the public one beside it.
    pub(crate) fn load_or_create(keys: &Path, origin: &str, random: &dyn Random) -> Result<Self, TraceError> {
        let failed = |error: io::Error| TraceError::Key(error.to_string());
        if origin.is_empty() || origin.contains(['+', '\n']) || origin.contains(char::is_whitespace) {
            return Err(TraceError::Key("the origin may not be empty or contain spaces or '+'".into()));
        }
        let path = keys.join(SECRET_FILE);
        if !path.try_exists().map_err(failed)? {
            fs::create_dir_all(keys).map_err(failed)?;
            let text = format!("PRIVATE+KEY+ED25519+{}\n", STANDARD.encode(random_bytes::<32>(random)));
            write_file(&path, text.as_bytes(), 0o600).map_err(failed)?;
        }
        let mode = fs::metadata(&path).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(TraceError::Key(format!("others than its owner may read it (mode {:o})", mode & 0o777)));
        }
        let text = fs::read_to_string(&path).map_err(failed)?;
        let seed = text.trim().strip_prefix("PRIVATE+KEY+ED25519+").and_then(|seed| STANDARD.decode(seed).ok());
        let seed: Hash =
            seed.and_then(|seed| seed.try_into().ok()).ok_or_else(|| TraceError::Key("unreadable".into()))?;
        let key = SigningKey::from_bytes(&seed);
        let secret = Self { public: PublicKey::new(origin, key.verifying_key()), key };
        if fs::read_to_string(keys.join(PUBLIC_FILE)).ok().as_deref() != Some(&format!("{}\n", secret.public)) {
            write_file(&keys.join(PUBLIC_FILE), format!("{}\n", secret.public).as_bytes(), 0o644).map_err(failed)?;
        }
        Ok(secret)
    }

    /// A signed checkpoint.
    pub(crate) fn sign(&self, size: u64, root: &Hash) -> String {
        let PublicKey { name, id, .. } = &self.public;
        let text = format!("{name}\n{size}\n{}\n", STANDARD.encode(root));
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        format!("{text}\n\u{2014} {name} {}\n", STANDARD.encode([id.as_slice(), &signature].concat()))
    }

    pub(crate) fn public(&self) -> &PublicKey {
        &self.public
    }
}

/// Writes a whole file under its name, durably: never seen half-written.
pub(crate) fn write_file(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let temporary = path.with_added_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    fs::File::open(folder)?.sync_all()
}
