//! The practice over a record in a temporary folder.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure in a helper fails its test")]

mod rig;

mod billing;
mod people;
