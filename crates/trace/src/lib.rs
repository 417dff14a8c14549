//! Every access, before the bytes: an append-only log whose alteration shows.
//!
//! This room must not know pages, protocols or patients: it is given opaque ids, and what it keeps
//! in the tree is digests of salted events, so an event can be erased later and the tree still
//! verifies.
//!
//! An [`Event`] goes to [`Trace::append`], which gives a [`LeafIndex`] once the event is on stable
//! storage (many appends share one commit); the caller serves bytes only then. Behind it, an
//! RFC 6962 tree is kept as tiles of 256 hashes with signed checkpoints. [`Gate`] keeps one leaf
//! per session, exam and kind of act for fifteen minutes. Events are numbered among those of their person (a keyed
//! digest) and of their exam, so that a gap shows. A [`witness::Witness`] cosigns the checkpoints of others.
//!
//! Start with [`Trace`], then [`verify`].

mod cosign;
mod error;
mod event;
mod gate;
mod growth;
mod keys;
mod log;
mod note;
mod person;
mod proof;
mod rows;
mod security;
mod tiles;
mod tree;
pub mod verify;
pub mod witness;
mod writer;

pub use cosign::WitnessKey;
pub use error::TraceError;
pub use event::{
    Actor, EVENT_VERSION, Event, Kind, LeafIndex, Outcome, Recorded, Role, SecurityEvent, SecurityRecord, commitment,
};
pub use gate::{ADMISSION_LASTS, Admission, Gate};
pub use keys::PublicKeys;
pub use log::{Trace, TraceSettings};
pub use note::{Checkpoint, PublicKey};
pub use proof::Proof;
pub use rows::known;
