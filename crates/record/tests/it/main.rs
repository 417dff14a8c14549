//! The catalogue on a real SQLite file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure in a helper fails its test")]

mod basics;
mod billings;
mod choices;
mod commitments;
mod contacts;
mod counts;
mod crashes;
mod desk;
mod durability;
mod ends;
mod finds;
mod fixture;
mod formats;
mod identity;
mod locates;
mod measure;
mod migrations;
mod model;
mod order;
mod plans;
mod practices;
mod prescribers;
mod publishing;
mod rebuild;
mod recalls;
mod relations;
mod requests;
mod sealing;
mod statements;
mod steps;
mod transmissions;
