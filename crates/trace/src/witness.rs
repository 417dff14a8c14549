//! A witness for the logs of others: C2SP `tlog-witness`. It cosigns a checkpoint only when the tree has grown from
//! the last one it cosigned, so that a log cannot show two people two pasts.

use crate::cosign::WitnessSecret;
use crate::growth::{Sized, has_grown};
use crate::note::write_file;
use crate::tree::Hash;
use crate::{Checkpoint, PublicKey, TraceError, WitnessKey};
use ambient::{Clock, Random};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A consistency proof has no more hashes than this.
const MOST_HASHES: usize = 63;

/// What a witness answers to `add-checkpoint`, with the status of HTTP that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 200: the line to put under the checkpoint.
    Cosigned(String),
    /// 400: it cannot be read, or says an old size above the new one.
    Malformed,
    /// 403: no known key of this log signed it.
    NotSigned,
    /// 404: no such log here.
    UnknownLog,
    /// 409: the last size cosigned is this one, or has another root.
    Conflict(u64),
    /// 422: the tree has not grown from the last one cosigned.
    Inconsistent,
}

/// A witness and what it has seen.
pub struct Witness {
    folder: PathBuf,
    secret: WitnessSecret,
    logs: Vec<PublicKey>,
    clock: Arc<dyn Clock>,
    /// One checkpoint at a time.
    one: Mutex<()>,
}

impl Witness {
    /// Opens a witness's folder, making it and its key (`witness-key`, mode 0600) at the first start. It cosigns for
    /// the logs of these keys and no others.
    pub fn open(
        folder: &Path,
        name: &str,
        logs: Vec<PublicKey>,
        clock: Arc<dyn Clock>,
        random: &dyn Random,
    ) -> Result<Self, TraceError> {
        let secret = WitnessSecret::load_or_create(&folder.join("witness-key"), name, random)?;
        let io = |source| TraceError::Io { doing: "opening the witness", source };
        write_file(&folder.join("witness-key.pub"), format!("{}\n", secret.public()).as_bytes(), 0o644).map_err(io)?;
        Ok(Self { folder: folder.to_owned(), secret, logs, clock, one: Mutex::new(()) })
    }

    /// Its public key, for those whose logs it cosigns and those who check them.
    pub fn key(&self) -> &WitnessKey {
        self.secret.public()
    }

    /// The last checkpoint cosigned of a log, with the cosignature.
    pub fn last(&self, origin: &str) -> Result<Option<String>, TraceError> {
        match fs::read_to_string(self.path(origin)) {
            Ok(note) => Ok(Some(note)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(TraceError::Io { doing: "reading what was witnessed", source }),
        }
    }

    /// Judges the body of an `add-checkpoint` request. What is cosigned is on stable storage before it is said.
    pub fn add_checkpoint(&self, body: &str) -> Result<Answer, TraceError> {
        let Some((old, path, note)) = read(body) else { return Ok(Answer::Malformed) };
        let Some(claimed) = Checkpoint::unverified(note) else { return Ok(Answer::Malformed) };
        let mut keys = self.logs.iter().filter(|key| key.name() == claimed.origin).peekable();
        if keys.peek().is_none() {
            return Ok(Answer::UnknownLog);
        }
        let Some(new) = keys.find_map(|key| key.open(note)) else { return Ok(Answer::NotSigned) };
        if old > new.size {
            return Ok(Answer::Malformed);
        }
        let _one = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match self.last(&new.origin)? {
            Some(note) => Checkpoint::unverified(&note)
                .map(|known| Sized { size: known.size, root: known.root })
                .ok_or_else(|| TraceError::Damaged("what was witnessed cannot be read".into()))?,
            None => Sized { size: 0, root: [0; 32] },
        };
        let new = Sized { size: new.size, root: new.root };
        if old != known.size || (old == new.size && old > 0 && known.root != new.root) {
            return Ok(Answer::Conflict(known.size));
        }
        if !has_grown(known, new, &path) {
            return Ok(Answer::Inconsistent);
        }
        let Some(line) = self.secret.cosign(note, self.clock.now()) else { return Ok(Answer::Malformed) };
        let io = |source| TraceError::Io { doing: "keeping what was witnessed", source };
        write_file(&self.path(&claimed.origin), format!("{note}{line}").as_bytes(), 0o600).map_err(io)?;
        Ok(Answer::Cosigned(line))
    }

    fn path(&self, origin: &str) -> PathBuf {
        let mut name = hex::encode(Sha256::digest(origin));
        name.truncate(32);
        self.folder.join(name).with_added_extension("checkpoint")
    }
}

/// The body of a request: `old N`, the hashes, an empty line, the checkpoint.
fn read(body: &str) -> Option<(u64, Vec<Hash>, &str)> {
    let (head, note) = body.split_once("\n\n")?;
    let mut lines = head.lines();
    let old = lines.next()?.strip_prefix("old ")?.parse().ok()?;
    let hash = |line: &str| STANDARD.decode(line).ok()?.try_into().ok();
    let path: Vec<Hash> = lines.take(MOST_HASHES + 1).map(hash).collect::<Option<_>>()?;
    (path.len() <= MOST_HASHES && note.ends_with('\n')).then_some((old, path, note))
}

/// The body of an `add-checkpoint` request.
pub fn request(old: u64, path: &[[u8; 32]], note: &str) -> String {
    let path: String = path.iter().map(|hash| STANDARD.encode(hash) + "\n").collect();
    format!("old {old}\n{path}\n{note}")
}
