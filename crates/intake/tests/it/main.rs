//! Tests of the intake room.
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
