//! The suite of this room: scripted peers on one side, the room on the other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure here fails the test")]

mod admission;
mod attacks;
mod commands;
mod commitments;
mod fragments;
mod machine;
mod pdus;
mod provided;
mod queries;
mod round_trip;
mod services;
mod support;
mod timers;
mod tools;
