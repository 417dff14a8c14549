//! The practice's information system, put together from the settings.

use crate::adapters::fund::FolderFund;
use crate::rooms::{GROUP, Rooms};
use crate::settings::Settings;
use anyhow::{Context, Result};
use billing::deadline::Holidays;
use billing::nomenclature::Grid;
use practice::ports::Fund;
use practice::simulated::SimulatedSigner;
use practice::{Config, Practice, Room};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Between two rounds with the fund.
const BETWEEN: Duration = Duration::from_secs(2);

/// The rooms of the settings.
pub fn rooms(settings: &Settings) -> Result<Vec<Room>> {
    let room = |line: &String| {
        let (name, modality) = line.split_once('=').context("practice.rooms: expected name=modality")?;
        Ok(Room { name: name.trim().to_owned(), modality: modality.trim().to_owned() })
    };
    settings.practice_rooms.iter().map(room).collect()
}

/// The simulated fund, where a folder of it is named. What is approved for care sheets is licensed: nothing else is here.
fn fund(settings: &Settings) -> Option<Fund> {
    let folder = &settings.practice_simulated_fund;
    let reached =
        || Fund { signer: Arc::new(SimulatedSigner), transport: Arc::new(FolderFund { folder: folder.clone() }) };
    (!folder.as_os_str().is_empty()).then(reached)
}

/// Talks with the fund, and ends archives that are not paid for, until told to stop.
pub async fn exchange(practice: Practice, mut stopped: watch::Receiver<bool>) -> Result<()> {
    loop {
        if let Err(error) = practice.round().await {
            tracing::warn!(%error, "care sheets wait");
        }
        match practice.end_unpaid_archives().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "archives that are not paid for have ended"),
            Err(error) => tracing::warn!(%error, "archives that are not paid for were not looked at"),
        }
        tokio::select! {
            () = tokio::time::sleep(BETWEEN) => {}
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
        }
    }
}

/// The practice over the open rooms.
pub fn practice(rooms: &Rooms) -> Result<Practice> {
    let settings = &rooms.settings;
    let config = Config {
        group: GROUP,
        zone: settings.zone,
        rooms: self::rooms(settings)?,
        issuer: settings.default_issuer.clone(),
        policies: rooms.policies.clone(),
        grid: if settings.practice_other_grid { Grid::Other } else { Grid::Contracted },
        holidays: if settings.practice_alsace_moselle { Holidays::AlsaceMoselle } else { Holidays::National },
        biller: settings.practice_biller.clone(),
        performer: settings.practice_performer.clone(),
    };
    Ok(Practice {
        catalogue: rooms.catalogue.clone(),
        trace: rooms.archive_trace.clone(),
        clock: rooms.clock.clone(),
        random: rooms.random.clone(),
        acts: Arc::new(billing::nomenclature::Nomenclature::bundled().context("the nomenclature")?),
        config: Arc::new(config),
        fund: fund(settings),
    })
}
