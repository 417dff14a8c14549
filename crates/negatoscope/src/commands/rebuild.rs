//! `negatoscope rebuild`.

use crate::Program;
use crate::rooms::{GROUP, RecordAndVault};
use ambient::Clock;
use anyhow::{Result, bail};

/// Fills an empty record from the vault and its journal.
pub async fn run(program: Program) -> Result<()> {
    let rooms = RecordAndVault::open(&program.settings, program.clock).await?;
    if rooms.catalogue.counts(GROUP).await?.exams > 0 {
        bail!("the record is not empty: move archive/record.sqlite* away first");
    }
    let rebuilt = archive::rebuild::run(rooms.catalogue.as_ref(), &rooms.vault, GROUP, rooms.clock.now()).await?;
    for (object, reason) in &rebuilt.unreadable {
        println!("object {object}: {reason}");
    }
    for object in &rebuilt.orphans {
        println!("object {object}: orphan, harmless: its generation is in another object");
    }
    println!(
        "{} journal entries, {} generations, {} objects unreadable",
        rebuilt.entries,
        rebuilt.generations,
        rebuilt.unreadable.len()
    );
    if rebuilt.unreadable.is_empty() { Ok(()) } else { bail!("some objects could not be read") }
}
