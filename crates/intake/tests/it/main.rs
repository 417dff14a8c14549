//! Tests of the intake room.
mod completeness;
