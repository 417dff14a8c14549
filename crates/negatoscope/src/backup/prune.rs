//! The eraser of what a backup no longer counts: states of earlier runs and of runs that were cut, and objects that
//! the archive has destroyed since. A destroyed exam must not live on in its backup.

use anyhow::{Context, Result};
use std::collections::HashSet;
use std::path::Path;
use vault::erase::{FolderEraser, VaultEraser};
use vault::{ObjectKey, ObjectStore};

/// Removes the states that the manifest does not name.
pub fn states(folder: &Path, current: &str) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with("state-") && name != current) {
            std::fs::remove_dir_all(entry.path()).context("removing an earlier state of the backup")?;
        }
    }
    Ok(())
}

/// Removes the objects that the manifest does not name; says how many.
pub async fn objects(folder: &Path, store: &dyn ObjectStore, named: &HashSet<ObjectKey>) -> Result<u64> {
    let eraser = FolderEraser::new(folder);
    let (mut after, mut gone) = (None, 0);
    loop {
        let page = store.list(after, 500).await?;
        let Some(last) = page.last().copied() else { return Ok(gone) };
        after = Some(last);
        for key in page.into_iter().filter(|key| !named.contains(key)) {
            eraser.erase(key).await?;
            gone += 1;
        }
    }
}

/// Removes the emptied folder in which a restore was prepared.
pub fn prepared(folder: &Path) -> Result<()> {
    std::fs::remove_dir_all(folder).context("removing the folder in which the restore was prepared")
}
