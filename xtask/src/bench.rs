//! `cargo xtask bench`: speed, as ratios against peers in the same run.

use anyhow::Result;

/// What `cargo xtask bench` may be asked.
#[derive(clap::Args)]
pub struct Options {}

/// Runs the measurements.
pub fn run(_: &Options) -> Result<()> {
    anyhow::bail!("nothing to measure yet")
}
