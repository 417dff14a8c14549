//! Tests of the patient's and public pages on a real diffusion server, as a browser without JavaScript sees them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure here fails the test")]

mod choices;
mod door;
mod exam;
mod factor;
mod headers;
mod hidden;
mod masks;
mod matrix;
mod public;
mod recall;
mod rig;
mod viewer;
