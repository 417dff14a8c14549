//! The practice's information system: patients' records, orders and the day's list, invoices, care sheets.
//!
//! This room must not know HTTP, SQL, sockets or DICOM bytes: it asks `record` for facts, `billing` for prices, and hands
//! care sheets to [`ports`], behind which the program puts whoever signs and carries them.
//!
//! A person at the desk makes facts of the same kind as messages from another information system ([`people`], [`day`]):
//! identification and the worklist cannot tell them apart but by their author. Each act leaves its leaf in the
//! trace first. A price is `billing`'s, an invoice once issued is never changed ([`invoices`]); care sheets go in lots and
//! are believed paid only when an answer fits what was asked ([`lots`]).
//!
//! Start with [`Practice`], then [`day`].

pub mod archive_charge;
pub mod day;
mod error;
mod facts;
pub mod figures;
pub mod invoices;
pub mod lots;
pub mod paper;
pub mod people;
pub mod ports;
pub mod simulated;

pub use error::PracticeError;
pub use facts::SENDER;

use ambient::{Clock, Random};
use archive::desk::{Role, Who};
use billing::deadline::Holidays;
use billing::nomenclature::{Grid, Nomenclature};
use record::{Catalogue, GroupId, PatientId};
use std::collections::BTreeMap;
use std::sync::Arc;
use trace::{Event, Kind, Outcome, Trace};

/// A room in which exams are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// As the desk names it.
    pub name: String,
    /// The modality of its machine, as DICOM names it: `CT`, `DX`.
    pub modality: String,
}

/// What the practice is told once, at start.
#[derive(Debug, Clone)]
pub struct Config {
    /// The group it serves.
    pub group: GroupId,
    /// Where a day begins and ends.
    pub zone: exam::Zone,
    /// Its rooms.
    pub rooms: Vec<Room>,
    /// The issuer of the numbers it gives.
    pub issuer: String,
    /// The policy rows in force.
    pub policies: exam::policy::Policies,
    /// The performer's tariffs.
    pub grid: Grid,
    /// Whose public holidays.
    pub holidays: Holidays,
    /// The biller's number at the funds, 9 characters.
    pub biller: String,
    /// The performer's RPPS.
    pub performer: String,
}

/// The practice. Cheap to clone.
#[derive(Clone)]
pub struct Practice {
    /// Facts.
    pub catalogue: Arc<dyn Catalogue>,
    /// Every access.
    pub trace: Trace,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Prices.
    pub acts: Arc<Nomenclature>,
    /// Settings.
    pub config: Arc<Config>,
    /// How the fund is reached, if it is.
    pub fund: Option<ports::Fund>,
}

/// Who keeps patients' records.
const CARE: &[Role] = &[Role::Desk, Role::Radiologist];

impl Practice {
    fn group(&self) -> GroupId {
        self.config.group
    }

    fn allow(&self, who: &Who, roles: &[Role]) -> Result<(), PracticeError> {
        if roles.contains(&who.role) { Ok(()) } else { Err(PracticeError::Refused("this role may not do that")) }
    }

    fn fresh_uuid(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(ambient::random_bytes(self.random.as_ref())).into_uuid()
    }

    /// So many random digits.
    fn digits(&self, count: usize) -> String {
        let bytes = ambient::random_bytes::<16>(self.random.as_ref());
        let number = format!("{:039}", u128::from_be_bytes(bytes));
        number.chars().rev().take(count).collect()
    }

    async fn leaf(
        &self,
        who: &Who,
        kind: Kind,
        patient: Option<PatientId>,
        words: &[(&str, String)],
    ) -> Result<(), PracticeError> {
        let detail: BTreeMap<_, _> = words.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let actor = archive::desk::actor(who);
        let patient = patient.map(|patient| patient.to_string());
        self.trace.append(Event { kind, patient, exam: None, actor, outcome: Outcome::Success, detail }).await?;
        Ok(())
    }
}
