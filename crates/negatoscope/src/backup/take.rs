//! The copy, beside the running server.
//!
//! The order matters. Landing segments are kept from the start; the record is copied first, then the log up to where
//! the record knows it, then the objects, which are never changed: whatever the record of the backup names is there,
//! and what was acknowledged before the backup began is in the record. The diffusion side comes after the record, so
//! that a sheet revoked on both sides is never alive in the copy. Tiles come before the events they were made from.

use super::files::{self, Copied};
use super::manifest::{Listed, ListedObject, Manifest};
use super::prune;
use crate::commands::traced;
use crate::control::{Output, Progress};
use crate::rooms::{GROUP, Rooms, lock, make_private};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use vault::{FolderStore, ObjectKey, ObjectStore, Piece};

/// Bytes of an object copied at once.
const PIECE: u64 = 1 << 20;

/// Copies everything into `folder`, which is new, empty, or an earlier backup.
pub async fn take(rooms: &Rooms, output: &dyn Output, folder: &Path, without_keys: bool) -> Result<()> {
    let _lock = open_folder(rooms, folder)?;
    let begun_at = ambient::Clock::now(rooms.clock.as_ref());
    traced(rooms, "backup", &[]).await?;
    let name = format!("state-{}", hex::encode(ambient::random_bytes::<8>(rooms.random.as_ref())));
    let run = Run { rooms, root: folder.to_owned(), state: folder.join(&name) };
    files::make_folder(&run.state)?;
    let mut files = Vec::new();
    let kept = rooms.landing.keep_segments();
    output.line("the record and the landing log");
    let record = run.database("archive/record.sqlite")?;
    rooms.record.snapshot(&record).await?;
    files.push(run.listed(record).await?);
    files.extend(run.landing().await?);
    drop(kept);
    let (list, named, bytes) = run.objects(output).await?;
    files.push(run.listed(list).await?);
    output.line("the diffusion side and the logs of accesses");
    let diffusion = run.database("diffusion/diffusion.sqlite")?;
    rooms.diffusion.snapshot(&diffusion).await?;
    files.push(run.listed(diffusion).await?);
    files.extend(run.trace("archive", &rooms.archive_trace).await?);
    files.extend(run.trace("diffusion", &rooms.diffusion_trace).await?);
    let keys = if without_keys { Vec::new() } else { run.keys().await? };
    files::sync_tree(&run.state)?;
    let manifest = Manifest {
        version: 1,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        begun_at,
        finished_at: ambient::Clock::now(rooms.clock.as_ref()),
        state: name.clone(),
        files,
        keys,
    };
    manifest.write(folder)?;
    // From here on only what no longer counts is touched.
    prune::states(folder, &name)?;
    let store = FolderStore::open(&folder.join("vault")).await?;
    let gone = prune::objects(&folder.join("vault"), &store, &named).await?;
    output.line(&format!("{} sealed objects, {bytes} bytes copied now, {gone} destroyed since", named.len()));
    match without_keys {
        true => output.line("without keys: nothing of it can be read unless the keys are kept elsewhere"),
        false => output.line("keep the folder keys apart from the rest: whoever has both reads everything"),
    }
    output.line("done");
    Ok(())
}

/// The backup's folder: ours alone, outside the data folder, not somebody else's.
fn open_folder(rooms: &Rooms, folder: &Path) -> Result<std::fs::File> {
    let data = std::fs::canonicalize(&rooms.settings.data_folder)?;
    make_private(folder)?;
    if std::fs::canonicalize(folder)?.starts_with(&data) {
        bail!("a backup inside the data folder is lost with it");
    }
    let ours = |name: &str| ["vault", "keys", "manifest.json", "manifest.json.new", "lock"].contains(&name);
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if !ours(&name) && !name.starts_with("state-") {
            bail!("{} is neither empty nor a backup: {name} is there", folder.display());
        }
    }
    lock(folder).context("another backup writes there")
}

struct Run<'a> {
    rooms: &'a Rooms,
    root: PathBuf,
    state: PathBuf,
}

impl Run<'_> {
    fn data(&self, path: &str) -> PathBuf {
        self.rooms.settings.data_folder.join(path)
    }

    /// Where a database is copied to.
    fn database(&self, path: &str) -> Result<PathBuf> {
        let path = self.state.join(path);
        if let Some(folder) = path.parent() {
            files::make_folder(folder)?;
        }
        Ok(path)
    }

    /// A file written in the state, synced, with its digest.
    async fn listed(&self, path: PathBuf) -> Result<Listed> {
        let root = self.root.clone();
        blocking(move || Listed::new(&root, &path, &files::digest(&path)?)).await
    }

    /// Copies a file of the data folder; `None` when it is gone by now.
    async fn copy(&self, from: PathBuf, limit: Option<u64>, into: &Path) -> Result<Option<Listed>> {
        let inside = from.strip_prefix(&self.rooms.settings.data_folder)?;
        let (to, root) = (into.join(inside), self.root.clone());
        blocking(move || match files::copy(&from, &to, limit) {
            Ok(copied) => Listed::new(&root, &to, &copied).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("copying {}", from.display())),
        })
        .await
    }

    /// The landing log up to where the record knows it: what came later is not in the record of this backup either.
    async fn landing(&self) -> Result<Vec<Listed>> {
        let mut listed = Vec::new();
        for file in files::under(&self.data("archive/landing"))? {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            let limit = match segment(&name) {
                Some((writer, segment)) => match self.rooms.catalogue.applied(writer).await? {
                    Some(applied) if segment < applied.segment => None,
                    Some(applied) if segment == applied.segment => Some(applied.offset),
                    _ => continue,
                },
                None if name == "lock" || name.ends_with(".part") => continue,
                None => None,
            };
            listed.extend(self.copy(file, limit, &self.state).await?);
        }
        Ok(listed)
    }

    /// The sealed objects that the backup does not have yet, each against the digest of the record.
    async fn objects(&self, output: &dyn Output) -> Result<(PathBuf, HashSet<ObjectKey>, u64)> {
        let target = FolderStore::open(&self.root.join("vault")).await.context("opening the backup's objects")?;
        let list = self.state.join("objects.jsonl");
        let mut lines = std::io::BufWriter::new(std::fs::File::create(&list)?);
        let (mut named, mut bytes, mut after) = (HashSet::new(), 0, None::<String>);
        loop {
            let page = self.rooms.catalogue.objects(GROUP, after.as_deref(), 500).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.object.clone());
            for object in &page {
                let key: ObjectKey = object.object.parse().context("the record names an object that is none")?;
                bytes += self.object(&target, key, object.size_bytes, &object.sha256).await?;
                let sha256 = hex::encode(object.sha256);
                let line = ListedObject { key: object.object.clone(), size_bytes: object.size_bytes, sha256 };
                serde_json::to_writer(&mut lines, &line)?;
                lines.write_all(b"\n")?;
                named.insert(key);
                output.progress(Progress { done: named.len() as u64, of: None, what: "sealed objects".into() });
            }
        }
        lines.flush()?;
        Ok((list, named, bytes))
    }

    /// Copies one object unless it is there; says how many bytes.
    async fn object(&self, target: &FolderStore, key: ObjectKey, size_bytes: u64, sha256: &[u8; 32]) -> Result<u64> {
        match target.size(key).await {
            // An object is written whole or not at all, and never changed.
            Ok(size) if size == size_bytes => return Ok(0),
            Ok(_) => bail!("object {key} of the backup has another size than the archive's"),
            Err(vault::VaultError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
        transfer(self.rooms.objects.as_ref(), target, key, sha256).await
    }

    async fn trace(&self, side: &str, trace: &trace::Trace) -> Result<Vec<Listed>> {
        let mut listed = Vec::new();
        let folder = self.data(&format!("{side}/trace"));
        let tiles = files::under(&folder.join("tile"))?;
        for file in tiles.into_iter().chain([folder.join("checkpoint")]) {
            listed.extend(self.copy(file, None, &self.state).await?);
        }
        let events = self.database(&format!("{side}/trace/events.sqlite"))?;
        trace.snapshot(&events).await?;
        listed.push(self.listed(events).await?);
        Ok(listed)
    }

    /// The keys, in a folder of their own. They never change: those of an earlier run are compared.
    async fn keys(&self) -> Result<Vec<Listed>> {
        let mut listed = Vec::new();
        for side in ["archive", "diffusion"] {
            let source = self.data(&format!("{side}/keys"));
            for file in files::under(&source)? {
                let to = self.root.join("keys").join(side).join(file.strip_prefix(&source)?);
                let copied: Copied = match to.exists() {
                    true => files::digest(&to)?,
                    false => files::copy(&file, &to, None)?,
                };
                if files::digest(&file)? != copied {
                    bail!("{} is another key than the archive's: is this the backup of another archive?", to.display());
                }
                listed.push(Listed::new(&self.root, &to, &copied)?);
            }
        }
        files::sync_tree(&self.root.join("keys"))?;
        Ok(listed)
    }
}

/// The writer and number of a segment, by its name.
fn segment(name: &str) -> Option<(u32, u64)> {
    let (writer, segment) = name.strip_prefix("segment-")?.strip_suffix(".log")?.split_once('-')?;
    Some((writer.parse().ok()?, segment.parse().ok()?))
}

/// Copies an object from one store into another, its digest compared before it has a name there.
pub async fn transfer(from: &dyn ObjectStore, to: &FolderStore, key: ObjectKey, sha256: &[u8; 32]) -> Result<u64> {
    let size = from.size(key).await?;
    let (sender, pieces) = tokio::sync::mpsc::channel(4);
    let sending = async {
        let (mut digest, mut at) = (Sha256::new(), 0);
        while at < size {
            let end = size.min(at + PIECE);
            let bytes = from.read(key, at..end).await?;
            digest.update(&bytes);
            at = end;
            if sender.send(Ok(Piece::Bytes(bytes))).await.is_err() {
                return Ok(false);
            }
        }
        // Without the end the other side keeps nothing.
        let same = <[u8; 32]>::from(digest.finalize()) == *sha256;
        if same {
            let _ = sender.send(Ok(Piece::End)).await;
        }
        drop(sender);
        Ok::<bool, anyhow::Error>(same)
    };
    let (sent, put) = tokio::join!(sending, to.put(key, pieces));
    if !sent? && put.is_err() {
        bail!("object {key} is not the one that was sealed");
    }
    put.with_context(|| format!("copying object {key}"))
}

pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await?
}
