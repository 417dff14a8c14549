//! The practice's information system, put together from the settings.

use crate::rooms::{GROUP, Rooms};
use crate::settings::Settings;
use anyhow::{Context, Result};
use practice::{Config, Practice, Room};
use std::sync::Arc;

/// The rooms of the settings.
pub fn rooms(settings: &Settings) -> Result<Vec<Room>> {
    let room = |line: &String| {
        let (name, modality) = line.split_once('=').context("practice.rooms: expected name=modality")?;
        Ok(Room { name: name.trim().to_owned(), modality: modality.trim().to_owned() })
    };
    settings.practice_rooms.iter().map(room).collect()
}

/// The practice over the open rooms.
pub fn practice(rooms: &Rooms) -> Result<Practice> {
    let settings = &rooms.settings;
    let config = Config {
        group: GROUP,
        zone: settings.zone,
        rooms: self::rooms(settings)?,
        issuer: settings.default_issuer.clone(),
    };
    Ok(Practice {
        catalogue: rooms.catalogue.clone(),
        trace: rooms.archive_trace.clone(),
        clock: rooms.clock.clone(),
        random: rooms.random.clone(),
        acts: Arc::new(billing::nomenclature::Nomenclature::bundled().context("the nomenclature")?),
        config: Arc::new(config),
    })
}
