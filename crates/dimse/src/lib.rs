//! DICOM over TCP: the association machine, the services that receive and send images.
//!
//! This room must not know disks, databases, users or the other doors: what arrives goes through the
//! port [`scp::StoreHandler`] and nothing else, so a fault in this protocol cannot bend another.
//!
//! Bytes from the stream become bounded PDUs ([`pdu`]); each PDU, timer or wish is an event of the state
//! table of PS3.8 §9.2 ([`machine`]), which answers with effects; P-DATA fragments become command sets
//! ([`command`]) and slices of data sets, handed on without a copy.
//!
//! Start with [`scp::Server`] for what we receive, [`scu::Scu`] for what we send, and `machine/table.rs`
//! for the law of both.

pub mod ae;
mod association;
pub mod command;
pub mod commitment;
mod error;
pub mod machine;
pub mod pdu;
pub mod peers;
pub mod scp;
pub mod scu;
pub mod uid;
mod wire;

pub use dicom::part10::{IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME};
pub use error::{Error, Phase};

/// The Verification SOP Class (PS3.4 annex A), that C-ECHO runs under.
pub const VERIFICATION_SOP_CLASS: &str = "1.2.840.10008.1.1";
