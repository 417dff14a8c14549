//! A witness on another disk: what tells, after an old copy was put back, that there was more.
//!
//! The folder of `witness.folder` receives each sealed journal object (encrypted as in the vault), listed in
//! `journal.jsonl` under a keyed digest, and the signed checkpoints of both logs of accesses. The facts of a record
//! older than its witness (choices, revocations, holds, destructions) are applied again, in order.

use crate::backup::{self, Restored};
use crate::rooms::{GROUP, Rooms};
use crate::settings::Settings;
use ambient::{Clock, KeptClock};
use anyhow::{Context, Result, bail};
use hmac::{Hmac, KeyInit, Mac};
use record::SqliteCatalogue;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use vault::{FolderStore, ObjectKey, ObjectStore};

/// Between two looks at what is new.
const LOOK: Duration = Duration::from_secs(2);
/// Between two checkpoints of a log that nothing else asks for.
const CHECKPOINT: Duration = Duration::from_secs(60);
/// Checkpoints that a proof of the logs is held against, the latest.
const MOST_CHECKPOINTS: usize = 20;

/// A line of `journal.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Sealed {
    version: u32,
    /// The last entry's number.
    last: u64,
    object: String,
    sha256: String,
    mac: String,
}

/// A line of `checkpoints.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Seen {
    /// A signed checkpoint.
    Checkpoint { side: String, size: u64, note: String },
    /// A log began again from this size after a restore: what was seen beyond it is lost, and known to be.
    Restored { side: String, size: u64 },
}

/// The two logs of accesses.
const SIDES: [&str; 2] = ["archive", "diffusion"];

/// The witness of a data folder.
pub struct Witness {
    folder: PathBuf,
    store: FolderStore,
    key: [u8; 32],
}

impl Witness {
    /// Opens it, making folder and key at the first start; `None` when no witness is set.
    pub async fn open(settings: &Settings, data: &Path) -> Result<Option<Self>> {
        let folder = settings.witness_folder.clone();
        if folder.as_os_str().is_empty() {
            return Ok(None);
        }
        crate::rooms::make_private(&folder).context("witness.folder")?;
        let store = FolderStore::open(&folder.join("journal")).await.context("opening the witness")?;
        Ok(Some(Self { folder, store, key: key(&data.join("archive/keys"))? }))
    }

    fn mac(&self, last: u64, object: &str, sha256: &str) -> Result<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).context("the witness's key has no usable length")?;
        mac.update(format!("journal\0{last}\0{object}\0{sha256}").as_bytes());
        Ok(hex::encode(mac.finalize().into_bytes()))
    }

    /// The journal objects that the witness vouches for, in order; and how many lines it does not.
    fn journal(&self) -> Result<(Vec<Sealed>, u64)> {
        let (mut sealed, mut refused) = (Vec::new(), 0);
        for line in lines::<Sealed>(&self.folder.join("journal.jsonl"))? {
            if self.mac(line.last, &line.object, &line.sha256)? != line.mac {
                tracing::error!(object = line.object, "the witness names an object under another key: passed over");
                refused += 1;
                continue;
            }
            sealed.push(line);
        }
        sealed.sort_by_key(|line| line.last);
        Ok((sealed, refused))
    }

    /// Copies the journal objects sealed since; says how many.
    async fn follow(&self, rooms: &Rooms, after: &mut u64) -> Result<u64> {
        let mut count = 0;
        for (last, object) in rooms.record.journal_objects(GROUP, *after).await? {
            let key: ObjectKey = object.object.parse().context("the record names an object that is none")?;
            if matches!(self.store.size(key).await, Err(vault::VaultError::NotFound(_))) {
                backup::transfer(rooms.objects.as_ref(), &self.store, key, &object.sha256).await?;
            }
            let sha256 = hex::encode(object.sha256);
            let mac = self.mac(last, &object.object, &sha256)?;
            append(&self.folder, "journal.jsonl", &Sealed { version: 1, last, object: object.object, sha256, mac })?;
            (*after, count) = (last, count + 1);
        }
        Ok(count)
    }

    /// Puts into a vault the journal objects that a record does not know yet; says how many, and how many lines of the
    /// witness cannot be believed.
    pub async fn bring(&self, record: &SqliteCatalogue, objects: &dyn ObjectStore, vault: &Path) -> Result<(u64, u64)> {
        let sealed = record::Catalogue::journal_sealed(record, GROUP).await?;
        // The vault of a folder has one more name here: what is put there is put as the vault itself would.
        let target = FolderStore::open(vault).await?;
        let (lines, refused) = self.journal()?;
        let mut count = 0;
        for line in lines.into_iter().filter(|line| line.last > sealed) {
            let key: ObjectKey = line.object.parse().context("the witness names an object that is none")?;
            if matches!(objects.size(key).await, Err(vault::VaultError::NotFound(_))) {
                let mut sha256 = [0; 32];
                hex::decode_to_slice(&line.sha256, &mut sha256).context("the witness's list is damaged")?;
                backup::transfer(&self.store, &target, key, &sha256).await?;
            }
            count += 1;
        }
        Ok((count, refused))
    }

    /// Notes that both logs begin again from what is in a data folder.
    pub fn begun_again(&self, data: &Path) -> Result<()> {
        for side in SIDES {
            let size = checkpoint(data, side).map_or(0, |(size, _)| size);
            append(&self.folder, "checkpoints.jsonl", &Seen::Restored { side: side.into(), size })?;
        }
        Ok(())
    }
}

/// The signed checkpoints that a witness has seen of one log, the latest ones.
pub fn checkpoints(settings: &Settings, side: &str) -> Result<Vec<String>> {
    if settings.witness_folder.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let mut seen: Vec<(u64, String)> = Vec::new();
    for line in lines::<Seen>(&settings.witness_folder.join("checkpoints.jsonl"))? {
        match line {
            Seen::Checkpoint { side: of, size, note } if of == side => seen.push((size, note)),
            Seen::Restored { side: of, size } if of == side => seen.retain(|(seen, _)| *seen <= size),
            Seen::Checkpoint { .. } | Seen::Restored { .. } => {}
        }
    }
    let many = seen.len().saturating_sub(MOST_CHECKPOINTS);
    Ok(seen.into_iter().skip(many).map(|(_, note)| note).collect())
}

/// At the start: a record older than its witness is brought up to it, and nothing is erased until a person confirms.
pub async fn compare(rooms: &Rooms) -> Result<()> {
    let data = &rooms.settings.data_folder;
    let Some(witness) = Witness::open(&rooms.settings, data).await? else { return Ok(()) };
    let (brought, refused) = witness.bring(&rooms.record, rooms.objects.as_ref(), &data.join("archive/vault")).await?;
    if brought == 0 && refused == 0 {
        return Ok(());
    }
    let now = rooms.clock.now();
    let caught_up = archive::catch_up::run(rooms.catalogue.as_ref(), &rooms.vault, GROUP, now).await?;
    tracing::error!(?caught_up, "the record is older than its witness: later facts were applied, nothing is erased");
    let restored = Restored {
        version: 1,
        backup_at: rooms.clock.status().kept,
        later_facts: caught_up.entries,
        contradicting: caught_up.contradicting + refused,
        unnamed: caught_up.unnamed,
        published_again: false,
        erased_again: false,
    };
    restored.write(data)?;
    rooms.clock.distrust().context("writing the kept clock")
}

/// Follows the running server. A witness that cannot be written is told and tried again: it stops nothing.
pub async fn keep(rooms: Arc<Rooms>, mut stopped: watch::Receiver<bool>) -> Result<()> {
    let data = rooms.settings.data_folder.clone();
    let Some(witness) = Witness::open(&rooms.settings, &data).await? else {
        let _ = stopped.wait_for(|stop| *stop).await;
        return Ok(());
    };
    let mut after = witness.journal()?.0.last().map_or(0, |line| line.last);
    let mut noted = Noted::default();
    let mut failing = false;
    loop {
        let done = match witness.follow(&rooms, &mut after).await {
            Ok(new) => noted.checkpoints(&witness, &data, &rooms.clock, new > 0),
            Err(error) => Err(error),
        };
        match &done {
            Err(error) if !failing => tracing::error!(error = format!("{error:#}"), "the witness cannot be written"),
            _ => {}
        }
        failing = done.is_err();
        if *stopped.borrow() {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    }
}

/// The checkpoints written last.
#[derive(Default)]
struct Noted {
    at: Option<Duration>,
    sizes: [u64; 2],
}

impl Noted {
    fn checkpoints(&mut self, witness: &Witness, data: &Path, clock: &KeptClock, now: bool) -> Result<()> {
        let steady = clock.monotonic();
        if !now && self.at.is_some_and(|at| steady.saturating_sub(at) < CHECKPOINT) {
            return Ok(());
        }
        self.at = Some(steady);
        for (side, known) in SIDES.into_iter().zip(&mut self.sizes) {
            let Some((size, note)) = checkpoint(data, side).filter(|(size, _)| size > known) else { continue };
            append(&witness.folder, "checkpoints.jsonl", &Seen::Checkpoint { side: side.into(), size, note })?;
            *known = size;
        }
        Ok(())
    }
}

/// The published checkpoint of a log, with the size it speaks of (its second line).
fn checkpoint(data: &Path, side: &str) -> Option<(u64, String)> {
    let note = std::fs::read_to_string(data.join(side).join("trace/checkpoint")).ok()?;
    Some((note.lines().nth(1)?.parse().ok()?, note))
}

/// The key of the keyed digests, beside the archive's other keys.
fn key(folder: &Path) -> Result<[u8; 32]> {
    let path = folder.join("witness.key");
    match std::fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| anyhow::anyhow!("{} is not 32 bytes long", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = ambient::random_bytes::<32>(&ambient::SystemRandom);
            let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(&key)?;
            file.sync_all()?;
            File::open(folder)?.sync_all()?;
            Ok(key)
        }
        Err(error) => Err(error).context("reading the witness's key"),
    }
}

/// Appends a line, durably.
fn append(folder: &Path, name: &str, line: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    let mut file = File::options().create(true).append(true).mode(0o600).open(folder.join(name))?;
    file.write_all(&text)?;
    Ok(file.sync_all()?)
}

/// The lines of a file; the last one may have been cut by a crash.
fn lines<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    let mut found = Vec::new();
    for line in text.lines() {
        match serde_json::from_str(line) {
            Ok(line) => found.push(line),
            Err(_) if !text.ends_with('\n') => break,
            Err(_) => bail!("{} is damaged", path.display()),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same<T: Serialize + serde::de::DeserializeOwned>(pinned: &str, name: &str) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), pinned).unwrap();
        for line in lines::<T>(&folder.path().join(name)).unwrap() {
            append(folder.path(), "again", &line).unwrap();
        }
        assert_eq!(std::fs::read_to_string(folder.path().join("again")).unwrap(), pinned);
    }

    #[test]
    fn the_first_versions_are_still_read_and_written() {
        same::<Sealed>(include_str!("../../../formats/witness/journal-1.jsonl"), "journal.jsonl");
        same::<Seen>(include_str!("../../../formats/witness/checkpoints-1.jsonl"), "checkpoints.jsonl");
    }

    #[test]
    fn a_line_cut_by_a_crash_is_passed_over_and_a_damaged_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let whole = include_str!("../../../formats/witness/journal-1.jsonl");
        std::fs::write(&path, format!("{whole}{}", &whole[..40])).unwrap();
        assert_eq!(lines::<Sealed>(&path).unwrap().len(), 1);
        std::fs::write(&path, format!("{}\n{whole}", &whole[..40])).unwrap();
        assert!(lines::<Sealed>(&path).is_err());
    }

    #[test]
    fn after_a_restore_only_what_was_seen_before_its_size_counts() {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("witness.folder = \"{}\"", folder.path().display());
        let settings = Settings::parse(&text).unwrap();
        for size in [5, 9, 14] {
            let seen = Seen::Checkpoint { side: "archive".into(), size, note: format!("at {size}") };
            append(folder.path(), "checkpoints.jsonl", &seen).unwrap();
        }
        append(folder.path(), "checkpoints.jsonl", &Seen::Restored { side: "archive".into(), size: 9 }).unwrap();
        append(folder.path(), "checkpoints.jsonl", &Seen::Restored { side: "diffusion".into(), size: 0 }).unwrap();
        assert_eq!(checkpoints(&settings, "archive").unwrap(), ["at 5", "at 9"]);
    }
}
