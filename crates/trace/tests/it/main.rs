//! What the trace promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure here fails the test")]

mod appending;
mod faults;
mod gate;
mod migrations;
mod pinned;
mod proofs;
mod rig;
mod tampering;
mod twelve;
mod witnessing;
