//! The archive server's use cases: what arrived is sealed, published, given a sheet, checked, and rebuilt.
//!
//! This room must not know HTTP, SQL or sockets: it speaks to the rooms below through their ports, to the
//! diffusion side through `link`, has pictures drawn by [`pictures::Pictures`], and hands finished sheets to [`outlet::SheetOutlet`].
//!
//! Jobs drive it: [`runner`] leases them from the record; each job reads the facts again and makes the world agree
//! with them ([`seal`], [`publish`]), so that running it twice is the same as once. Nothing here decides how long
//! anything lives: that is [`verdict`], from `exam`.
//!
//! Start with [`Archive`] and [`publish::reconcile`].

pub mod catch_up;
mod choice;
pub mod commit;
pub mod csv;
pub mod desk;
mod error;
pub mod find;
pub mod images;
pub mod journal;
pub mod orphans;
pub mod outlet;
pub mod package;
pub mod pictures;
pub mod publish;
mod reader;
pub mod rebuild;
pub mod recall;
pub mod report;
mod reserve;
pub mod rights;
pub mod rights_desk;
pub mod runner;
pub mod seal;
pub mod sheet;
pub mod transmit;
pub mod verdict;
pub mod verify;
pub mod worklist;

mod issue;

pub use choice::{ADVICE, ChoiceOffer};
pub use error::ArchiveError;
pub use issue::{IssueRequest, Issued};

use ambient::{Clock, Random};
use intake::landing::Landing;
use link::DiffusionDoor;
use record::{Catalogue, GroupId};
use std::sync::Arc;
use vault::Vault;

/// What the archive server is told once, at start.
#[derive(Debug, Clone)]
pub struct Config {
    /// The group it serves.
    pub group: GroupId,
    /// When an exam counts as complete.
    pub quiet: intake::completeness::QuietPeriods,
    /// The policy rows in force.
    pub policies: exam::policy::Policies,
    /// Where a day begins and ends.
    pub zone: exam::Zone,
    /// The site as patients read it, for exams that name none.
    pub site: SiteText,
    /// Where and how the archive at the patient's charge is offered.
    pub choice: ChoiceOffer,
    /// A file above this many bytes is never held whole: it is read in pieces once it is sealed.
    pub whole_file_bytes: u64,
    /// Address to type, without scheme: printed on the sheets.
    pub address: String,
    /// The URL the QR opens, without the fragment.
    pub door_url: String,
}

/// A site in words.
#[derive(Debug, Clone)]
pub struct SiteText {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// Opening hours.
    pub hours: String,
}

/// The archive server. Cheap to clone.
#[derive(Clone)]
pub struct Archive {
    /// Facts.
    pub catalogue: Arc<dyn Catalogue>,
    /// Bytes not yet sealed.
    pub landing: Landing,
    /// Bytes sealed.
    pub vault: Vault,
    /// The other side.
    pub door: Arc<dyn DiffusionDoor>,
    /// Every access.
    pub trace: trace::Trace,
    /// Thumbnails and report pages.
    pub pictures: Arc<dyn pictures::Pictures>,
    /// Where finished sheets go by themselves.
    pub outlets: Arc<Vec<Arc<dyn outlet::SheetOutlet>>>,
    /// Establishments that receive what they prescribed.
    pub partners: Arc<transmit::Partners>,
    /// How long the latest publications took.
    pub published: recall::estimate::Published,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Settings.
    pub config: Arc<Config>,
}

impl Archive {
    pub(crate) fn fresh_uuid(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(ambient::random_bytes(self.random.as_ref())).into_uuid()
    }
}
