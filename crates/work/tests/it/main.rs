//! The jobs on a real database file.
#![allow(clippy::unwrap_used, reason = "a failure in a helper fails its test")]

mod jobs;
mod migrations;
