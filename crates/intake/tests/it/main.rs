//! Tests of the intake room.
mod child;
mod completeness;
mod faults;
mod killing;
mod messages;
mod power;
mod replaying;
mod storing;
mod support;
