//! `negatoscope trace`.

use crate::control::Output;
use crate::settings::Settings;
use ::trace::verify::Outside;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// What can be done with the logs of accesses.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Prove both logs from their tiles; name the first place that does not fit.
    Verify {
        /// A checkpoint kept elsewhere: a witness's `.checkpoint` file, or a patient's receipt. It may be given several
        /// times; each is held against the log whose name it carries.
        #[arg(long = "witnessed", value_name = "FILE")]
        witnessed: Vec<PathBuf>,
    },
}

/// Proves both logs.
pub async fn verify(settings: &Settings, output: &dyn Output, witnessed: &[PathBuf]) -> Result<()> {
    let (witnesses, needed) = crate::cosigning::keys(settings)?;
    let mut kept = Vec::new();
    for path in witnessed {
        kept.push(std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?);
    }
    let mut bad = false;
    for side in ["archive", "diffusion"] {
        let place = crate::rooms::trace_settings(settings, side);
        let mut checkpoints = crate::witness::checkpoints(settings, side)?;
        checkpoints.extend(kept.iter().filter(|note| note.lines().next() == Some(place.origin.as_str())).cloned());
        let outside = Outside { checkpoints, witnesses: witnesses.clone(), needed };
        let report = ::trace::verify::verify(&place, &outside).await?;
        output.line(&format!("{side}: {} leaves, root {}", report.size, hex::encode(report.root)));
        for problem in &report.problems {
            let place = problem.leaf.map_or_else(String::new, |leaf| format!("leaf {leaf}: "));
            output.line(&format!("{side}: {place}{}", problem.what));
            bad = true;
        }
    }
    if bad { bail!("a log of accesses does not prove") } else { Ok(()) }
}
