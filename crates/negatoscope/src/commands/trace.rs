//! `negatoscope trace`.

use crate::Program;
use anyhow::{Result, bail};

/// What can be done with the logs of accesses.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Prove both logs from their tiles; name the first place that does not fit.
    Verify,
}

/// Runs it.
pub async fn run(program: Program, command: &Command) -> Result<()> {
    let Command::Verify = command;
    let mut bad = false;
    for side in ["archive", "diffusion"] {
        let folder = program.settings.data_folder.join(side);
        let settings = crate::rooms::trace_settings(&folder, side);
        let report = trace::verify::verify(&settings.data, &settings.keys, &[]).await?;
        println!("{side}: {} leaves, root {}", report.size, hex::encode(report.root));
        for problem in &report.problems {
            let place = problem.leaf.map_or_else(String::new, |leaf| format!("leaf {leaf}: "));
            println!("{side}: {place}{}", problem.what);
            bad = true;
        }
    }
    if bad { bail!("a log of accesses does not prove") } else { Ok(()) }
}
