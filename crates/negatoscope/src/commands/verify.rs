//! `negatoscope verify`.

use crate::Program;
use crate::rooms::Rooms;
use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

/// Opens everything sealed and compares; fails when something does not fit.
pub async fn run(program: Program) -> Result<()> {
    let address = program.settings.address();
    let rooms = Rooms::open(program).await?;
    let archive = rooms.archive(&address, Vec::new());
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg}")?);
    let report = archive::verify::everything(&archive, |so_far| {
        bar.set_message(format!("{} objects, {} instances", so_far.objects, so_far.instances));
        bar.tick();
    })
    .await?;
    bar.finish_and_clear();
    for problem in &report.problems {
        println!("{problem}");
    }
    println!(
        "{} objects, {} instances, {} bytes read, {} problems",
        report.objects,
        report.instances,
        report.bytes,
        report.problems.len()
    );
    if report.problems.is_empty() { Ok(()) } else { bail!("the vault and the record do not agree") }
}
