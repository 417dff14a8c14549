//! The routes, asked as a browser asks them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod frames;
mod grants;
mod kept;
mod lists;
mod retrieving;
mod rig;
mod searching;
mod storing;
