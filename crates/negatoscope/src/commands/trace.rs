//! `negatoscope trace`.

use crate::control::Output;
use crate::settings::Settings;
use ::trace::verify::Outside;
use anyhow::{Result, bail};

/// What can be done with the logs of accesses.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Prove both logs from their tiles; name the first place that does not fit.
    Verify,
}

/// Proves both logs.
pub async fn verify(settings: &Settings, output: &dyn Output) -> Result<()> {
    let mut bad = false;
    for side in ["archive", "diffusion"] {
        let place = crate::rooms::trace_settings(settings, side);
        let checkpoints = crate::witness::checkpoints(settings, side)?;
        let report = ::trace::verify::verify(&place, &Outside { checkpoints, ..Outside::default() }).await?;
        output.line(&format!("{side}: {} leaves, root {}", report.size, hex::encode(report.root)));
        for problem in &report.problems {
            let place = problem.leaf.map_or_else(String::new, |leaf| format!("leaf {leaf}: "));
            output.line(&format!("{side}: {place}{}", problem.what));
            bad = true;
        }
    }
    if bad { bail!("a log of accesses does not prove") } else { Ok(()) }
}
