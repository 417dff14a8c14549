//! The catalogue on a real SQLite file.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure in a helper fails its test")]

mod basics;
mod fixture;
mod identity;
mod order;
