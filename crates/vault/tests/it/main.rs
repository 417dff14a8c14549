//! What the vault promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure here fails the test")]

mod adapters;
mod contract;
mod crafted;
mod damage;
mod faults;
mod identity;
mod pinned;
mod rig;
mod sealing;
mod tools;
