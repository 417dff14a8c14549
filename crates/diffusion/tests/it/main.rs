//! Tests of the diffusion side, through its public use cases and the files it leaves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure here fails the test")]

mod codes;
mod contract;
mod copies;
mod designated;
mod download;
mod emergency;
mod expiry;
mod factor;
mod forgetting;
mod left;
mod migrations;
mod openid;
mod outbox;
mod post;
mod professional;
mod provider;
mod recall;
mod representatives;
mod rig;
mod rights;
mod secrets;
mod sessions;
mod shares;
mod simulated;
mod stubs;
mod throttle;
mod work;
