//! Every access, before the bytes: an append-only log whose alteration shows.
//!
//! This room must not know pages, protocols or patients: it is given opaque ids, and what it keeps
//! in the tree is digests of salted events, so an event can be erased later and the tree still
//! verifies.
//!
//! An [`Event`] goes to [`Trace::append`], which gives a [`LeafIndex`] once the event is on stable
//! storage (many appends share one commit); the caller serves bytes only then. Behind it, an
//! RFC 6962 tree is kept as tiles of 256 hashes with signed checkpoints. [`Gate`] keeps one leaf
//! per session, exam and kind of act for fifteen minutes.
//!
//! Start with [`Trace`], then [`verify`].

mod error;
mod event;
mod gate;
mod log;
mod note;
mod proof;
mod rows;
mod tiles;
mod tree;
pub mod verify;
mod writer;

pub use error::TraceError;
pub use event::{
    Actor, EVENT_VERSION, Event, Kind, LeafIndex, Outcome, Recorded, Role, SecurityEvent, SecurityRecord, commitment,
};
pub use gate::{ADMISSION_LASTS, Admission, Gate};
pub use log::{Trace, TraceSettings};
pub use note::{Checkpoint, PublicKey};
pub use proof::Proof;
