//! Tests of the intake room.
mod completeness;
mod storing;
mod support;
