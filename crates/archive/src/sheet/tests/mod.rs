//! The sheet, by what other programs read and see of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure here fails the test")]

mod covering;
mod hostile;
mod reading;
mod rig;
mod wording;
