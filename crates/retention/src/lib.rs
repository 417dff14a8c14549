//! The end of the archive: plan, notice, grace, erase, certificate. The only room that is handed the vault's eraser.
//!
//! This room must not know pages, HTTP, SQL, sockets or DICOM. It decides nothing by itself either: what may go is a
//! verdict of `exam` computed from facts when it is needed, and who lets it go are people.
//!
//! Once a day [`daily`] looks at the exams whose hint has come ([`plan`]), judges each by all of its facts
//! ([`judge`]), and proposes lists. People approve ([`lists`]); what is approved goes out of sight for its grace; then
//! each exam is judged once more and, if nothing keeps it, erased for good ([`erase`]) with a certificate. Every step
//! asks a clock that may refuse to say what time it is, and stops at the day's cap.
//!
//! Start with [`Retention`], then [`judge::judge`] and [`erase`].

pub mod certificate;
pub mod daily;
pub mod erase;
mod error;
pub mod holds;
pub mod judge;
pub mod lists;
pub mod plan;
pub mod rehearse;

pub use error::RetentionError;
pub use record::{
    Approval, Approved, Certificate, Destruction, ErasureItem, ErasureList, ErasurePath, ExamId, Held, ItemState,
    LegacyRule, ListState, Release, RetentionDay, RetentionHold, Role, StandingRule,
};

use ambient::{Clock, ErasingClock, Random};
use exam::Zone;
use exam::policy::Policies;
use record::{Catalogue, GroupId};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use vault::erase::VaultEraser;

/// How long an approved exam stays recoverable, in days.
pub const GRACE_DAYS: i64 = 30;

/// What the room is told once.
#[derive(Debug, Clone)]
pub struct Config {
    /// The group.
    pub group: GroupId,
    /// The policy rows in force.
    pub policies: Policies,
    /// Where a day begins and ends.
    pub zone: Zone,
}

/// A place objects are kept in, and how they leave it.
#[derive(Clone)]
pub struct Placement {
    /// As certificates call it.
    pub name: String,
    /// The eraser.
    pub eraser: Arc<dyn VaultEraser>,
}

/// Who acts, as the pages or the command line know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Login.
    pub login: String,
    /// Role.
    pub role: Role,
}

/// The use cases. Cheap to clone.
#[derive(Clone)]
pub struct Retention {
    /// Facts.
    pub catalogue: Arc<dyn Catalogue>,
    /// Every place an exam's objects are erased from.
    pub placements: Arc<Vec<Placement>>,
    /// Every act, before it takes effect.
    pub trace: trace::Trace,
    /// The clock that may refuse: whatever leads to an erasure asks it.
    pub clock: Arc<dyn ErasingClock>,
    /// The wall clock: what keeps an exam needs no certain time.
    pub wall: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// As told at start.
    pub config: Arc<Config>,
}

impl Retention {
    /// The instant by which something may be planned or erased.
    pub(crate) fn now(&self) -> Result<OffsetDateTime, RetentionError> {
        Ok(self.clock.erasing_now()?)
    }

    pub(crate) fn wall_now(&self) -> OffsetDateTime {
        self.wall.now()
    }

    pub(crate) fn day_of(&self, now: OffsetDateTime) -> Date {
        self.config.zone.date_of(now)
    }

    pub(crate) fn fresh_id(&self) -> Uuid {
        uuid::Builder::from_random_bytes(ambient::random_bytes(self.random.as_ref())).into_uuid()
    }

    pub(crate) fn group(&self) -> GroupId {
        self.config.group
    }
}

/// A digest of a policy table: what a standing rule and a certificate name it by.
pub fn policies_digest(policies: &Policies) -> String {
    // The rows are kept sorted, so one table has one text.
    hex::encode(Sha256::digest(serde_json::to_vec(policies).unwrap_or_default()))
}
