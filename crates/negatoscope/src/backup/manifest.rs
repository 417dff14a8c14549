//! What a backup says of itself.

use super::files::{self, Copied};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::path::{Component, Path};
use time::OffsetDateTime;

/// Its name in the backup's folder.
pub const NAME: &str = "manifest.json";

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// 1.
    pub version: u32,
    /// The program that made it.
    pub program: String,
    /// Everything acknowledged before this instant is in it.
    #[serde(with = "time::serde::rfc3339")]
    pub begun_at: OffsetDateTime,
    /// When the last file was written.
    #[serde(with = "time::serde::rfc3339")]
    pub finished_at: OffsetDateTime,
    /// The folder of this run.
    pub state: String,
    /// Its files, paths from the backup's folder. One of them lists the sealed objects.
    pub files: Vec<Listed>,
    /// The files of `keys`; none when they were left out.
    pub keys: Vec<Listed>,
}

/// A file of the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// From the backup's folder, with slashes.
    pub path: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// A sealed object of the backup, one a line of `objects.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedObject {
    /// Its key.
    pub key: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the sealed bytes, hexadecimal.
    pub sha256: String,
}

impl Listed {
    /// A file that was just copied to `path`, which lies under `root`.
    pub fn new(root: &Path, path: &Path, copied: &Copied) -> Result<Self> {
        let inside = path.strip_prefix(root).context("a file outside the backup")?;
        let path = inside.to_str().context("a file name is not text")?.to_owned();
        Ok(Self { path, size_bytes: copied.size_bytes, sha256: hex::encode(copied.sha256) })
    }

    /// Whether what was copied is this.
    pub fn is(&self, copied: &Copied) -> bool {
        self.size_bytes == copied.size_bytes && self.sha256 == hex::encode(copied.sha256)
    }
}

impl Manifest {
    /// Reads the manifest of a backup, and refuses one that is none, or of a version not known here.
    pub fn read(folder: &Path) -> Result<Self> {
        let text = std::fs::read(folder.join(NAME))
            .with_context(|| format!("{} holds no finished backup: {NAME} cannot be read", folder.display()))?;
        let any: serde_json::Value = serde_json::from_slice(&text).context("the manifest is damaged")?;
        if any.get("version").and_then(serde_json::Value::as_u64) != Some(1) {
            bail!("this backup is of a version that this program does not know");
        }
        let manifest: Self = serde_json::from_value(any).context("the manifest is damaged")?;
        for listed in manifest.files.iter().chain(&manifest.keys) {
            if !Path::new(&listed.path).components().all(|part| matches!(part, Component::Normal(_))) {
                bail!("the manifest names a file outside the backup");
            }
        }
        Ok(manifest)
    }

    /// Replaces the manifest, durably: from here on this run is the backup.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        files::replace(folder, NAME, &text).context("writing the manifest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_version_is_still_read_and_written() {
        let pinned = include_bytes!("../../../../formats/backup/manifest-1.json");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(NAME), pinned).unwrap();
        let manifest = Manifest::read(folder.path()).unwrap();
        manifest.write(folder.path()).unwrap();
        assert_eq!(std::fs::read(folder.path().join(NAME)).unwrap(), pinned);
    }

    #[test]
    fn a_listed_object_of_the_first_version_is_still_read_and_written() {
        let pinned = include_str!("../../../../formats/backup/objects-1.jsonl").trim_end();
        let object: ListedObject = serde_json::from_str(pinned).unwrap();
        assert_eq!(serde_json::to_string(&object).unwrap(), pinned);
    }

    #[test]
    fn a_manifest_of_another_version_or_with_a_path_outside_is_refused() {
        let pinned = std::str::from_utf8(include_bytes!("../../../../formats/backup/manifest-1.json")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for (from, to) in
            [("\"version\": 1", "\"version\": 2"), ("state-0011223344556677/archive", "../archive"), ("{", "")]
        {
            assert!(pinned.contains(from));
            std::fs::write(folder.path().join(NAME), pinned.replacen(from, to, 1)).unwrap();
            assert!(Manifest::read(folder.path()).is_err(), "{to}");
        }
    }
}
