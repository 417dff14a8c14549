//! Who an exam belongs to: a pure rule on *sets* of facts, so that the order of arrival, repeats and
//! restarts change nothing. Ties are broken by the messages' own time and control id, never by arrival.
//!
//! A patient is known from HL7 by issuer and number; birth date, sex and name are guards. In doubt the
//! exam waits for a human, and is never guessed. A number without issuer is taken as the default
//! issuer's, never as anybody's.

mod facts;
mod links;
mod merges;
mod names;
mod people;
mod resolve;
mod same;

pub use facts::{
    Accession, ClaimedId, Decision, ExamIdentityFacts, Identifier, ImageClaim, MergeFact, MessageKey, OrderFact,
    PatientFact, PatientSource, ReportFact, Sex, Traits,
};
pub use links::{Attachment, attachment};
pub use merges::{MergeRefusal, Merges, check_merge};
pub use people::{KnownPatient, People};
pub use resolve::{Basis, Doubt, Resolution, resolve};
pub use same::may_be_corrected;
