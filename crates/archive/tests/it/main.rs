//! The archive server's use cases on the real record, landing log, vault and trace; only the other side of the link,
//! the pictures and the way out of the sheets are played.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure in a helper fails its test")]
#![allow(missing_docs, reason = "tests")]

mod choosing;
mod committing;
mod corrected;
mod desk;
mod door;
mod failures;
mod lane;
mod large;
mod late;
mod locked;
mod login;
mod orphaned;
mod packages;
mod partner;
mod people;
mod played;
mod publishing;
mod rebuilding;
mod recalls;
mod reports;
mod reserving;
mod rig;
mod sealing;
mod senders;
mod sheets;
mod statements;
mod structured;
mod told;
mod transmitting;
mod verifying;
mod withholding;
mod worklist;
