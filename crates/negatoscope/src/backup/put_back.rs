//! The restore: everything is copied beside, checked, brought up to the latest facts that can be found, and only then
//! moved to its place. An interrupted restore is never taken for a data folder.

use super::after::Restored;
use super::files;
use super::manifest::{Listed, ListedObject, Manifest};
use super::prune;
use super::take::{blocking, transfer};
use crate::Program;
use crate::adapters::clock::KeptFile;
use crate::control::{Output, Progress};
use crate::rooms::{GROUP, RecordAndVault, lock, make_private};
use crate::settings::Settings;
use crate::witness::Witness;
use ambient::{Kept, KeptStore};
use anyhow::{Context, Result, bail};
use std::io::BufRead;
use std::path::{Path, PathBuf};
use vault::{FolderStore, ObjectKey};

/// Where a restore is prepared, in the data folder itself: its disk is the one that must hold it.
const PREPARED: &str = "restoring";

/// A data folder in which a restore was cut is none.
pub fn refuse_half_restored(data: &Path) -> Result<()> {
    if data.join(PREPARED).exists() {
        bail!("a restore into {} did not finish: empty the folder and restore again", data.display());
    }
    Ok(())
}

/// Puts the backup in `from` into the empty data folder of the settings.
pub async fn put_back(program: Program, output: &dyn Output, from: &Path, keys: Option<&Path>) -> Result<()> {
    let manifest = Manifest::read(from)?;
    let data = program.settings.data_folder.clone();
    make_private(&data)?;
    let _lock = lock(&data)?;
    refuse_half_restored(&data)?;
    for entry in std::fs::read_dir(&data)? {
        let name = entry?.file_name();
        if name != "lock" {
            bail!("{} is not empty: {} is there", data.display(), name.to_string_lossy());
        }
    }
    let keys = keys.map_or_else(|| from.join("keys"), Path::to_owned);
    if !keys.is_dir() {
        bail!("the keys are not in {}: say where they are with --keys", keys.display());
    }
    let prepared = data.join(PREPARED);
    files::make_folder(&prepared)?;
    let restoring = Restoring { from: from.to_owned(), keys, prepared: prepared.clone(), manifest };
    restoring.files().await?;
    restoring.keys()?;
    let objects = restoring.objects(output).await?;
    let settings = Settings { data_folder: prepared.clone(), ..program.settings.clone() };
    let caught_up = catch_up(settings, &program).await?;
    files::sync_tree(&prepared)?;
    let begun_at = restoring.manifest.begun_at;
    let restored = Restored {
        version: 1,
        backup_at: begun_at,
        later_facts: caught_up.entries,
        contradicting: caught_up.contradicting,
        unnamed: caught_up.unnamed,
        published_again: false,
        erased_again: false,
    };
    restored.write(&data)?;
    // The time that passed since the backup is known to nobody here: a person confirms it before anything is erased.
    KeptFile::new(&data).save(Kept { at: begun_at, unconfirmed: true }).context("writing the kept clock")?;
    for side in ["archive", "diffusion"] {
        std::fs::rename(prepared.join(side), data.join(side)).with_context(|| format!("moving {side} to its place"))?;
    }
    std::fs::File::open(&data)?.sync_all()?;
    prune::prepared(&prepared)?;
    if let Some(witness) = Witness::open(&program.settings, &data).await? {
        witness.begun_again(&data)?;
    }
    std::fs::File::open(&data)?.sync_all()?;
    output.line(&format!("{objects} sealed objects and the state of {begun_at} are back"));
    report(output, &restored)
}

/// What a person must know, and the exit that says so.
fn report(output: &dyn Output, restored: &Restored) -> Result<()> {
    output.line(&format!("{} facts later than the record of the backup were found and applied", restored.later_facts));
    output.line("nothing is erased until somebody has checked it: `negatoscope clock confirm`");
    if restored.contradicting > 0 {
        bail!("{} facts of the witness contradict this backup: see the keeper's page", restored.contradicting);
    }
    if restored.unnamed > 0 {
        bail!("{} objects of this backup belong to no exam any more: see `negatoscope verify`", restored.unnamed);
    }
    Ok(())
}

struct Restoring {
    from: PathBuf,
    keys: PathBuf,
    prepared: PathBuf,
    manifest: Manifest,
}

impl Restoring {
    /// Every file of the state, compared.
    async fn files(&self) -> Result<()> {
        for listed in &self.manifest.files {
            let (from, listed) = (self.from.join(&listed.path), listed.clone());
            let inside = Path::new(&listed.path).strip_prefix(&self.manifest.state).context("a file of no state")?;
            let to = self.prepared.join(inside);
            blocking(move || copy(&from, &to, &listed)).await?;
        }
        Ok(())
    }

    /// The keys, wherever they were kept; compared with the manifest when it knows them.
    fn keys(&self) -> Result<()> {
        for listed in &self.manifest.keys {
            let inside = Path::new(&listed.path).strip_prefix("keys").context("a key outside its folder")?;
            let found = files::digest(&self.keys.join(inside)).with_context(|| format!("the key {}", listed.path))?;
            if !listed.is(&found) {
                bail!("the key {} is not the one of this backup", listed.path);
            }
        }
        for side in ["archive", "diffusion"] {
            let source = self.keys.join(side);
            let found = files::under(&source)?;
            if found.is_empty() {
                bail!("there are no keys in {}", source.display());
            }
            for file in found {
                let to = self.prepared.join(side).join("keys").join(file.strip_prefix(&source)?);
                files::copy(&file, &to, None).with_context(|| format!("copying {}", file.display()))?;
            }
        }
        Ok(())
    }

    /// Every sealed object, compared; says how many.
    async fn objects(&self, output: &dyn Output) -> Result<u64> {
        let source = FolderStore::open(&self.from.join("vault")).await.context("opening the backup's objects")?;
        let target = FolderStore::open(&self.prepared.join("archive/vault")).await.context("making the vault")?;
        let list = std::fs::File::open(self.prepared.join("objects.jsonl")).context("the list of objects")?;
        let mut count = 0;
        for line in std::io::BufReader::new(list).lines() {
            let object: ListedObject = serde_json::from_str(&line?).context("the list of objects is damaged")?;
            let key: ObjectKey = object.key.parse().context("the list of objects names one that is none")?;
            let mut sha256 = [0; 32];
            hex::decode_to_slice(&object.sha256, &mut sha256).context("the list of objects is damaged")?;
            transfer(&source, &target, key, &sha256).await?;
            count += 1;
            output.progress(Progress { done: count, of: None, what: "sealed objects".into() });
        }
        Ok(count)
    }
}

fn copy(from: &Path, to: &Path, listed: &Listed) -> Result<()> {
    let copied = files::copy(from, to, None).with_context(|| format!("copying {}", listed.path))?;
    if !listed.is(&copied) {
        bail!("{} is damaged: nothing is restored", listed.path);
    }
    Ok(())
}

/// Brings the copied record up to the latest facts in the copied vault.
async fn catch_up(settings: Settings, program: &Program) -> Result<archive::catch_up::CaughtUp> {
    let rooms = RecordAndVault::open(&settings, program.clock.clone()).await?;
    let now = ambient::Clock::now(rooms.clock.as_ref());
    let mut refused = 0;
    // The key of the witness came with the backup's keys; a witness made after the backup has another.
    if let Some(witness) = Witness::open(&program.settings, &settings.data_folder).await? {
        let vault = settings.data_folder.join("archive/vault");
        refused = witness.bring(&rooms.record, rooms.objects.as_ref(), &vault).await?.1;
    }
    let mut caught_up = archive::catch_up::run(rooms.catalogue.as_ref(), &rooms.vault, GROUP, now).await?;
    caught_up.contradicting += refused;
    rooms.close().await?;
    Ok(caught_up)
}
