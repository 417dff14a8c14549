//! The life of an exam on each side, as literal tables: a pair that does not stand in its table is refused.

use serde::{Deserialize, Serialize};

/// Where an exam stands on the archive side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArchiveState {
    /// Its bytes are in the landing log.
    Landed,
    /// Nothing more is expected.
    Complete,
    /// Everything it has is in the vault, read back.
    Sealed,
    /// Sealed, and held by a claim or an open request.
    Held,
    /// Approved for erasure, out of sight, recoverable during the grace.
    Doomed,
    /// Gone, with its certificate.
    Destroyed,
}

/// What happens to an exam on the archive side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArchiveEvent {
    /// An object arrives, perhaps late.
    Arrive,
    /// Evidence or silence says that it is complete.
    Complete,
    /// All of it is sealed and read back.
    Seal,
    /// A hold opens.
    Hold,
    /// The last hold closes.
    Release,
    /// Its erasure is approved.
    Doom,
    /// It is taken back during the grace.
    Recover,
    /// The grace is over and the bytes are erased.
    Destroy,
}

impl ArchiveState {
    /// Every state.
    pub const ALL: [Self; 6] = [Self::Landed, Self::Complete, Self::Sealed, Self::Held, Self::Doomed, Self::Destroyed];

    /// The next state, or `None` when this must not happen here.
    pub fn on(self, event: ArchiveEvent) -> Option<Self> {
        ARCHIVE.iter().find(|(from, on, _)| *from == self && *on == event).map(|&(_, _, to)| to)
    }
}

impl ArchiveEvent {
    /// Every event.
    pub const ALL: [Self; 8] =
        [Self::Arrive, Self::Complete, Self::Seal, Self::Hold, Self::Release, Self::Doom, Self::Recover, Self::Destroy];
}

/// The archive side's table. An exam that is not sealed cannot be doomed; a held one neither; what
/// arrives for a destroyed exam is a new exam.
pub const ARCHIVE: &[(ArchiveState, ArchiveEvent, ArchiveState)] = {
    use ArchiveEvent as E;
    use ArchiveState as S;
    &[
        (S::Landed, E::Arrive, S::Landed),
        (S::Landed, E::Complete, S::Complete),
        (S::Complete, E::Arrive, S::Landed),
        (S::Complete, E::Complete, S::Complete),
        (S::Complete, E::Seal, S::Sealed),
        (S::Sealed, E::Arrive, S::Landed),
        (S::Sealed, E::Seal, S::Sealed),
        (S::Sealed, E::Hold, S::Held),
        (S::Sealed, E::Doom, S::Doomed),
        (S::Held, E::Arrive, S::Landed),
        (S::Held, E::Hold, S::Held),
        (S::Held, E::Release, S::Sealed),
        (S::Doomed, E::Arrive, S::Landed),
        (S::Doomed, E::Hold, S::Held),
        (S::Doomed, E::Recover, S::Sealed),
        (S::Doomed, E::Destroy, S::Destroyed),
    ]
};

/// Where an exam stands on the diffusion side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiffusionState {
    /// Its web copy is being prepared or sent.
    Published,
    /// It can be opened.
    Consultable,
    /// Its time is over: nothing is served.
    Expired,
    /// It is being brought back from the archive.
    Recalling,
}

/// What happens to an exam on the diffusion side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiffusionEvent {
    /// A new web copy is announced (first publication, late images, a correction).
    Publish,
    /// The web copy is committed on the diffusion side.
    Commit,
    /// Its time ends, or it is withdrawn.
    Expire,
    /// Somebody entitled asks for it back.
    Recall,
    /// The recall cannot be done.
    Fail,
}

impl DiffusionState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Published, Self::Consultable, Self::Expired, Self::Recalling];

    /// The next state, or `None` when this must not happen here.
    pub fn on(self, event: DiffusionEvent) -> Option<Self> {
        DIFFUSION.iter().find(|(from, on, _)| *from == self && *on == event).map(|&(_, _, to)| to)
    }
}

impl DiffusionEvent {
    /// Every event.
    pub const ALL: [Self; 5] = [Self::Publish, Self::Commit, Self::Expire, Self::Recall, Self::Fail];
}

/// The diffusion side's table. Only a recall leads out of *Expired*; asking twice is one recall; a new
/// version of a consultable exam replaces it only when committed, so it stays consultable.
pub const DIFFUSION: &[(DiffusionState, DiffusionEvent, DiffusionState)] = {
    use DiffusionEvent as E;
    use DiffusionState as S;
    &[
        (S::Published, E::Publish, S::Published),
        (S::Published, E::Commit, S::Consultable),
        (S::Published, E::Expire, S::Expired),
        (S::Consultable, E::Publish, S::Consultable),
        (S::Consultable, E::Commit, S::Consultable),
        (S::Consultable, E::Expire, S::Expired),
        (S::Expired, E::Expire, S::Expired),
        (S::Expired, E::Recall, S::Recalling),
        (S::Recalling, E::Recall, S::Recalling),
        (S::Recalling, E::Commit, S::Consultable),
        (S::Recalling, E::Fail, S::Expired),
        (S::Recalling, E::Expire, S::Expired),
    ]
};
