//! What stands inside the age envelope: a plain stored ZIP whose last entry is `manifest.json`.
//!
//! Pinned example: `formats/vault/manifest-1.json`.

use crate::ObjectKey;
use serde::{Deserialize, Serialize};

/// The version written in [`Manifest::version`].
pub const MANIFEST_VERSION: u32 = 1;

/// The name of the manifest inside the ZIP.
pub const MANIFEST_NAME: &str = "manifest.json";

/// What an object is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A generation of files that belong together.
    Generation,
    /// A numbered journal of facts.
    Journal,
}

/// One file inside an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedEntry {
    /// Its name in the ZIP.
    pub name: String,
    /// Where its first byte stands in the decrypted object.
    pub offset_bytes: u64,
    /// Its length.
    pub size_bytes: u64,
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    pub sha256: String,
}

/// `manifest.json`: everything needed to check and use an object without any database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always `negatoscope-vault`.
    pub format: String,
    /// [`MANIFEST_VERSION`].
    pub version: u32,
    /// The key it was sealed under: an object moved to another key is found out.
    pub key: ObjectKey,
    /// What it is for.
    pub kind: Kind,
    /// Its entries, in order, without the manifest itself.
    pub entries: Vec<SealedEntry>,
    /// What the sealing room wants to say about it; opaque here.
    pub content: serde_json::Value,
}

const FORMAT: &str = "negatoscope-vault";

impl Manifest {
    pub(crate) fn new(key: ObjectKey, kind: Kind, entries: Vec<SealedEntry>, content: serde_json::Value) -> Self {
        Self { format: FORMAT.into(), version: MANIFEST_VERSION, key, kind, entries, content }
    }

    /// Reads a manifest of any version this program knows. The error says what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if manifest.format != FORMAT {
            return Err("its format is not negatoscope-vault".into());
        }
        if manifest.version != MANIFEST_VERSION {
            return Err(format!("its version {} is not known to this program", manifest.version));
        }
        Ok(manifest)
    }
}
