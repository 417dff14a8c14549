//! `negatoscope verify`.

use crate::control::{Output, Progress};
use crate::rooms::Rooms;
use anyhow::{Result, bail};

/// Opens everything sealed and compares; fails when something does not fit.
pub async fn verify(rooms: &Rooms, output: &dyn Output) -> Result<()> {
    let archive = rooms.archive(&rooms.settings.address(), Vec::new());
    let report = archive::verify::everything(&archive, |so_far| {
        output.progress(Progress { done: so_far.objects, of: None, what: "objects".into() });
    })
    .await?;
    for orphan in &report.orphans {
        let same = orphan.same_as.iter().cloned().collect::<Vec<_>>().join(", ");
        output.line(&format!("object {}: orphan, harmless: identical to {same}", orphan.object));
    }
    for problem in &report.problems {
        output.line(&problem.to_string());
    }
    output.line(&format!(
        "{} objects, {} instances ({} not sealed yet), {} bytes read, {} problems",
        report.objects,
        report.instances,
        report.unsealed,
        report.bytes,
        report.problems.len()
    ));
    if report.problems.is_empty() { Ok(()) } else { bail!("the vault and the record do not agree") }
}
