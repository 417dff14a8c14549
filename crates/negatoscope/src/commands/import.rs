//! `negatoscope import PATH`.

use crate::Program;
use crate::rooms::Rooms;
use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use intake::import::{Imported, import, plan};
use std::path::Path;

/// Takes in a file, a folder or a DICOMDIR medium.
pub async fn run(program: Program, path: &Path) -> Result<()> {
    let files = plan(path)?;
    let rooms = Rooms::open(program).await?;
    let bar = ProgressBar::new(files.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} files, {elapsed}, {eta} left")?);
    let summary = import(&rooms.landing, "import", &files, |progress| {
        bar.set_position(progress.done as u64);
        match progress.imported {
            Imported::Refused(refusal) => bar.suspend(|| println!("{}: {refusal}", progress.path.display())),
            Imported::Missing => bar.suspend(|| println!("{}: missing", progress.path.display())),
            Imported::Accepted(_) | Imported::NotDicom => {}
        }
    })
    .await?;
    bar.finish_and_clear();
    rooms.close().await?;
    println!(
        "{} stored, {} already here, {} refused, {} missing, {} not DICOM",
        summary.stored, summary.duplicates, summary.refused, summary.missing, summary.others
    );
    match summary.refused + summary.missing {
        0 => Ok(()),
        failed => bail!("{failed} file(s) were not taken in"),
    }
}
