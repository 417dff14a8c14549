use crate::temporary::{self, Temporary};
use crate::{ObjectKey, ObjectStore, Piece, Pieces, VaultError};
use async_trait::async_trait;
use bytes::Bytes;
use rustix::fs::{Advice, FlockOperation, fadvise, flock};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Objects as files of a local folder, two levels of shards: `objects/ab/cd/abcd….age`.
///
/// A path is made from a key's hexadecimal digits and from nothing else.
#[derive(Debug, Clone)]
pub struct FolderStore {
    folder: Arc<Folder>,
}

#[derive(Debug)]
struct Folder {
    objects: PathBuf,
    temporary: PathBuf,
    /// Shards whose own names are known to be on stable storage.
    durable_shards: Mutex<HashSet<[u8; 2]>>,
    /// Held while the folder is open, so that only a first opener clears temporary files.
    _lock: File,
}

impl FolderStore {
    /// Opens (or makes) the folder, and clears temporary files that a stop left behind unless
    /// another process has the folder open.
    pub async fn open(root: &Path) -> Result<Self, VaultError> {
        let root = root.to_path_buf();
        blocking("opening the folder", move || {
            let folder = Folder::open(&root).map_err(VaultError::io("opening the folder"))?;
            Ok(Self { folder: Arc::new(folder) })
        })
        .await
    }
}

impl Folder {
    fn open(root: &Path) -> io::Result<Self> {
        let objects = root.join("objects");
        let temporary = root.join("temporary");
        fs::create_dir_all(&objects)?;
        fs::create_dir_all(&temporary)?;
        temporary::sync_folder(root)?;
        if let Some(parent) = root.parent().filter(|p| !p.as_os_str().is_empty()) {
            temporary::sync_folder(parent)?;
        }
        let lock = File::create(root.join("lock"))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let removed = temporary::clear(&temporary)?;
            if removed > 0 {
                tracing::info!(removed, "temporary files of the vault cleared");
            }
        }
        flock(&lock, FlockOperation::LockShared)?;
        Ok(Self { objects, temporary, durable_shards: Mutex::default(), _lock: lock })
    }

    fn put(&self, key: ObjectKey, pieces: &mut Pieces) -> Result<u64, VaultError> {
        let target = object_path(&self.objects, key);
        if target.try_exists().map_err(VaultError::io("looking for the object"))? {
            return Err(VaultError::Exists(key));
        }
        let mut temporary = Temporary::create(self.temporary.join(format!("{key}.part")))
            .map_err(|e| naming(key, "making a temporary file", e))?;
        let size_bytes = fill(temporary.file(), pieces)?;
        // A failed sync is final for these bytes: the kernel may drop them and report success to
        // the next sync. The temporary file goes, and the caller starts again under a new key.
        temporary.file().sync_data().map_err(VaultError::io("syncing the object"))?;
        // Read back from the disk, not from the cache. Advice only: no harm when it is not taken.
        let _ = fadvise(temporary.file(), 0, None, Advice::DontNeed);
        self.make_shard(key).map_err(VaultError::io("making a shard"))?;
        temporary.publish(&target).map_err(|e| naming(key, "naming the object", e))?;
        Ok(size_bytes)
    }

    /// Makes the two folders of a shard, durably, once per process.
    fn make_shard(&self, key: ObjectKey) -> io::Result<()> {
        let [first, second, ..] = *key.as_bytes();
        let mut durable = self.durable_shards.lock().unwrap_or_else(PoisonError::into_inner);
        if durable.contains(&[first, second]) {
            return Ok(());
        }
        let outer = self.objects.join(hex::encode([first]));
        fs::create_dir_all(outer.join(hex::encode([second])))?;
        temporary::sync_folder(&outer)?;
        temporary::sync_folder(&self.objects)?;
        durable.insert([first, second]);
        Ok(())
    }

    fn read(&self, key: ObjectKey, range: Range<u64>) -> Result<Bytes, VaultError> {
        let file = File::open(object_path(&self.objects, key)).map_err(|e| finding(key, e))?;
        let size_bytes = file.metadata().map_err(VaultError::io("measuring the object"))?.len();
        if range.end > size_bytes || range.start > range.end {
            return Err(VaultError::damaged(key, format!("it ends at byte {size_bytes}, before {}", range.end)));
        }
        let length = usize::try_from(range.end - range.start)
            .map_err(|_| VaultError::damaged(key, "the range does not fit in memory"))?;
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, range.start).map_err(VaultError::io("reading the object"))?;
        Ok(bytes.into())
    }

    fn size(&self, key: ObjectKey) -> Result<u64, VaultError> {
        let metadata = fs::metadata(object_path(&self.objects, key)).map_err(|e| finding(key, e))?;
        Ok(metadata.len())
    }

    fn forget(&self, key: ObjectKey) -> Result<(), VaultError> {
        let file = File::open(object_path(&self.objects, key)).map_err(|e| finding(key, e))?;
        // Advice only; an object is never written again, so nothing of it is waiting to be.
        let _ = fadvise(&file, 0, None, Advice::DontNeed);
        Ok(())
    }

    fn list(&self, after: Option<ObjectKey>, limit: usize) -> io::Result<Vec<ObjectKey>> {
        let from = after.map(|key| key.to_string()).unwrap_or_default();
        let mut keys = Vec::new();
        for outer in shards(&self.objects)?.into_iter().filter(|name| name.as_str() >= prefix(&from, 0..2)) {
            for inner in shards(&self.objects.join(&outer))? {
                if format!("{outer}{inner}").as_str() < prefix(&from, 0..4) {
                    continue;
                }
                let names = sorted_names(&self.objects.join(&outer).join(inner))?;
                let found = names.iter().filter_map(|name| name.strip_suffix(".age")?.parse::<ObjectKey>().ok());
                keys.extend(found.filter(|key| after.is_none_or(|after| *key > after)));
                if keys.len() >= limit {
                    keys.truncate(limit);
                    return Ok(keys);
                }
            }
        }
        Ok(keys)
    }
}

#[async_trait]
impl ObjectStore for FolderStore {
    async fn put(&self, key: ObjectKey, mut pieces: Pieces) -> Result<u64, VaultError> {
        let folder = Arc::clone(&self.folder);
        blocking("writing an object", move || folder.put(key, &mut pieces)).await
    }

    async fn read(&self, key: ObjectKey, range: Range<u64>) -> Result<Bytes, VaultError> {
        let folder = Arc::clone(&self.folder);
        blocking("reading an object", move || folder.read(key, range)).await
    }

    async fn size(&self, key: ObjectKey) -> Result<u64, VaultError> {
        let folder = Arc::clone(&self.folder);
        blocking("measuring an object", move || folder.size(key)).await
    }

    async fn forget(&self, key: ObjectKey) -> Result<(), VaultError> {
        let folder = Arc::clone(&self.folder);
        blocking("letting an object go from the cache", move || folder.forget(key)).await
    }

    async fn list(&self, after: Option<ObjectKey>, limit: usize) -> Result<Vec<ObjectKey>, VaultError> {
        let folder = Arc::clone(&self.folder);
        blocking("listing objects", move || folder.list(after, limit).map_err(VaultError::io("listing objects"))).await
    }
}

/// The path of an object under `objects/`: hexadecimal digits only.
pub(crate) fn object_path(objects: &Path, key: ObjectKey) -> PathBuf {
    let [first, second, ..] = *key.as_bytes();
    objects.join(hex::encode([first])).join(hex::encode([second])).join(format!("{key}.age"))
}

/// Writes pieces until the end; returns how many bytes.
fn fill(file: &mut File, pieces: &mut Pieces) -> Result<u64, VaultError> {
    let mut size_bytes = 0;
    loop {
        match pieces.blocking_recv() {
            Some(Ok(Piece::Bytes(bytes))) => {
                file.write_all(&bytes).map_err(VaultError::io("writing the object"))?;
                size_bytes += bytes.len() as u64;
            }
            Some(Ok(Piece::End)) => return Ok(size_bytes),
            Some(Err(error)) => return Err(error),
            None => return Err(VaultError::Abandoned("the writing of an object")),
        }
    }
}

/// The names of shards in a folder, in order; what else may lie there is passed over.
fn shards(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = sorted_names(folder)?;
    names.retain(|name| name.len() == 2 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
    Ok(names)
}

fn sorted_names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = fs::read_dir(folder)?
        .map(|found| found.map(|found| found.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    Ok(names)
}

fn prefix(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or("")
}

fn naming(key: ObjectKey, doing: &'static str, error: io::Error) -> VaultError {
    match error.kind() {
        io::ErrorKind::AlreadyExists => VaultError::Exists(key),
        _ => VaultError::io(doing)(error),
    }
}

fn finding(key: ObjectKey, error: io::Error) -> VaultError {
    match error.kind() {
        io::ErrorKind::NotFound => VaultError::NotFound(key),
        _ => VaultError::io("opening the object")(error),
    }
}

/// Runs blocking work beside the async ones.
pub(crate) async fn blocking<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| VaultError::Abandoned(doing))?
}
