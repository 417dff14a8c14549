//! The kept clock against every wrong clock that can be thought of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure here fails the test")]

mod disk;
mod gaps;
mod jumps;
mod random;
mod rig;
