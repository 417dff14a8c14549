//! Retention over a real record, a real vault and a real trace, whose time only the test moves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure in a helper fails its test")]

mod cap;
mod hints;
mod holds;
mod journey;
mod killed;
mod legacy;
mod measure;
mod rehearsal;
mod returned;
mod rig;
mod rules;
