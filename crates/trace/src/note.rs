//! Signed checkpoints: C2SP `tlog-checkpoint` in C2SP `signed-note`, Ed25519.

use crate::growth::{Sized, has_grown};
use crate::tree::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The signature type of Ed25519 in `signed-note`.
pub(crate) const ED25519: u8 = 1;
/// Signatures of one name that are tried.
const MOST_SIGNATURES: usize = 8;

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

impl Checkpoint {
    /// Reads what a note says, whoever signed it.
    pub fn unverified(note: &str) -> Option<Self> {
        parse(note.split_once("\n\n")?.0)
    }

    /// Whether `path` proves that the tree of `later` begins with this one (RFC 9162 §2.1.4.2).
    pub fn has_grown_into(&self, later: &Self, path: &[[u8; 32]]) -> bool {
        let sized = |checkpoint: &Self| Sized { size: checkpoint.size, root: checkpoint.root };
        self.origin == later.origin && has_grown(sized(self), sized(later), path)
    }
}

/// The log's public key, as auditors and witnesses keep it: `name+keyid+base64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(pub(crate) Named);

/// A key with its name and the kind of its signatures (`signed-note`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) kind: u8,
    pub(crate) id: [u8; 4],
    pub(crate) key: VerifyingKey,
}

impl Named {
    pub(crate) fn new(name: &str, kind: u8, key: VerifyingKey) -> Self {
        let digest =
            Sha256::new().chain_update(name).chain_update([b'\n', kind]).chain_update(key.as_bytes()).finalize();
        let [a, b, c, d, ..] = <[u8; 32]>::from(digest);
        Self { name: name.into(), kind, id: [a, b, c, d], key }
    }

    pub(crate) fn parse(text: &str, kind: u8) -> Option<Self> {
        let mut parts = text.trim().splitn(3, '+');
        let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
        let key = STANDARD.decode(key).ok()?;
        let key = key.strip_prefix(&[kind])?;
        let named = Self::new(name, kind, VerifyingKey::from_bytes(key.try_into().ok()?).ok()?);
        (is_name(name) && hex::encode(named.id) == id).then_some(named)
    }

    /// A line of a note's signatures.
    pub(crate) fn line(&self, signature: &[u8]) -> String {
        format!("\u{2014} {} {}\n", self.name, STANDARD.encode([self.id.as_slice(), signature].concat()))
    }

    /// The signatures in this key's name and of its id, without the id.
    pub(crate) fn signatures<'a>(&'a self, signatures: &'a str) -> impl Iterator<Item = Vec<u8>> + 'a {
        let lines = signatures.lines().filter_map(|line| line.strip_prefix("\u{2014} ")?.split_once(' '));
        let ours = lines.filter(|(name, _)| *name == self.name);
        let ours = ours.filter_map(|(_, text)| Some(STANDARD.decode(text).ok()?.strip_prefix(&self.id)?.to_vec()));
        ours.take(MOST_SIGNATURES)
    }

    pub(crate) fn is_signed(&self, text: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.key.verify_strict(text, &signature).is_ok())
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = [&[self.kind], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), STANDARD.encode(key))
    }
}

impl PublicKey {
    /// Reads `name+keyid+base64`.
    pub fn parse(text: &str) -> Option<Self> {
        Named::parse(text, ED25519).map(Self)
    }

    /// The log's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The id of the key, hexadecimal.
    pub fn id(&self) -> String {
        hex::encode(self.0.id)
    }

    /// The checkpoint in a signed note, if this key signed it. Other signatures are passed over.
    pub fn open(&self, note: &str) -> Option<Checkpoint> {
        let (text, signatures) = split(note)?;
        let valid = self.0.signatures(signatures).any(|signature| self.0.is_signed(text.as_bytes(), &signature));
        valid.then(|| parse(text)).flatten().filter(|checkpoint| checkpoint.origin == self.0.name)
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The signed text, with its last newline, and the signatures.
pub(crate) fn split(note: &str) -> Option<(&str, &str)> {
    let end = note.find("\n\n")?;
    Some((note.get(..=end)?, note.get(end + 2..)?))
}

/// What a checkpoint of this tree says, ready to be signed.
pub(crate) fn text(origin: &str, size: u64, root: &Hash) -> String {
    format!("{origin}\n{size}\n{}\n", STANDARD.encode(root))
}

pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('+') && !name.contains(char::is_whitespace)
}

fn parse(text: &str) -> Option<Checkpoint> {
    let mut lines = text.lines();
    let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
    let root: Hash = STANDARD.decode(root).ok()?.try_into().ok()?;
    let number: u64 = size.parse().ok()?;
    (number.to_string() == size).then(|| Checkpoint { origin: origin.into(), size: number, root })
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
