//! `negatoscope simulate-fund`: a process of its own that plays the fund over a folder, until it is told to stop.

use crate::adapters::fund::{FROM_FUND, TO_FUND, files, leave};
use anyhow::{Context, Result};
use billing::returns;
use practice::simulated::answers;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Between two looks at the folder.
const LOOK: Duration = Duration::from_millis(200);
/// Lots that were answered.
const SEEN: &str = "seen";
/// Invoices that were paid, one a line.
const PAID: &str = "paid";

/// Answers every lot of the folder.
pub async fn run(folder: &Path) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    println!("simulated fund: no approved anything");
    loop {
        look(folder).await?;
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
        }
    }
}

/// A lot that it has seen is put aside unanswered: its answers are there, or were taken.
async fn look(folder: &Path) -> Result<()> {
    let seen = folder.join(SEEN);
    let known: BTreeSet<String> = files(&seen).await?.into_iter().map(|file| file.name).collect();
    for lot in files(&folder.join(TO_FUND)).await? {
        if !known.contains(&lot.name) {
            let mut paid = paid(folder).await?;
            for answer in answers(&lot.text, &mut paid) {
                leave(&folder.join(FROM_FUND), &format!("{}.txt", answer.reference), &returns::write(&answer)).await?;
            }
            let lines: String = paid.iter().map(|invoice| format!("{invoice}\n")).collect();
            leave(folder, PAID, &lines).await.context("noting what is paid")?;
        }
        tokio::fs::create_dir_all(&seen).await?;
        tokio::fs::rename(folder.join(TO_FUND).join(&lot.name), seen.join(&lot.name)).await?;
    }
    Ok(())
}

async fn paid(folder: &Path) -> Result<BTreeSet<u64>> {
    match tokio::fs::read_to_string(folder.join(PAID)).await {
        Ok(text) => Ok(text.lines().filter_map(|line| line.parse().ok()).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(error).context("reading what is paid"),
    }
}
