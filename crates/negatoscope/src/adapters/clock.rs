//! The kept clock in a file of the data folder, replaced whole.

use ambient::{Kept, KeptError, KeptStore};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

/// Its name in the data folder.
pub const NAME: &str = "clock.json";

/// `clock.json`.
pub struct KeptFile {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    #[serde(with = "time::serde::rfc3339")]
    kept: OffsetDateTime,
    unconfirmed: bool,
}

impl KeptFile {
    /// In this folder, which exists.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }
}

impl KeptStore for KeptFile {
    fn load(&self) -> Result<Option<Kept>, KeptError> {
        let text = match std::fs::read(self.folder.join(NAME)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(KeptError(error.to_string())),
        };
        let written: Written = serde_json::from_slice(&text).map_err(|error| KeptError(error.to_string()))?;
        match written.version {
            1 => Ok(Some(Kept { at: written.kept, unconfirmed: written.unconfirmed })),
            version => Err(KeptError(format!("version {version} is not known to this program"))),
        }
    }

    fn save(&self, kept: Kept) -> Result<(), KeptError> {
        let written = Written { version: 1, kept: kept.at, unconfirmed: kept.unconfirmed };
        let save = || -> std::io::Result<()> {
            let new = self.folder.join("clock.json.new");
            let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
            serde_json::to_writer(&mut file, &written)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            std::fs::rename(&new, self.folder.join(NAME))?;
            File::open(&self.folder)?.sync_all()
        };
        save().map_err(|error| KeptError(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_first_version_is_still_read_and_written() {
        let pinned = include_bytes!("../../../../formats/clock/clock-1.json");
        let folder = tempfile::tempdir().unwrap();
        let file = KeptFile::new(folder.path());
        assert_eq!(file.load(), Ok(None));
        let kept = Kept { at: datetime!(2026-11-25 10:00 UTC), unconfirmed: false };
        file.save(kept).unwrap();
        assert_eq!(std::fs::read(folder.path().join(NAME)).unwrap(), pinned);
        assert_eq!(file.load(), Ok(Some(kept)));
    }

    #[test]
    fn every_damaged_byte_and_every_cut_is_an_error_or_the_same_shape_and_never_a_panic() {
        let pinned = include_bytes!("../../../../formats/clock/clock-1.json");
        let folder = tempfile::tempdir().unwrap();
        let file = KeptFile::new(folder.path());
        let path = folder.path().join(NAME);
        for length in 0..pinned.len() - 1 {
            std::fs::write(&path, &pinned[..length]).unwrap();
            assert!(file.load().is_err(), "cut at {length}");
        }
        for at in 0..pinned.len() {
            for flip in 0..8 {
                let mut bytes = pinned.to_vec();
                bytes[at] ^= 1 << flip;
                std::fs::write(&path, bytes).unwrap();
                let _ = file.load();
            }
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = KeptFile::new(&folder.path().join("absent"));
        assert!(file.save(Kept { at: datetime!(2026-11-25 10:00 UTC), unconfirmed: false }).is_err());
    }
}
