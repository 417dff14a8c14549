use crate::ObjectKey;
use std::io;

/// What went wrong, and where. Names no patient: only keys, entry names and the system's words.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// No object has this key.
    #[error("object {0} not found")]
    NotFound(ObjectKey),
    /// An object with this key exists; nothing was written.
    #[error("object {0} exists and is never overwritten")]
    Exists(ObjectKey),
    /// The store has no room (or inodes, or quota) left; nothing of the object remains.
    #[error("no space left while {doing}")]
    Full {
        /// What was being done.
        doing: &'static str,
    },
    /// The system refused.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// What should be sealed could not be taken in: a reader failed, ended early or late, or its
    /// digest is not the one expected. Nothing of the object remains.
    #[error("entry {name} cannot be sealed: {reason}")]
    Source {
        /// The entry.
        name: String,
        /// Why.
        reason: String,
    },
    /// The object's bytes are not what was sealed. `what` says where it shows first.
    #[error("object {key} is damaged: {what}")]
    Damaged {
        /// The object.
        key: ObjectKey,
        /// Where it shows first.
        what: String,
    },
    /// Valid bytes of another object stand under this key.
    #[error("object {key} holds the bytes of object {found}")]
    Swapped {
        /// The key asked for.
        key: ObjectKey,
        /// The key the bytes were sealed under.
        found: ObjectKey,
    },
    /// The object was sealed for another identity, or the part of its header that says so is damaged.
    #[error("object {0} is not encrypted to this vault's identity, or its header is damaged")]
    WrongIdentity(ObjectKey),
    /// The identity file cannot be used.
    #[error("identity file {path}: {reason}")]
    Identity {
        /// Where it is.
        path: String,
        /// Why.
        reason: String,
    },
    /// Work was abandoned, for example because the program is stopping.
    #[error("{0} was abandoned")]
    Abandoned(&'static str),
}

impl VaultError {
    pub(crate) fn io(doing: &'static str) -> impl Fn(io::Error) -> VaultError {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => VaultError::Full { doing },
            _ => VaultError::Io { doing, source },
        }
    }

    pub(crate) fn damaged(key: ObjectKey, what: impl Into<String>) -> VaultError {
        VaultError::Damaged { key, what: what.into() }
    }
}
