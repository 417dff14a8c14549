//! `cargo xtask demo`.

use anyhow::Result;

/// What `cargo xtask demo` may be asked.
#[derive(clap::Args)]
pub struct Options {
    /// Start bare, without exams, for other tools.
    #[arg(long)]
    empty: bool,
}

/// Builds, starts, feeds, prints.
pub fn run(_: &Options) -> Result<()> {
    anyhow::bail!("not yet")
}
