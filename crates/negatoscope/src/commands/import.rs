//! `negatoscope import PATH`.

use crate::control::{Output, Progress};
use crate::rooms::Rooms;
use anyhow::{Result, bail};
use intake::import::{Imported, plan};
use std::path::{Path, PathBuf};

/// Takes in a file, a folder or a DICOMDIR medium.
pub async fn import(rooms: &Rooms, output: &dyn Output, path: &Path, legacy: Option<&str>) -> Result<()> {
    let source = legacy.map_or_else(|| "import".to_owned(), |batch| format!("legacy:{}", batch.trim()));
    let planned = path.to_owned();
    let files: Vec<PathBuf> = tokio::task::spawn_blocking(move || plan(&planned)).await??;
    let summary = intake::import::import(&rooms.landing, &source, &files, |progress| {
        let of = Some(progress.total as u64);
        output.progress(Progress { done: progress.done as u64, of, what: "files".into() });
        match progress.imported {
            Imported::Refused(refusal) => output.line(&format!("{}: {refusal}", progress.path.display())),
            Imported::Missing => output.line(&format!("{}: missing", progress.path.display())),
            Imported::Accepted(_) | Imported::NotDicom => {}
        }
    })
    .await?;
    output.line(&format!(
        "{} stored, {} already here, {} refused, {} missing, {} not DICOM",
        summary.stored, summary.duplicates, summary.refused, summary.missing, summary.others
    ));
    match summary.refused + summary.missing {
        0 => Ok(()),
        failed => bail!("{failed} file(s) were not taken in"),
    }
}
