//! Tests of the intake room.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure here fails the test")]

mod child;
mod completeness;
mod faults;
mod importing;
mod killing;
mod measure;
mod messages;
mod pinned;
mod power;
mod replaying;
mod storing;
mod support;
mod with_catalogue;
